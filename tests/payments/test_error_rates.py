"""Error rates from decoys: the chance that nothing is true, and that one pair alone is false."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.payments.error_rates import (
    Competitors,
    chance_of_nothing,
    error_probabilities,
    q_values,
)

scores = st.lists(st.floats(-5, 20), max_size=40)
ROUNDS = 10


def test_the_chance_of_nothing_keeps_its_level_where_all_is_chance():
    rng = np.random.default_rng(0)
    tails = np.array(
        [
            chance_of_nothing(
                rng.normal(0, 1, rng.poisson(30)), rng.normal(0, 1, rng.poisson(300)), ROUNDS
            )
            for _ in range(600)
        ]
    )
    assert ((tails >= 0) & (tails <= 1)).all()
    for level in (0.01, 0.05, 0.1, 0.3):
        # Counts are whole and scores are many, so that it is cautious; it must not be bold.
        most = level + 3 * np.sqrt(level / 600)
        assert (tails <= level).mean() <= most
    assert (tails <= 0.5).mean() > 0.1  # nor so cautious that nothing could ever be shown


def test_true_pairs_make_it_small():
    rng = np.random.default_rng(1)
    for true in (5, 20):
        targets = np.concatenate([rng.normal(0, 1, 30), rng.normal(6, 1, true)])
        assert chance_of_nothing(targets, rng.normal(0, 1, 300), ROUNDS) < 1e-3


@pytest.mark.parametrize(("targets", "rounds"), [([], 10), ([5.0], 0)])
def test_nothing_to_compare_shows_nothing(targets: list[float], rounds: int):
    assert chance_of_nothing(np.array(targets), np.empty(0), rounds) == 1.0
    assert (error_probabilities(np.array(targets), np.empty(0), rounds, np.empty(0)) == 1.0).all()


@given(targets=scores, decoys=scores, rounds=st.integers(1, 30))
def test_one_alone_is_never_surer_than_all_that_score_higher(
    targets: list[float], decoys: list[float], rounds: int
):
    real, false = np.array(targets), np.array(decoys)
    q_value = q_values(real, false, rounds)
    made = error_probabilities(real, false, rounds, q_value)
    assert (made >= q_value).all()
    assert (made <= 1).all()
    order = np.argsort(-real, kind="stable")
    assert (np.diff(made[order]) >= -1e-9).all()


@given(targets=scores, decoys=scores, more=st.floats(0, 5), rounds=st.integers(1, 30))
def test_higher_targets_never_look_more_like_chance(
    targets: list[float], decoys: list[float], more: float, rounds: int
):
    real, false = np.array(targets), np.array(decoys)
    chance = chance_of_nothing(real, false, rounds)
    assert chance_of_nothing(real + more, false, rounds) <= chance + 1e-12


def test_the_error_of_one_is_about_the_share_of_false_ones_at_its_score():
    rng = np.random.default_rng(2)
    false, true = rng.normal(0, 1, 4000), rng.normal(3, 1, 1000)
    decoys = rng.normal(0, 1, 4000 * ROUNDS)
    targets = np.concatenate([false, true])
    is_false = np.arange(len(targets)) < 4000
    made = error_probabilities(targets, decoys, ROUNDS, q_values(targets, decoys, ROUNDS))
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.8), (0.8, 1.0)):
        band = (made >= low) & (made <= high)
        assert is_false[band].mean() == pytest.approx(made[band].mean(), abs=0.1)


def _rates(targets, strays, most=1.0, decoys=(0.0,)):
    return Competitors(np.array(decoys), ROUNDS, 0, most).rates(
        np.array(targets, dtype=float), np.array(strays, dtype=float)
    )


def test_nobody_is_carried_by_the_surer_ones_above():
    targets, decoys = [20.0] * 30 + [1.0], [1.0] * 9
    free, probability = _rates(targets, [0.0] * 31, decoys=decoys)
    assert free[-1] < 0.05 < 0.2 < probability[-1]
    held, _ = _rates(targets, [0.0] * 31, 0.2, decoys)
    assert held[-1] == probability[-1]
    assert held[:-1].tolist() == free[:-1].tolist()


def test_where_authors_are_known_decoys_alone_tell_the_rate():
    targets = np.array([5.0, 4.0, 3.0, 0.5])
    found, _ = _rates(targets, np.zeros(4))
    assert found.tolist() == q_values(targets, np.array([0.0]), ROUNDS).tolist()


def test_strays_raise_q_by_their_mean_among_the_pairs_that_are_as_sure():
    known, _ = _rates([9.0] * 4, [0.0] * 4)
    found, probability = _rates([9.0] * 4, [0.0, 0.0, 0.1, 0.3])
    assert found - known == pytest.approx([0.0, 0.0, 0.1 / 3, 0.4 / 4])
    assert probability[3] == pytest.approx(1 - (1 - probability[0]) * 0.7)


@given(st.lists(st.tuples(st.floats(-5, 20), st.floats(0, 1)), min_size=1, max_size=30), scores)
def test_rates_are_probabilities_and_strays_only_raise_them(pairs, decoys):
    targets, strays = zip(*pairs, strict=True)
    known, _ = _rates(targets, [0.0] * len(targets), decoys=decoys)
    found, probability = _rates(targets, strays, decoys=decoys)
    assert ((found >= known - 1e-12) & (found <= 1)).all()
    assert ((probability >= np.array(strays) - 1e-12) & (probability <= 1 + 1e-12)).all()
