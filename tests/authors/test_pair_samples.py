"""Samples of pairs: each once, of the right kind, all where there are few, the same every time."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.pair_samples import pairs_within, same_label_pairs

LABELS = st.lists(st.integers(-1, 4), max_size=40).map(lambda v: np.array(v, np.int64))


def as_set(pairs):
    listed = list(zip(*(part.tolist() for part in pairs), strict=True))
    assert len(set(listed)) == len(listed)
    return set(listed)


def brute(label):
    return {
        (a, b)
        for a, b in combinations(range(len(label)), 2)
        if label[a] == label[b] and label[a] >= 0
    }


@given(LABELS)
def test_all_pairs_where_there_are_no_more(label):
    assert as_set(pairs_within(label, 10_000, 1)) == brute(label)
    assert as_set(same_label_pairs(label, 10_000, 1)) == brute(label)


@given(LABELS, st.integers(1, 12))
def test_a_label_gives_its_share_and_no_more(label, most):
    pairs = same_label_pairs(label, most, 7)
    found = as_set(pairs)
    assert found <= brute(label)
    for name in range(5):
        mine = sum(1 for a, _ in found if label[a] == name)
        size = int((label == name).sum())
        total = size * (size - 1) // 2
        # Draws are with replacement, so that a label barely over the limit may give a few less.
        assert mine <= most
        assert mine >= min(total, most) * 0.5
    again = same_label_pairs(label, most, 7)
    assert all(np.array_equal(a, b) for a, b in zip(pairs, again, strict=True))


def test_a_sample_is_spread_evenly_over_all_pairs():
    block = np.array([0] * 60 + [1] * 20)
    first, _ = pairs_within(block, 1000, 3)
    share = float((block[first] == 0).mean())
    assert len(first) == 1000
    assert abs(share - (60 * 59) / (60 * 59 + 20 * 19)) < 0.03


def test_a_large_block_is_decoded_rightly():
    first, second = pairs_within(np.zeros(300_000, np.int64), 5000, 5)
    assert (first < second).all()
    assert second.max() < 300_000
    # Half of all pairs have their later text beyond size / sqrt(2).
    assert abs(float((second > 300_000 / np.sqrt(2)).mean()) - 0.5) < 0.04
