"""Blocks of ads joined into authors, never through one weak pair.

Rules, in order: ads that share an identifier are one block; then the two blocks that each other
finds most alike are joined if the *mean* evidence over many pairs between them, together with how
common same-author pairs are, leaves at most the allowed chance of error. A chain a-b-c with a and
c unlike is not joined, because a and c are part of the mean. At the end each cluster is weighed as
a whole: the best supported stay, as long as the expected share of false pairs among all that stay
is within the target; of the others, the parts are weighed the same way, down to single blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from inktrace.authors.candidates import unique_pairs

# Evidence of pairs of text groups: (first, second) int64 arrays → log10 LR, float64.
Evidence = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Joined:
    """The outcome: a cluster per block, and the evidence of the cluster that each block is in.

    `cluster`: the smallest block of the cluster; `log10_lr`: 0 for a block that stands alone.
    `expected_false` of the `pairs` of texts put together are expected to be of two authors.
    """

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
    LR from other things than style. `sampled_pairs`: most text pairs scored between two clusters
    that are compared for the first time; what is known of their parts is kept as they grow.
    Notes: O(rounds × candidate pairs); deterministic, ties go to the smaller numbers. A mean drawn
    anew each time over the sampled pairs of two large clusters changed with every few texts added.
    References: average linkage, Sokal & Michener 1958; its update, Lance & Williams 1967;
    mutual-best merging, Murtagh 1983.
    """
    block, text = block_texts
    blocks = int(block.max(initial=-1)) + 1
    cluster = np.arange(blocks)
    tree = _Tree(blocks)
    rounds = 0
    threshold = np.log10(1.0 / most_join_error - 1.0)
    known = _KnownMeans(evidence, sampled_pairs)
    while rounds < most_rounds:
        first, second = _candidate_clusters(cluster[block], text, near, blocks)
        if not len(first):
            break
        members = _members(cluster[block], text)
        mean, count = known.means(members, first, second, blocks)
        against = conflict(cluster, first, second)
        support = gained(mean, count) + against + prior_log10_odds
        good = support >= threshold
        chosen = np.flatnonzero(good)[_mutual_best(first[good], second[good], support[good])]
        if not len(chosen):
            break
        rounds += 1
        sizes = np.diff(members[0])
        a, b = first[chosen], second[chosen]
        tree.join(a, b, mean[chosen], sizes[a] * sizes[b], against[chosen])
        cluster = _renamed(cluster, a, b)
        known.join(a, b)
    lr = gained(tree.means(), np.minimum(tree.pairs(), sampled_pairs)) + tree.against()
    kept = tree.kept(lr + prior_log10_odds, false_merge_target)
    return Joined(*tree.clusters(kept, lr), *kept.expected, rounds)


