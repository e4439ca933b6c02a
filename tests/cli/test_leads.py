"""Leads on the command line: judgements are taken in, points and what speaks against are shown."""

from __future__ import annotations

import json

import pytest

from inktrace.casefile.handoff import EXPORTS, export_findings
from inktrace.workspace import open_workspace

from .running import inktrace


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leads")
    names = ("Ana", "Bea", "Carla", "Dina")
    rows = ["ad_id,site,posted_at,text,city,image_hashes"]
    for n in range(8):
        text = f"{names[n % 4]} here. Our licensed agency has permit no. 7. Call 0917 555 0112"
        rows.append(f"ring{n},b.example,2026-01-0{n + 1}T10:00Z,{text},Cebu,{'ab' * 32}")
    (folder / "ads.csv").write_text("\n".join(rows) + "\n")
    (folder / "found.csv").write_text(
        "ad_id,verdict,reviewer,reason,judged_at\n"
        "ring1,contradicts,Reyes,a cleaning company,2026-02-01T00:00:00Z\n"
    )
    inktrace("init", folder / "case")
    inktrace("add", "ads", folder / "ads.csv", "--workspace", folder / "case")
    inktrace("add", "lead-judgements", folder / "found.csv", "--workspace", folder / "case")
    inktrace("run", "--workspace", folder / "case")
    return folder / "case"


def test_leads_show_points_intervals_and_what_speaks_against(case):
    (lead,) = json.loads(inktrace("show", "leads", "--workspace", case, "--json"))
    assert lead["score_low"] <= lead["score"] <= lead["score_high"]
    assert lead["flagged"] in (True, False)
    assert "4 different people" in lead["speaking_for"]
    assert "it is a business" in lead["speaking_against"]


def test_indicators_and_their_rows_are_exported(case, tmp_path):
    for name, column in (("lead-indicators", "weight_low"), ("lead-evidence", "words")):
        out = tmp_path / f"{name}.csv"
        inktrace("export", name, "--format", "csv", "--out", out, "--workspace", case)
        head, *rows = out.read_text().splitlines()
        assert column in head
        assert rows


def test_a_judgement_counts_for_the_run(case):
    with open_workspace(case) as opened:
        ((notes,),) = opened.engine.rows("SELECT notes FROM runs WHERE stage = 'rings'")
    assert json.loads(notes)["judged"] == 1
    assert json.loads(notes)["points"] == "by rarity"


def test_a_lead_is_exported_for_other_programs(case, tmp_path):
    ((lead,),) = [json.loads(inktrace("show", "leads", "--workspace", case, "--json"))]
    words = ("case", "export", lead["lead_id"], "--workspace", case)
    for name in ("case-uco", "stix", "csv"):
        inktrace(*words, "--format", name, "--out", tmp_path / EXPORTS[name].file_name)
    found = list(export_findings(tmp_path))
    assert len(found) == 3
    for checked in found:
        assert checked.holds, checked.sentence
    told = inktrace(*words, "--format", "csv", "--out", tmp_path / "again.csv", "--json")
    assert json.loads(told)["bytes"] == (tmp_path / "payments.csv").stat().st_size
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "payments.csv").read_bytes()
    inktrace(*words, "--format", "pdf", "--out", tmp_path / "x", expect=2)
    inktrace(*words, "--format", "csv", "--out", tmp_path / "no" / "x", expect=3)
    assert not (tmp_path / "x").exists()
