"""Parts joined into identities: best pairs first, whole clusters against whole clusters.

Each round weighs all pairs of clusters worth looking at, anew and as wholes, and joins those that
are each other's best. So a chain a-b-c, where a and c disagree, is not joined through b, and a
join that many values contradict is refused however well one value fits.
References: mutual-best merging, Murtagh 1983.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.identities.evidence import Evidence, Weights
from inktrace.params import IdentitiesParams
from inktrace.progress import Progress

# Odd numbers of many bits, for a scramble that is the same everywhere (after splitmix64).
_MIX: Final = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
_ROUNDS_BY_SIZE: Final = 100
_FEW_PAIRS: Final = 50_000


@dataclass(frozen=True)
class Constraints:
    """Pairs of parts (int64 arrays) that people said are one identity's, or two."""

    same: tuple[np.ndarray, np.ndarray]
    apart: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Links:
    """Pairs of clusters that were weighed, by their smallest parts, and what became of them."""

    first: np.ndarray
    second: np.ndarray
    weights: Weights
    outcome: list[str]


@dataclass(frozen=True)
class Identities:
    """The smallest part of each part's identity; the joins in order, then the refused pairs."""

    cluster: np.ndarray
    links: list[Links]
    rounds: int


def joined_parts(
    evidence: Evidence,
    pairs: tuple[np.ndarray, np.ndarray],
    constraints: Constraints,
    params: IdentitiesParams,
    progress: Progress,
) -> Identities:
    """Join clusters while a pair's log10 odds of one identity reach `params.least_log10_odds`.

    `pairs` (int64, int64): parts worth looking at. Judged pairs are joined first, and never meet
    where they were judged apart: where judgements contradict, those apart hold, and are told of.
    A cluster of more than `params.most_authors` authors is not made.
    Notes: O(rounds × pairs); deterministic, ties go to the larger pair, or to a scramble.
    """
    parts = len(evidence.cluster)
    cluster = np.arange(parts)
    links: list[Links] = []
    for first, second in zip(*constraints.same, strict=True):
        a, b = sorted((int(cluster[first]), int(cluster[second])))
        if a == b or _forbidden(cluster, constraints, np.array([a]), np.array([b]))[0]:
            continue
        one = np.array([a]), np.array([b])
        links.append(Links(*one, evidence.weights(*one, params), ["judgement"]))
        evidence, cluster = _after(evidence, cluster, *one)
    rounds = 0
    known: _Known | None = None
    while True:
        first, second = _cluster_pairs(cluster, pairs)
        weights = _weights(evidence, first, second, known, params)
        judged = _forbidden(cluster, constraints, first, second)
        large = _authors(evidence, first, second) > params.most_authors
        good = (weights.total >= params.least_log10_odds) & ~judged & ~large
        ties = _ties(evidence, first, second, rounds)[good]
        best = _mutual_best(first[good], second[good], weights.total[good], ties)
        chosen = np.flatnonzero(good)[best]
        if not len(chosen) or rounds >= params.most_rounds:
            break
        rounds += 1
        progress("identities", rounds, None)
        made = first[chosen], second[chosen]
        links.append(Links(*made, weights.of(chosen), ["evidence"] * len(chosen)))
        known = _Known(first, second, weights, np.concatenate(made))
        evidence, cluster = _after(evidence, cluster, *made)
    told = np.flatnonzero(judged | _worth_telling(weights, params))
    why = np.select(
        [judged & _judged(cluster, constraints.same, first, second), judged, large, good],
        ["judgements contradict", "judged apart", "too large", "too many rounds"],
        "too weak",
    )
    links.append(Links(first[told], second[told], weights.of(told), why[told].tolist()))
    return Identities(cluster, links, rounds)


@dataclass(frozen=True)
class _Known:
    """What was weighed in the round before, and which clusters have changed since."""

    first: np.ndarray
    second: np.ndarray
    weights: Weights
    changed: np.ndarray


