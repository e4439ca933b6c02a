"""Pairs of texts drawn for measuring: uniform, seeded, each pair of texts at most once."""

from __future__ import annotations

import numpy as np


def same_label_pairs(label: np.ndarray, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts with the same label, at most `most` a label, so that no author outweighs all.

    `label`: int64 per text, -1 = unknown. Returns two int64 arrays of rows, first < second.
    """
    order, starts, sizes = _blocks(label)
    totals = sizes * (sizes - 1) // 2
    random = np.random.default_rng(seed)
    few = np.flatnonzero((totals > 0) & (totals <= most))
    block = np.repeat(few, totals[few])
    number = np.arange(len(block)) - np.repeat(np.cumsum(totals[few]) - totals[few], totals[few])
    many = np.flatnonzero(totals > most)
    drawn = (random.random((len(many), 4 * most)) * totals[many][:, None]).astype(np.int64)
    owner, picked = _first_distinct(drawn, most)
    block = np.concatenate([block, many[owner]])
    number = np.concatenate([number, picked])
    return _decoded(order, starts[block], number)


def pairs_within(block: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """At most `count` different pairs of texts of one block, uniform over all such pairs.

    `block`: int64 per text, -1 = in no block. All pairs are returned where there are no more.
    """
    order, starts, sizes = _blocks(block)
    totals = sizes * (sizes - 1) // 2
    ends = np.cumsum(totals)
    all_pairs = int(ends[-1]) if len(ends) else 0
    if all_pairs <= count:
        number = np.arange(all_pairs)
    else:
        random = np.random.default_rng(seed)
        number = np.unique(random.integers(0, all_pairs, 2 * count))
        number = np.sort(random.permutation(number)[:count])
    owner = np.searchsorted(ends, number, side="right")
    return _decoded(order, starts[owner], number - (ends - totals)[owner])


def _blocks(label: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows in order of their label, and where each label's rows start and how many they are."""
    known = np.flatnonzero(label >= 0)
    order = known[np.argsort(label[known], kind="stable")]
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    return order, starts, sizes.astype(np.int64)


def _first_distinct(drawn: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `most` different numbers of each row: (row, number)."""
    rows, width = drawn.shape
    order = np.argsort(drawn, axis=1, kind="stable")
    ordered = np.take_along_axis(drawn, order, axis=1)
    fresh = np.ones((rows, width), bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    is_first = np.zeros((rows, width), bool)
    np.put_along_axis(is_first, order, fresh, axis=1)
    kept = is_first & (np.cumsum(is_first, axis=1) <= most)
    row, column = np.nonzero(kept)
    return row, drawn[row, column]


def _decoded(
    order: np.ndarray, start: np.ndarray, number: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The pair that each number stands for: 0 = (0, 1), 1 = (0, 2), 2 = (1, 2), 3 = (0, 3) …"""
    high = ((1.0 + np.sqrt(1.0 + 8.0 * number)) / 2.0).astype(np.int64)
    # The root of a large number can be rounded across a whole one.
    high -= (high * (high - 1) // 2 > number).astype(np.int64)
    high += (high * (high + 1) // 2 <= number).astype(np.int64)
    low = number - high * (high - 1) // 2
    first, second = order[start + low], order[start + high]
    return np.minimum(first, second), np.maximum(first, second)
