"""Blocks of ads joined into authors, never through one weak pair.

Rules, in order: ads that share an identifier are one block; then the two blocks that each other
finds most alike are joined if the *mean* evidence over many pairs between them, together with how
common same-author pairs are, leaves at most the allowed chance of error, and as long as the
expected share of false pairs among all joined so far stays within the target. A chain a-b-c with
a and c unlike is not joined, because a and c are part of the mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from inktrace.authors.candidates import unique_pairs

# Evidence of pairs of text groups: (first, second) int64 arrays → log10 LR, float64.
Evidence = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Joined:
    """The outcome: a cluster per block, and the mean evidence at which each block last joined."""

    cluster: np.ndarray
    log10_lr: np.ndarray
    expected_false: float
    pairs: float
    rounds: int


def joined_blocks(
    block_texts: tuple[np.ndarray, np.ndarray],
    near: tuple[np.ndarray, np.ndarray],
    evidence: Evidence,
    gained: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    conflict: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    prior_log10_odds: float,
    most_join_error: float,
    false_merge_target: float,
    sampled_pairs: int,
    most_rounds: int,
) -> Joined:
    """Join blocks of ads by mean style evidence, best mutual pairs first.

    `block_texts`: (block, text) int64, which distinct texts a block holds; `near`: pairs of
    texts worth looking at; `gained`: (mean, number of pairs) → evidence between the two clusters;
    `conflict`: (cluster of each block, first, second clusters) → log10
    LR from other things than style. `sampled_pairs`: most text pairs scored between two clusters.
    Notes: O(rounds × candidate pairs); deterministic, ties go to the smaller numbers.
    References: average linkage, Sokal & Michener 1958; mutual-best merging, Murtagh 1983.
    """
    block, text = block_texts
    blocks = int(block.max(initial=-1)) + 1
    cluster = np.arange(blocks)
    last = np.zeros(blocks)
    rounds, budget = 0, _Budget(false_merge_target)
    threshold = np.log10(1.0 / most_join_error - 1.0)
    known = _KnownMeans(evidence, gained, sampled_pairs)
    for _ in range(most_rounds):
        first, second = _candidate_clusters(cluster[block], text, near, blocks)
        if not len(first):
            break
        members = _members(cluster[block], text)
        mean = known.means(members, first, second, blocks)
        support = mean + conflict(cluster, first, second) + prior_log10_odds
        good = support >= threshold
        chosen = np.flatnonzero(good)[_mutual_best(first[good], second[good], support[good])]
        sizes = np.diff(members[0])
        chosen = budget.affordable(
            chosen, support[chosen], sizes[first[chosen]] * sizes[second[chosen]]
        )
        if not len(chosen):
            break
        rounds += 1
        for a, b, lr in zip(first[chosen], second[chosen], mean[chosen], strict=True):
            moved = (cluster == a) | (cluster == b)
            last[moved & (last == 0.0)] = lr
            cluster[moved] = min(a, b)
        known.forget(np.append(first[chosen], second[chosen]), blocks)
    return Joined(cluster, last, budget.expected_false, budget.joined, rounds)


class _Budget:
    """Keeps the expected share of false pairs among all pairs joined by style within a target."""

    def __init__(self, target: float):
        self._target = target
        self.expected_false, self.joined = 0.0, 0.0

    def affordable(self, rows: np.ndarray, support: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """The best supported of the rows that the target allows; they are taken as joined.

        `support`: log10 odds of one author; `pairs`: pairs of texts that each join makes.
        """
        order = np.lexsort((rows, -support))
        false = self.expected_false + np.cumsum(
            expit(-support[order] * np.log(10.0)) * pairs[order]
        )
        total = self.joined + np.cumsum(pairs[order].astype(np.float64))
        within = np.flatnonzero(false <= self._target * total)
        if not len(within):
            return rows[:0]
        last = int(within[-1])
        self.expected_false, self.joined = float(false[last]), float(total[last])
        return np.sort(rows[order[: last + 1]])


class _KnownMeans:
    """Mean evidence between clusters, kept from round to round while neither has changed."""

    def __init__(
        self,
        evidence: Evidence,
        gained: Callable[[np.ndarray, np.ndarray], np.ndarray],
        sampled_pairs: int,
    ):
        self._evidence, self._gained, self._sampled = evidence, gained, sampled_pairs
        self._codes, self._means = np.zeros(0, np.int64), np.zeros(0)

    def means(
        self,
        members: tuple[np.ndarray, np.ndarray],
        first: np.ndarray,
        second: np.ndarray,
        size: int,
    ) -> np.ndarray:
        """Mean log10 LR of each pair of clusters; pairs come sorted and so does the memory."""
        codes = first * np.int64(size) + second
        place = np.minimum(np.searchsorted(self._codes, codes), max(len(self._codes) - 1, 0))
        old = self._codes[place] == codes if len(self._codes) else np.zeros(len(codes), bool)
        mean = np.zeros(len(codes))
        mean[old] = self._means[place[old]]
        if not old.all():
            mean[~old] = self._gained(
                *_mean_evidence(members, first[~old], second[~old], self._evidence, self._sampled)
            )
        self._codes, self._means = codes, mean
        return mean.copy()

    def forget(self, changed: np.ndarray, size: int) -> None:
        """Drop what is known of clusters that have just changed."""
        kept = ~np.isin(self._codes // size, changed) & ~np.isin(self._codes % size, changed)
        self._codes, self._means = self._codes[kept], self._means[kept]


def _members(owner: np.ndarray, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Texts grouped by owner: (start of each owner number, texts in that order)."""
    keys = np.unique(np.stack([owner, text], 1), axis=0)
    size = int(owner.max(initial=-1)) + 2
    return np.searchsorted(keys[:, 0], np.arange(size)), keys[:, 1]