def _weights(
    evidence: Evidence,
    first: np.ndarray,
    second: np.ndarray,
    known: _Known | None,
    params: IdentitiesParams,
) -> Weights:
    """The weights of all pairs; those of pairs that no join has touched are taken over."""
    if known is None:
        return evidence.weights(first, second, params)
    size = np.int64(evidence.authors.shape[0])
    codes, before = first * size + second, known.first * size + known.second
    place = np.minimum(np.searchsorted(before, codes), len(before) - 1)
    old = (before[place] == codes) & ~np.isin(first, known.changed)
    old &= ~np.isin(second, known.changed)
    fresh = evidence.weights(first[~old], second[~old], params)
    return known.weights.of(place).replaced(~old, fresh)


def _after(
    evidence: Evidence, cluster: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[Evidence, np.ndarray]:
    into = np.arange(len(cluster))
    into[second] = first
    return evidence.merged(into), into[cluster]


def _cluster_pairs(
    cluster: np.ndarray, pairs: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    one, other = cluster[pairs[0]], cluster[pairs[1]]
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    size = np.int64(len(cluster) + 1)
    codes = np.unique(low * size + high)
    return codes // size, codes % size


def _forbidden(
    cluster: np.ndarray, constraints: Constraints, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    return _judged(cluster, constraints.apart, first, second)


def _judged(
    cluster: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    """Which pairs of clusters hold a judged pair of parts."""
    size = np.int64(len(cluster) + 1)
    one, other = cluster[pairs[0]], cluster[pairs[1]]
    codes = np.minimum(one, other) * size + np.maximum(one, other)
    return np.isin(first * size + second, codes)


def _authors(evidence: Evidence, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    marks = evidence.authors.sign()
    sizes = np.asarray(marks.sum(axis=1)).ravel()
    common = np.asarray(marks[first].multiply(marks[second]).sum(axis=1)).ravel()
    return np.asarray(sizes[first] + sizes[second] - common)


def _worth_telling(weights: Weights, params: IdentitiesParams) -> np.ndarray:
    """Refused pairs that a reader will ask about: something of weight speaks for them, or the
    authors stage had put them together."""
    strong = np.maximum.reduce([weights.identifiers, weights.images, weights.wallet]) >= 1.0
    one_author = weights.style > params.most_style
    return np.asarray(strong | one_author | (weights.total >= -1.0))


def _ties(evidence: Evidence, first: np.ndarray, second: np.ndarray, rounds: int) -> np.ndarray:
    """What settles ties: the pair with more ads; after many rounds or among many, a fixed scramble.

    A large cluster is the better judge of a small one than another small one is. But beside a
    thousand equals it would take them one a round.
    """
    if rounds < _ROUNDS_BY_SIZE and len(first) <= _FEW_PAIRS:
        ads = np.asarray(evidence.authors.sum(axis=1)).ravel()
        return np.asarray(-(ads[first] + ads[second]))
    mixed = first.astype(np.uint64) * _MIX[0] + second.astype(np.uint64) * _MIX[1]
    scramble = (mixed ^ (mixed >> np.uint64(29))) * _MIX[2] >> np.uint64(16)
    return np.asarray(scramble, np.float64)


def _mutual_best(
    first: np.ndarray, second: np.ndarray, support: np.ndarray, ties: np.ndarray
) -> np.ndarray:
    """Rows of the pairs in which each is the other's best; less of `ties` goes first."""
    rows = np.arange(len(first))
    if not len(first):
        return rows
    order = np.lexsort((second, first, ties, -support))
    rank = np.empty(len(first), np.int64)
    rank[order] = rows
    best = np.full(int(second.max()) + 1, len(first), np.int64)
    np.minimum.at(best, first, rank)
    np.minimum.at(best, second, rank)
    return np.asarray(rows[(best[first] == rank) & (best[second] == rank)])
