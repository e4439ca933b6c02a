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
from inktrace.rings.registry import REGISTRY, indicator

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


def tables_of(ads, attributions=(), identifiers=(), params=None, judgements=(), links=()):
    tables = {
        "ads": pa.Table.from_pylist(
            [{k: v for k, v in ad.items() if k not in ("author_id", "identity_id")} for ad in ads]
        ),
        "identities": pa.Table.from_pylist(
            [
                {
                    "ad_id": ad["ad_id"],
                    "author_id": ad["author_id"],
                    "identity_id": ad.get("identity_id", "I-" + ad["author_id"]),
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
    if links:
        tables["attribution_links"] = pa.Table.from_pylist(list(links))
    if identifiers:
        tables["identifiers"] = pa.Table.from_pylist(list(identifiers))
    if judgements:
        tables["lead_judgements"] = pa.Table.from_pylist(list(judgements))
    with Engine.in_memory(tables if ads else {}) as engine:
        result = STAGE.function(engine.relations(STAGE.reads), params or RingsParams(), silent)
    made = {name: table.to_pylist() for name, table in result.tables.items()}
    return made, result.notes


def run(*given, **named):
    made, _ = tables_of(*given, **named)
    return made["leads"], made["lead_indicators"]


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


def link(ad_id, author, wallet, posterior=0.9, method="inktrace"):
    return {
        "method": method,
        "author_id": author,
        "wallet_id": wallet,
        "ad_id": ad_id,
        "tx_id": 1,
        "vout": 0,
        "log10_lr": 3.0,
        "posterior_probability": posterior,
    }


def test_the_ads_of_one_identity_are_one_lead_whoever_wrote_them():
    other = ads_of("A-other", 4, names=("Ella", "Fe"))
    joined = [ad | {"identity_id": "I-0123456789"} for ad in RING + other]
    leads, _ = run(joined + CROWD)
    assert leads[0]["lead_id"] == "L-0123456789"
    assert leads[0]["author_ids"] == "A-other A-ring"
    assert leads[0]["ads"] == len(joined)


def test_an_author_may_stand_in_two_leads():
    moved = [ad | {"identity_id": f"I-{n % 2}", "city": f"{n % 3}"} for n, ad in enumerate(RING)]
    made, _ = tables_of(moved + CROWD)
    assert [lead["author_ids"] for lead in made["leads"][:2]] == ["A-ring", "A-ring"]
    of_lead = {row["ad_id"]: row["lead_id"] for row in made["lead_ads"]}
    assert {of_lead[ad["ad_id"]] for ad in moved[::2]} == {"L-0"}


def test_a_wallet_belongs_to_the_lead_whose_ads_it_likely_pays_for():
    said = [paid("A-ring", 7)]
    links = [link("A-ring-000", "A-ring", 7)]
    made, _ = tables_of(RING + CROWD, said, links=links)
    assert made["leads"][0]["wallet_ids"] == "7"
    for wrong in (
        ([paid("A-ring", 7, service=True)], links),
        ([paid("A-ring", 7, q=0.2)], links),
        ([paid("A-ring", 7, method="kdd2017")], links),
        (said, [link("A-ring-000", "A-ring", 7, posterior=0.1)]),
        (said, [link("A-solo00-000", "A-solo00", 7)]),
        (said, []),
    ):
        made, _ = tables_of(RING + CROWD, wrong[0], links=wrong[1])
        assert made["leads"][0]["wallet_ids"] == ""


def test_a_wallet_that_pays_for_others_too_is_told_of_both():
    other = ads_of("A-other", 6, names=("Ella", "Fe", "Gina"))
    said = [paid("A-ring", 7), paid("A-other", 7)]
    links = [link("A-ring-000", "A-ring", 7), link("A-other-000", "A-other", 7)]
    made, _ = tables_of(RING + CROWD + other, said, links=links)
    shared = [r for r in made["lead_indicators"] if r["indicator"] == "wallet_of_other_posters"]
    assert [row["value"] for row in shared] == [1.0, 1.0]


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


def test_a_sentence_speaks_of_one_as_of_one():
    young = ads_of("A-young", 1, text="{name}, I am 17 years old, can clean")
    _, indicators = run(RING + CROWD + young)
    told = [row["reason"] for row in indicators if row["indicator"] == "under_age_stated"]
    assert told == ["1 of the ads states an age under 18 of a person advertised."]
    _, indicators = run(RING + CROWD + ads_of("A-young", 2, text="{name}, I am 17 years old"))
    told = [row["reason"] for row in indicators if row["indicator"] == "under_age_stated"]
    assert told == ["2 of the ads state an age under 18 of a person advertised."]
    assert not [row for row in indicators if "[" in row["reason"]]


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


def names_of(rows, lead_id):
    return {row["indicator"]: row for row in rows if row["lead_id"] == lead_id}


def test_every_indicator_has_points_an_interval_and_rows_that_carry_it():
    made, _ = tables_of(RING + CROWD)
    first = made["leads"][0]["lead_id"]
    found = names_of(made["lead_indicators"], first)
    assert all(row["weight_low"] <= row["weight"] <= row["weight_high"] for row in found.values())
    total = sum(row["weight"] for row in found.values())
    assert made["leads"][0]["score"] == pytest.approx(total)
    assert made["leads"][0]["score_low"] <= total <= made["leads"][0]["score_high"]
    carried = [row for row in made["lead_evidence"] if row["lead_id"] == first]
    words = {row["words"] for row in carried if row["indicator"] == "people_advertised"}
    assert words == {"ana", "bea", "carla", "dina"}
    assert {row["ad_id"] for row in carried} <= {ad["ad_id"] for ad in RING}


def test_people_whom_style_alone_joins_are_not_added_up():
    strangers = [
        ad | {"author_id": "A-mixed", "image_hashes": f"{ad['author_id']}"}
        for name in ("Ella", "Fe", "Gina", "Hazel")
        for ad in ads_of(f"A-{name}", 3, names=(name,), cities=(f"City of {name}",))
    ]
    made, _ = tables_of(RING + CROWD + strangers)
    mixed = [row for row in made["leads"] if row["author_ids"] == "A-mixed"]
    assert all(not row["flagged"] and row["people_estimate"] == 1 for row in mixed)
    assert all(row["in_core"] for row in made["lead_ads"] if row["ad_id"].startswith("A-ring"))


AGENCY = " We are a licensed agency, permit no. 77, we give official receipts."
COUNTERED = [
    ("agency_that_says_so", "{name} here, {age}, cleaning." + AGENCY),
    ("reviewer_or_directory", "{name} here, {age}. Reviews of helpers, 4 out of 5"),
    ("says_on_tour", "{name} here, {age}, visiting, here until sunday"),
]


@pytest.mark.parametrize(("name", "text"), COUNTERED)
def test_what_speaks_against_lowers_the_rank_and_is_shown(name, text):
    many = {"names": ("Ella", "Fe", "Gina", "Hazel"), "cities": ("Cebu", "Naga")}
    plain = ads_of("A-plain", 12, text="{name} here, {age}, tidy home", **many)
    other = ads_of("A-other", 12, text=text, **many)
    leads, indicators = run(CROWD + plain + other)
    assert [lead["author_ids"] for lead in leads[:2]] == ["A-plain", "A-other"]
    row = names_of(indicators, leads[1]["lead_id"])[name]
    assert row["direction"] == "against"
    assert row["weight"] < 0
    assert row["reason"] in leads[1]["reasons"]


def test_one_person_on_tour_is_not_flagged():
    tour = ads_of("A-tour", 12, cities=("Cebu",) * 4 + ("Davao",) * 4 + ("Naga",) * 4)
    leads, indicators = run(RING + CROWD + tour)
    mine = next(lead for lead in leads if lead["author_ids"] == "A-tour")
    assert not mine["flagged"]
    assert "one_person_travelling" in names_of(indicators, mine["lead_id"])


def test_software_that_posts_on_the_hour_is_told():
    again = [
        ad | {"ad_id": f"A-soft-{n:03d}", "author_id": "A-soft", "posted_us": n * HOUR}
        for n, ad in enumerate(ads_of("A-soft", 1, names=("Ella",)) * 8)
    ]
    twin = ads_of("A-soft", 3, names=("Ella", "Fe", "Gina"))
    same = [ad | {"image_hashes": "one", "author_id": "A-soft"} for ad in again + twin]
    kept = {ad["ad_id"]: ad for ad in [*twin, *same]}
    _, indicators = run(RING + CROWD + list(kept.values()))
    assert [row["value"] for row in indicators if row["indicator"] == "posting_software"]


def test_an_implied_age_comes_after_a_stated_one_and_before_all_others():
    school = ads_of("A-school", 1, text="{name}, I am still in high school, can clean")
    young = ads_of("A-young", 1, text="{name}, I am sixteen years old, can clean")
    leads, _ = run(RING + CROWD + school + young)
    assert [lead["author_ids"] for lead in leads] == ["A-young", "A-school", "A-ring"]
    assert [lead["flagged"] for lead in leads] == [True, True, True]


def test_a_rule_that_keeps_the_young_away_makes_no_lead():
    strict = ads_of("A-strict", 3, text="{name} here, {age}. Clients must be 18+, no under 18")
    leads, _ = run(RING + CROWD + strict)
    assert [lead["author_ids"] for lead in leads] == ["A-ring"]


def judgement(ad_id, verdict, when=0):
    return {
        "ad_id": ad_id,
        "verdict": verdict,
        "reviewer": "Reyes",
        "reason": "visited",
        "judged_us": when,
    }


def test_points_are_fitted_once_enough_leads_are_judged():
    ads = list(CROWD)
    said = []
    for n in range(24):
        ads += ads_of(f"A-r{n:02d}", 8, names=("Ana", "Bea", "Carla"), cities=("Cebu",))
        ads += ads_of(f"A-t{n:02d}", 8, names=("Ana",), cities=("Cebu", "Davao", "Naga"))
        said += [
            judgement(f"A-r{n:02d}-001", "supports"),
            judgement(f"A-t{n:02d}-001", "contradicts"),
        ]
    params = RingsParams(bootstrap_rounds=20)
    before, notes_before = tables_of(ads, params=params)
    after, notes = tables_of(ads, params=params, judgements=said)
    assert (notes_before["points"], notes["points"]) == ("by rarity", "fitted to judgements")
    assert notes["judged"] == 48

    def mean(made, prefix):
        mine = [r["score"] for r in made["leads"] if r["author_ids"].startswith(prefix)]
        return sum(mine) / len(mine)

    gap_before = mean(before, "A-r") - mean(before, "A-t")
    assert mean(after, "A-r") - mean(after, "A-t") > gap_before


def test_the_latest_judgement_counts_and_unsure_takes_it_back():
    said = [
        judgement("A-ring-000", "supports", 1),
        judgement("A-ring-001", "unsure", 2),
        judgement("A-gone-000", "supports", 3),
    ]
    _, notes = tables_of(RING + CROWD, judgements=said)
    assert notes["judged"] == 0
    _, notes = tables_of(RING + CROWD, judgements=said[:1])
    assert notes["judged"] == 1
