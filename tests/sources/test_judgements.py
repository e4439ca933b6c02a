"""Judgements: all are kept, none without a person and a reason behind it."""

from __future__ import annotations

from pathlib import Path

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.judgements import (
    add_judgements,
    add_lead_judgements,
    add_referral_judgements,
)

from .conftest import Rejects

HEAD = "ad_id_a,ad_id_b,verdict,reviewer,reason,judged_at\n"


def test_judgements_are_stored_in_order_of_ads_and_bad_ones_rejected(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    path = tmp_path / "judged.csv"
    path.write_text(
        HEAD + "b,a,Same,Reyes,the same odd misspelling,2026-01-02T03:04:05Z\n"
        "a,b,different,Cruz,spoke to both,1767323046\n"
        "a,a,same,Reyes,x,1767323046\n"
        "a,c,guilty,Reyes,x,1767323046\n"
        "a,c,same,,x,1767323046\n"
        "a,c,same,Reyes,,1767323046\n"
        "a,,same,Reyes,x,1767323046\n"
        "a,c,same,Reyes,x,yesterday\n"
    )
    added = add_judgements(engine, path, SourceParams())
    assert (added.rows_accepted, added.rows_rejected) == (2, 6)
    assert engine.rows(
        "SELECT ad_id_a, ad_id_b, verdict, reviewer, judged_us FROM judgements ORDER BY judged_us"
    ) == [
        ("a", "b", "same", "Reyes", 1_767_323_045_000_000),
        ("a", "b", "different", "Cruz", 1_767_323_046_000_000),
    ]
    assert [(row, column) for row, column, _ in rejects()] == [
        (3, "ad_id_b"),
        (4, "verdict"),
        (5, "reviewer"),
        (6, "reason"),
        (7, "ad_id_b"),
        (8, "judged_at"),
    ]
    assert add_judgements(engine, path, SourceParams()).already_added


def test_judgements_of_what_the_case_does_not_hold_are_told_of(
    engine: Engine, tmp_path: Path
) -> None:
    said = "R,looked,1767323046\n"
    pairs, leads, reports = (tmp_path / name for name in ("pairs.csv", "leads.csv", "reports.csv"))
    pairs.write_text(HEAD + f"a,b,same,{said}c,d,different,{said}")
    leads.write_text(f"ad_id,verdict,reviewer,reason,judged_at\na,supports,{said}")
    reports.write_text(f"referral_id,verdict,reviewer,reason,judged_at\nr,useful,{said}")
    for add, path, told in (
        (add_judgements, pairs, "2 of ads"),
        (add_lead_judgements, leads, "1 of ads"),
        (add_referral_judgements, reports, "1 of reports"),
    ):
        [note] = add(engine, path, SourceParams()).notes
        assert note.startswith(told)


def test_judgements_of_leads_name_one_ad_and_take_their_own_verdicts(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    path = tmp_path / "looked_into.csv"
    path.write_text(
        "ad_id,verdict,reviewer,reason,judged_at\n"
        "a,Supports,Reyes,three people at one address,2026-01-02T03:04:05Z\n"
        "a,contradicts,Cruz,one person on tour,1767323046\n"
        "b,same,Reyes,x,1767323046\n"
        ",supports,Reyes,x,1767323046\n"
        "b,supports,,x,1767323046\n"
    )
    added = add_lead_judgements(engine, path, SourceParams())
    assert (added.rows_accepted, added.rows_rejected) == (2, 3)
    assert engine.rows("SELECT ad_id, verdict FROM lead_judgements ORDER BY judged_us") == [
        ("a", "supports"),
        ("a", "contradicts"),
    ]
    assert [(row, column) for row, column, _ in rejects()] == [
        (3, "verdict"),
        (4, "ad_id"),
        (5, "reviewer"),
    ]
