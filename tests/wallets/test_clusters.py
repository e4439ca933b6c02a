"""Co-spend clusters agree with a plain graph library and can be traced to transactions."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.params import WalletsParams
from inktrace.wallets.clusters import co_spend_clusters, spends
from inktrace.wallets.guards import growth_alarms, refused_merges

SCRIPTS = 26
SPENDS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, SCRIPTS - 1)), max_size=60)
ACTORS = st.lists(st.integers(-1, 2), min_size=SCRIPTS, max_size=SCRIPTS)
FREE = WalletsParams(refused_merge_scripts=10**9)


def clustered(rows, params=FREE, scripts=SCRIPTS, **other):
    tx, script = np.array(rows, np.int64).reshape(-1, 2).T
    return co_spend_clusters(scripts, spends(tx, script), params, **other)


def by_transaction(rows):
    found: dict[int, set[int]] = {}
    for tx, script in sorted(rows):
        found.setdefault(tx, set()).add(script)
    return found


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


@given(SPENDS)
def test_clusters_are_the_connected_components(rows):
    graph = nx.Graph()
    graph.add_nodes_from(range(SCRIPTS))
    for scripts in by_transaction(rows).values():
        nx.add_path(graph, scripts)
    clusters = clustered(rows)
    for component in nx.connected_components(graph):
        assert {int(clusters.wallet_id[script]) for script in component} == {min(component)}


@given(SPENDS, ACTORS, st.randoms())
def test_order_of_rows_does_not_matter(rows, actors, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    params = WalletsParams(refused_merge_scripts=4, growth_alarm_scripts=3)
    actor = np.array(actors, np.int64)
    assert same(clustered(rows, params, actor=actor), clustered(shuffled, params, actor=actor))


@given(SPENDS)
def test_every_script_is_led_to_its_smallest_by_transactions_that_spent_both(rows):
    clusters, spent = clustered(rows), by_transaction(rows)
    for script in range(SCRIPTS):
        here, steps = script, 0
        while clusters.joined_by[here] >= 0:
            one = int(clusters.joined_with[here])
            assert {here, one} <= spent[int(clusters.joined_by[here])]
            here, steps = one, steps + 1
            assert steps < SCRIPTS
        assert here == clusters.wallet_id[script]
        assert clusters.joined_with[here] == -1


@given(SPENDS)
def test_the_named_transactions_alone_rebuild_the_clusters(rows):
    clusters = clustered(rows)
    named = set(clusters.joined_by.tolist())
    again = clustered([row for row in rows if row[0] in named])
    assert same(clusters, again)


@given(SPENDS, st.integers(0, 13))
def test_a_union_is_the_earliest_that_could_join_the_two(rows, until):
    """What was joined by then stays joined by the same transactions when more are added."""
    before, after = clustered([row for row in rows if row[0] < until]), clustered(rows)
    early = (after.joined_by >= 0) & (after.joined_by < until)
    assert sorted(before.joined_by[before.joined_by >= 0]) == sorted(after.joined_by[early])


@given(SPENDS, ACTORS, st.integers(2, 8), st.integers(2, 8), st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_guards_agree_with_a_plain_walk(rows, actors, large, alarm, factor):
    params = WalletsParams(
        refused_merge_scripts=large, growth_alarm_scripts=alarm, growth_alarm_factor=factor
    )
    clusters = clustered(rows, params, actor=np.array(actors, np.int64))
    wallet, owner = list(range(SCRIPTS)), dict(enumerate(actors))
    refused, grown = [], []
    for tx, scripts in by_transaction(rows).items():
        roots = sorted({wallet[script] for script in scripts})
        size = {root: wallet.count(root) for root in roots}
        named = sorted({owner[root] for root in roots} - {-1})
        big = sorted((root for root in roots if size[root] >= large), key=lambda r: (-size[r], r))
        if len(named) > 1:
            pair = [min(r for r in roots if owner[r] == actor) for actor in named[:2]]
            refused.append((tx, *pair, *(size[r] for r in pair), "actors"))
        elif len(big) > 1:
            refused.append((tx, *big[:2], *(size[r] for r in big[:2]), "size"))
        elif len(roots) > 1:
            total, largest = sum(size.values()), max(size.values())
            if total >= alarm and total >= factor * largest:
                grown.append((tx, roots[0], len(roots), largest, total))
            wallet = [roots[0] if one in roots else one for one in wallet]
            owner[roots[0]] = named[0] if named else -1
    assert clusters.wallet_id.tolist() == wallet
    columns = ["tx_id", "wallet_id_a", "wallet_id_b", "scripts_a", "scripts_b", "reason"]
    told = refused_merges(clusters, ["a", "b", "c"]).select(columns).to_pylist()
    expected = [(r[0], wallet[r[1]], wallet[r[2]], *r[3:]) for r in refused]
    assert [tuple(row.values()) for row in told] == expected
    told = growth_alarms(clusters).to_pylist()
    assert [
        (r["tx_id"], r["wallet_id"], r["clusters"], r["largest_before"], r["scripts_after"])
        for r in told
    ] == [(g[0], wallet[g[1]], *g[2:]) for g in grown]


def test_nothing_spent_leaves_everybody_alone():
    assert clustered([], scripts=3).wallet_id.tolist() == [0, 1, 2]
    assert clustered([], scripts=0).wallet_id.size == 0


def test_transactions_left_out_join_nothing():
    rows = [(1, 0), (1, 1), (2, 1), (2, 2)]
    clusters = clustered(rows, scripts=3, left_out=np.array([1, 99]))
    assert clusters.wallet_id.tolist() == [0, 1, 1]


def test_a_merge_of_two_actors_is_refused_and_the_rest_kept():
    rows = [(1, 0), (1, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 3), (4, 4)]
    clusters = clustered(rows, scripts=5, actor=np.array([0, -1, -1, 1, -1]))
    assert clusters.wallet_id.tolist() == [0, 0, 2, 2, 2]
    assert refused_merges(clusters, ["one", "other"]).to_pylist() == [
        {"tx_id": 3, "wallet_id_a": 0, "wallet_id_b": 2, "scripts_a": 2, "scripts_b": 2,
         "actor_a": "one", "actor_b": "other", "reason": "actors"}
    ]  # fmt: skip


def test_agreeing_tags_refuse_nothing():
    clusters = clustered([(1, 0), (1, 1)], scripts=2, actor=np.array([0, 0]))
    assert clusters.wallet_id.tolist() == [0, 0]
    assert len(clusters.refused) == 0


@pytest.mark.parametrize("large", [True, False])
def test_thousands_of_inputs_in_one_transaction(large):
    count = 25_000 if large else 40
    rows = [(7, script) for script in reversed(range(count))]
    clusters = clustered(rows, scripts=count)
    assert not clusters.wallet_id.any()
    assert set(clusters.joined_by[1:].tolist()) == {7}
    assert len(clusters.grown) == large


@pytest.mark.parametrize("step", ["to the last", "to the first", "halves"])
def test_a_hostile_order_of_joins_is_no_trap(step):
    """Each join makes another script the smallest; turned naively, half a million would be
    walked again and again."""
    count = 2**18
    if step == "halves":
        pairs = [
            (at, at + width)
            for power in range(18)
            for width in [2**power]
            for at in range(count - 2 * width, -1, -2 * width)
        ]
    else:
        anchors = [count - 1] * (count - 1) if step == "to the last" else range(1, count)
        pairs = [(one, anchors[one]) for one in range(count - 2, -1, -1)]
    rows = np.stack([np.repeat(np.arange(len(pairs)), 2), np.array(pairs).ravel()], axis=1)
    clusters = clustered(rows, scripts=count)
    assert not clusters.wallet_id.any()
    assert (clusters.joined_by[1:] >= 0).all()
    assert len(set(clusters.joined_by.tolist())) == count
