"""From files of reports to a work list, an explanation and what judgements say."""

from __future__ import annotations

import csv
import json
import re

import pytest

from .running import inktrace

ADS = """ad_id,site,posted_at,text,country
a1,b.example,2026-10-10T10:00:00Z,Ana here 17 years old cleaning and cooking call 0917 555 0123,PH
a2,b.example,2026-10-12T10:00:00Z,Ana here 17 years old cleaning and cooking call 0917 555 0123,PH
a3,b.example,2026-10-12T11:00:00Z,Quiet room near the station for two people no pets please,PH
"""
FORMS = [
    {"referral_id": "bare", "received_at": "2026-10-14T00:00:00Z", "phones": ["0917-555-0123"]},
    {
        "referral_id": "=full",
        "received_at": "2026-10-14T00:00:00Z",
        "text": "[red]a report on an account with all of its fields filled in by a platform",
        "incident_type": "other",
        "reporter": "p.example",
        "known_abuse": "no",
        "emails": "x@example.org",
        "md5": "0123",
    },
]
LETTER = """From: a@mail.example
Date: Thu, 15 Oct 2026 10:00:00 +0800
Message-ID: <one@mail.example>
Subject: look

Please look at 0917 555 0123.
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("referrals")
    (folder / "ads.csv").write_text(ADS)
    (folder / "forms.jsonl").write_text("\n".join(map(json.dumps, FORMS)))
    (folder / "one.eml").write_text(LETTER)
    (folder / "many.eml").write_text("".join(f"X-{n}: a\n" for n in range(10_000)) + "\nhi\n")
    case = folder / "case"
    inktrace("init", case)
    inktrace("add", "ads", folder / "ads.csv", "-w", case)
    files = [folder / name for name in ("forms.jsonl", "one.eml", "many.eml")]
    said = inktrace("add", "referrals", *files, "-w", case, expect=4)
    assert "forms.jsonl: 2 accepted, 1 rejected" in said
    inktrace("run", "referrals", "-w", case)  # each test may be the first to look
    return case


def rows_of(text):
    return json.loads(text)


def test_the_bare_phone_heads_the_list_with_its_reasons(case, tmp_path):
    out = tmp_path / "list.csv"
    listed = rows_of(inktrace("referrals", "worklist", "-w", case, "--json", "--out", out))
    assert [row["referral_id"] for row in listed] == ["bare", "=full"]
    first = listed[0]
    assert first["reports"] == 2
    assert first["referral_ids"] == "bare mail:one@mail.example"
    assert "+4 Ads of lead L-" in first["reasons"]
    assert "phone +639175550123" in first["reasons"]
    with out.open(newline="") as file:
        assert [row["referral_id"] for row in csv.DictReader(file)] == ["bare", "'=full"]
    again = inktrace("referrals", "worklist", "-w", case, "--json", "--month", "2026-10")
    assert rows_of(again) == listed
    short = inktrace("referrals", "worklist", "-w", case, "--size", 1)
    assert "bare" not in short  # the item is named by its lead
    assert first["item_id"] in short
    assert inktrace("referrals", "worklist", "-w", case, "--month", "no", expect=2)


def test_a_report_is_explained_in_words_and_figures(case):
    facts = rows_of(inktrace("referrals", "explain", "bare", "-w", case, "--json"))
    assert facts["priority"] == sum(row["points"] for row in facts["reasons"])
    assert facts["identifiers"] == [
        {"kind": "phone", "value": "+639175550123", "found_in": "phone"}
    ]
    said = inktrace("referrals", "explain", "bare", "-w", case)
    assert re.search(r"completeness \d+%, which has no part in it", said)
    assert "there is no report 'x'" in inktrace("referrals", "explain", "x", "-w", case, expect=2)


def test_listings_and_rejects_tell_of_reports(case):
    shown = rows_of(inktrace("show", "referrals", "-w", case, "--json"))
    assert {row["referral_id"] for row in shown} == {"bare", "=full", "mail:one@mail.example"}
    told = [row["reason"] for row in rows_of(inktrace("show", "rejects", "-w", case, "--json"))]
    assert any("10,000 headers" in reason for reason in told)
    assert any("the rest of the report is kept" in reason for reason in told)


def test_a_judged_item_leaves_the_list_and_its_reasons_are_counted(case, tmp_path):
    path = tmp_path / "j.csv"
    path.write_text(
        "referral_id,verdict,reviewer,reason,judged_at\n"
        "bare,useful,ana,found her,2026-10-20T00:00:00Z\n"
    )
    inktrace("add", "judgements", path, "--of", "referrals", "-w", case)
    listed = rows_of(inktrace("referrals", "worklist", "-w", case, "--json"))
    assert [row["referral_id"] for row in listed] == ["=full"]
    counted = rows_of(inktrace("referrals", "feedback", "-w", case, "--json"))
    assert counted[0] | {"low": 0, "high": 0} == {
        "reason": "all", "judged": 1, "useful": 1, "share": 1.0, "low": 0, "high": 0,
    }  # fmt: skip
    assert "under_age_lead" in inktrace("referrals", "feedback", "-w", case)