def _renamed(cluster: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Clusters after each `second` was put into its `first`, which is the smaller number."""
    into = np.arange(len(cluster))
    into[second] = first
    return np.asarray(into[cluster])


@dataclass(frozen=True)
class _Kept:
    """Joins (numbers in the tree) whose whole cluster stays; expected (false, all) text pairs."""

    joins: np.ndarray
    expected: tuple[float, float]


@dataclass
class _Tree:
    """Who was joined with whom: each join makes a node of two earlier nodes or blocks.

    Node numbers: blocks first, then joins in order. Evidence sums over all joins below.
    """

    blocks: int
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    _mean_sums: list[float] = field(default_factory=list)
    _pairs: list[float] = field(default_factory=list)
    _against: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._node_of = np.arange(self.blocks)

    def join(
        self,
        first: np.ndarray,
        second: np.ndarray,
        mean: np.ndarray,
        pairs: np.ndarray,
        against: np.ndarray,
    ) -> None:
        """Add one join for each row; `first` < `second` are the clusters' smallest blocks."""
        for row in range(len(first)):
            sides = int(self._node_of[first[row]]), int(self._node_of[second[row]])
            below = [side - self.blocks for side in sides if side >= self.blocks]
            self.left.append(sides[0])
            self.right.append(sides[1])
            self._pairs.append(float(pairs[row]) + sum(self._pairs[k] for k in below))
            self._mean_sums.append(
                float(mean[row] * pairs[row]) + sum(self._mean_sums[k] for k in below)
            )
            self._against.append(min(float(against[row]), *(self._against[k] for k in below), 0.0))
            self._node_of[first[row]] = self.blocks + len(self.left) - 1

    def pairs(self) -> np.ndarray:
        """Pairs of texts that style put together under each join."""
        return np.asarray(self._pairs, np.float64)

    def means(self) -> np.ndarray:
        """Mean log10 LR of those pairs."""
        return np.asarray(np.asarray(self._mean_sums) / np.maximum(self.pairs(), 1.0))

    def against(self) -> np.ndarray:
        """The strongest evidence against among the joins below."""
        return np.asarray(self._against, np.float64)

    def kept(self, support: np.ndarray, target: float) -> _Kept:
        """The largest clusters that the target allows, best supported first.

        `support`: log10 odds that a pair of each join's cluster has one author.
        """
        pairs, error = self.pairs(), expit(-support * np.log(10.0))
        below = np.zeros(len(support), bool)
        for side in (self.left, self.right):
            inner = np.asarray(side, np.int64) - self.blocks
            below[inner[inner >= 0]] = True
        open_joins, kept, false, total = np.flatnonzero(~below), [np.zeros(0, np.int64)], 0.0, 0.0
        while len(open_joins):
            order = open_joins[np.lexsort((open_joins, -support[open_joins]))]
            false_so_far = false + np.cumsum(error[order] * pairs[order])
            total_so_far = total + np.cumsum(pairs[order])
            within = np.flatnonzero(false_so_far <= target * total_so_far)
            count = int(within[-1]) + 1 if len(within) else 0
            if count:
                false, total = float(false_so_far[count - 1]), float(total_so_far[count - 1])
            kept.append(order[:count])
            parts = np.asarray(
                [side for join in order[count:] for side in (self.left[join], self.right[join])],
                np.int64,
            ) - self.blocks  # fmt: skip
            open_joins = parts[parts >= 0]
        return _Kept(np.concatenate(kept), (false, total))

    def clusters(self, kept: _Kept, lr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The smallest block of each block's cluster, and that cluster's evidence."""
        cluster, evidence = np.arange(self.blocks), np.zeros(self.blocks)
        for join in kept.joins.tolist():
            members = self._members(join)
            cluster[members], evidence[members] = min(members), lr[join]
        return cluster, evidence

    def _members(self, join: int) -> list[int]:
        found, open_nodes = [], [self.blocks + join]
        while open_nodes:
            node = open_nodes.pop()
            if node < self.blocks:
                found.append(node)
            else:
                open_nodes += [self.left[node - self.blocks], self.right[node - self.blocks]]
        return found


class _KnownMeans:
    """Mean evidence between clusters, carried on from round to round as they grow.

    The mean of a joined cluster with another is that of its two parts, by their numbers of pairs;
    only parts that were never compared are scored. So a mean over two large clusters rests on
    many more pairs than are scored at once, and hardly moves when a few texts are added.
    References: Lance & Williams 1967.
    """

    def __init__(self, evidence: Evidence, sampled_pairs: int):
        self._evidence, self._sampled = evidence, sampled_pairs
        self._codes, self._means = np.zeros(0, np.int64), np.zeros(0)
        self._members: tuple[np.ndarray, np.ndarray] | None = None
        self._joined = np.zeros(0, np.int64)

    def means(
        self,
        members: tuple[np.ndarray, np.ndarray],
        first: np.ndarray,
        second: np.ndarray,
        size: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean log10 LR of each pair of clusters, and over how many pairs of texts (at most
        `sampled_pairs`).

        Pairs come sorted and so does the memory.
        """
        before = members if self._members is None else self._members
        row, low, high = self._parts(first, second, size)
        codes = low * np.int64(size) + high
        place = np.minimum(np.searchsorted(self._codes, codes), max(len(self._codes) - 1, 0))
        old = self._codes[place] == codes if len(self._codes) else np.zeros(len(codes), bool)
        mean = np.zeros(len(codes))
        mean[old] = self._means[place[old]]
        if not old.all():
            unknown, inverse = np.unique(codes[~old], return_inverse=True)
            told = _mean_evidence(
                before, unknown // size, unknown % size, self._evidence, self._sampled
            )
            mean[~old] = told[inverse]
        sizes = np.diff(before[0])
        weight = (sizes[low] * sizes[high]).astype(np.float64)
        total = np.bincount(row, weight, minlength=len(first))
        self._means = np.bincount(row, weight * mean, minlength=len(first)) / total
        self._codes, self._members = first * np.int64(size) + second, members
        self._joined = np.full(size, -1, np.int64)
        sizes = np.diff(members[0])
        return self._means.copy(), np.minimum(sizes[first] * sizes[second], self._sampled)

    def join(self, first: np.ndarray, second: np.ndarray) -> None:
        """Each `second` is put into its `first`."""
        self._joined[first] = second

    def _parts(
        self, first: np.ndarray, second: np.ndarray, size: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(row, smaller, larger): what each pair was before the last joins, one to four pairs."""
        joined = self._joined if len(self._joined) else np.full(size, -1, np.int64)
        rows, lows, highs = [], [], []
        for a in (first, joined[first]):
            for b in (second, joined[second]):
                both = np.flatnonzero((a >= 0) & (b >= 0))
                rows.append(both)
                lows.append(np.minimum(a[both], b[both]))
                highs.append(np.maximum(a[both], b[both]))
        return np.concatenate(rows), np.concatenate(lows), np.concatenate(highs)


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
) -> np.ndarray:
    """Mean log10 LR over up to `most` text pairs between each two clusters."""
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
    return np.asarray(total / count)


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
