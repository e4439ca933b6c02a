"""Leads rank signs of a ring, not the fact of advertising, and say why in plain words."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.errors import StageError
from inktrace.params import RingsParams
from inktrace.progress import silent
from inktrace.rings import STAGE
from inktrace.rings.indicators import REGISTRY, indicator

DAY = 86_400_000_000
HOUR = 3_600_000_000


def ads_of(author, count, *, names=("Ana",), cities=("Cebu",), text="{name} here, {age}, cleaning"):
    return [
        {
            "ad_id": f"{author}-{n:03d}",
            "author_id": author,
            "site": "board.example",
            "posted_us": n * DAY // 2 + 10 * HOUR,
            "text": text.format(name=names[n % len(names)], age=25 + n % len(names)),
            "city": cities[n % len(cities)],
            # Ads of one author show one photo too, so that they are tied by more than style.
            "image_hashes": f"{names[n % len(names)]}-of-{author} all-of-{author}",
        }
        for n in range(count)
    ]


def run(ads, attributions=(), identifiers=(), params=None):
    tables = {
        "ads": pa.Table.from_pylist(
            [{k: v for k, v in ad.items() if k != "author_id"} for ad in ads]
        ),
        "authors": pa.Table.from_pylist(
            [
                {
                    "ad_id": ad["ad_id"],
                    "author_id": ad["author_id"],
                    "log10_lr": 0.0,
                    "reason": "style",
                }
                for ad in ads
            ]
        ),
        "texts": pa.Table.from_pylist(
            [{"ad_id": ad["ad_id"], "text_group_id": ad["text"][-8:]} for ad in ads]
        ),
    }
    if attributions:
        tables["attributions"] = pa.Table.from_pylist(list(attributions))
    if identifiers:
        tables["identifiers"] = pa.Table.from_pylist(list(identifiers))
    with Engine.in_memory(tables if ads else {}) as engine:
        result = STAGE.function(engine.relations(STAGE.reads), params or RingsParams(), silent)
    return result.tables["leads"].to_pylist(), result.tables["lead_indicators"].to_pylist()


def paid(author, wallet, q=0.01, service=False, method="inktrace"):
    return {
        "method": method,
        "author_id": author,
        "wallet_id": wallet,
        "ads_matched": 3,
        "transactions_matched": 3,
        "log10_lr": 5.0,
        "q_value": q,
        "is_service": service,
    }


CROWD = [ad for n in range(30) for ad in ads_of(f"A-solo{n:02d}", 3)]
RING = ads_of("A-ring", 12, names=("Ana", "Bea", "Carla", "Dina"), cities=("Cebu", "Davao", "Naga"))


def test_several_people_in_several_places_rank_first():
    leads, indicators = run(RING + CROWD)
    assert leads[0]["author_ids"] == "A-ring"
    assert leads[0]["people_estimate"] == 4
    assert leads[0]["places"] == 3
    assert {"people_advertised", "places_named"} <= {
        row["indicator"] for row in indicators if row["lead_id"] == leads[0]["lead_id"]
    }


def test_people_who_advertise_only_themselves_are_no_leads():
    busy = ads_of("A-busy", 60)
    leads, _ = run(busy + CROWD, [paid("A-busy", 7)])
    assert leads == []


def test_a_stated_age_under_18_comes_first_whatever_else_there_is():
    young = ads_of("A-young", 1, text="{name}, I am 17 years old, can clean")
    leads, _ = run(RING + CROWD + young)
    assert [lead["author_ids"] for lead in leads] == ["A-young", "A-ring"]
    assert leads[0]["under_age_indicator"]
    assert not leads[1]["under_age_indicator"]


def test_a_private_wallet_joins_authors_and_a_service_does_not():
    other = ads_of("A-other", 4, names=("Ella", "Fe"))
    joined, _ = run(RING + CROWD + other, [paid("A-ring", 7), paid("A-other", 7)])
    assert joined[0]["author_ids"] == "A-other A-ring"
    assert joined[0]["wallet_ids"] == "7"
    for not_joining in (
        paid("A-other", 7, service=True),
        paid("A-other", 7, q=0.2),
        paid("A-other", 7, method="kdd2017"),
    ):
        apart, _ = run(RING + CROWD + other, [paid("A-ring", 7), not_joining])
        assert "A-other A-ring" not in [lead["author_ids"] for lead in apart]


def test_a_switchboard_speaks_against():
    ids = [
        {"ad_id": ad["ad_id"], "kind": "phone", "value": "+630000", "found_in": "text"}
        for ad in RING + CROWD
    ]
    _, indicators = run(RING + CROWD, identifiers=ids)
    assert [row["direction"] for row in indicators if row["indicator"] == "shared_switchboard"] == [
        "against"
    ]


def test_order_of_rows_does_not_matter():
    one = run(RING + CROWD)
    other = run(list(reversed(CROWD)) + list(reversed(RING)))
    assert one == other


def test_nothing_in_nothing_out():
    assert run([]) == ([], [])


def test_every_indicator_has_a_sentence_of_its_own_and_a_source():
    sentences = [one.sentence for one in REGISTRY.values()]
    assert len(set(sentences)) == len(sentences) >= 12
    assert all(
        "{value}" in s or one.least == 1
        for s, one in zip(sentences, REGISTRY.values(), strict=True)
    )
    assert all(one.reference for one in REGISTRY.values())
    assert {one.direction for one in REGISTRY.values()} == {"for", "against"}


def test_an_indicator_without_a_sentence_is_refused():
    def wordless(facts):
        return facts["ads"]

    with pytest.raises(StageError, match="no sentence"):
        indicator("for", 1, 1.0, "x")(wordless)
    assert "wordless" not in REGISTRY


def test_no_reason_speaks_of_guilt():
    forbidden = re.compile(
        r"prove|proof|traffick(er|ing)|guilt|criminal|perpetrator|offender", re.I
    )
    assert not [one.sentence for one in REGISTRY.values() if forbidden.search(one.sentence)]
