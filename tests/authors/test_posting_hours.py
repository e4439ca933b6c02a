"""Posting hours: evidence near 0 for few ads, none for dates, and blind to what sites do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import assume, given
from hypothesis import strategies as st

from inktrace.authors.hour_fit import (
    DEFAULT_SCALE,
    all_against_all,
    fitted_hours,
    halves,
    shipped_hours,
)
from inktrace.authors.posting_hours import (
    DEFAULT_SHARES,
    HOURS,
    HourEvidence,
    HourModel,
    PostingTimes,
    compared_with_rest,
    habit_log_prior,
    habit_table,
    posting_times,
    site_curves,
    sittings,
)
from inktrace.params import Params

from .strategies import STEADY

PARAMS = Params().authors
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
FREE = HourModel(DEFAULT_SHARES, 1.0, 9.0, 0)


def times_of(us, site=None):
    names = [f"site{number}" for number in (np.zeros(len(us), int) if site is None else site)]
    return posting_times(pa.table({"site": names, "posted_us": pa.array(us, pa.int64())}))


def told_times(us, site=None):
    """Times whose hours are all told, however alike they are."""
    us = np.asarray(us, np.int64)
    site = np.zeros(len(us), np.int64) if site is None else np.asarray(site, np.int64)
    return PostingTimes(us, site, np.ones(len(us), bool))


def at_hours(hours, first_day=0, minute=17):
    """One ad a day at each of the hours."""
    return np.array(
        [(first_day + day) * DAY + hour * HOUR + minute * MINUTE for day, hour in enumerate(hours)],
        np.int64,
    )


def compared(times, block, background=None, gap_s=3600, model=FREE):
    """Block 0 against block 1 as one author's; the curves are those of `background` or even."""
    block = np.asarray(block, np.int64)
    found = sittings(times, np.zeros(len(block), np.int64), block, gap_s)
    curves = background if background is not None else np.full((times.sites(), HOURS), 1 / HOURS)
    told = compared_with_rest(found, HourEvidence(habit_table(curves), model, 40.0))
    return dict(zip(told.block.tolist(), told.log10_lr.tolist(), strict=True)), told


def one_against_other(hours_a, hours_b, **more):
    us = np.append(at_hours(hours_a), at_hours(hours_b, first_day=1000))
    found, _ = compared(
        told_times(us), [0] * len(hours_a) + [1] * len(hours_b), **more
    )  # fmt: skip
    return found[0]


hours = st.lists(st.integers(0, 23), min_size=1, max_size=12)


def test_one_habit_speaks_for_one_author_and_two_habits_against():
    assert one_against_other([3] * 10, [3] * 10) > 0.7
    assert one_against_other([3] * 10, [15] * 10) < -1.0


def test_few_ads_say_little():
    assert abs(one_against_other([3], [3])) < 0.25
    assert abs(one_against_other([3], [15])) < 0.25
    grows = [one_against_other([3] * n, [3] * n) for n in (1, 2, 4, 8, 16)]
    assert grows == sorted(grows)


@STEADY
@given(hours, hours)
def test_it_is_the_same_from_either_side(a, b):
    assert one_against_other(a, b) == one_against_other(b, a)


@STEADY
@given(hours, hours, st.randoms(use_true_random=False))
def test_the_order_of_ads_plays_no_part(a, b, random):
    us = np.append(at_hours(a), at_hours(b, first_day=1000))
    block = np.array([0] * len(a) + [1] * len(b))
    order = list(range(len(us)))
    random.shuffle(order)
    plain, _ = compared(told_times(us), block)
    mixed, _ = compared(told_times(us[order]), block[order])
    assert plain == mixed


@STEADY
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 239), st.integers(0, 2),
                          st.integers(0, 2)), min_size=2, max_size=30),
       st.integers(1, 23))  # fmt: skip
def test_another_time_zone_for_all_changes_nothing(ads, shift):
    day, tenth, site, block = (np.array(part, np.int64) for part in zip(*ads, strict=True))
    assume(len(np.unique(block)) > 1)
    us = (5 + day) * DAY + tenth * 6 * MINUTE + MINUTE
    told = []
    for moved in (us, us + shift * HOUR):
        times = told_times(moved, site)
        found = sittings(times, np.zeros(len(us), np.int64), block, 3600)
        curves = site_curves(found, times.sites())
        told.append(compared(times, block, background=curves)[1].log10_lr)
    assert np.allclose(told[0], told[1], atol=2e-6)


@STEADY
@given(st.lists(st.integers(0, 400), min_size=2, max_size=20))
def test_dates_alone_say_exactly_nothing(days):
    times = times_of(np.array(days) * DAY)
    assert not times.told.any()
    block = np.arange(len(days)) % 2
    found = sittings(times, np.zeros(len(days), np.int64), block, 3600)
    told = compared_with_rest(found, HourEvidence(habit_table(np.full((1, 24), 1 / 24)), FREE, 40))
    assert not told.log10_lr.any()


def test_midnight_of_another_zone_is_a_date_too_and_an_hourly_feed_is_not():
    local = np.array([day * DAY + (22 if day % 3 else 23) * HOUR for day in range(30)])
    assert not times_of(local).told.any()
    hourly = np.array([day * DAY + (day % 7 + 1) * HOUR for day in range(30)])
    assert times_of(hourly).told.all()
    # A feed of dates beside another feed does not silence it.
    site = np.repeat([0, 1], 30)
    assert times_of(np.append(local, hourly), site).told.tolist() == (site == 1).tolist()


def test_a_missing_time_says_nothing():
    table = pa.table({"site": ["s", None], "posted_us": pa.array([None, 5 * HOUR], pa.int64())})
    assert posting_times(table).told.tolist() == [False, True]


