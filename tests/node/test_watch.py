"""A watch of a real node: first-seen times, replacement, eviction, blocks, restarts, clocks."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest

from inktrace.errors import InputError, NodeError, WorkspaceError
from inktrace.params import NodeParams, SourceParams
from inktrace.sources.clock import Clock
from inktrace.sources.first_seen import add_first_seen
from inktrace.sources.node_watch import WatchedNode, announced_endpoint, watch
from inktrace.sources.spool import Event, Spool
from inktrace.sources.watched import add_spool
from tests.node.raw import transaction
from tests.node.regtest import Regtest
from tests.node.relay import Relay
from tests.node.watching import QUICK, Watching

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node")]
LIMITS = SourceParams()


@pytest.fixture(scope="module")
def node(new_node):
    one = new_node("-mempoolexpiry=1")
    one.mature_coins(40)
    return one


def pay(node: Regtest, fee: int = 10_000, **options):
    """Spend a fresh coin; (txid, bytes, the coin)."""
    coin = node.coins.pop()
    txid, raw = transaction([coin[:2]], [coin[2] - fee], **options)
    node.send(raw)
    return txid, raw, coin


def test_times_are_those_of_the_node(node, tmp_path):
    with Watching([node], tmp_path / "spool") as seen:
        made = [pay(node)[0] for _ in range(5)]
        seen.until(lambda: len(seen.events()) >= 5)
        told = {txid: node.rpc.call("getmempoolentry", txid)["time"] for txid in made}
        rows = seen.spool.rows("SELECT lower(hex(txid)), at_us, clock, uncertainty_us FROM events")
    assert [row[0] for row in rows] == made
    for txid, at_us, clock, uncertainty_us in rows:
        assert clock == "ours"
        assert uncertainty_us == 0
        assert -0.2 < at_us / 1e6 - told[txid] < 5  # seconds; a busy machine listens late


def test_what_the_mempool_held_before_comes_with_the_node_s_own_time(node, tmp_path):
    txid = pay(node)[0]
    time.sleep(1.2)
    with Watching([node], tmp_path / "spool") as seen:
        seen.until(lambda: seen.names(txid) == ["added"])
        told = node.rpc.call("getmempoolentry", txid)["time"]
        rows = seen.spool.rows(
            "SELECT at_us, clock, uncertainty_us FROM events WHERE txid = ?", [bytes.fromhex(txid)]
        )
    assert rows == [(told * 1_000_000, "node", 1_000_000)]


@pytest.mark.parametrize("by_zmq", [True, False], ids=["zmq", "polling"])
def test_a_replaced_transaction_is_kept_and_linked_with_its_child(node, engine, tmp_path, by_zmq):
    with Watching([node], tmp_path / "spool", node.zmq if by_zmq else "") as seen:
        parent, _, coin = pay(node)
        child, raw = transaction([(parent, 0)], [coin[2] - 20_000])
        node.send(raw)
        seen.until(lambda: bool(seen.names(child)) and bool(seen.names(parent)))
        seen.until(lambda: len(seen.spool.rows("SELECT 1 FROM raw")) >= 2)
        newer, raw = transaction([coin[:2]], [coin[2] - 200_000])
        node.send(raw)
        seen.until(lambda: ("replaced", child, newer) in seen.events())
        assert ("replaced", parent, newer) in seen.events()
        assert seen.names(newer) == ["added"]
        node.mine()
        seen.until(lambda: "confirmed" in seen.names(newer))
        assert "confirmed" not in seen.names(parent)
    add_first_seen(engine, tmp_path / "spool", LIMITS)
    kept = engine.rows(
        "SELECT lower(hex(txid)), block_height FROM transactions WHERE block_time_us IS NULL"
    )
    assert {(parent, None), (child, None)} <= set(kept)
    assert newer not in {txid for txid, _ in kept}
    assert engine.rows(
        "SELECT DISTINCT lower(hex(other)) FROM mempool_events WHERE event = 'replaced' "
        "AND txid = from_hex(?)",
        [parent],
    ) == [(newer,)]
    inputs = "SELECT count(*) FROM inputs JOIN transactions USING (tx_id) WHERE txid = from_hex(?)"
    assert engine.rows(inputs, [parent]) == [(1,)]


def test_an_evicted_transaction_that_comes_back_keeps_its_first_time(node, engine, tmp_path):
    node.mine()
    with Watching([node], tmp_path / "spool") as seen:
        txid, raw, _ = pay(node)
        seen.until(lambda: seen.names(txid) == ["added"])
        # What is older than an hour expires when the next transaction comes.
        node.rpc.call("setmocktime", int(time.time()) + 3700)
        pay(node)
        seen.until(lambda: seen.names(txid) == ["added", "removed"])
        node.rpc.call("setmocktime", 0)
        node.send(raw)
        seen.until(lambda: seen.names(txid) == ["added", "removed", "added"])
        node.mine()
        seen.until(lambda: seen.names(txid)[-1] == "confirmed")
    add_first_seen(engine, tmp_path / "spool", LIMITS)
    events = engine.rows(
        'SELECT event, event_us FROM mempool_events WHERE txid = from_hex(?) ORDER BY "row"',
        [txid],
    )
    assert [event for event, _ in events] == ["added", "removed", "rebroadcast", "confirmed"]
    assert engine.rows("SELECT first_seen_us FROM first_seen WHERE txid = from_hex(?)", [txid]) == [
        (events[0][1],)
    ]
    assert events[2][1] > events[0][1]


def test_a_reorganisation_is_followed(node, tmp_path):
    node.mine()
    with Watching([node], tmp_path / "spool") as seen:
        txid = pay(node)[0]
        seen.until(lambda: seen.names(txid) == ["added"])
        (lost,) = node.mine()
        seen.until(lambda: seen.names(txid) == ["added", "confirmed"])
        node.rpc.call("invalidateblock", lost)
        seen.until(lambda: seen.names(txid)[2:] == ["unconfirmed", "returned"])
        won = node.mine(2, "51")  # paid otherwise: the same block again would be the lost one
        seen.until(lambda: seen.events(txid)[-1] == ("confirmed", txid, won[0]))
        assert seen.notes("reorganised")
        assert seen.events(txid)[1:3] == [("confirmed", txid, lost), ("unconfirmed", txid, lost)]


def test_a_double_spend_in_a_block_is_linked(node, tmp_path):
    node.mine()
    with Watching([node], tmp_path / "spool") as seen:
        coin = node.coins.pop()
        first, raw = transaction([coin[:2]], [coin[2] - 10_000])
        node.send(raw)
        seen.until(lambda: seen.names(first) == ["added"])
        second, raw = transaction([coin[:2]], [coin[2] - 30_000])
        node.rpc.call("generateblock", "raw(51)", [raw.hex()])
        seen.until(lambda: ("replaced", first, second) in seen.events())
        assert seen.names(first)[1] == "removed"
        assert seen.names(second) == []


@pytest.mark.parametrize("gentle", [True, False], ids=["stopped", "killed"])
def test_a_node_that_restarts_in_mid_stream_loses_nothing(new_node, tmp_path, gentle):
    node = new_node()
    node.mature_coins(12)
    with Watching([node], tmp_path / "spool") as seen:
        before = [pay(node) for _ in range(4)]
        seen.until(lambda: all(seen.names(txid) for txid, _, _ in before))
        node.rpc.call("gettxoutsetinfo")  # writes the chain to disk, for the kill to leave it
        (node.stop if gentle else node.kill)()
        seen.until(lambda: bool(seen.notes("lost")))
        node.start()
        # At once, before the watch can have noticed.
        after = [pay(node)[0] for _ in range(4)]
        seen.until(lambda: all(seen.names(txid) for txid in after))
        seen.until(lambda: bool(seen.notes("restarted")))
        seen.until(lambda: len(seen.spool.rows("SELECT 1 FROM mempool")) == (8 if gentle else 4))
        names = [seen.names(txid) for txid, _, _ in before]
        assert names == [["added"] if gentle else ["added", "removed"]] * 4
        if not gentle:
            for _, raw, _ in before:
                node.send(raw)
            seen.until(lambda: all(len(seen.names(txid)) == 3 for txid, _, _ in before))
        assert [seen.names(txid) for txid in after] == [["added"]] * 4


def test_a_node_that_comes_back_on_another_network_is_not_believed(new_node, tmp_path):
    node = new_node("-connect=0")
    node.mature_coins(2)
    with Watching([node], tmp_path / "spool") as seen:
        txid = pay(node)[0]
        seen.until(lambda: seen.names(txid) == ["added"])
        node.stop()
        seen.until(lambda: bool(seen.notes("lost")))
        node.chain = "testnet4"
        node.folder.joinpath("testnet4").mkdir()
        node.start(f"-rpccookiefile={node.folder / 'regtest' / '.cookie'}", client=False)
        seen.until(lambda: any("another network" in what for what, _ in seen.notes("lost")))
        assert not seen.notes("found") + seen.notes("restarted")
        assert seen.names(txid) == ["added"]
        node.stop()
        node.chain = "regtest"
        node.start()
        seen.until(lambda: bool(seen.notes("restarted")))
        assert seen.names(txid) == ["added"]


def test_a_watch_that_was_off_takes_up_where_it_was(node, engine, tmp_path):
    node.mine()
    with Watching([node], tmp_path / "spool") as seen:
        stays, mined = pay(node)[0], None
        seen.until(lambda: seen.names(stays) == ["added"])
        mined = pay(node)[0]
        seen.until(lambda: seen.names(mined) == ["added"])
    node.rpc.call("prioritisetransaction", stays, 0, -10_000_000_000)  # not to be mined
    node.mine()
    new = pay(node)[0]
    with Watching([node], tmp_path / "spool") as seen:
        seen.until(lambda: seen.names(new) == ["added"])
        seen.until(lambda: seen.names(mined) == ["added", "confirmed"])
        assert seen.names(stays) == ["added"]
        add_spool(engine, seen.spool, LIMITS)
    node.rpc.call("prioritisetransaction", stays, 0, 10_000_000_000)
    rows = engine.rows("SELECT lower(hex(txid)) FROM first_seen ORDER BY first_seen_us")
    assert sorted(row[0] for row in rows) == sorted([stays, mined, new])
    # A second move has nothing left to move, and doubles nothing.
    add_first_seen(engine, tmp_path / "spool", LIMITS)
    assert add_first_seen(engine, tmp_path / "spool", LIMITS).already_added
    assert engine.rows("SELECT count(*) FROM first_seen") == [(3,)]


def test_a_dropped_connection_is_made_good(node, tmp_path):
    with Relay(node.zmq_port) as relay, Watching([node], tmp_path / "spool", relay.zmq) as seen:
        before = pay(node)[0]
        seen.until(lambda: seen.names(before) == ["added"])
        relay.cut()
        during = [pay(node)[0] for _ in range(3)]
        relay.mend()
        seen.until(lambda: relay.connections >= 2)
        after = pay(node)[0]
        seen.until(lambda: all(seen.names(txid) for txid in (*during, after)))
        seen.until(lambda: bool(seen.notes("gap")))
        assert [seen.names(txid) for txid in (before, *during, after)] == [["added"]] * 5


def test_a_message_slower_than_the_list_still_gives_the_time(node, tmp_path):
    often = dataclasses.replace(QUICK, reconcile_s=0.1, late_message_s=30.0)
    spool = tmp_path / "spool"
    with (
        Relay(node.zmq_port) as relay,
        Watching([node], spool, relay.zmq, params=often) as seen,
    ):
        gaps, relay.delay_s = len(seen.notes("gap")), 0.7
        txid = pay(node)[0]
        seen.until(lambda: seen.names(txid) == ["added"])
        assert seen.spool.rows(
            "SELECT clock, uncertainty_us FROM events WHERE txid = ?", [bytes.fromhex(txid)]
        ) == [("ours", 0)]
        assert len(seen.notes("gap")) == gaps


def test_a_polled_mempool_gives_the_node_s_times(node, tmp_path):
    with Watching([node], tmp_path / "spool", zmq="") as seen:
        txid = pay(node)[0]
        seen.until(lambda: seen.names(txid) == ["added"])
        told = node.rpc.call("getmempoolentry", txid)["time"]
        assert seen.spool.rows(
            "SELECT at_us, clock FROM events WHERE txid = ?", [bytes.fromhex(txid)]
        ) == [(told * 1_000_000, "node")]
        node.mine()
        seen.until(lambda: seen.names(txid) == ["added", "confirmed"])


def test_several_nodes_are_watched_and_their_skew_measured(node, new_node, engine, tmp_path):
    other = new_node(f"-addnode=127.0.0.1:{node.p2p_port}", "-whitelist=noban,relay@127.0.0.1")
    with Watching([node, other], tmp_path / "spool") as seen:
        seen.until(lambda: other.rpc.call("getblockcount") == node.rpc.call("getblockcount"))
        other.rpc.call("getpeerinfo")
        txid = pay(node)[0]
        other.send(bytes.fromhex(node.rpc.call("getrawtransaction", txid)))
        seen.until(lambda: len(seen.names(txid)) == 2)
        seen.until(lambda: any("against ours" in detail for detail, _ in seen.notes("clock")))
    add_first_seen(engine, tmp_path / "spool", LIMITS)
    rows = engine.rows(
        "SELECT observer, first_seen_us FROM first_seen WHERE txid = from_hex(?) ORDER BY 2", [txid]
    )
    assert [row[0] for row in rows] == [node.url, other.url]
    skews = dict(engine.rows("SELECT observer, offset_us FROM watch_log WHERE event = 'skew'"))
    assert skews == {node.url: 0, other.url: rows[1][1] - rows[0][1]}


def test_a_clock_that_jumps_back_is_named_and_nothing_is_lost(node, tmp_path):
    shift = [0]
    clock = Clock(wall_ns=lambda: time.time_ns() + shift[0])
    with Watching([node], tmp_path / "spool", clock=clock) as seen:
        first = pay(node)[0]
        seen.until(lambda: seen.names(first) == ["added"])
        shift[0] = -3600 * 10**9
        second = pay(node)[0]
        seen.until(lambda: seen.names(second) == ["added"])
        seen.until(lambda: bool(seen.notes("clock_step")))
        steps = [offset for detail, offset in seen.notes("clock_step") if "back by" in detail]
        rows = seen.spool.rows("SELECT at_us, clock_error_us FROM events WHERE clock = 'ours'")
    assert len(steps) == 1
    assert steps[0] == pytest.approx(-3600e6, abs=1e6)
    assert rows[-1][0] < rows[0][0]


def test_the_node_tells_where_it_publishes(node):
    assert announced_endpoint(node.rpc, remote=False) == node.zmq


def test_another_network_s_spool_is_refused(node, engine, tmp_path):
    with Spool(tmp_path / "spool") as spool:
        spool.add([Event(bytes(32), "added", 1, "x")], facts={"network": "mainnet"})
        spool.flush()
    watched = [WatchedNode(node.client(), None)]
    with Spool(tmp_path / "spool") as spool, pytest.raises(NodeError, match="mainnet and regtest"):
        watch(watched, spool, NodeParams(), lambda: None, threading.Event(), for_s=1.0)
    engine.execute("INSERT INTO workspace VALUES ('network', 'signet')")
    with pytest.raises(InputError, match="holds signet"):
        add_first_seen(engine, tmp_path / "spool", LIMITS)


def test_two_watches_do_not_share_a_spool(node, tmp_path):
    with Watching([node], tmp_path / "spool"), pytest.raises(WorkspaceError, match="another watch"):
        Spool(tmp_path / "spool")
