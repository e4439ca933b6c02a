"""Calibrated scores are monotone, bounded by the data, and true on average."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.calibration import Calibration, fitted_calibration
from inktrace.authors.evaluation import evaluate_authors

from .strategies import STEADY


def fitted(score: np.ndarray, same: np.ndarray, support: tuple[float, float]) -> Calibration:
    return fitted_calibration(score, same, np.ones(len(score)), support)


@STEADY
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.booleans()), min_size=2, max_size=60),
    st.tuples(st.floats(0, 5000), st.floats(0, 5000)),
)
def test_lines_are_monotone_and_bounded(
    rows: list[tuple[float, bool]], support: tuple[float, float]
) -> None:
    score, same = np.asarray([s for s, _ in rows]), np.asarray([y for _, y in rows])
    told = fitted(score, same, support).log10_lr(np.linspace(-30, 30, 201))
    assert np.isfinite(told).all()
    assert (np.diff(told) >= -1e-9).all()
    assert told.max() <= np.log10(max(support[1], 1)) + 1e-5
    assert told.min() >= -np.log10(max(support[0], 1)) - 1e-5


@pytest.mark.filterwarnings("error")
def test_classes_that_never_meet_give_the_bounds_without_a_warning() -> None:
    """A part of the line without negatives was divided by zero once."""
    score = np.arange(40.0)
    line = fitted(score, score >= 20, (100.0, 1000.0))
    assert line.log10_lr(np.asarray([-5.0, 45.0])) == pytest.approx([-2.0, 3.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("same", [True, False])
def test_one_class_alone_stays_within_the_bounds(same: bool) -> None:
    line = fitted(np.arange(5.0), np.full(5, same), (10.0, 10.0))
    assert np.abs(line.log10_lr(np.arange(5.0))).max() <= 1.0


def test_more_data_allow_more_certainty() -> None:
    score = np.arange(40.0)
    most = [
        fitted(score, score >= 20, (n, n)).log10_lr(np.asarray([99.0]))[0] for n in (1, 10, 100)
    ]
    assert most == pytest.approx([0.0, 1.0, 2.0])


def test_a_score_without_meaning_becomes_zero() -> None:
    random = np.random.default_rng(1)
    score, same = random.normal(size=4000), random.random(4000) < 0.5
    told = fitted(score, same, (2000.0, 2000.0)).log10_lr(np.linspace(-1, 1, 9))
    assert np.abs(told).max() < 0.3


def test_known_ratios_are_found_again() -> None:
    random = np.random.default_rng(2)
    same = random.random(20_000) < 0.5
    score = random.normal(size=20_000) + 2.0 * same  # log LR is 2·score - 2
    line = fitted(score, same, (10_000.0, 10_000.0))
    places = np.asarray([-0.5, 0.5, 1.0, 1.5, 2.5])
    assert line.log10_lr(places) == pytest.approx((2 * places - 2) / np.log(10), abs=0.2)
    fresh = random.random(20_000) < 0.5
    new = line.log10_lr(random.normal(size=20_000) + 2.0 * fresh)
    told = evaluate_authors(new, fresh)
    assert told["cllr"] - told["cllr_min"] < 0.02


def test_weights_stand_for_copies() -> None:
    score = np.repeat(np.arange(8.0), 10)
    same = np.arange(80) % 10 < np.repeat(np.arange(8), 10)
    plain = fitted(np.tile(score, 2), np.tile(same, 2), (50.0, 50.0))
    double = fitted_calibration(score, same, np.full(80, 2.0), (50.0, 50.0))
    assert plain.log10_lrs == pytest.approx(double.log10_lrs, abs=1e-5)
