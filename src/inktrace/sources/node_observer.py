"""One watched node: its messages read, what they leave out asked for, its troubles survived.

Messages say at once what enters and leaves the mempool, but are lost while a node restarts, a
connection drops or we are too slow. A gap in their count, a restart, a heartbeat that failed
and a timer each lead to a comparison with the whole mempool; what had been missed then comes
with the node's own entry time. Without messages that comparison, often repeated, is all.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty
from typing import Any, Final

from inktrace.errors import InktraceError, NodeError
from inktrace.params import NodeParams
from inktrace.sources.clock import Clock, PeerClock, Stamp
from inktrace.sources.mempool_view import MempoolView
from inktrace.sources.node import Node, NodeFault, chain_info
from inktrace.sources.node_chain import ChainView
from inktrace.sources.node_zmq import Listener, Message
from inktrace.sources.raw_transaction import read_transaction
from inktrace.sources.spool import Note, Spool

__all__ = ["Observer"]

_CALLS_PER_REQUEST: Final = 200
_BYTES_PER_REQUEST: Final = 50
_BYTES_PER_PERIOD: Final = 2000
_BYTES_PERIOD_S: Final = 0.5
_MOST_WAITING: Final = 100_000
_TURN_S: Final = 0.05
_TURN_MESSAGES: Final = 2000
_LONGEST_PAUSE_S: Final = 10.0
_COUNTERS: Final = 2**32
_TRIES: Final = 4
_LOOK_AGAIN_S: Final = 0.02


@dataclass
class Observer:
    """Watches one node until told to stop, in a thread of its own."""

    node: Node
    listener: Listener | None
    spool: Spool
    clock: Clock
    params: NodeParams
    stop: threading.Event
    failed: Callable[[BaseException], None]
    view: MempoolView = field(init=False)
    chain: ChainView = field(init=False)
    peer_clock: PeerClock = field(default_factory=PeerClock)
    _lost_since_s: float | None = None
    _trouble: str = ""
    _waiting: deque[Message] = field(default_factory=deque)
    _counter: int | None = None
    _last_sequence: int = 0  # the mempool's own, of the last message heard
    _must_settle: bool = True
    _must_catch_up: bool = True
    _must_verify: bool = False
    _hold: bool = False  # messages wait until what came before them is understood
    _lacked: set[bytes] = field(default_factory=set)
    _settled_us: int = 0
    _settled_steady_s: float = 0.0
    _uptime_s: int = 0
    _snapshot: set[bytes] | None = None
    _snapshot_sequence: int = 0
    _next: dict[str, float] = field(default_factory=dict)
    _pause_s: float = 0.0

    def __post_init__(self) -> None:
        """Begin with what the spool remembers of this node."""
        self.view = MempoolView(self.name, self.params.gone_kept)
        self.view.remember(self.spool.held(self.name))
        self.chain = ChainView(self.node, self.spool.fact(f"tip {self.name}"))
        self.node.service.heard = self._heard
        self._settled_us = int(self.spool.fact(f"right {self.name}") or self.clock.now().at_us)
        self.thread = threading.Thread(target=self._run, name=f"watch {self.name}", daemon=True)

    @property
    def name(self) -> str:
        """How the tables call it: the node's URL."""
        return self.node.where

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                self._turn()
            self._read_messages(wait_s=0.0)
            self._hand_over()
        except BaseException as error:  # noqa: BLE001  (told to the thread that waits)
            self.failed(error)

    def _turn(self) -> None:
        """One round: messages first, then whatever is due; trouble is noted and waited out."""
        self._read_messages(_TURN_S)
        try:
            if not self._due("pause", self._pause_s):
                return
            if self._must_verify or self._due("heartbeat", self.params.heartbeat_s):
                self._heartbeat()
            if self._must_catch_up:
                self._catch_up()
            period = self.params.reconcile_s if self.listener else self.params.poll_s
            if self._must_settle or self._due("settle", period):
                self._settle()
            self._hold = self._must_settle or self._must_catch_up
            if self._due("bytes", _BYTES_PERIOD_S):
                self._ask_for_bytes()
        except (InktraceError, KeyError, TypeError, ValueError, AttributeError) as error:
            self._lose(error)
        else:
            self._pause_s = 0.0
        finally:
            self._hand_over()

    def _due(self, what: str, period_s: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + period_s
        return True

    def _hand_over(self) -> None:
        events, raws = self.view.take()
        if events or raws:
            self.spool.add(events, (), raws)

    # ── messages ──────────────────────────────────────────────────────────────────────────

    def _read_messages(self, wait_s: float) -> None:
        if self.listener is None:
            self.stop.wait(wait_s)
            return
        self._fill(wait_s)
        for _ in range(_TURN_MESSAGES):
            if not self._waiting or self._hold:
                return
            self._take(self._waiting.popleft())
            if not self._waiting:
                self._fill(0.0)

    def _fill(self, wait_s: float) -> None:
        """Move what the listener heard to our own waiting line."""
        if self.listener is None:
            return
        queue = self.listener.queue
        try:
            if self._hold:
                self.stop.wait(wait_s)
            elif not self._waiting and wait_s:
                self._line_up(queue.get(timeout=wait_s))
            while len(self._waiting) < _MOST_WAITING:
                self._line_up(queue.get_nowait())
        except Empty:
            return

    def _line_up(self, message: Message) -> None:
        self._waiting.append(message)
        if message.label in "AR":
            self._last_sequence = message.sequence

    def _take(self, message: Message) -> None:
        if message.label == "T":
            self._bytes_came(message.body, message.stamp)
            return
        self._check_counter(message)
        if message.label in "CD":
            self.chain.stamps[message.body] = message.stamp
            self._must_catch_up = True
            # What comes after a block left the chain is read once it is known what was in it.
            self._hold = message.label == "D"
        elif message.label == "A":
            self.view.added(message.body, message.stamp)
        elif not self._is_stale(message):
            self.view.removed(message.body, message.stamp)

    def _check_counter(self, message: Message) -> None:
        expected = None if self._counter is None else (self._counter + 1) % _COUNTERS
        self._counter = message.counter
        if message.counter != expected:
            self._must_settle = True
            if expected is not None:
                # Another node may be there now, on another network: nothing of it is taken in
                # before that is known.
                self._must_verify = self._hold = True
                lost = f"message {expected} was due, {message.counter} came"
                self._note("gap", f"messages were missed: {lost}")

    def _is_stale(self, message: Message) -> bool:
        """A removal from before the last comparison, of what was there again at that time."""
        if self._snapshot is None:
            return False
        if message.sequence >= self._snapshot_sequence:
            self._snapshot = None
            return False
        return message.body in self._snapshot

    def _bytes_came(self, raw: bytes, stamp: Stamp) -> None:
        try:
            self.view.bytes_came(read_transaction(raw).txid, raw, stamp)
        except InktraceError:
            self._note("gap", f"{len(raw):,} bytes came that are no transaction")

    # ── questions ─────────────────────────────────────────────────────────────────────────

    def _heard(self, sent_us: int, received_us: int, date_s: int | None) -> None:
        """Learn the node's clock from the date on its answers."""
        if date_s is not None and self.peer_clock.hear(sent_us, received_us, date_s):
            self._note(
                "clock_step", "the clock of the node or ours jumped", self.peer_clock.offset_us()
            )

    def _heartbeat(self) -> None:
        """See that the node still runs, and still is the one it was."""
        uptime_s = int(self.node.call("uptime"))
        lost_s = self._lost_s()
        if self._must_verify or uptime_s < self._uptime_s or lost_s is not None:
            network = chain_info(self.node).get("chain")
            if network != self.chain.network():
                raise NodeError(f"the node is on another network now: {network}", where=self.name)
            self._tell_found(uptime_s, lost_s)
            self._lost_since_s, self._trouble, self._must_verify = None, "", False
            self._must_settle = self._must_catch_up = True
        self._uptime_s = uptime_s

    def _tell_found(self, uptime_s: int, lost_s: float | None) -> None:
        is_new = uptime_s < self._uptime_s or (lost_s is not None and uptime_s <= lost_s + 1)
        if is_new or lost_s is not None:
            told = "" if lost_s is None else f" after {lost_s:.1f} s"
            what = "restarted" if is_new else "found"
            self._note(what, f"the node answers{told}; it has run for {uptime_s} s")

    def _lost_s(self) -> float | None:
        """For how long the node has not answered; none where it does."""
        return None if self._lost_since_s is None else time.monotonic() - self._lost_since_s

    def _lose(self, error: Exception) -> None:
        """Note the trouble, once for each kind, and be silent for a while."""
        if self._lost_since_s is None:
            self._lost_since_s = time.monotonic()
        what = error.what if isinstance(error, InktraceError) else repr(error)
        if what != self._trouble:
            self._trouble = what
            self._note("lost", what)
        self._must_settle = self._must_catch_up = True
        self._pause_s = min(max(0.25, 2 * self._pause_s), _LONGEST_PAUSE_S)
        self._next["pause"] = time.monotonic() + self._pause_s

    def _catch_up(self) -> None:
        """Follow the node's best chain to its end."""
        self._must_catch_up = False
        since_us = self._since_right()
        try:
            for step in self.chain.steps():
                stamp = step.stamp or self.clock.now()
                error_us = 0 if step.stamp else since_us
                if step.joined:
                    seen = self.view.connected(step.block, step.txids, stamp, error_us)
                    told = f"{len(step.txids) - 1} payments, {seen} of them seen before"
                    self._note("block", f"{step.block.hex()}: {told}")
                else:
                    self.view.disconnected(step.block, step.txids, stamp)
                    self._note("reorganised", f"{step.block.hex()} left the chain")
                self._hand_over()
                self.spool.add(facts={f"tip {self.name}": step.tip.hex()})
            if self.chain.tip is not None:
                self.spool.add(facts={f"tip {self.name}": self.chain.tip.hex()})
        except BaseException:
            self._must_catch_up = True
            raise

    def _settle(self) -> None:
        """Compare with the whole mempool; `_must_settle` stays until that has worked."""
        if not self.node.call("getmempoolinfo").get("loaded", True):
            return  # a node that reads its mempool from disk would seem to have lost half of it
        since_us = self._since_right()
        for _ in range(_TRIES):
            if self.chain.moved():
                self._catch_up()
            told = self.node.call("getrawmempool", False, True)
            now, steady_s = self.clock.now(), time.monotonic()
            # A block that came meanwhile took transactions out; the next list is without them.
            if not self.chain.moved():
                break
        else:
            return
        snapshot = {bytes.fromhex(txid) for txid in told["txids"]}
        pending = self._await_messages(snapshot, int(told["mempool_sequence"]))
        times = self._entry_times([t for t in snapshot - self.view.held if t not in pending])
        missing, extra = self.view.settle(snapshot, times, now, since_us, pending.__contains__)
        self._snapshot, self._snapshot_sequence = snapshot, int(told["mempool_sequence"])
        if (missing or extra) and self.listener:
            self._note("gap", f"compared: {missing} transactions were missed, {extra} were gone")
        self._must_settle, self._settled_us, self._settled_steady_s = False, now.at_us, steady_s
        self._hand_over()
        self.spool.add(facts={f"right {self.name}": str(now.at_us)})
        self._next["settle"] = steady_s + (
            self.params.reconcile_s if self.listener else self.params.poll_s
        )

    def _await_messages(self, snapshot: set[bytes], sequence: int) -> set[bytes]:
        """The ids that waiting messages are about, once those sent before the list are here.

        The list and the messages come by different ways. What entered just before the list was
        made would seem missed where the list is faster, and would bear the node's coarser time.
        What was there before we listened has no message: the first list waits for none.
        """
        until_s = time.monotonic() + (self.params.late_message_s if self._settled_steady_s else 0.0)
        while True:
            self._fill(0.0)
            pending = {one.body for one in self._waiting if one.label in "AR"}
            told_all = self._last_sequence >= sequence - 1
            if told_all or not (snapshot ^ self.view.held) - pending or self.listener is None:
                return pending
            if time.monotonic() >= until_s or self.stop.wait(_LOOK_AGAIN_S):
                return pending

    def _since_right(self) -> int:
        """How long ago the view was last known to be right, microseconds."""
        if self._settled_steady_s:
            return int((time.monotonic() - self._settled_steady_s) * 1e6)
        return max(0, self.clock.now().at_us - self._settled_us)

    def _entry_times(self, txids: list[bytes]) -> dict[bytes, Stamp]:
        """When the node took these in, by its own clock put on ours."""
        times: dict[bytes, Stamp] = {}
        for some in _parts(txids, _CALLS_PER_REQUEST):
            found = self.node.calls("getmempoolentry", [[txid.hex()] for txid in some])
            now = self.clock.now()
            for txid, entry in zip(some, found, strict=True):
                if not isinstance(entry, NodeFault):
                    at_us = int(entry["time"]) * 1_000_000 - self.peer_clock.offset_us()
                    times[txid] = now._replace(at_us=at_us)
        return times

    def _ask_for_bytes(self) -> None:
        """Ask for the bytes of transactions that have been without them for a while."""
        lacked, self._lacked = self._lacked, set(self.view.without_bytes)
        some = list(lacked & self._lacked)[:_BYTES_PER_PERIOD]
        for part in _parts(some, _BYTES_PER_REQUEST):
            told: list[Any] = self.node.calls("getrawtransaction", [[t.hex()] for t in part])
            now = self.clock.now()
            for txid, raw in zip(part, told, strict=True):
                if isinstance(raw, str):
                    self.view.bytes_came(txid, bytes.fromhex(raw), now)
                self.view.without_bytes.pop(txid, None)  # gone, or in a block by now

    def _note(self, event: str, detail: str, offset_us: int | None = None) -> None:
        self.spool.add((), [Note(self.clock.now().at_us, self.name, event, detail, offset_us)])


def _parts(items: list[bytes], size: int) -> list[list[bytes]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
