"""Judgements: what a person said of two ads, one author or two, or of a report, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cell_times import times
from inktrace.sources.cells import mask_of
from inktrace.sources.intake import Added, Intake, intake
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve

__all__ = ["add_judgements", "add_referral_judgements"]

_NAMES: Final = ("ad_id_a", "ad_id_b", "verdict", "reviewer", "reason", "judged_at")
_LAYOUT: Final = Layout({name: name for name in _NAMES}, tuple((name,) for name in _NAMES))
_VERDICTS: Final = ("same", "different", "unsure")
_OF_REPORTS: Final = ("referral_id", "verdict", "reviewer", "reason", "judged_at")
_REPORTS_LAYOUT: Final = Layout(
    {name: name for name in _OF_REPORTS}, tuple((name,) for name in _OF_REPORTS)
)
_REPORT_VERDICTS: Final = ("useful", "useless", "unsure")


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
    with intake(engine, "judgements", path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, _LAYOUT, progress):
            rows = _good_rows(file, batch)
            file.store("judgements", rows)
            file.accepted += rows.num_rows
        return file.added()


def add_referral_judgements(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store what people judged of reports; all of it is kept, the latest of a report counts.

    Columns: referral_id, verdict (useful, useless, or unsure, which takes an earlier verdict
    back), reviewer, reason, judged_at, as in `add_judgements`. Reports may be unknown yet.
    Raises InputError where the file as a whole cannot be used.
    """
    with intake(engine, "referral-judgements", path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, _REPORTS_LAYOUT, progress):
            sieve = Sieve(file, batch)
            columns = _checked(sieve, ("referral_id",), _REPORT_VERDICTS)
            rows = pa.table(columns).filter(pa.array(sieve.good))
            file.store("referral_judgements", rows)
            file.accepted += rows.num_rows
        return file.added()


def _good_rows(file: Intake, batch: Batch) -> pa.Table:
    sieve = Sieve(file, batch)
    columns = _checked(sieve, ("ad_id_a", "ad_id_b"), _VERDICTS)
    first, second = columns["ad_id_a"], columns["ad_id_b"]
    alike = pc.fill_null(pc.equal(first, second), False)
    sieve.drop(mask_of(alike), "ad_id_b", "both ads are the same one")
    columns["ad_id_a"] = pc.min_element_wise(first, second)
    columns["ad_id_b"] = pc.max_element_wise(first, second)
    return pa.table(columns).filter(pa.array(sieve.good))


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
