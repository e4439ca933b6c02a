"""The likelihood ratio of two sets of values, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from inktrace.identities.profiles import Field, fitted_weights

ONE_THETA = np.log(np.array([1e-12, 1e-12, 1e-12, 1.0, 1e-12, 1e-12]))  # theta = 2
NEVER_FOREIGN = -9.0


def field(rows, share=0.001, weights=ONE_THETA, foreign=NEVER_FOREIGN, contradicts=True):
    counts = sparse.csr_matrix(np.array(rows, float))
    shares = np.log(np.full(counts.shape[1], share))
    return Field(counts, shares, weights, foreign, contradicts)


def lr(one, a=0, b=1):
    return float(one.log10_lr(np.array([a]), np.array([b]))[0])


def test_a_shared_value_weighs_one_over_its_share():
    # One use each: P(second use is the first's value) = 1 / (theta + 1), against the share.
    assert lr(field([[1], [1]])) == pytest.approx(np.log10(1 / 3 / 0.001), abs=1e-6)


def test_values_that_never_meet_speak_against():
    # theta / (theta + 1) that the second use is a new value.
    assert lr(field([[1, 0], [0, 1]])) == pytest.approx(np.log10(2 / 3), abs=1e-6)
    assert lr(field([[9, 0], [0, 9]])) < lr(field([[3, 0], [0, 3]])) < 0


def test_what_a_foreign_value_explains_is_no_strong_evidence():
    rows = [[30, 0], [0, 1]]
    assert lr(field(rows)) < lr(field(rows, foreign=-0.7)) == pytest.approx(-0.7)


def test_nothing_used_says_nothing():
    assert lr(field([[1, 0], [0, 0]])) == 0.0
    assert lr(field([[3, 0], [0, 3]], contradicts=False)) == 0.0
    assert lr(field([[3, 0], [1, 3]], contradicts=False)) != 0.0


def test_rows_add_up_and_sides_may_be_swapped():
    one = field([[2, 1, 0], [0, 3, 1], [1, 0, 0]])
    assert lr(one, 0, 1) == pytest.approx(lr(one, 1, 0))
    merged = one.merged(np.array([0, 1, 0]), 3)
    assert merged.counts.toarray().tolist() == [[3, 1, 0], [0, 3, 1], [0, 0, 0]]


def test_people_who_keep_to_one_value_fit_a_small_theta():
    steady = fitted_weights(sparse.csr_matrix(np.eye(50) * 20), 1.0)
    changing = fitted_weights(sparse.csr_matrix(np.ones((50, 20))), 1.0)
    assert np.argmax(steady) < np.argmax(changing)
    assert np.exp(steady).sum() == pytest.approx(1.0)
