"""Co-spend clusters agree with a plain graph library and can be traced to transactions."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.wallets.clusters import co_spend_clusters, refused_merges

SPENDS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 25)), unique=True, max_size=60)


def arrays(spends):
    tx = np.array([tx for tx, _ in spends], np.int64)
    script = np.array([script for _, script in spends], np.int64)
    return tx, script


@given(SPENDS)
def test_clusters_are_the_connected_components(spends):
    graph = nx.Graph()
    graph.add_nodes_from(range(26))
    by_tx: dict[int, list[int]] = {}
    for tx, script in spends:
        by_tx.setdefault(tx, []).append(script)
    for scripts in by_tx.values():
        nx.add_path(graph, scripts)
    clusters = co_spend_clusters(26, *arrays(spends))
    for component in nx.connected_components(graph):
        assert {int(clusters.wallet_id[script]) for script in component} == {min(component)}


@given(SPENDS, st.randoms())
def test_order_of_rows_does_not_matter(spends, chance):
    shuffled = list(spends)
    chance.shuffle(shuffled)
    one, other = co_spend_clusters(26, *arrays(spends)), co_spend_clusters(26, *arrays(shuffled))
    assert one.wallet_id.tolist() == other.wallet_id.tolist()
    assert one.joined_by.tolist() == other.joined_by.tolist()


@given(SPENDS)
def test_the_named_transactions_alone_rebuild_the_clusters(spends):
    tx, script = arrays(spends)
    clusters = co_spend_clusters(26, tx, script)
    named = np.isin(tx, clusters.joined_by[clusters.joined_by >= 0])
    again = co_spend_clusters(26, tx[named], script[named])
    assert again.wallet_id.tolist() == clusters.wallet_id.tolist()
    for member in range(26):
        joined = int(clusters.joined_by[member])
        if joined >= 0:
            assert (joined, member) in set(zip(tx.tolist(), script.tolist(), strict=True))
        else:
            assert clusters.wallet_id[member] == member


def test_nothing_spent_leaves_everybody_alone():
    clusters = co_spend_clusters(3, *arrays([]))
    assert clusters.wallet_id.tolist() == [0, 1, 2]
    assert co_spend_clusters(0, *arrays([])).wallet_id.size == 0


def test_a_merge_of_two_actors_is_refused_and_the_rest_kept():
    spends = [(1, 0), (1, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 3), (4, 4)]
    tx, script = arrays(spends)
    clusters = co_spend_clusters(5, tx, script)
    assert len(set(clusters.wallet_id.tolist())) == 1
    keep, refused = refused_merges(clusters, tx, script, {0: "one", 3: "other"})
    assert refused == [(3, "one", "other")]
    again = co_spend_clusters(5, tx[keep], script[keep])
    assert again.wallet_id.tolist() == [0, 0, 2, 2, 2]


def test_agreeing_tags_refuse_nothing():
    tx, script = arrays([(1, 0), (1, 1)])
    clusters = co_spend_clusters(2, tx, script)
    keep, refused = refused_merges(clusters, tx, script, {0: "one", 1: "one"})
    assert keep.all()
    assert refused == []
