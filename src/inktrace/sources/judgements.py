"""Judgements: what a person said of two ads, one author or two, and why."""

from __future__ import annotations

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

__all__ = ["add_judgements"]

_NAMES: Final = ("ad_id_a", "ad_id_b", "verdict", "reviewer", "reason", "judged_at")
_LAYOUT: Final = Layout({name: name for name in _NAMES}, tuple((name,) for name in _NAMES))
_VERDICTS: Final = ("same", "different", "unsure")


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


def _good_rows(file: Intake, batch: Batch) -> pa.Table:
    sieve = Sieve(file, batch)
    texts = {name: pc.utf8_trim_whitespace(sieve.text(name)) for name in _NAMES[:5]}
    texts["verdict"] = pc.utf8_lower(texts["verdict"])
    for name, values in texts.items():
        sieve.require(values, name)
    known = pc.is_in(texts["verdict"], pa.array(_VERDICTS))
    sieve.drop(~mask_of(known), "verdict", "verdict is not one of same, different, unsure")
    alike = pc.fill_null(pc.equal(texts["ad_id_a"], texts["ad_id_b"]), False)
    sieve.drop(mask_of(alike), "ad_id_b", "both ads are the same one")
    moments, verdicts = times(sieve.cells("judged_at"), None)
    sieve.judge(verdicts, "judged_at")
    sieve.drop_far_times(moments, "judged_at")
    good = pa.array(sieve.good)
    low = pc.min_element_wise(texts["ad_id_a"], texts["ad_id_b"])
    high = pc.max_element_wise(texts["ad_id_a"], texts["ad_id_b"])
    return pa.table(
        {
            "ad_id_a": low.filter(good),
            "ad_id_b": high.filter(good),
            "verdict": texts["verdict"].filter(good),
            "reviewer": texts["reviewer"].filter(good),
            "reason": texts["reason"].filter(good),
            "judged_us": np.asarray(moments)[sieve.good],
            "row": batch.rows[sieve.good],
        }
    )
