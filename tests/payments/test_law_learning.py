"""Laws are recovered from simulated candidates: delay, quote age, zeros, tills and paid share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.params import PaymentsParams
from inktrace.payments.law_learning import (
    Common,
    learned_laws,
    marked_laws,
    mixed_laws,
    paid_probability,
    wide_laws,
    with_tills,
)
from inktrace.payments.laws import Evidence, Laws, joined_evidence, places_of, repeated

AGES = 6
BEFORE_S, AFTER_S = 3600.0, 90.0
PER_AD = 2.0  # background outputs within an ad's window and tolerance
COMMON = Common(np.array([0.9, 0.07, 0.02, 0.005, 0.005]), np.array([0.02, 0.98]))
TILL_ZEROS = np.array([0.05, 0.05, 0.8, 0.05, 0.05])


@dataclass(frozen=True)
class Planted:
    """How a simulated site is paid."""

    delay_s: float = 300.0
    paid: float = 0.6
    zeros: tuple[float, ...] = (0.07, 0.0, 0.93, 0.0, 0.0)
    till: float = 0.7
    age: int = 2  # of the quote, in steps
    till_per_ad: float = 0.2  # what the till receives besides, within window and tolerance


def simulated(seed: int, planted: Planted, ads: int = 800) -> Evidence:
    """Candidates of one site: payments of some ads, outputs to its till, and other outputs."""
    rng = np.random.default_rng(seed)
    window, tolerance = BEFORE_S + AFTER_S, 0.08
    payers = np.flatnonzero(rng.random(ads) < planted.paid)
    count = len(payers)
    others = np.repeat(np.arange(ads), rng.poisson(PER_AD, ads))
    to_till = np.repeat(np.arange(ads), rng.poisson(planted.till_per_ad, ads))
    noise = len(others) + len(to_till)
    moves = rng.normal(0, 0.004, (count + noise, AGES)).cumsum(axis=1)
    moves -= moves[:, :1]
    # A payment is right at the rate of its quote, whatever the price did since.
    exact = rng.normal(0.0, 0.001, count) - moves[:count, planted.age]
    ratio = np.concatenate([exact, rng.uniform(-0.04, 0.04, noise)])
    delay = np.concatenate(
        [
            np.exp(rng.normal(np.log(planted.delay_s), 0.3, count)),
            rng.uniform(-AFTER_S, BEFORE_S, noise),
        ]
    )
    till = np.concatenate(
        [
            np.where(rng.random(count) < planted.till, 0, 1),
            np.ones(len(others), dtype=np.int64),
            np.zeros(len(to_till), dtype=np.int64),
        ]
    )
    zeros = np.concatenate(
        [
            rng.choice(5, count, p=planted.zeros),
            rng.choice(5, len(others), p=COMMON.zeros),
            rng.choice(5, len(to_till), p=TILL_ZEROS),
        ]
    )
    ad = np.concatenate([payers, others, to_till])
    area = window * tolerance
    at_till = planted.till_per_ad / area * TILL_ZEROS[zeros]
    # All outputs: the till's among them.
    at_all = PER_AD / area * COMMON.zeros[zeros] + at_till
    group = np.zeros(ads, dtype=np.int64)
    return Evidence(
        group=group[ad],
        ad=ad,
        group_of_ad=group,
        least_delay_s=delay,
        most_delay_s=delay,
        quote_ratio=(ratio[:, None] + moves).astype(np.float32),
        zeros=zeros,
        till=till.astype(np.int64),
        background=at_all,
        till_background=np.where(till == 0, at_till, np.inf),
        weight=np.ones(len(ad)),
    )


def moved(seed: int, planted: Planted, ads: int = 800, rounds: int = 4) -> Evidence:
    """What the same ads meet elsewhere: the same background, and no payments of theirs."""
    unpaid = replace(planted, paid=0.0)
    made = [simulated(1_000_000 + rounds * seed + i, unpaid, ads) for i in range(rounds)]
    parts = [replace(one, ad=one.ad + ads * i) for i, one in enumerate(made)]
    return replace(joined_evidence(parts), group_of_ad=np.zeros(ads * rounds, dtype=np.int64))


def wide(ages: int = AGES) -> Laws:
    before, after = np.array([BEFORE_S]), np.array([AFTER_S])
    return wide_laws(PaymentsParams(), before, after, COMMON, ages)


def learned(seed: int, planted: Planted, ads: int = 800) -> Laws:
    """Delay and amount, then marks, and both again, as the stage does."""
    real, elsewhere = simulated(seed, planted, ads), moved(seed, planted, ads)
    laws = prior = with_tills(wide(), TILL_ZEROS[None, :])
    for _ in range(2):
        laws = learned_laws(real, laws, prior, 30.0)
        laws = marked_laws(real, elsewhere, laws, COMMON)
    return laws


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    delay_s=st.sampled_from([60.0, 300.0, 1200.0]),
    paid=st.floats(0.3, 0.9),
    age=st.integers(0, AGES - 1),
)
def test_laws_are_recovered(seed: int, delay_s: float, paid: float, age: int):
    laws = learned(seed, Planted(delay_s=delay_s, paid=paid, age=age))
    for table in (laws.delay, laws.amount, laws.quote_age, laws.zeros, laws.till):
        assert table.sum() == pytest.approx(1)
        assert (table >= 0).all()
    middle = np.interp(0.5, np.cumsum(laws.delay[0]), laws.delay_edges_s[1:])
    assert 0.7 * delay_s < middle < 1.4 * delay_s
    assert int(np.argmax(laws.quote_age[0])) == age
    assert laws.quote_age[0, age] > 0.4
    # Drawn towards all outputs' shares by the noise of the counts, some twenty payments' worth.
    drawn = 20.0 / (20.0 + paid * 800)
    assert laws.zeros[0, 2] == pytest.approx(0.93 * (1 - drawn), abs=0.1)
    assert laws.till[0, 0] == pytest.approx(0.7 * (1 - drawn), abs=0.1)


@pytest.mark.parametrize("paid", [0.2, 0.5, 0.8])
def test_the_paid_share_is_recovered_within_a_few_points(paid: float):
    laws = [learned(seed, Planted(paid=paid), 1500) for seed in range(3)]
    shares = np.array([one.share[0] for one in laws])
    assert shares == pytest.approx(np.full(3, paid), abs=0.06)
    payments = np.array([one.payments[0] for one in laws])
    assert payments == pytest.approx(shares * 1500, rel=0.05)


def test_where_no_site_uses_the_till_none_is_learned():
    laws = learned(3, Planted(till=0.0, zeros=tuple(COMMON.zeros)))
    assert laws.till[0, 0] < 0.05
    assert laws.zeros[0] == pytest.approx(COMMON.zeros, abs=0.05)
    assert laws.share[0] == pytest.approx(0.6, abs=0.07)


def test_where_nobody_pays_little_is_learned_and_little_looks_like_a_payment():
    # What marks the few that seem to be payments is then as chance has it; they stay few.
    for seed in range(3):
        laws, fresh = learned(seed, Planted(paid=0.0)), simulated(seed + 50, Planted(paid=0.0))
        assert laws.share[0] < 0.1
        chance = paid_probability(laws.ratio(fresh), fresh, laws.share)
        assert (chance > 0.5).sum() < 0.03 * 800
        assert chance.sum() < 0.1 * 800


def test_a_busy_till_of_a_small_site_is_found():
    # Its receipts are as round as its payments and one comes by chance in every window, so that
    # under the zeros of other outputs and a wide law of delays nothing there looks like a payment.
    planted = Planted(500.0, 0.5, tuple(TILL_ZEROS), 0.9, till_per_ad=1.0)
    for seed in range(4):
        laws = learned(seed, planted, ads=100)
        assert laws.till[0, 0] > 0.6
        paid = np.mean(np.random.default_rng(seed).random(100) < planted.paid)
        assert laws.share[0] == pytest.approx(paid, abs=0.1)


def test_learning_delays_and_amounts_leaves_the_marks_as_they_were():
    start = with_tills(wide(), TILL_ZEROS[None, :])
    laws = learned_laws(simulated(5, Planted()), start, start, 30.0)
    for name in ("quote_age", "zeros", "till"):
        assert getattr(laws, name).tolist() == getattr(start, name).tolist()
    assert np.abs(laws.delay - start.delay).sum() > 0.5


def test_marks_that_moved_ads_meet_as_often_are_no_marks_of_payments():
    # Here the measured background is wrong: outputs near the ads' prices are far rounder than
    # all outputs. Moved ads meet the same, and it cancels.
    laws = learned_laws(simulated(9, Planted()), wide(), wide(), 30.0)
    unpaid = replace(Planted(), paid=0.0, till_per_ad=0.0)
    round_ = np.array([0.5, 0.1, 0.2, 0.1, 0.1])

    def rounder(evidence: Evidence, seed: int) -> Evidence:
        zeros = np.random.default_rng(seed).choice(5, len(evidence.ad), p=round_)
        return replace(evidence, zeros=zeros, background=evidence.background / 3)

    real = rounder(simulated(10, unpaid, 4000), 0)
    same = marked_laws(real, rounder(moved(10, unpaid, 4000), 1), laws, COMMON)
    assert same.zeros[0] == pytest.approx(COMMON.zeros, abs=0.1)
    # Against moved ads that meet no such thing, it would be taken for a mark.
    other = marked_laws(real, moved(10, unpaid, 4000), laws, COMMON)
    off = np.abs([one.zeros[0] - COMMON.zeros for one in (same, other)]).sum(axis=1)
    assert off[1] > 2 * off[0]


def test_without_moved_ads_no_marks_are_learned():
    start = with_tills(wide(), TILL_ZEROS[None, :])
    laws = learned_laws(simulated(5, Planted()), start, start, 30.0)
    nothing = moved(5, Planted()).taken(np.empty(0, dtype=np.int64))
    nobody = replace(nothing, group_of_ad=np.empty(0, dtype=np.int64))
    assert marked_laws(simulated(5, Planted()), nobody, laws, COMMON) is laws


def test_laws_begin_to_look_at_tills_with_half_of_all_payments():
    both = with_tills(wide(), np.array([TILL_ZEROS, COMMON.zeros]))
    assert both.till.tolist() == [[0.25, 0.25, 0.5]]
    assert both.zeros[0] == pytest.approx(0.75 * COMMON.zeros + 0.25 * TILL_ZEROS)
    none = with_tills(wide(), np.empty((0, 5)))
    assert none.till.tolist() == [[1.0]]
    assert none.zeros.tolist() == wide().zeros.tolist()


def test_the_amount_law_is_read_at_every_age_of_the_quote():
    evidence, laws = simulated(6, Planted()), wide()
    density = laws.amount_density(evidence)
    one = [replace(evidence, quote_ratio=evidence.quote_ratio[:, j : j + 1]) for j in range(AGES)]
    alone = replace(laws, quote_age=np.ones((1, 1)))
    assert density == pytest.approx(np.mean([alone.amount_density(e) for e in one], axis=0))
    zeros = laws.zeros[0, evidence.zeros]
    delay = places_of(evidence, laws).delay_density(laws.delay)
    # To its till, or to anywhere else: an output to a till may be either.
    to_any = laws.till[0, 1] / evidence.background
    to_till = laws.till[0, 0] / evidence.till_background
    assert (to_till[evidence.till == 1] == 0).all()
    assert (to_till[evidence.till == 0] > 0).all()
    expected = delay * density * zeros * (to_any + to_till)
    assert laws.ratio(evidence) == pytest.approx(expected)


def test_an_interval_over_the_whole_window_has_the_mean_density():
    evidence = simulated(7, Planted(), ads=50)
    laws = learned_laws(evidence, wide(), wide(), 30.0)
    whole = replace(
        evidence,
        least_delay_s=np.full(len(evidence.ad), -AFTER_S),
        most_delay_s=np.full(len(evidence.ad), BEFORE_S),
    )
    density = places_of(whole, laws).delay_density(laws.delay)
    assert density * (BEFORE_S + AFTER_S) == pytest.approx(np.ones(len(density)), abs=0.02)


def test_mixed_laws_keep_marks_and_share_of_the_first():
    first, second = wide(), learned(8, Planted())
    mixed = mixed_laws(first, repeated(second, np.array([0])))
    for name in ("delay", "amount", "quote_age"):
        halfway = (getattr(first, name) + getattr(second, name)) / 2
        assert getattr(mixed, name) == pytest.approx(halfway)
    for name in ("zeros", "till", "share"):
        assert getattr(mixed, name).tolist() == getattr(first, name).tolist()
