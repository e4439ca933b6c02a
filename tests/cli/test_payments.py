"""`inktrace payments` on a small world, from files to words, JSON, CSV and pictures."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET

import pytest

from .running import inktrace

WORLD = ("authors=16", "ads=240", "transactions=2500", "days=2")
pytestmark = pytest.mark.xdist_group("cli_payments")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("payments")
    settings = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder / "world", "--seed", 5, *settings)
    inktrace("init", folder / "case")
    for source, name in (("ads", "ads.csv"), ("chain", "chain.jsonl.zst"), ("tags", "tags.yaml"),
                         ("first-seen", "first_seen.csv"), ("prices", "prices.csv")):  # fmt: skip
        inktrace("add", source, folder / "world" / name, "-w", folder / "case")
    inktrace("run", "attribution", "--set", "payments.decoy_rounds=10", "-w", folder / "case")
    return folder / "case"


@pytest.fixture(scope="module")
def named(case):
    """The strongest attribution."""
    listed = json.loads(inktrace("show", "attributions", "-w", case, "--json"))
    return next(row for row in listed if not row["is_service"])


def test_an_attribution_is_told_in_words_and_figures(case, named):
    words = ("payments", "explain", named["author_id"], named["wallet_id"], "-w", case)
    facts = json.loads(inktrace(*words, "--json"))
    assert round(facts["log10_lr"], 2) == named["log10_lr"]
    assert [row["without"] for row in facts["drop_one"]][:5] == [
        "ad", "transaction", "amount", "delay", "rounding",
    ]  # fmt: skip
    assert facts["error_probability"] == pytest.approx(named["error_probability"], abs=1e-4)
    said = inktrace(*words)
    assert f"{named['author_id']} ({facts['ads']} ads) and wallet {named['wallet_id']}" in said
    assert "survive" in said
    assert facts["in_words"]["drop_one"][0] in said
    by_w = json.loads(inktrace("payments", "explain", named["author_id"],
                               f"W-{named['wallet_id']}", "-w", case, "--json"))  # fmt: skip
    assert by_w == facts


def test_an_ad_is_told_in_words_and_figures(case, named):
    pair = json.loads(inktrace("payments", "explain", named["author_id"], named["wallet_id"],
                               "-w", case, "--json"))  # fmt: skip
    link = max(pair["links"], key=lambda row: row["posterior_probability"])
    words = ("payments", "explain", link["ad_id"], "-w", case)
    facts = json.loads(inktrace(*words, "--json"))
    best = next(row for row in facts["candidates"] if row["txid"] == link["txid"])
    assert sum(best["factors"].values()) == pytest.approx(best["log10_lr"])
    assert best["payer_wallet_id"] == named["wallet_id"]
    said = inktrace(*words)
    assert f"{facts['candidates'][0]['txid']}:{facts['candidates'][0]['vout']}" in said
    assert "What would change it" in said
    assert "Rounding: the satoshi amount has" in said
    assert "Recipient: " in said
    assert "not proof" in said


def test_laws_are_told_and_drawn(case, tmp_path):
    picture = tmp_path / "laws.svg"
    said = inktrace("payments", "laws", "--svg", picture, "-w", case)
    found = json.loads(inktrace("payments", "laws", "-w", case, "--json"))["sites"]
    assert all(law["site"] in said for law in found)
    assert sum(law["ads"] for law in found) == 240
    for law in found:
        assert sum(law["quote"]["zeros_shares"]) == pytest.approx(1.0, abs=1e-4)
        assert sum(law["quote"]["age_shares"]) == pytest.approx(1.0, abs=1e-4)
    assert said.count("Quote: ") == said.count("Tills: ") == len(found)
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own
    alone = json.loads(inktrace("payments", "laws", found[0]["site"], "-w", case, "--json"))
    assert alone["sites"] == [found[0]]


def test_service_leads_are_listed_and_written(case, tmp_path):
    out = tmp_path / "requests.csv"
    said = inktrace("payments", "service-leads", "--q", 1, "--out", out, "-w", case)
    listed = json.loads(inktrace("payments", "service-leads", "--q", 1, "-w", case, "--json"))
    with out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len(listed) > 0
    assert [row["txid"] for row in rows] == [row["txid"] for row in listed]
    assert rows[0]["service"] in said
    assert all(row["service"] and row["time_utc"].endswith("Z") for row in rows)
    assert "legal request" in said


def test_formulas_in_what_sites_and_ads_are_called_are_disarmed(tmp_path):
    import pyarrow as pa

    from inktrace.casefile.tables import write_csv
    from inktrace.payments.service_leads import SCHEMA

    row = dict.fromkeys(SCHEMA.names)
    hostile = "=HYPERLINK(0)"
    rows = pa.Table.from_pylist([{**row, "service": hostile, "ad_ids": "@ad"}], schema=SCHEMA)
    write_csv(rows, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as lines:
        (written,) = csv.DictReader(lines)
    assert (written["service"], written["ad_ids"]) == (f"'{hostile}", "'@ad")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("explain", "no-such-ad"), "there is no ad 'no-such-ad'"),
        (("explain", "A-none", "0"), "there is no author 'A-none'"),
        (("explain", "A-none", "999999999"), "there is no wallet 999999999"),
        (("laws", "nowhere.example"), "there is no ad of the site 'nowhere.example'"),
    ],
)
def test_what_is_not_there_is_one_clear_line(case, words, says):
    assert says in inktrace("payments", *words, "-w", case, expect=2)
