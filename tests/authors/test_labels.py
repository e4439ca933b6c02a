"""Which ads hard identifiers join, and which identifiers are nobody's own."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.labels import (
    Identifiers,
    crowded_identifiers,
    identifier_components,
    identifier_pairs,
    sampled_within,
)

from .strategies import STEADY

ADS = 12


def made(pairs: set[tuple[int, int]], kinds: list[str]) -> Identifiers:
    rows = np.asarray(sorted(pairs), np.int64).reshape(-1, 2)
    return Identifiers(rows[:, 0], rows[:, 1], np.asarray(kinds, dtype=object))


FOUND = st.integers(0, 8).flatmap(
    lambda count: st.builds(
        made,
        st.sets(st.tuples(st.integers(0, ADS - 1), st.integers(0, max(count - 1, 0))), max_size=20)
        if count
        else st.just(set()),
        st.lists(st.sampled_from(["phone", "handle", "email", "url"]), min_size=count,
                 max_size=count),
    )
)  # fmt: skip


@STEADY
@given(FOUND, st.data())
def test_components_are_those_of_the_graph(found: Identifiers, data: st.DataObject) -> None:
    hubs = np.asarray(
        data.draw(st.lists(st.booleans(), min_size=found.count(), max_size=found.count())), bool
    )
    component = identifier_components(found, ADS, hubs)
    graph = nx.Graph()
    for ad, identifier in zip(found.ad.tolist(), found.identifier.tolist(), strict=True):
        if not hubs[identifier]:
            graph.add_edge(("ad", ad), ("identifier", identifier))
    expected = {
        frozenset(n for kind, n in part if kind == "ad") for part in nx.connected_components(graph)
    }
    told = {
        frozenset(np.flatnonzero(component == c).tolist()) for c in set(component.tolist()) - {-1}
    }
    assert told == expected
    # Numbered by first ad, without holes.
    firsts = [int(np.flatnonzero(component == c)[0]) for c in range(len(told))]
    assert firsts == sorted(firsts)


@STEADY
@given(FOUND)
def test_pairs_share_an_identifier_and_connect_every_sharer(found: Identifiers) -> None:
    none = np.zeros(found.count(), bool)
    first, second = identifier_pairs(found, none)
    held = [set(found.identifier[found.ad == ad].tolist()) for ad in range(ADS)]
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    assert all(a < b for a, b in pairs)
    # Sets this small give every pair.
    assert pairs == {(a, b) for a in range(ADS) for b in range(a + 1, ADS) if held[a] & held[b]}
    assert not len(identifier_pairs(found, ~none)[0])


def test_a_large_set_gives_a_chain_not_all_pairs() -> None:
    found = made({(ad, 0) for ad in range(100)}, ["phone"])
    first, second = identifier_pairs(found, np.zeros(1, bool))
    assert len(first) == 99
    assert (second - first == 1).all()


def test_crowded_identifiers_have_many_ads_or_stand_beside_many_people() -> None:
    shared = {(ad, 0) for ad in range(10)}  # beside five people's handles
    own = {(ad, 1 + ad % 5) for ad in range(10)}
    lonely = {(10, 6), (11, 6)}
    found = made(shared | own | lonely, ["phone", *["handle"] * 5, "phone"])
    assert crowded_identifiers(found, 1000, 4).tolist() == [True] + [False] * 6
    assert crowded_identifiers(found, 1000, 5).tolist() == [False] * 7
    assert crowded_identifiers(found, 9, 5).tolist() == [True] + [False] * 6
    # A handle is not crowded by itself.
    assert not crowded_identifiers(made({(0, 0)}, ["handle"]), 1, 1).any()


def test_crowded_of_nothing() -> None:
    assert crowded_identifiers(made(set(), []), 10, 4).tolist() == []


def test_pairs_within_an_identifier_are_of_different_texts() -> None:
    found = made({(ad, ad // 6) for ad in range(ADS)}, ["phone", "phone"])
    group = np.asarray([0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6])
    who, first, second = sampled_within(found, group, 8)
    assert set(who.tolist()) == {0}  # the other one's ads are all one text
    assert (first != second).all()
    assert set(first.tolist()) | set(second.tolist()) <= set(range(6))
    again = sampled_within(found, group, 8)
    assert all((a == b).all() for a, b in zip((who, first, second), again, strict=True))


def test_the_incidence_matrix_counts_each_pair_once() -> None:
    found = made({(0, 0), (0, 1), (2, 1)}, ["phone", "email"])
    assert found.incidence(3).toarray().tolist() == [[1, 1], [0, 0], [0, 1]]
    chosen = np.asarray([False, True])
    assert found.incidence(3, chosen).toarray().tolist() == [[0, 1], [0, 0], [0, 1]]
