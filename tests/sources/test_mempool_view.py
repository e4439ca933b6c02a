"""What entered and left a mempool becomes events, each once, and replacements are linked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.sources.clock import Stamp
from inktrace.sources.mempool_view import MempoolView
from tests.node.raw import transaction

COIN = ("ab" * 32, 0)


def stamp(at_us=1):
    return Stamp(at_us)


def made(coins, values=(1000,), sequence=0):
    txid, raw = transaction(coins, list(values), sequence)
    return bytes.fromhex(txid), raw


def told(view):
    return [(one.event, one.txid, one.other) for one in view.take()[0]]


def enter(view, tx, bytes_first=False):
    txid, raw = tx
    if bytes_first:
        view.bytes_came(txid, raw, stamp())
    view.added(txid, stamp())
    if not bytes_first:
        view.bytes_came(txid, raw, stamp())


def test_a_replacement_is_linked_with_all_that_built_on_the_replaced():
    for bytes_first in (True, False):
        view = MempoolView("node", 100)
        old = made([COIN], (10, 20))
        child = made([(old[0].hex(), 1)])
        grandchild = made([(child[0].hex(), 0)])
        new = made([COIN], sequence=7)
        for one in (old, child, grandchild):
            enter(view, one, bytes_first)
        told(view)
        for one in (grandchild, child, old):
            view.removed(one[0], stamp())
        enter(view, new, bytes_first)
        assert told(view) == [
            ("removed", grandchild[0], None),
            ("removed", child[0], None),
            ("removed", old[0], None),
            ("added", new[0], None),
            ("replaced", old[0], new[0]),
            ("replaced", child[0], new[0]),
            ("replaced", grandchild[0], new[0]),
        ]
        assert view.held == {new[0]}


def test_a_replacement_whose_removal_was_missed_still_ends_the_replaced():
    view = MempoolView("node", 100)
    old, new = made([COIN]), made([COIN], sequence=7)
    enter(view, old)
    enter(view, new)
    view.removed(old[0], stamp())
    assert [event for event, _, _ in told(view)] == ["added", "added", "replaced"]
    assert view.held == {new[0]}


@pytest.mark.parametrize("bytes_first", [True, False])
def test_a_confirmed_transaction_replaces_what_a_block_contradicts(bytes_first):
    view = MempoolView("node", 100)
    ours, theirs = made([COIN]), made([COIN], sequence=7)
    enter(view, ours)
    view.removed(ours[0], stamp())
    if bytes_first:
        view.bytes_came(*theirs, stamp())
    assert view.connected(b"B" * 32, [bytes(32), theirs[0]], stamp(), 0) == 0
    if not bytes_first:
        view.bytes_came(*theirs, stamp())
    assert told(view)[1:] == [("removed", ours[0], None), ("replaced", ours[0], theirs[0])]


def test_a_transaction_told_of_twice_is_news_once():
    view = MempoolView("node", 100)
    for _ in range(3):
        view.added(b"t" * 32, stamp())
    view.removed(b"t" * 32, stamp())
    view.removed(b"t" * 32, stamp())
    assert [event for event, _, _ in told(view)] == ["added", "removed"]


def test_a_block_that_leaves_the_chain_gives_its_transactions_back():
    view = MempoolView("node", 100)
    view.added(b"t" * 32, stamp())
    block = [bytes(32), b"t" * 32]
    view.connected(b"A" * 32, block, stamp(), 0)
    view.disconnected(b"A" * 32, block, stamp())
    view.added(b"t" * 32, stamp())
    view.connected(b"B" * 32, block, stamp(), 0)
    names = [event for event, _, _ in told(view)]
    assert names == ["added", "confirmed", "unconfirmed", "returned", "confirmed"]
    assert not view.held
    assert not view.returning


def test_a_comparison_leaves_to_waiting_messages_what_they_will_tell_better():
    view = MempoolView("node", 100)
    waits, known, gone = b"w" * 32, b"k" * 32, b"g" * 32
    view.added(gone, stamp())
    told(view)
    times = {known: stamp(5)}
    assert view.settle({waits, known}, times, stamp(9), 3, {waits}.__contains__) == (1, 1)
    events = view.take()[0]
    assert [(e.event, e.txid, e.at_us, e.clock, e.uncertainty_us) for e in events] == [
        ("removed", gone, 9, "ours", 3),
        ("added", known, 5, "node", 1_000_000),
    ]
    view.added(waits, stamp(7))
    assert [one.at_us for one in view.take()[0]] == [7]


def test_what_is_remembered_is_no_news_and_can_still_be_replaced():
    view = MempoolView("node", 100)
    old, new = made([COIN]), made([COIN], sequence=7)
    view.remember([old, (b"x" * 32, None)])
    view.added(old[0], stamp())
    view.added(b"x" * 32, stamp())
    assert told(view) == []
    enter(view, new)
    assert ("replaced", old[0], new[0]) in told(view)


POOL = [made([(f"{number:064x}", 0)]) for number in range(6)]
POOL += [made([(f"{number:064x}", 0)], sequence=1) for number in range(3)]
STEPS = st.lists(
    st.tuples(st.sampled_from(["enter", "leave", "block", "bytes", "settle"]), st.integers(0, 8)),
    max_size=60,
)


@given(STEPS, st.integers(0, 3))
def test_events_always_tell_the_state(steps, gone_kept):
    """Whoever only reads the events knows what the mempool holds; nothing leaves twice."""
    view, held, blocks = MempoolView("node", gone_kept), set(), 0
    for what, number in steps:
        txid, raw = POOL[number]
        if what == "enter":
            view.added(txid, stamp())
        elif what == "leave":
            view.removed(txid, stamp())
        elif what == "bytes":
            view.bytes_came(txid, raw, stamp())
        elif what == "block":
            blocks += 1
            view.connected(bytes([blocks]) * 32, [bytes(32), txid], stamp(), 0)
        else:
            snapshot = {POOL[number][0], POOL[(number + 1) % 6][0]}
            view.settle(snapshot, {}, stamp(), 1, lambda _: False)
            assert view.held == snapshot
    for one in view.take()[0]:
        if one.event in ("added", "returned"):
            assert one.txid not in held
            held.add(one.txid)
        elif one.event == "removed":
            assert one.txid in held
            held.discard(one.txid)
        elif one.event in ("replaced", "confirmed"):
            held.discard(one.txid)
    assert held == view.held
    assert len(view._gone) <= gone_kept
    assert set(view._spender.values()) <= set(view._spends)
