"""Each change heuristic on the smallest payment that it speaks of, and how they compose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.params import ChangeParams
from inktrace.wallets.change import Change, composed, found_change, only
from inktrace.wallets.change_heuristics import HEURISTICS
from tests.wallets.change_chain import FINAL, Tx, chain

PARAMS = ChangeParams()


def asked(
    made: Sequence[Tx], prices: Sequence[tuple[int, float]] = (), **others: pa.Table
) -> Change:
    with chain(made, prices, **others) as relations:
        return found_change(relations, PARAMS)


def left_by(change: Change, name: str, tx: int) -> set[int] | None:
    """Outputs that a heuristic leaves of a transaction; None where it says nothing."""
    place, payment = change.names.index(name), int(np.searchsorted(change.facts.tx_id, tx))
    if not change.speaks[place][payment]:
        return None
    rows = slice(change.facts.starts[payment], change.facts.starts[payment + 1])
    return set(change.facts.vout[rows][change.kept[place][rows]].tolist())


PAYMENT = Tx([("w-me", 500_123)], [("w-shop", 123_457), ("w-new", 371_001)])


def test_change_to_a_script_that_is_spent() -> None:
    change = asked([Tx([("w-me", 500_123)], [("w-shop", 123_457), ("w-me", 371_001)])])
    assert left_by(change, "own_script", 0) == {1}
    assert left_by(change, "one_time", 0) == {0}  # an address seen before is no fresh one


def test_change_to_an_address_never_seen_before() -> None:
    earlier = Tx([("w-you", 9_000)], [("w-shop", 8_001)])
    assert left_by(asked([earlier, PAYMENT]), "one_time", 1) == {1}
    # What comes later in the chain makes no address old.
    assert left_by(asked([PAYMENT, earlier]), "one_time", 0) is None


def test_change_is_smaller_than_every_coin() -> None:
    two = Tx([("w-a", 300_000), ("w-b", 250_000)], [("w-c", 400_001), ("w-d", 140_003)])
    assert left_by(asked([two]), "optimal", 0) == {1}
    assert left_by(asked([PAYMENT]), "optimal", 0) is None  # with one coin it always is


def test_change_has_the_type_of_the_coins() -> None:
    change = asked([Tx([("w-a", 9_000)], [("p-b", 4_001), ("w-c", 4_003)])])
    assert left_by(change, "script_type", 0) == {1}
    mixed = Tx([("w-a", 9_000), ("p-z", 9_000)], [("p-b", 4_001), ("w-c", 4_003)])
    assert left_by(asked([mixed]), "script_type", 0) is None


def test_change_is_not_round_in_bitcoin() -> None:
    change = asked([Tx([("w-a", 900_000)], [("w-b", 250_000), ("w-c", 649_123)])])
    assert left_by(change, "round_satoshi", 0) == {1}


def test_change_is_not_round_in_money_at_that_minute() -> None:
    # 0.001 bitcoin at 50,000 is 50.00; what is left is 21.87.
    paid = Tx([("w-a", 150_000)], [("w-b", 100_021), ("w-c", 43_741)], seen_us=60_000_000)
    price = [(30_000_000, 50_000.0)]
    assert left_by(asked([paid], price), "round_fiat", 0) == {1}
    assert left_by(asked([paid], [(0, 50_000.0)]), "round_fiat", 0) == {1}
    late = [(90_000_000, 50_000.0)]
    assert left_by(asked([paid], late), "round_fiat", 0) is None  # no price yet
    stale = replace(paid, seen_us=3_600_000_000)
    assert left_by(asked([stale], price), "round_fiat", 0) is None
    assert left_by(asked([replace(paid, seen_us=None)], price), "round_fiat", 0) is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("version", {"version": 1}),
        ("lock_time", {"lock_time": 7}),
        ("replaceable", {"sequence": 1}),
    ],
)
def test_change_is_spent_as_this_payment_was_made(name: str, other: dict[str, int]) -> None:
    stranger = Tx([(0, 0)], [("w-x", 100_001), ("w-y", 20_003)], **other)
    mine = Tx([(0, 1)], [("w-z", 300_001), ("w-q", 50_003)])
    assert left_by(asked([PAYMENT, stranger, mine]), name, 0) == {1}
    assert left_by(asked([PAYMENT, mine]), name, 0) is None  # the other is unspent
    assert left_by(asked([PAYMENT]), name, 0) is None


def test_a_coinjoin_that_spends_an_output_tells_nothing_of_its_owner() -> None:
    stranger = Tx([(0, 0)], [("w-x", 100_001), ("w-y", 20_003)], version=1)
    mixed = pa.table({"tx_id": [1], "verdict": ["yes"], "rule": ["joinmarket"]})
    assert left_by(asked([PAYMENT, stranger], coinjoins=mixed), "version", 0) is None


def test_change_is_spent_by_one_that_orders_its_parts_alike() -> None:
    # Five outputs in order of value: by chance once in 120 times.
    ordered = Tx([(0, 0)], [(f"w-o{at}", 20_000 + at) for at in range(5)])
    jumbled = Tx([(0, 1)], [("w-x", 200_001), ("w-y", 100_003)])
    payment = Tx([("w-me", 900_000)], [("w-shop", 423_457), ("w-new", 371_001)])
    assert left_by(asked([payment, ordered, jumbled]), "output_order", 0) == {1}


def test_coinjoins_coinbases_and_lone_outputs_are_left_out() -> None:
    coinbase = Tx([], [("w-m", 5_000), ("w-n", 4_000)], is_coinbase=True)
    lone = Tx([("w-a", 9_000)], [("w-b", 8_000)])
    with_data = Tx([("w-a", 9_000)], [("w-b", 8_000), ("s-data", 0)])
    made = [coinbase, lone, with_data, PAYMENT, PAYMENT]
    mixed = pa.table({"tx_id": [4], "verdict": ["undecided"], "rule": ["equal_outputs"]})
    assert asked(made, coinjoins=mixed).facts.tx_id.tolist() == [3]


def test_heuristics_compose_and_conflicts_are_told() -> None:
    agreed = Tx([("w-a", 900_000)], [("p-b", 250_000), ("w-c", 649_123)])
    split = Tx([("w-d", 900_000)], [("w-e", 250_000), ("p-f", 649_123)])
    change = only(asked([agreed, split]), ("script_type", "round_satoshi"))
    rows = change.named()
    assert change.facts.vout[rows].tolist() == [1]
    assert change.agreeing(rows).tolist() == [2]
    assert change.heuristics_of(rows).to_pylist() == ["script_type,round_satoshi"]
    assert change.facts.tx_id[change.conflicts()].tolist() == [1]
    assert change.speaking_of(change.conflicts()).to_pylist() == ["script_type,round_satoshi"]


def test_several_heuristics_may_leave_one_output_that_none_leaves_alone() -> None:
    payment = Tx([("w-a", 900_000)], [("p-b", 249_001), ("w-c", 250_000), ("w-d", 399_123)])
    change = only(asked([payment]), ("script_type", "round_satoshi"))
    rows = change.named()
    assert change.facts.vout[rows].tolist() == [2]
    assert change.agreeing(rows).tolist() == [0]


def test_an_empty_chain_has_no_change() -> None:
    assert asked([]).named().tolist() == []


scripts = st.sampled_from([f"{kind}-{n}" for kind in "wps" for n in range(4)])
values = st.integers(1, 10**7) | st.sampled_from([100_000, 250_000])
transactions = st.builds(
    Tx,
    st.lists(st.tuples(scripts, values), min_size=1, max_size=3),
    st.lists(st.tuples(scripts, values), min_size=1, max_size=4),
    version=st.sampled_from([1, 2]),
    lock_time=st.sampled_from([0, 9]),
    sequence=st.sampled_from([0, FINAL]),
    seen_us=st.none() | st.integers(0, 10**9),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(transactions, max_size=5), st.permutations(list(HEURISTICS)))
def test_composition_is_intersection_in_any_order(made: list[Tx], order: list[str]) -> None:
    change = asked(made, [(0, 30_000.0), (500_000_000, 31_000.0)])
    turned = only(change, tuple(order))
    assert turned.together.tolist() == change.together.tolist()
    for place in range(len(change.names)):
        spoken = change.speaks[place][change.facts.payment]
        assert not (change.together & spoken & ~change.kept[place]).any()
    # A heuristic that leaves all, or none, changes nothing.
    for said in (np.ones, np.zeros):
        more = np.vstack([change.kept, said(change.facts.payment.size, bool)[None]])
        again = composed(change.facts, (*change.names, "nothing"), more)
        assert again.together.tolist() == change.together.tolist()


def test_each_heuristic_says_in_a_sentence_what_it_looks_at() -> None:
    said = [one.__doc__ for one in HEURISTICS.values()]
    assert all(said)
    assert len(set(said)) == len(said)
