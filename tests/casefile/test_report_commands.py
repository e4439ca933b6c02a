"""Through the real commands: a lead is marked as nobody's judgement until a person judges it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

PEOPLE = ("Ana", 23, "Cebu"), ("Bea", 31, "Manila"), ("Carla", 44, "Davao"), ("Dina", 29, "Cebu")


def inktrace(*words, cwd):
    command = [sys.executable, "-m", "inktrace", *map(str, words), "--workspace", "case"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    subprocess.run(
        [sys.executable, "-m", "inktrace", "init", "case"],
        cwd=here,
        check=True,
        capture_output=True,
    )
    inktrace("add", "ads", "ads.jsonl", cwd=here)
    inktrace("run", "rings", cwd=here)
    [lead] = json.loads(inktrace("show", "leads", "--json", cwd=here))
    inktrace("case", "build", lead["lead_id"], "--out", "before", cwd=here)
    inktrace("add", "lead-judgements", "judged.csv", cwd=here)
    inktrace("case", "build", lead["lead_id"], "--out", "after", cwd=here)
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
