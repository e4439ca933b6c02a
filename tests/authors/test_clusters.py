"""Means between clusters: what is carried from round to round is what all pairs would say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.clusters import _KnownMeans, _mean_evidence, _members, joined_blocks
from tests.authors.strategies import STEADY


def evidence_of(table: np.ndarray):
    return lambda first, second: table[first, second]


def joined_by_turns(
    table: np.ndarray, sampled: int, order: list[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Clusters after these joins, and the means of all their pairs as they are remembered."""
    size = len(table)
    text = np.arange(size)
    cluster, known = np.arange(size), _KnownMeans(evidence_of(table), sampled)
    for a, b in [*order, (-1, -1)]:
        alive = np.unique(cluster)
        i, j = np.triu_indices(len(alive), 1)
        first, second = alive[i], alive[j]
        mean, _ = known.means(_members(cluster, text), first, second, size)
        a, b = min(a, b), max(a, b)
        if a != b and a in alive and b in alive:
            known.join(np.array([a]), np.array([b]))
            cluster = np.where(cluster == b, a, cluster)
    return cluster, first, second, mean


def symmetric(seed: int, size: int) -> np.ndarray:
    table = np.random.default_rng(seed).normal(size=(size, size))
    return table + table.T


@STEADY
@given(
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=7),
)
def test_where_every_pair_is_scored_the_mean_is_that_of_all_pairs(
    seed: int, order: list[tuple[int, int]]
) -> None:
    table = symmetric(seed, 10)
    cluster, first, second, mean = joined_by_turns(table, 1000, order)
    for a, b, told in zip(first, second, mean, strict=True):
        wanted = table[np.ix_(cluster == a, cluster == b)].mean()
        assert np.isclose(told, wanted)


def test_the_mean_of_large_clusters_rests_on_more_than_the_sampled_pairs() -> None:
    """Two clusters of 32 texts each, grown by doubling, four pairs scored at a time."""
    carried, sampled = [], []
    doubling = [(k, k + step) for step in (1, 2, 4, 8, 16) for k in range(0, 64, 2 * step)]
    for seed in range(10):
        table = symmetric(seed, 64)
        cluster, _, _, mean = joined_by_turns(table, 4, doubling)
        assert set(cluster.tolist()) == {0, 32}
        truth = table[:32, 32:].mean()
        members = _members(cluster, np.arange(64))
        once = _mean_evidence(members, np.array([0]), np.array([32]), evidence_of(table), 4)
        carried.append(abs(float(mean[0]) - truth))
        sampled.append(abs(float(once[0]) - truth))
    assert np.mean(carried) < 0.2 * np.mean(sampled)


def test_pairs_that_were_never_compared_are_scored_when_their_clusters_meet() -> None:
    """Near texts are 0-1, 2-3 and 1-2 only; the join of all four rests on all six pairs."""
    table = np.full((4, 4), 1.0)
    table[0, 1] = table[2, 3] = 3.0
    near = (np.array([0, 1, 2]), np.array([1, 2, 3]))
    found = joined_blocks(
        (np.arange(4), np.arange(4)), near, evidence_of(table), lambda mean, _: mean,
        conflict=lambda *_: np.zeros(len(_[1])), prior_log10_odds=0.0, most_join_error=0.3,
        false_merge_target=0.2, sampled_pairs=16, most_rounds=10,
    )  # fmt: skip
    assert found.cluster.tolist() == [0, 0, 0, 0]
    assert np.allclose(found.log10_lr, (3.0 + 3.0 + 4.0) / 6.0)
    table[0, 2:] = -4.0
    apart = joined_blocks(
        (np.arange(4), np.arange(4)), near, evidence_of(table), lambda mean, _: mean,
        conflict=lambda *_: np.zeros(len(_[1])), prior_log10_odds=0.0, most_join_error=0.3,
        false_merge_target=0.2, sampled_pairs=16, most_rounds=10,
    )  # fmt: skip
    assert apart.cluster.tolist() == [0, 0, 2, 2]