def _candidate_clusters(
    owner: np.ndarray, text: np.ndarray, near: tuple[np.ndarray, np.ndarray], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of clusters that hold near texts, or the same text."""
    starts, owners = _members(text, owner)
    first, second = _expanded(near[0], near[1], starts, owners)
    # The same text in two clusters: a template under different contact data.
    shared = np.flatnonzero(np.diff(starts) > 1)
    inner_a, inner_b = _expanded(shared, shared, starts, owners, most=8)
    return unique_pairs(np.append(first, inner_a), np.append(second, inner_b), size)


def _expanded(
    first: np.ndarray, second: np.ndarray, starts: np.ndarray, owners: np.ndarray, most: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    # A text is seldom in more than a few clusters; the first few stand for the rest.
    a_parts, b_parts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    known = len(starts) - 1
    inside = (first < known) & (second < known)
    first, second = first[inside], second[inside]
    sizes = np.diff(starts)
    for i in range(most):
        for j in range(most):
            kept = (sizes[first] > i) & (sizes[second] > j)
            if kept.any():
                a_parts.append(owners[starts[first[kept]] + i])
                b_parts.append(owners[starts[second[kept]] + j])
    return np.concatenate(a_parts), np.concatenate(b_parts)


def _mean_evidence(
    members: tuple[np.ndarray, np.ndarray],
    first: np.ndarray,
    second: np.ndarray,
    evidence: Evidence,
    most: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean log10 LR over up to `most` text pairs between each two clusters, and their number."""
    starts, texts = members
    size_a = starts[first + 1] - starts[first]
    size_b = starts[second + 1] - starts[second]
    product = size_a * size_b
    count = np.minimum(product, most)
    pair = np.repeat(np.arange(len(first)), count)
    slot = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    # Golden-ratio steps visit the grid of pairs evenly; all of it where it is small.
    wide = product[pair] > most
    place = np.where(
        wide, (np.modf(slot * 0.6180339887498949 + 0.5)[0] * product[pair]).astype(np.int64), slot
    )
    a = texts[starts[first[pair]] + place // size_b[pair]]
    b = texts[starts[second[pair]] + place % size_b[pair]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    code, inverse = np.unique(low * np.int64(len(texts) + texts.max() + 1) + high,
                              return_inverse=True)  # fmt: skip
    base = np.int64(len(texts) + texts.max() + 1)
    scores = evidence(code // base, code % base)
    total = np.bincount(pair, scores[inverse], minlength=len(first))
    return np.asarray(total / count), count


def _mutual_best(first: np.ndarray, second: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Rows of the pairs in which each is the other's best (ties: the smaller numbers)."""
    order = np.lexsort((second, first, -support))
    size = int(max(first.max(initial=-1), second.max(initial=-1))) + 1
    best = np.full(size, -1, np.int64)
    # Written from the worst to the best, so that the best remains.
    for row in order[::-1]:
        best[first[row]] = row
        best[second[row]] = row
    rows = np.arange(len(first))
    return np.asarray(rows[(best[first] == rows) & (best[second] == rows)])
