"""Properties of the pieces: join, density, decoys, posterior, q-values, prices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import expanded, read_ads
from inktrace.payments.background import measured_background
from inktrace.payments.candidates import OutputIndex
from inktrace.payments.decoys import covered_time, moved_times
from inktrace.payments.error_rates import picked_by_chance, q_values
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.price_hypotheses import asking_prices
from inktrace.payments.times import PaidOutputs, PriceSeries

from .simulated import simulated_case

DAY_US = 86_400_000_000
SEEDS = st.integers(0, 10_000)
scores = st.lists(st.floats(-5, 20), max_size=40)


def outputs_at(early: np.ndarray, late: np.ndarray) -> PaidOutputs:
    number = np.arange(len(early), dtype=np.int64)
    return PaidOutputs(number, number * 0, number + 1000, early, late, number * 0 - 1)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, tolerance=st.floats(0.002, 0.2))
def test_the_join_finds_what_brute_force_finds(seed: int, tolerance: float):
    rng = np.random.default_rng(seed)
    early = rng.integers(0, 20_000_000_000, 300)
    late = early + rng.integers(0, 2, 300) * rng.integers(0, 3_000_000_000, 300)
    value = np.where(rng.random(300) < 0.05, np.nan, rng.normal(3, 0.3, 300))
    price, posted = rng.normal(3, 0.2, 25), rng.integers(0, 20_000_000_000, 25)
    index = OutputIndex(outputs_at(early, late), value, price, tolerance)
    before, after = np.full(25, 3600.0), np.full(25, 90.0)
    found = index.within(np.arange(25), price, posted, before, after)
    ratio = value[None, :] - price[:, None]
    near = np.abs(ratio) <= tolerance
    timely = (late[None, :] >= posted[:, None] - 3_600_000_000) & (
        early[None, :] <= posted[:, None] + 90_000_000
    )
    expected = set(zip(*(axis.tolist() for axis in np.nonzero(near & timely)), strict=True))
    assert set(zip(found.hypothesis.tolist(), found.output.tolist(), strict=True)) == expected
    assert len(found) == len(expected)
    assert np.all(found.most_delay_s >= found.least_delay_s)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=20))
def test_expanded_ranges_are_the_ranges(ranges: list[tuple[int, int]]):
    first = np.array([a for a, _ in ranges], dtype=np.int64)
    last = first + np.array([n for _, n in ranges], dtype=np.int64)
    expected = [i for a, n in ranges for i in range(a, a + n)]
    assert expanded(first, last).tolist() == expected


@given(targets=scores, decoys=scores, rounds=st.integers(1, 30))
def test_q_values_are_rates_and_never_fall_with_the_score(
    targets: list[float], decoys: list[float], rounds: int
):
    scores = np.array(targets)
    made = q_values(scores, np.array(decoys), rounds)
    assert np.all((made > 0) & (made <= 1))
    order = np.argsort(-scores, kind="stable")
    assert np.all(np.diff(made[order]) >= 0)
    back = np.random.default_rng(0).permutation(len(scores))
    assert np.array_equal(q_values(scores[back], np.array(decoys), rounds), made[back])


def test_q_values_of_a_small_example():
    made = q_values(np.array([9.0, 8.0, 3.0]), np.array([3.0, 1.0, 1.0]), 2)
    # At 8: (1 + 0) / 2 rounds / 2 targets; at 3: (1 + 1) / 2 / 3.
    assert made.tolist() == [0.25, 0.25, pytest.approx(1 / 3)]


def test_without_decoy_rounds_nothing_is_certain():
    assert q_values(np.array([50.0]), np.empty(0), 0).tolist() == [1.0]


def test_evidence_must_outweigh_the_number_of_wallets():
    assert picked_by_chance(np.array([3.0]), 1000)[0] == pytest.approx(0.5)
    assert picked_by_chance(np.array([400.0, -400.0]), 1000).tolist() == [0.0, 1.0]


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    days=st.floats(0.5, 40),
    decoy_round=st.integers(1, 40),
    after_s=st.sampled_from([31.0, 90.0, 3630.0]),
)
def test_moved_ads_stay_inside_and_clear_of_their_own_window(
    seed: int, days: float, decoy_round: int, after_s: float
):
    rng = np.random.default_rng(seed)
    times = rng.integers(0, int(days * DAY_US), 5000)
    coverage = covered_time(times)
    posted = rng.integers(0, int(days * DAY_US), 50)
    width = np.full(50, 3600.0)
    moved, taking_part = moved_times(posted, width, np.full(50, after_s), coverage, decoy_round)
    assert np.array_equal(moved[~taking_part], posted[~taking_part])
    here, there = posted[taking_part], moved[taking_part]
    assert np.all((there >= times.min()) & (there <= times.max()))
    inside = here <= times.max()
    assert np.all(np.abs(there - here)[inside] > (3600 + after_s) * 1e6)


@settings(max_examples=30, deadline=None)
@given(decoy_round=st.integers(1, 40), minute=st.integers(0, 1439))
def test_a_daily_posters_decoys_meet_none_of_the_daily_payments(decoy_round: int, minute: int):
    coverage = covered_time(np.arange(0, 10 * DAY_US, 60_000_000))
    posted = np.arange(10) * DAY_US + minute * 60_000_000
    paid = posted - 300_000_000
    before, after = np.full(10, 3600.0), np.full(10, 90.0)
    moved, taking_part = moved_times(posted, before, after, coverage, decoy_round)
    delay = (moved[taking_part][:, None] - paid[None, :]) / 1e6
    assert taking_part.all()
    # Across the ends of the covered time a day is not whole, so its last ads are let off.
    assert not np.any((delay <= 3600) & (delay >= -90))


def test_no_ad_is_moved_into_a_gap_of_the_data():
    times = np.concatenate(
        [np.arange(0, 3 * DAY_US, 10**8), np.arange(8 * DAY_US, 12 * DAY_US, 10**8)]
    )
    coverage = covered_time(times)
    posted = np.linspace(0, 12 * DAY_US - 1, 500).astype(np.int64)
    for number in range(1, 8):
        moved, part = moved_times(
            posted, np.full(500, 3600.0), np.full(500, 90.0), coverage, number
        )
        there = moved[part]
        assert not np.any((there > 3 * DAY_US) & (there < 8 * DAY_US))
        gap = (posted > 3 * DAY_US + 4_000_000_000) & (posted < 8 * DAY_US)
        assert not part[gap].any()


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_posteriors_sum_to_at_most_one_per_ad_and_per_output(seed: int):
    rng = np.random.default_rng(seed)
    rows = np.unique(rng.integers(0, 8, (30, 2)), axis=0)
    ratio = 10 ** rng.normal(1, 1.5, len(rows))
    share = np.full(8, 0.6)
    single = np.ones(len(rows), dtype=np.int64)
    made = posterior_probabilities(rows[:, 0], rows[:, 1], single, ratio, share, np.zeros(8))
    assert np.all(np.bincount(rows[:, 0], made, 8) <= 1 + 1e-9)
    # Messages have not quite settled on small tangled claims.
    assert np.all(np.bincount(rows[:, 1], made, 8) <= 1.25)


def test_one_output_pays_for_one_ad():
    none = np.zeros(2)
    share = np.full(2, 0.5)
    ad, one, ratio = np.array([0, 1]), np.array([1, 1]), np.array([1e6, 1e3])
    made = posterior_probabilities(ad, np.array([0, 0]), one, ratio, share, none)
    assert made[0] > 0.99
    assert made[1] < 0.01
    apart = posterior_probabilities(ad, np.array([0, 1]), one, ratio, share, none)
    assert apart.min() > 0.99


def test_background_counts_what_is_there():
    rng = np.random.default_rng(0)
    times = rng.integers(0, 10 * DAY_US, 200_000)
    value = rng.normal(3, 1, 200_000)
    value[:20_000] = np.log(10) + rng.normal(0, 0.003, 20_000)
    measured = measured_background(times, [value])
    at = np.full(1, 5 * DAY_US)
    smooth = measured.per_second(at, np.array([3.5]), 0)[0] * 864_000
    assert smooth == pytest.approx(180_000 * 0.3521, rel=0.15)
    peak = measured.per_second(at, np.array([np.log(10)]), 0)[0] * 864_000
    assert peak > 10 * smooth
    far = measured.per_second(at, np.array([50.0]), 0)
    assert np.all(far > 0)


def test_prices_are_the_last_at_or_before_and_not_too_old():
    series = PriceSeries(np.array([100, 200]), np.log(np.array([10.0, 20.0])), 50)
    bitcoin = np.full(5, 100_000_000, dtype=np.int64)
    value = series.log_value(bitcoin, np.array([99, 100, 150, 151, 210]))
    assert np.isnan(value[[0, 3]]).all()
    assert np.exp(value[[1, 2, 4]]).tolist() == pytest.approx([10, 10, 20])


def test_moves_are_those_of_the_last_prices_and_nought_where_unknown():
    times = np.array([0, 60, 120, 500]) * 1_000_000
    series = PriceSeries(times, np.log(np.array([10.0, 20.0, 40.0, 5.0])), 100_000_000)
    at = np.array([130, 65, 510, 300]) * 1_000_000
    moves = series.moves(at, np.array([0, 60, 120]))
    assert moves.shape == (4, 3)
    assert moves.dtype == np.float32
    # 60 s before 130 s the price was 20 for 40; 120 s before, 10 for 40.
    assert np.exp(moves[0]).tolist() == pytest.approx([1.0, 0.5, 0.25])
    assert np.exp(moves[1]).tolist() == pytest.approx([1.0, 0.5, 1.0])  # none before the first
    assert moves[2].tolist() == moves[3].tolist() == [0.0, 0.0, 0.0]  # too old, before or now
    assert PriceSeries(times[:0], np.empty(0), 1).moves(at, np.array([0, 60])).tolist() == (
        [[0.0, 0.0]] * 4
    )


@given(
    prices=st.lists(st.floats(1, 1e6), min_size=2, max_size=30),
    age_minutes=st.integers(0, 20),
    at=st.integers(0, 29),
)
def test_paid_over_price_at_an_older_quote_is_the_ratio_at_that_older_price(
    prices: list[float], age_minutes: int, at: int
):
    minute = 60_000_000
    series = PriceSeries(np.arange(len(prices)) * minute, np.log(np.array(prices)), minute)
    now = np.array([min(at, len(prices) - 1)]) * minute
    value = np.array([12_345_678])
    older = series.log_value(value, now - age_minutes * minute)[0]
    move = series.moves(now, np.array([60 * age_minutes]))[0, 0]
    expected = 0.0 if np.isnan(older) else older - series.log_value(value, now)[0]
    assert move == pytest.approx(expected, abs=1e-4)


def test_posting_resolution_is_found_per_site():
    for seconds in (1, 60, 86_400):
        case = simulated_case(seed=1, authors=4, loners=0, background=20, resolution_s=seconds)
        ads = read_ads(case.engine().relations())
        assert set(ads.resolution_s.tolist()) == {seconds}


def test_asking_prices_weights_are_probabilities():
    case = simulated_case(seed=2, pairs=0.5)
    ads = read_ads(Engine.in_memory(case.tables).relations())
    asking = asking_prices(ads, PaymentsParams())
    total = np.bincount(asking.ad, weights=asking.weight, minlength=len(ads))
    assert np.allclose(total, 1)
    assert (asking.ads_bought == 2).any()
    pair = asking.ads_bought == 2
    assert np.all(asking.log_price[pair] > ads.log_price[asking.ad[pair]])
