"""What ads may have cost: histories, rules, price points, changes, and purchases of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads, AskingPrices, read_ads
from inktrace.payments.hands import read_hands
from inktrace.payments.joint_purchases import (
    MOST_ADS,
    Buyable,
    joint_purchases,
    joint_shares,
)
from inktrace.payments.posting_history import ACTIONS, PostingHistory, read_history
from inktrace.payments.price_changes import periods
from inktrace.payments.price_hypotheses import (
    asking_prices,
    prices_off_rules,
    with_rule_currencies,
)
from inktrace.payments.price_points import PricedAds, learned_points
from inktrace.payments.price_rules import AdRules, read_rules

PARAMS = PaymentsParams()
MINUTE_US = 60_000_000
LONG = "a room with a view of the harbour, close to the market and the bus"


def ad(ad_id: str, minute: float, **values: Any) -> dict[str, Any]:
    base = {
        "ad_id": ad_id,
        "site": "board1.example",
        "posted_us": int(minute * MINUTE_US) + 1_700_006_400_000_000,
        "text": LONG,
        "category": "rooms",
        "city": "Manila",
        "price_minor": 1000,
        "currency": "USD",
    }
    return {**base, **values}


def rule(**values: Any) -> dict[str, Any]:
    base = {
        "site": "board1.example",
        "currency": "USD",
        "kind": "posting",
        "ads": 1,
        "price_minor": 1000,
        "file_id": 1,
        "row": 1,
    }
    return {**base, **values}


def engine_of(ads: list[dict[str, Any]], rules: list[dict[str, Any]] | None = None) -> Engine:
    tables = {"ads": table_of(ads)}
    if rules:
        tables["price_rules"] = table_of(rules)
    return Engine.in_memory(tables)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    names = sorted({name for one in rows for name in one})
    return pa.table({name: [one.get(name) for one in rows] for name in names})


def read(
    ads: list[dict[str, Any]], rules: list[dict[str, Any]] | None = None
) -> tuple[Ads, PostingHistory, AdRules]:
    relations = engine_of(ads, rules).relations()
    known = read_rules(relations)
    made = with_rule_currencies(read_ads(relations), known)
    hand = read_hands(relations, made.ad_id, made.site)
    resolution = made.resolution_s[made.site]
    return made, read_history(relations, made.posted_us, resolution, hand, PARAMS), known


def prices_of(asking: AskingPrices, row: int) -> dict[tuple[float, int], float]:
    mine = np.flatnonzero(asking.ad == row)
    return {
        (round(float(np.exp(asking.log_price[n])), 4), int(asking.ads_bought[n])): float(
            asking.weight[n]
        )
        for n in mine
    }


def actions(ads: list[dict[str, Any]]) -> list[str]:
    return [ACTIONS[n] for n in read(ads)[1].action]


def test_the_same_minute_of_a_later_hour_is_a_bump_of_the_next_day_a_repost():
    day = 24 * 60
    ads = [
        ad("a1", 7),
        ad("a2", 67),
        ad("a3", 7 + 3 * 60 + 1),
        ad("a4", 7 + 4 * 60 + 20),
        ad("a5", 7 + day),
        ad("a6", 7 + 3 * day + 200),
        ad("b1", 5, text="quite another text, about a house with a garden near the sea"),
    ]
    history = read(ads)[1]
    assert [ACTIONS[n] for n in history.action] == [
        "first", "bump", "bump", "new", "repost", "new", "first",
    ]  # fmt: skip
    assert history.of.tolist()[:3] == [-1, 0, 1]
    assert history.after_s[1] == 3600
    assert history.of[4] == 0


@pytest.mark.parametrize(
    "other",
    [
        {"site": "board2.example"},
        {"text": LONG + "!"},
        {"city": "Cebu"},
        {"category": "cars"},
        {"phone": "0917 000 0000"},
        {"email": "x@example.org"},
    ],
)
def test_another_site_text_place_or_contact_is_another_ad(other: dict[str, Any]):
    assert actions([ad("a1", 7), ad("a2", 67, **other)]) == ["first", "first"]


def test_spaces_and_case_do_not_make_another_ad():
    assert actions([ad("a1", 7), ad("a2", 67, text=LONG.upper() + "\n ")]) == ["first", "bump"]


def test_a_short_text_is_nobody_s_unless_a_contact_stands_by_it():
    room = {"text": "room to let"}
    assert actions([ad("a1", 7, **room), ad("a2", 67, **room)]) == ["first", "first"]
    phone = {**room, "phone": "09170000000"}
    assert actions([ad("a1", 7, **phone), ad("a2", 67, **phone)]) == ["first", "bump"]


def test_an_ad_given_twice_costs_nothing_the_second_time():
    ads = [ad("a1", 7), ad("a2", 7), ad("a3", 7, image_hashes="ff"), ad("a4", 8)]
    made, history, rules = read(ads)
    assert [ACTIONS[n] for n in history.action] == ["first", "duplicate", "new", "new"]
    assert history.of[1] == 0
    asking = asking_prices(made, PARAMS, history, rules)
    assert not prices_of(asking, 1)
    assert (10.0, 1) in prices_of(asking, 0)
    ads[0]["price_minor"] = None
    assert read(ads)[1].of.tolist()[:2] == [1, -1]  # the row with a price stands for both
    # Nor is it a partner: a1, a3 and a4 are three ads.
    assert max(asking.ads_bought[asking.ad == 0]) == 3


def test_where_times_are_days_the_minute_says_nothing():
    day = 24 * 60
    ads = [ad("a1", 0), ad("a2", day), ad("a3", 2 * day), ad("a4", 2 * day)]
    assert actions(ads) == ["first", "new", "new", "new"]
    ads[2]["url"] = ads[3]["url"] = "https://board1.example/1"
    assert actions(ads)[3] == "duplicate"


def test_what_falls_on_the_minute_by_chance_is_likelier_a_purchase():
    rng = np.random.default_rng(0)
    texts = [f"{LONG} {n}" for n in range(60)]
    by_chance = [ad(f"a{n:02}", 1_000 * n, text=t) for n, t in enumerate(texts)]
    by_chance += [
        ad(f"b{n:02}", 1_000 * n + 61 + rng.integers(0, 600), text=t) for n, t in enumerate(texts)
    ]
    bumped = [ad(f"a{n:02}", 1_000 * n, text=t) for n, t in enumerate(texts)]
    bumped += [ad(f"b{n:02}", 1_000 * n + 120, text=t) for n, t in enumerate(texts)]
    chance, none = read(by_chance)[1], read(bumped)[1]
    assert chance.chance.max() > 0.6
    assert 0 < none.chance.max() < 0.02


def test_a_bump_costs_what_the_rule_says_else_most_likely_nothing():
    ads = [ad("a1", 7), ad("a2", 67)]
    made, history, rules = read(ads)
    asking = asking_prices(made, PARAMS, history, rules)
    chance = history.chance[1]
    expected = chance + (1 - chance) * PARAMS.bump_paid_prior
    assert asking.total(2)[1] == pytest.approx(expected)
    for minor, total in ((0, chance), (150, 1.0)):
        made, history, rules = read(ads, [rule(), rule(kind="bump", price_minor=minor)])
        asking = asking_prices(made, PARAMS, history, rules)
        assert asking.total(2)[1] == pytest.approx(total)
        assert ((1.5, 1) in prices_of(asking, 1)) == (minor > 0)


def test_the_last_rule_that_fits_counts():
    start = 1_700_006_400_000_000
    ads = [
        ad("a1", 0, price_minor=None),
        ad("a2", 5000, price_minor=None),
        ad("a3", 0, price_minor=None, site="BOARD9.example", category=None, city=None),
        ad("a4", 0, price_minor=None, region="Metro Manila", city=None),
        ad("a5", 0, price_minor=None, site="elsewhere.example"),
    ]
    rules = [
        rule(row=1, site="board?.example", price_minor=500),
        rule(row=2, category="ROOM*", from_us=start + 5000 * MINUTE_US, price_minor=700),
        rule(row=3, place="*manila", to_us=start + 5000 * MINUTE_US, price_minor=900),
    ]
    made, history, known = read(ads, rules)
    assert known.of_ad.tolist() == [2, 1, 0, 2, -1]
    asking = asking_prices(made, PARAMS, history, known)
    assert prices_of(asking, 2) == {(5.0, 1): 1.0}
    assert not prices_of(asking, 4)


def test_rules_price_what_has_no_price_or_a_zero_and_upsells_add():
    ads = [
        ad("a1", 0, price_minor=None, currency=None),
        ad("a2", 3000, price_minor=0),
        ad("a3", 6000, price_minor=1234),
    ]
    rules = [
        rule(currency="PHP", price_minor=50_000),
        rule(currency="PHP", kind="upsell", name="top", price_minor=5_000),
        rule(currency="PHP", kind="upsell", name="big", price_minor=2_000),
    ]
    made, history, known = read(ads, rules)
    asking = asking_prices(made, replace(PARAMS, upsell_prior=0.2), history, known)
    for row in (0, 1):
        assert prices_of(asking, row) == pytest.approx(
            {(500.0, 1): 0.8, (550.0, 1): 0.08, (520.0, 1): 0.08, (570.0, 1): 0.04}
        )
        assert made.currencies[asking.currency[asking.ad == row][0]] == "PHP"
    assert prices_of(asking, 2) == {(12.34, 1): 1.0}
    assert prices_off_rules(made, known) == 1


def test_a_rule_of_nothing_makes_an_ad_free():
    made, history, known = read([ad("a1", 0, price_minor=None)], [rule(price_minor=0)])
    assert not len(asking_prices(made, PARAMS, history, known))


def test_several_ads_at_a_discount():
    ads = [ad(f"a{n}", n, text=f"{LONG} {n}") for n in range(3)]
    made, history, known = read(ads, [rule(), rule(kind="several", ads=3, price_minor=2700)])
    asking = asking_prices(made, PARAMS, history, known)
    sizes = joint_shares(PARAMS)
    assert prices_of(asking, 1) == pytest.approx(
        {(10.0, 1): 1 - sizes[2] - sizes[3], (20.0, 2): sizes[2], (27.0, 3): sizes[3]}
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(0, 40),
    minutes=st.sampled_from([5, 200, 5000]),
    ruled=st.booleans(),
)
def test_weights_of_an_ad_never_sum_to_more_than_one(
    seed: int, count: int, minutes: int, ruled: bool
):
    rng = np.random.default_rng(seed)
    ads: list[dict[str, Any]] = [
        ad(
            f"a{n:03}",
            float(rng.integers(0, minutes)),
            site=f"board{rng.integers(1, 3)}.example",
            text=f"{LONG} {rng.integers(4)}",
            category=str(rng.choice(["rooms", "cars"])),
            city=str(rng.choice(["Manila", "Cebu"])),
            price_minor=[None, 0, 500, 1000, 1500][rng.integers(5)],
            currency=str(rng.choice(["USD", "PHP"])),
        )
        for n in range(count)
    ] or [ad("a", 0)]
    rules = [
        rule(site="*1.example"),
        rule(site="*1.example", kind="upsell", name="x", price_minor=300),
        rule(site="*1.example", kind="bump", price_minor=200),
        rule(site="*1.example", kind="several", ads=3, price_minor=2500),
    ]
    made, history, known = read(ads, rules if ruled else None)
    asking = asking_prices(made, PARAMS, history, known)
    assert np.all(asking.weight > 0)
    assert np.all(asking.total(len(ads)) <= 1 + 1e-9)
    assert np.all(np.isfinite(asking.log_price))


def buyable(minutes: list[float], price: list[float], hand: list[int]) -> Buyable:
    count = len(minutes)
    return Buyable(
        np.arange(count),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        np.array(hand, dtype=np.int64),
        (np.array(minutes) * MINUTE_US).astype(np.int64),
        np.array(price, dtype=float),
        np.full((count, MOST_ADS + 1), np.nan),
    )


def test_a_contact_or_a_template_on_one_site_makes_one_hand():
    ads = [ad(f"a{n}", n, text=f"{LONG} {n}") for n in range(6)]
    ads[5]["site"] = "board2.example"
    engine = engine_of(ads)
    engine.append(
        "identifiers",
        table_of([{"ad_id": a, "kind": "phone", "value": "+63"} for a in ("a0", "a2", "a5", "zz")]),
    )
    groups = ["t1", "t2", "t3", "t3", "t4", "t1"]
    engine.append(
        "texts",
        table_of([{"ad_id": f"a{n}", "text_group_id": g} for n, g in enumerate(groups)]),
    )
    made = read_ads(engine.relations())
    hand = read_hands(engine.relations(), made.ad_id, made.site)
    assert hand[0] == hand[2] == hand[3]
    assert len({hand[0], hand[1], hand[4], hand[5]}) == 4


def test_one_hand_s_run_is_found_though_others_post_between():
    ads = buyable([0, 2, 3, 5, 7], [10, 99, 15, 20, 99], [1, 2, 1, 1, 3])
    made = joint_purchases(ads, PARAMS)
    triples = {
        (int(a), round(float(np.exp(p)), 3))
        for a, p, k in zip(made.ad, made.log_price, made.ads_bought, strict=True)
        if k == 3
    }
    assert triples == {(0, 45.0), (2, 45.0), (3, 45.0)}


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from([5.0, 10.0, 20.0]), st.integers(0, 3)),
        max_size=60,
    )
)
def test_runs_are_few_and_their_shares_sum_to_one(rows: list[tuple[int, float, int]]):
    ads = buyable([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    made = joint_purchases(ads, PARAMS)
    if not len(made.ad):
        return
    key = made.ad * 10 + made.ads_bought
    total = np.bincount(key, weights=made.share)
    assert np.allclose(total[np.unique(key)], 1)
    assert np.bincount(made.ad).max() <= 12 + 2 * 18
    assert made.ads_bought.max() <= PARAMS.most_ads_at_once


def priced(
    price: np.ndarray, category: np.ndarray, place: np.ndarray, minute: np.ndarray
) -> PricedAds:
    zero = np.zeros(len(price), dtype=np.int64)
    time = (np.asarray(minute) * MINUTE_US).astype(np.int64)
    return PricedAds(zero, category.astype(int), place.astype(int), time, np.log(price), zero)


def learned(ads: PricedAds, row: int) -> dict[float, float]:
    made = learned_points(ads, np.array([row]))
    assert made.weight.sum() <= 1
    pairs = zip(np.exp(made.log_price), made.weight, strict=True)
    return {round(float(p), 3): float(w) for p, w in pairs}


def test_price_points_know_the_place_and_back_off_from_an_unknown_one():
    rng = np.random.default_rng(0)
    place = rng.integers(0, 2, 200)
    price = np.where(place == 0, 10.0, 20.0)
    price[-2:], place[-2:] = np.nan, [0, 5]
    ads = priced(price, np.zeros(200), place, np.arange(200))
    here = learned(ads, 198)
    assert here[10.0] > 0.95
    unknown = learned(ads, 199)
    assert 0.3 < unknown[10.0] < 0.7
    assert sum(unknown.values()) < 1


def test_a_change_of_prices_is_found_and_splits_the_price_points():
    rng = np.random.default_rng(0)
    minute = np.sort(rng.integers(0, 10_000, 200))
    upsell = np.where(rng.random(200) < 0.2, 3.0, 0.0)
    price = np.where(minute < 6000, 10.0, 15.0) + upsell
    price[[10, 190]] = np.nan
    ads = priced(price, np.zeros(200), np.zeros(200), minute)
    old, new = learned(ads, 10), learned(ads, 190)
    assert old[10.0] > 0.6 > 0.1 > old.get(15.0, 0.0)
    assert new[15.0] > 0.6 > 0.1 > new.get(10.0, 0.0)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_prices_that_only_vary_are_no_change(seed: int):
    rng = np.random.default_rng(seed)
    zero = np.zeros(120, dtype=np.int64)
    price = np.log(rng.choice([10.0, 12.0, 20.0], 120, p=[0.6, 0.25, 0.15]))
    made = periods(zero, zero, rng.integers(0, 10**12, 120), price, zero)
    # Seldom taken for one by chance: the penalty is generous, not endless.
    assert len(np.unique(made)) <= 2


def test_an_upsell_seen_in_other_categories_is_expected_in_this_one():
    category = np.repeat([0, 1, 2], [40, 40, 10])
    price = np.repeat([10.0, 20.0, 30.0], [40, 40, 10])
    price[:8] += 3.0
    price[40:48] += 3.0
    price[-1] = np.nan
    made = learned(priced(price, category, np.zeros(90), np.arange(90)), 89)
    assert made[30.0] > 0.7
    assert made[33.0] > 0.01


def test_where_prices_are_too_many_the_least_likely_are_left_out_all_or_none():
    ads = [ad(f"a{i:02d}", 0.4 * i, price_minor=1000 + 130 * i) for i in range(40)]
    made, history, rules = read(ads)
    every = asking_prices(made, PARAMS, history, rules)
    few = asking_prices(made, replace(PARAMS, most_asking_prices=60), history, rules)
    assert 40 <= len(few) <= 60 < len(every)
    everything = {(row, *key): w for row in range(40) for key, w in prices_of(every, row).items()}
    kept = {(row, *key): w for row in range(40) for key, w in prices_of(few, row).items()}
    assert kept == {key: everything[key] for key in kept}
    assert min(kept.values()) > max(w for key, w in everything.items() if key not in kept)
