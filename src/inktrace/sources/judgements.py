"""Judgements: what a person said of two ads (one author or two) or of a lead, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
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

__all__ = ["add_judgements", "add_lead_judgements"]

_VERDICTS: Final = ("same", "different", "unsure")
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
    names = ("ad_id_a", "ad_id_b")
    return _added(engine, path, params, progress, "judgements", names, _pair_rows)


def add_lead_judgements(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store what people found of leads; all of it is kept, the latest of a lead counts.

    Columns: ad_id (any ad of the lead: ads keep their ids when leads are formed anew), verdict
    (supports, contradicts, or unsure, which takes an earlier verdict back), reviewer, reason,
    judged_at, as for judgements of ads.

    Raises InputError where the file as a whole cannot be used.
    """
    return _added(engine, path, params, progress, "lead_judgements", ("ad_id",), _lead_rows)


def _added(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress,
    table: str,
    ads: Sequence[str],
    good_rows: Callable[[Intake, Batch], pa.Table],
) -> Added:
    names = (*ads, "verdict", "reviewer", "reason", "judged_at")
    layout = Layout({name: name for name in names}, tuple((name,) for name in names))
    with intake(engine, table.replace("_", "-"), path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, layout, progress):
            rows = good_rows(file, batch)
            file.store(table, rows)
            file.accepted += rows.num_rows
        return file.added()


def _pair_rows(file: Intake, batch: Batch) -> pa.Table:
    sieve = Sieve(file, batch)
    texts = _texts(sieve, ("ad_id_a", "ad_id_b"), _VERDICTS)
    alike = pc.fill_null(pc.equal(texts["ad_id_a"], texts["ad_id_b"]), False)
    sieve.drop(mask_of(alike), "ad_id_b", "both ads are the same one")
    texts["ad_id_a"], texts["ad_id_b"] = (
        pc.min_element_wise(texts["ad_id_a"], texts["ad_id_b"]),
        pc.max_element_wise(texts["ad_id_a"], texts["ad_id_b"]),
    )
    return _kept(sieve, batch, texts)


def _lead_rows(file: Intake, batch: Batch) -> pa.Table:
    sieve = Sieve(file, batch)
    return _kept(sieve, batch, _texts(sieve, ("ad_id",), _LEAD_VERDICTS))


def _texts(sieve: Sieve, ads: Sequence[str], verdicts: Sequence[str]) -> dict[str, pa.Array]:
    names = (*ads, "verdict", "reviewer", "reason")
    texts = {name: pc.utf8_trim_whitespace(sieve.text(name)) for name in names}
    texts["verdict"] = pc.utf8_lower(texts["verdict"])
    for name, values in texts.items():
        sieve.require(values, name)
    known = pc.is_in(texts["verdict"], pa.array(verdicts))
    sieve.drop(~mask_of(known), "verdict", f"verdict is not one of {', '.join(verdicts)}")
    return texts


def _kept(sieve: Sieve, batch: Batch, texts: dict[str, pa.Array]) -> pa.Table:
    moments, bad = times(sieve.cells("judged_at"), None)
    sieve.judge(bad, "judged_at")
    sieve.drop_far_times(moments, "judged_at")
    good = pa.array(sieve.good)
    return pa.table(
        {
            **{name: values.filter(good) for name, values in texts.items()},
            "judged_us": np.asarray(moments)[sieve.good],
            "row": batch.rows[sieve.good],
        }
    )
