"""Judgements: what a person said of two ads, of a report or of a lead, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Layout
from inktrace.sources.cell_times import times
from inktrace.sources.cells import mask_of
from inktrace.sources.intake import Added, Intake, intake
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve

__all__ = ["add_judgements", "add_lead_judgements", "add_referral_judgements"]

_VERDICTS: Final = ("same", "different", "unsure")
_REPORT_VERDICTS: Final = ("useful", "useless", "unsure")
_LEAD_VERDICTS: Final = ("supports", "contradicts", "unsure")


def add_judgements(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store what people judged of pairs of ads; all of it is kept, the latest of a pair counts.

    Columns: ad_id_a, ad_id_b, verdict (same, different, or unsure, which takes an earlier verdict
    back), reviewer, reason (neither may be empty: a judgement that nobody stands for and no
    reason supports is none), judged_at (ISO 8601 with offset, or epoch seconds).

    Ads may be unknown yet: they can be added later. Raises InputError where the file as a whole
    cannot be used.
    """
    return _added(engine, path, params, progress, "judgements", ("ad_id_a", "ad_id_b"), _VERDICTS)


def add_referral_judgements(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store what people judged of reports; all of it is kept, the latest of a report counts.

    Columns: referral_id, verdict (useful, useless, or unsure, which takes an earlier verdict
    back), reviewer, reason, judged_at, as in `add_judgements`. Reports may be unknown yet.
    Raises InputError where the file as a whole cannot be used.
    """
    table = "referral_judgements"
    return _added(engine, path, params, progress, table, ("referral_id",), _REPORT_VERDICTS)


def add_lead_judgements(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store what people found of leads; all of it is kept, the latest of a lead counts.

    Columns: ad_id (any ad of the lead: ads keep their ids when leads are formed anew), verdict
    (supports, contradicts, or unsure, which takes an earlier verdict back), reviewer, reason,
    judged_at, as for judgements of ads.

    Raises InputError where the file as a whole cannot be used.
    """
    return _added(engine, path, params, progress, "lead_judgements", ("ad_id",), _LEAD_VERDICTS)


def _added(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress,
    table: str,
    ids: tuple[str, ...],
    verdicts: tuple[str, ...],
) -> Added:
    names = (*ids, "verdict", "reviewer", "reason", "judged_at")
    layout = Layout({name: name for name in names}, tuple((name,) for name in names))
    with intake(engine, table.replace("_", "-"), path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, layout, progress):
            sieve = Sieve(file, batch)
            columns = _checked(sieve, ids, verdicts)
            if len(ids) == 2:
                columns = _in_order(sieve, columns, ids)
            rows = pa.table(columns).filter(pa.array(sieve.good))
            file.store(table, rows)
            file.accepted += rows.num_rows
        _tell_unknown(file, table, ids)
        return file.added()


def _tell_unknown(file: Intake, table: str, ids: tuple[str, ...]) -> None:
    """A judgement of what is not in the case counts for nothing: likely an id is misspelt."""
    home, key = ("referrals", "referral_id") if ids[0] == "referral_id" else ("ads", "ad_id")
    unknown = " OR ".join(f"{name} NOT IN (SELECT {key} FROM {home})" for name in ids)
    [(count,)] = file.engine.rows(
        f"SELECT count(*) FROM {table} WHERE file_id = ? AND ({unknown})", [file.file_id]
    )
    if count:
        what = "reports" if home == "referrals" else "ads"
        file.notes.append(
            f"{count:,} of {what} that the case does not hold; not used until it does"
        )


def _in_order(
    sieve: Sieve, columns: dict[str, pa.Array], ids: tuple[str, ...]
) -> dict[str, pa.Array]:
    """Pairs with the lesser id first; those of one ad with itself are dropped."""
    first, second = (columns[name] for name in ids)
    alike = pc.fill_null(pc.equal(first, second), False)
    sieve.drop(mask_of(alike), ids[1], "both ads are the same one")
    ordered = (pc.min_element_wise(first, second), pc.max_element_wise(first, second))
    return {**columns, **dict(zip(ids, ordered, strict=True))}


def _checked(sieve: Sieve, ids: tuple[str, ...], known: tuple[str, ...]) -> dict[str, pa.Array]:
    """The columns of a judgement, after its checks: ids, verdict, who, why, when, and row."""
    names = (*ids, "verdict", "reviewer", "reason")
    columns = {name: pc.utf8_trim_whitespace(sieve.text(name)) for name in names}
    columns["verdict"] = pc.utf8_lower(columns["verdict"])
    for name, values in columns.items():
        sieve.require(values, name)
    is_known = pc.is_in(columns["verdict"], pa.array(known, columns["verdict"].type))
    sieve.drop(~mask_of(is_known), "verdict", f"verdict is not one of {', '.join(known)}")
    moments, verdicts = times(sieve.cells("judged_at"), None)
    sieve.judge(verdicts, "judged_at")
    sieve.drop_far_times(moments, "judged_at")
    columns["judged_us"] = pa.array(moments)
    columns["row"] = pa.array(sieve.batch.rows)
    return columns
