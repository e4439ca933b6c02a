"""Laws are recovered from simulated candidates: delay, quote age, zeros, tills and paid share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.params import PaymentsParams
from inktrace.payments.law_learning import Common, learned_laws, mixed_laws, wide_laws
from inktrace.payments.laws import Evidence, Laws, places_of, repeated

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
    rate = np.where(till == 1, PER_AD, planted.till_per_ad) / window / tolerance
    share = np.where(till == 1, COMMON.zeros[zeros], TILL_ZEROS[zeros])
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
        background=rate * share,
        weight=np.ones(len(ad)),
    )


def wide(ages: int = AGES) -> Laws:
    before, after = np.array([BEFORE_S]), np.array([AFTER_S])
    return wide_laws(PaymentsParams(), before, after, COMMON, ages)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    delay_s=st.sampled_from([60.0, 300.0, 1200.0]),
    paid=st.floats(0.3, 0.9),
    age=st.integers(0, AGES - 1),
)
def test_laws_are_recovered(seed: int, delay_s: float, paid: float, age: int):
    planted = Planted(delay_s=delay_s, paid=paid, age=age)
    evidence = simulated(seed, planted)
    laws = learned_laws(evidence, wide(), COMMON, 30.0)
    for table in (laws.delay, laws.amount, laws.quote_age, laws.zeros, laws.till):
        assert table.sum() == pytest.approx(1)
        assert (table >= 0).all()
    middle = np.interp(0.5, np.cumsum(laws.delay[0]), laws.delay_edges_s[1:])
    assert 0.7 * delay_s < middle < 1.4 * delay_s
    assert int(np.argmax(laws.quote_age[0])) == age
    assert laws.quote_age[0, age] > 0.4
    # Thirty payments' worth of the wide laws are mixed in, and two in a hundred spread out.
    drawn = 30.0 / (30.0 + paid * 800)
    assert laws.zeros[0, 2] == pytest.approx(0.93 * (1 - drawn), abs=0.08)
    assert laws.till[0, 0] == pytest.approx(0.7 * (1 - drawn), abs=0.08)


@pytest.mark.parametrize("paid", [0.2, 0.5, 0.8])
def test_the_paid_share_is_recovered_within_a_few_points(paid: float):
    learned = [
        learned_laws(simulated(seed, Planted(paid=paid), 1500), wide(), COMMON, 30.0)
        for seed in range(3)
    ]
    shares = np.array([laws.share[0] for laws in learned])
    assert shares == pytest.approx(np.full(3, paid), abs=0.06)
    payments = np.array([laws.payments[0] for laws in learned])
    assert payments == pytest.approx(shares * 1500, rel=0.05)


def test_where_no_site_uses_the_till_none_is_learned():
    planted = Planted(till=0.0, zeros=tuple(COMMON.zeros))
    laws = learned_laws(simulated(3, planted), wide(), COMMON, 30.0)
    assert laws.till[0, 0] < 0.05
    assert laws.zeros[0] == pytest.approx(COMMON.zeros, abs=0.05)
    assert laws.share[0] == pytest.approx(0.6, abs=0.07)


def test_where_nobody_pays_little_is_learned():
    laws = learned_laws(simulated(4, Planted(paid=0.0)), wide(), COMMON, 30.0)
    assert laws.share[0] < 0.15


def test_a_busy_till_of_a_small_site_is_found():
    # Its receipts are as round as its payments and one comes by chance in every window, so that
    # under the zeros of other outputs and a wide law of delays nothing there looks like a payment.
    planted = Planted(500.0, 0.5, tuple(TILL_ZEROS), 0.9, till_per_ad=1.0)
    for seed in range(4):
        laws = learned_laws(simulated(seed, planted, ads=100), wide(), COMMON, 30.0)
        assert laws.till[0, 0] > 0.4
        assert laws.share[0] == pytest.approx(0.5, abs=0.1)


def test_the_amount_law_is_read_at_every_age_of_the_quote():
    evidence, laws = simulated(6, Planted()), wide()
    density = laws.amount_density(evidence)
    one = [replace(evidence, quote_ratio=evidence.quote_ratio[:, j : j + 1]) for j in range(AGES)]
    alone = replace(laws, quote_age=np.ones((1, 1)))
    assert density == pytest.approx(np.mean([alone.amount_density(e) for e in one], axis=0))
    marks = laws.zeros[0, evidence.zeros] * laws.till[0, evidence.till]
    delay = places_of(evidence, laws).delay_density(laws.delay)
    expected = delay * density * marks / evidence.background
    assert laws.ratio(evidence) == pytest.approx(expected)


def test_an_interval_over_the_whole_window_has_the_mean_density():
    evidence = simulated(7, Planted(), ads=50)
    laws = learned_laws(evidence, wide(), COMMON, 30.0)
    whole = replace(
        evidence,
        least_delay_s=np.full(len(evidence.ad), -AFTER_S),
        most_delay_s=np.full(len(evidence.ad), BEFORE_S),
    )
    density = places_of(whole, laws).delay_density(laws.delay)
    assert density * (BEFORE_S + AFTER_S) == pytest.approx(np.ones(len(density)), abs=0.02)


def test_mixed_laws_keep_marks_and_share_of_the_first():
    first, second = wide(), learned_laws(simulated(8, Planted()), wide(), COMMON, 30.0)
    mixed = mixed_laws(first, repeated(second, np.array([0])))
    for name in ("delay", "amount", "quote_age"):
        halfway = (getattr(first, name) + getattr(second, name)) / 2
        assert getattr(mixed, name) == pytest.approx(halfway)
    for name in ("zeros", "till", "share"):
        assert getattr(mixed, name).tolist() == getattr(first, name).tolist()
