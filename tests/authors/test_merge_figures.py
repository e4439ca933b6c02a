"""Cluster figures by hand, and against the plain measure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors.evaluation import evaluate_clusters
from inktrace.authors.merge_figures import merge_figures


def test_by_hand():
    # Cluster 0 holds a, a, b; cluster 1 holds b, b. 4 pairs together, 2 of them wrong.
    found = merge_figures(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), 0.05)
    assert (found["pairs_together"], found["wrong_pairs"], found["true_pairs"]) == (4, 2, 4)
    assert found["precision"]["value"] == 0.5
    assert found["recall"]["value"] == 0.5
    assert found["false_merge_rate"]["value"] == 0.5
    assert found["false_merge_rate"]["target"] == 0.05


def test_pairs_of_one_block_do_not_count():
    cluster, author = np.zeros(4, np.int64), np.array([0, 0, 0, 1])
    found = merge_figures(cluster, author, 0.05, blocks=np.array([0, 0, 1, 2]))
    # Six pairs, one of them of a block; of the five left three are with author 1.
    assert (found["pairs_together"], found["wrong_pairs"], found["true_pairs"]) == (5, 3, 2)


def test_loners_have_no_false_merge_rate():
    found = merge_figures(np.arange(4), np.array([0, 0, 1, 1]), 0.05)
    assert found["false_merge_rate"] is None
    assert found["recall"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_only_an_interval_wholly_above_the_target_exceeds_it():
    author = np.repeat(np.arange(40), 2)
    assert merge_figures(author // 2, author, 0.05)["false_merge_rate"]["exceeds_target"]
    assert not merge_figures(author, author, 0.05)["false_merge_rate"]["exceeds_target"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40))
def test_the_point_is_that_of_the_plain_measure_and_lies_in_the_interval(members):
    cluster, author = (np.array(part, np.int64) for part in zip(*members, strict=True))
    found = merge_figures(cluster, author, 0.05, rounds=20)
    plain = evaluate_clusters(cluster, author)
    for name in ("precision", "recall"):
        figure, value = found[name], plain[f"pair_{name}"]
        assert (figure is None) == (value is None)
        if figure is not None:
            assert figure["value"] == pytest.approx(value, abs=2e-5)
            assert figure["low"] <= figure["value"] <= figure["high"]
