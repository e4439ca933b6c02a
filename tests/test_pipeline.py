"""Stages run when, and only when, something that they depend on has changed."""

from __future__ import annotations

import dataclasses
import json

import pyarrow as pa
import pytest

from inktrace import pipeline
from inktrace.errors import UsageError
from inktrace.pipeline import STAGES, needed_stages, run_stages, stage_states
from inktrace.progress import silent
from inktrace.schema import TABLES
from inktrace.stage import Stage, StageResult
from inktrace.workspace import create_workspace, open_workspace

CALLS: list[str] = []


def _texts(relations, params, progress):
    CALLS.append("texts")
    ads = relations.arrow("ads", ["ad_id", "text"])
    rows = {
        "ad_id": ads["ad_id"],
        "masked_text": ads["text"],
        "language": ads["ad_id"],
        "text_group_id": ads["ad_id"],
        "characters": pa.array([1] * ads.num_rows, pa.int64()),
    }
    return StageResult({"texts": pa.table(rows)}, {"ads": ads.num_rows})


def _authors(relations, params, progress):
    CALLS.append("authors")
    texts = relations["texts"]
    return StageResult(
        {
            "authors": texts.select(
                "ad_id",
                author_id=texts.language,
                log10_lr=texts.characters.cast("float64"),
                reason=texts.language,
            )
        }
    )


TOYS = (
    Stage("texts", 1, ("ads",), ("texts",), "texts", _texts, "toy"),
    Stage("authors", 1, ("texts", "prices"), ("authors",), "authors", _authors, "toy"),
)


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "STAGES", TOYS)
    monkeypatch.setattr(pipeline, "_PRODUCER", {t: s for s in TOYS for t in s.writes})
    CALLS.clear()
    with create_workspace(tmp_path / "case") as case:
        _add(case, "ads", 1)
        yield case


def _add(case, source, file_id):
    case.engine.execute(
        "INSERT INTO source_files VALUES (?, ?, 'p', ?, 1, '{}', 1, 0, 0, '0', 0)",
        [file_id, source, f"digest {file_id}"],
    )
    if source == "ads":
        case.engine.execute(
            "INSERT INTO ads (ad_id, site, posted_us, text, file_id, row) "
            "VALUES (?, 's', 1, 't', ?, 1)",
            [f"ad{file_id}", file_id],
        )


def test_a_second_run_does_nothing(case):
    assert [run.ran for run in run_stages(case, [], silent)] == [True, True]
    assert [run.ran for run in run_stages(case, [], silent)] == [False, False]
    assert CALLS == ["texts", "authors"]


def test_results_carry_the_run_that_made_them(case):
    runs = run_stages(case, [], silent)
    assert case.engine.rows("SELECT DISTINCT run_id FROM authors") == [(runs[1].run_id,)]
    recorded = case.engine.rows("SELECT inputs, rows, notes FROM runs WHERE stage = 'authors'")[0]
    assert json.loads(recorded[0])["texts"] == runs[0].run_id
    assert json.loads(recorded[1]) == {"authors": 1}


def test_a_new_source_file_reruns_only_what_reads_it(case):
    run_stages(case, [], silent)
    CALLS.clear()
    _add(case, "prices", 2)
    assert [state.fresh for state in stage_states(case)] == [True, False]
    run_stages(case, [], silent)
    assert CALLS == ["authors"]


def test_an_upstream_change_reruns_everything_below(case):
    run_stages(case, [], silent)
    CALLS.clear()
    _add(case, "ads", 3)
    assert [state.fresh for state in stage_states(case)] == [False, False]
    run_stages(case, [], silent)
    assert CALLS == ["texts", "authors"]


def test_a_named_stage_brings_what_it_needs_and_no_more(case):
    run_stages(case, ["texts"], silent)
    assert CALLS == ["texts"]
    run_stages(case, ["authors"], silent)
    assert CALLS == ["texts", "authors"]


def test_a_stage_that_fails_leaves_the_old_result(case, monkeypatch):
    before = run_stages(case, [], silent)
    _add(case, "prices", 2)
    failing = dataclasses.replace(TOYS[1], function=_failing)
    monkeypatch.setattr(pipeline, "STAGES", (TOYS[0], failing))
    with pytest.raises(ZeroDivisionError):
        run_stages(case, [], silent)
    assert case.engine.rows("SELECT DISTINCT run_id FROM authors") == [(before[1].run_id,)]


def _failing(relations, params, progress):
    raise ZeroDivisionError


def test_a_workspace_reopened_is_still_fresh(case, tmp_path):
    run_stages(case, [], silent)
    case.close()
    with open_workspace(tmp_path / "case") as again:
        assert all(state.fresh for state in stage_states(again))


def test_an_unknown_stage_is_refused():
    with pytest.raises(UsageError, match="there is no stage 'nonsense'"):
        needed_stages(["nonsense"])


def test_the_declared_stages_fit_together():
    """Each table has one producer, and stages read only sources and what ran before them."""
    made: set[str] = set()
    for stage in STAGES:
        assert not made.intersection(stage.writes), stage.name
        for table in stage.reads:
            assert TABLES[table].kind == "source" or table in made, (stage.name, table)
        assert all(TABLES[table].kind == "result" for table in stage.writes)
        made.update(stage.writes)
    assert made == {name for name, table in TABLES.items() if table.kind == "result"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("authors", ["texts", "authors"]),
        ("wallets", ["wallets"]),
        (
            "rings",
            [
                stage.name
                for stage in STAGES
                if stage.name not in ("change", "credit", "referral-texts", "referrals")
            ],
        ),
        (
            "referrals",
            [stage.name for stage in STAGES if stage.name not in ("change", "credit")],
        ),
    ],
)
def test_what_the_stages_need(name, expected):
    assert [stage.name for stage in needed_stages([name])] == expected
