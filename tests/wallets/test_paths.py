"""Chains of evidence: shortest by co-spending within a wallet, forward in time between two."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.errors import UsageError
from inktrace.wallets import evidence_path, found_wallet
from tests.wallets.chain import HOUR, mix, stored, tag

SPENT = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True), min_size=1, max_size=8
)


def between(engine, one, other, hops=4):
    relations = engine.relations()
    ends = [found_wallet(relations, f"address{script}") for script in (one, other)]
    return evidence_path(relations, *ends, hops)


@settings(max_examples=25, deadline=None)
@given(SPENT, st.integers(0, 9), st.integers(0, 9))
def test_a_chain_within_a_wallet_is_the_shortest_and_holds(spent, one, other):
    chain = {tx: (scripts, [(5, 20)]) for tx, scripts in enumerate(spent)}
    chain[len(spent)] = ([], [(5, script) for script in range(10)])
    graph = nx.Graph()
    graph.add_nodes_from(range(10))
    for scripts in spent:
        graph.add_edges_from((a, b) for a in scripts for b in scripts if a < b)
    with stored(chain) as engine:
        found = between(engine, one, other)
    if not nx.has_path(graph, one, other):
        assert found["kind"] != "co_spend"
        return
    steps = found["steps"]
    assert len(steps) == len(nx.shortest_path(graph, one, other))
    assert (steps[0]["script_id"], steps[-1]["script_id"]) == (one, other)
    for before, step in pairwise(steps):
        assert {before["script_id"], step["script_id"]} <= set(spent[step["tx_id"]])
        assert step["txid"] == (bytes([step["tx_id"]]) * 32).hex()


def test_a_coinjoin_is_no_step():
    with stored({0: mix(range(9)), 1: ([0, 50], [(5, 9)]), 2: ([1, 50], [(5, 9)])}) as engine:
        found = between(engine, 0, 1)
    assert [step["script_id"] for step in found["steps"]] == [0, 50, 1]


# 1 pays 2, 2 pays 3; the payment to 3 is later in one chain and earlier in the other.
PAYMENTS = {0: ([1], [(50, 2)]), 1: ([2], [(40, 3)])}


def test_payments_lead_from_wallet_to_wallet_forward_in_time():
    with stored(PAYMENTS, times={0: HOUR, 1: 2 * HOUR}) as engine:
        found = between(engine, 1, 3)
        assert (found["kind"], found["direction"]) == ("payments", "forward")
        assert [step["wallet_id"] for step in found["steps"]] == [1, 2, 3]
        assert [step.get("value_sat") for step in found["steps"]] == [None, 50, 40]
        assert found["steps"][2]["address"] == "address3"
        assert between(engine, 3, 1)["direction"] == "backward"
        assert between(engine, 1, 3, hops=1)["kind"] == "none"
    with stored(PAYMENTS, times={0: 2 * HOUR, 1: HOUR}) as engine:
        assert between(engine, 1, 3)["kind"] == "none"


def test_first_seen_times_count_before_block_times():
    with stored(PAYMENTS, times={0: 2 * HOUR, 1: HOUR}, seen={0: HOUR // 2}) as engine:
        assert between(engine, 1, 3)["kind"] == "payments"


def test_payments_of_unknown_time_lead_nowhere():
    with stored(PAYMENTS) as engine:
        assert between(engine, 1, 3)["kind"] == "none"


def test_a_service_may_end_a_trail_but_not_carry_it():
    times = {0: HOUR, 1: 2 * HOUR}
    with stored(PAYMENTS, times=times, tags=[tag(2, "Exchange")]) as engine:
        assert between(engine, 1, 3)["kind"] == "none"
        assert between(engine, 1, 2)["steps"][1]["service"] == "Exchange"
        assert between(engine, 2, 3)["kind"] == "payments"


def test_a_shorter_chain_that_arrives_later_is_preferred():
    chain = {0: ([1], [(5, 2)]), 1: ([2], [(5, 3)]), 2: ([1], [(5, 3)])}
    with stored(chain, times={0: HOUR, 1: 2 * HOUR, 2: 9 * HOUR}) as engine:
        assert [step.get("tx_id") for step in between(engine, 1, 3)["steps"]] == [None, 2]


def test_wallets_that_are_not_there_are_named():
    with stored({0: ([1, 2], [(5, 3)])}) as engine:
        relations = engine.relations()
        assert found_wallet(relations, "1").wallet_id == 1
        assert found_wallet(relations, "address2").wallet_id == 1
        for word, says in (
            ("2", "script 2 belongs to wallet 1"),
            ("77", "there is no wallet 77"),
            ("9" * 30, "no stored transaction"),
            ("nowhere", "no stored transaction pays or spends the address nowhere"),
        ):
            with pytest.raises(UsageError, match=says):
                found_wallet(relations, word)


PAID = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=12
)


@settings(max_examples=20, deadline=None)
@given(PAID, st.integers(0, 5), st.integers(0, 5), st.integers(1, 3))
def test_a_chain_of_payments_is_the_shortest_that_runs_forward(paid, first, last, hops):
    chain = {tx: ([payer], [(tx + 1, payee)]) for tx, (payer, payee, _) in enumerate(paid)}
    chain[len(paid)] = ([], [(1, script) for script in range(6)])
    times = {tx: hour * HOUR for tx, (*_, hour) in enumerate(paid)}
    if first == last:
        return
    with stored(chain, times=times) as engine:
        found = between(engine, first, last, hops)

    def shortest(one, other):
        at = [(one, 0)]
        for count in range(1, hops + 1):
            at = [
                (b, hour)
                for here, time in at
                for a, b, hour in paid
                if a == here and hour >= time and a != b
            ]
            if any(here == other for here, _ in at):
                return count
        return 99

    best = min(shortest(first, last), shortest(last, first))
    assert found["kind"] == ("none" if best == 99 else "payments")
    if best < 99:
        steps = found["steps"]
        ends = (first, last) if found["direction"] == "forward" else (last, first)
        assert len(steps) == best + 1
        assert (steps[0]["wallet_id"], steps[-1]["wallet_id"]) == ends
        moments = [step["time_us"] for step in steps[1:]]
        assert moments == sorted(moments)
        for before, step in pairwise(steps):
            payer, payee, _ = paid[step["tx_id"]]
            assert (payer, payee) == (before["wallet_id"], step["wallet_id"])