def test_a_burst_counts_once():
    alone = at_hours([3, 3, 3])
    burst = np.concatenate([alone + step * 10 * MINUTE for step in range(4)])
    other = at_hours([3] * 5, first_day=1000)
    few, _ = compared(told_times(np.append(alone, other)), [0] * 3 + [1] * 5)
    many, told = compared(told_times(np.append(burst, other)), [0] * 12 + [1] * 5)
    assert many == few
    assert told.sittings.tolist() == [3.0, 5.0]


def test_a_burst_shared_by_both_sides_is_one_sitting_in_all():
    us = np.append(at_hours([3] * 6), at_hours([3] * 6) + 5 * MINUTE)
    found, told = compared(told_times(us), [0] * 6 + [1] * 6)
    assert told.sittings.tolist() == told.rest_sittings.tolist() == [3.0, 3.0]
    apart = one_against_other([3] * 6, [3] * 6)
    assert 0.0 < found[0] < apart


def test_the_rest_is_all_other_blocks_of_the_author_and_of_nobody_else():
    random = np.random.default_rng(4)
    us = random.integers(0, 40 * DAY, 60)
    block = random.integers(0, 7, 60)
    author = np.array([0, 0, 0, 1, 1, 1, 1])[block]
    found = sittings(told_times(us), author, block, 3600)
    evidence = HourEvidence(habit_table(np.full((1, 24), 1 / 24)), FREE, 40.0)
    told = compared_with_rest(found, evidence)
    for number, lr in zip(told.block.tolist(), told.log10_lr.tolist(), strict=True):
        mine = author == (0 if number < 3 else 1)
        two = np.where(block[mine] == number, 0, 1)
        alone, _ = compared(told_times(us[mine]), two)
        assert np.isclose(lr, alone[0], atol=2e-6)


def test_what_everybody_does_on_a_site_is_no_evidence():
    busy = np.full((1, HOURS), 0.002)
    busy[0, 3] += 1.0 - busy.sum()
    even, crowded = (
        one_against_other([3] * 10, [3] * 10, background=curve) for curve in (None, busy)
    )
    assert crowded < 0.1 * even


def test_two_sites_with_other_hours_are_not_two_habits():
    curves = np.full((2, HOURS), 0.002)
    curves[0, 3] += 1.0 - curves[0].sum()
    curves[1, 15] += 1.0 - curves[1].sum()
    us = np.append(at_hours([3] * 10), at_hours([15] * 10, first_day=1000))
    site = [0] * 10 + [1] * 10
    found, _ = compared(told_times(us, site), [0] * 10 + [1] * 10, background=curves)
    assert abs(found[0]) < 0.15
    assert one_against_other([3] * 10, [15] * 10) < -1.0


def test_a_likelihood_ratio_is_right_on_average():
    """Under two habits, the mean of the likelihood ratio is 1 (whatever the habits are)."""
    evidence = HourEvidence(habit_table(np.full((1, 24), 1 / 24)), FREE, 1e12)
    chance = np.exp(evidence.habits) / HOURS  # (hours × habits)
    prior = np.exp(habit_log_prior(DEFAULT_SHARES))
    assert np.allclose(chance.sum(axis=0), 1.0)
    assert np.isclose(prior.sum(), 1.0)
    single = chance @ prior
    lr = 10.0 ** evidence.log10_lr(evidence.habits[:, None], evidence.habits[None])
    assert np.isclose((single[:, None] * single[None] * lr).sum(), 1.0, atol=1e-6)


def people(count, days, spread, seed):
    """Sittings of authors who each keep to an hour of their own, and its even background."""
    random = np.random.default_rng(seed)
    middle = random.integers(0, 24, count)
    hour = (middle[:, None] + np.rint(random.normal(0, spread, (count, days)))) % 24
    us = (np.arange(days)[None] * DAY + hour * HOUR + 7 * MINUTE).astype(np.int64).ravel()
    author = np.repeat(np.arange(count), days)
    found = sittings(told_times(us), author, author, 3600)
    return found, HourEvidence(habit_table(site_curves(found, 1)), shipped_hours(PARAMS), 40.0)


def test_fitting_believes_hours_where_authors_keep_them_and_not_where_they_do_not():
    regular = fitted_hours(*people(60, 12, 2.0, 1), PARAMS)
    random = fitted_hours(*people(60, 12, 40.0, 1), PARAMS)
    assert regular.authors == random.authors == 60
    assert regular.scale >= DEFAULT_SCALE
    # Among people without a habit, the habits themselves fade.
    assert sum(random.shares[:2]) > sum(regular.shares[:2]) + 0.2
    for model in (regular, random):
        assert np.isclose(sum(model.shares), 1.0, atol=1e-5)
        assert model.most_log10_lr <= np.log10(60 / 3.0) + 1e-6


def test_with_few_known_authors_it_is_as_shipped():
    found, evidence = people(PARAMS.least_authors - 1, 12, 2.0, 1)
    model = fitted_hours(found, evidence, PARAMS)
    assert model == shipped_hours(PARAMS)
    assert model.most_log10_lr == PARAMS.unfitted_hour_log10_lr


def test_halves_are_told_apart_by_hours():
    found, evidence = people(40, 12, 2.0, 2)
    early, late, names = halves(found, evidence)
    lr = all_against_all(evidence, early, late)
    assert len(names) == 40
    same, other = np.diag(lr), lr[~np.eye(40, dtype=bool)]
    assert np.median(same) > 0 > np.median(other)
    assert np.abs(lr).max() <= PARAMS.unfitted_hour_log10_lr
