"""Through the real commands: a lead is marked as nobody's judgement until a person judges it."""

from __future__ import annotations

import csv
import json

import pytest

from tests.cli.running import inktrace

PEOPLE = ("Ana", 23, "Cebu"), ("Bea", 31, "Manila"), ("Carla", 44, "Davao"), ("Dina", 29, "Cebu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with one lead, and its package before and after a person judged it."""
    here = tmp_path_factory.mktemp("report")
    ads = [
        {"ad_id": f"ad{n}", "site": "board.example", "city": city,
         "posted_at": f"2024-01-0{1 + n}T08:00:00Z",
         "text": f"Laundry by {name}, {age} years old, call 0917 123 4567, visit {n}"}
        for n, (name, age, city) in enumerate(PEOPLE)
    ]  # fmt: skip
    (here / "ads.jsonl").write_text("\n".join(map(json.dumps, ads)))
    (here / "judged.csv").write_text(
        "ad_id,verdict,reviewer,reason,judged_at\n"
        "ad1,contradicts,Officer A,A laundry shop with four workers.,2024-02-01T09:30:00Z\n"
    )
    case = ("--workspace", here / "case")
    inktrace("init", here / "case")
    inktrace("add", "ads", here / "ads.jsonl", *case)
    inktrace("run", "rings", *case)
    [lead] = json.loads(inktrace("show", "leads", "--json", *case))
    build = ("case", "build", lead["lead_id"], *case, "--out")
    inktrace(*build, here / "before")
    inktrace("add", "lead-judgements", here / "judged.csv", *case)
    inktrace(*build, here / "after")
    return here


def report(package):
    [path] = package.rglob("report.html")
    return path.read_text(encoding="utf-8")


def test_a_new_lead_is_marked_as_not_reviewed(folder):
    text = report(folder / "before")
    assert "NOT REVIEWED" in text
    assert "No wallet is attributed to this lead" in text


def test_a_judgement_takes_the_mark_away_and_is_told(folder):
    text = report(folder / "after")
    assert "NOT REVIEWED" not in text
    assert "REVIEWED: a person found it contradicted" in text
    assert "Officer A, 2024-02-01 09:30:00 UTC: A laundry shop with four workers." in text


def test_the_judgement_is_an_exhibit_with_its_source_row(folder):
    [path] = (folder / "after").rglob("lead_judgements.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        [row] = csv.DictReader(lines)
    assert (row["verdict"], row["judged"]) == ("contradicts", "2024-02-01T09:30:00Z")
    [path] = (folder / "after").rglob("source_files.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        files = {one["file_id"]: one for one in csv.DictReader(lines)}
    assert files[row["file_id"]]["source"] == "lead-judgements"
