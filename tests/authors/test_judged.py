"""What a person judged holds: together stays together, apart stays apart, the latest counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from inktrace.authors import STAGES
from inktrace.authors.judged import Judged
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

TEXTS = {
    "a": "Quiet room near the park, with a desk and fast internet; write to me in the evening.",
    "b": "Driver wanted for weekends, own van preferred, call between nine and five please!!",
    "c": "Selling two garden chairs and a table, little used, collection only from the station.",
    "d": "Quiet room near the park, with a desk and fast internet; write to me in the evening.",
}
PHONE = " 0917 555 0101"


def authors_of(texts: dict[str, str], judged: list[tuple[str, str, str, int]]) -> dict[str, Any]:
    ads = [
        {"ad_id": ad_id, "site": "s", "posted_us": 0, "text": text, "country": "PH",
         "file_id": 1, "row": row}
        for row, (ad_id, text) in enumerate(texts.items(), 1)
    ]  # fmt: skip
    said = [
        {"ad_id_a": a, "ad_id_b": b, "verdict": verdict, "reviewer": "R", "reason": "r",
         "judged_us": at, "file_id": 2, "row": row}
        for row, (a, b, verdict, at) in enumerate(judged, 1)
    ]  # fmt: skip
    tables = {"ads": pa.Table.from_pylist(ads)}
    if said:
        tables["judgements"] = pa.Table.from_pylist(said)
    with Engine.in_memory(tables) as engine:
        for stage in STAGES:
            section = getattr(Params(), stage.section)
            found = stage.function(engine.relations(), section, silent).tables
            for name, table in found.items():
                engine.append(name, table)
        rows = found["authors"].to_pylist()
    return {row["ad_id"]: (row["author_id"], row["reason"]) for row in rows}


def test_ads_judged_to_be_one_author_s_are_put_together():
    found = authors_of(TEXTS, [("a", "b", "same", 1), ("b", "c", "same", 1)])
    assert found["a"][0] == found["b"][0] == found["c"][0]
    assert found["b"][1] == "judgement"


def test_the_latest_verdict_counts():
    found = authors_of(TEXTS, [("a", "b", "same", 1), ("a", "b", "unsure", 2)])
    assert found["a"][0] != found["b"][0]
    found = authors_of(TEXTS, [("a", "b", "unsure", 2), ("a", "b", "same", 3)])
    assert found["a"][0] == found["b"][0]


@pytest.mark.parametrize("tail", ["", PHONE])
def test_ads_judged_apart_are_never_together(tail: str):
    """Neither a template nor a shared number joins them, though both would otherwise."""
    texts = {ad_id: text + tail for ad_id, text in TEXTS.items()}
    if tail:
        found = authors_of(texts, [])
        assert found["a"][0] == found["d"][0]
    found = authors_of(texts, [("a", "d", "different", 1)])
    assert found["a"][0] != found["d"][0]


def test_clusters_that_hold_ads_judged_apart_conflict():
    none = np.zeros(0, np.int64)
    judged = Judged((none, none), (np.array([0]), np.array([3])))
    against = judged.conflict(
        np.arange(4), np.array([0, 0, 2, 2]), np.array([0, 0]), np.array([2, 1])
    )
    assert against.tolist() == [-1000.0, 0.0]
