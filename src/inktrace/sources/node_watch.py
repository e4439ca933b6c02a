"""Watching the mempools of one or more nodes, for ever or for a while.

Each node is watched in a thread of its own; all of them write to one spool, which is flushed
to disk several times a second and moved into the workspace now and then.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from inktrace.errors import NodeError, UsageError, WorkspaceError
from inktrace.params import NodeParams
from inktrace.progress import Progress, silent
from inktrace.sources.clock import Clock, ClockStep
from inktrace.sources.node import Node, NodeFault
from inktrace.sources.node_observer import Observer
from inktrace.sources.node_zmq import Listener, checked_endpoint
from inktrace.sources.spool import Note, Spool

__all__ = ["WatchedNode", "announced_endpoint", "watch"]

_MOST_FAILED_WRITES: Final = 100
_TICK_S: Final = 0.1


@dataclass(frozen=True)
class WatchedNode:
    """A node and the address of its ZMQ messages; none: its mempool is polled."""

    node: Node
    endpoint: str | None


def announced_endpoint(node: Node, *, remote: bool) -> str | None:
    """Where the node says it publishes `sequence`; none where it does not.

    It may publish `rawtx` there too; else transactions' bytes are asked for one by one.
    """
    try:
        told = node.call("getzmqnotifications")
    except NodeFault:
        return None  # built without ZMQ
    host = node.service.address.host
    host = f"[{host}]" if ":" in host else host
    for address in sorted(one["address"] for one in told if one["type"] == "pubsequence"):
        for anywhere in ("0.0.0.0", "[::]", "*"):  # noqa: S104  (what it bound, not we)
            address = address.replace(f"//{anywhere}:", f"//{host}:")
        with contextlib.suppress(UsageError):
            return checked_endpoint(address, remote=remote)
    return None


def watch(
    nodes: Sequence[WatchedNode],
    spool: Spool,
    params: NodeParams,
    move: Callable[[], None],
    stop: threading.Event,
    *,
    for_s: float | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
) -> None:
    """Record what the nodes' mempools do until `stop` is set or `for_s` seconds are over.

    `move` brings the spool's rows into the workspace; it is called every `move_s` seconds and
    at the end, and may raise WorkspaceError while another process has the workspace open.

    Raises UsageError for a node given twice, InputError where nodes or spool are of different
    networks, WorkspaceError where the disk refuses the spool for long.
    """
    _Watch(nodes, spool, params, move, stop, clock or Clock(), progress).run(for_s)


@dataclass
class _Watch:
    nodes: Sequence[WatchedNode]
    spool: Spool
    params: NodeParams
    move: Callable[[], None]
    stop: threading.Event
    clock: Clock
    progress: Progress
    observers: list[Observer] = field(default_factory=list)
    failure: BaseException | None = None

    def run(self, for_s: float | None) -> None:
        self._settle_network()
        self.clock.step_us = int(self.params.clock_step_s * 1e6)
        self.clock.on_step = self._clock_stepped
        self._note("started", ", ".join(one.node.where for one in self.nodes))
        self._note_clock()
        quit_ = threading.Event()
        flusher = threading.Thread(target=self._flush_until, args=[quit_], daemon=True)
        flusher.start()
        try:
            self._start(quit_)
            self._until_stopped(for_s)
        finally:
            for one in self.observers:
                if one.listener:
                    one.listener.stop()
            quit_.set()
            for one in self.observers:
                one.thread.join()
                one.node.close()
            flusher.join()
            self._note("stopped", "the watch ended")
            self.spool.flush()
        if self.failure is not None:
            raise self.failure
        self.move()

    def _start(self, quit_: threading.Event) -> None:
        for one in self.nodes:
            listener = Listener(one.endpoint, self.clock) if one.endpoint else None
            observer = Observer(
                one.node, listener, self.spool, self.clock, self.params, quit_, self._failed
            )
            self.observers.append(observer)
            if listener:
                listener.start()
            observer.thread.start()

    def _until_stopped(self, for_s: float | None) -> None:
        began = time.monotonic()
        next_move, next_note = began + self.params.move_s, began + self.params.clock_note_s
        while self.failure is None and not self.stop.wait(_TICK_S):
            self.clock.now()  # a jump is noticed even where nothing comes
            now = time.monotonic()
            if now >= next_note:
                self._note_clock()
                next_note = now + self.params.clock_note_s
            if now >= next_move:
                self._try_to_move()
                next_move = now + self.params.move_s
            self._tell(now - began, for_s)
            if for_s is not None and now - began >= for_s:
                return

    def _flush_until(self, quit_: threading.Event) -> None:
        """Flush the spool in a thread of its own: a long move must not delay it."""
        failed = 0
        while not quit_.wait(self.params.flush_s):
            try:
                self.spool.flush()
                failed = 0
            except WorkspaceError as error:
                # A full disk may be freed; until then what was seen waits in memory.
                failed += 1
                if failed > _MOST_FAILED_WRITES:
                    self._failed(error)
                    return

    def _try_to_move(self) -> None:
        try:
            self.move()
        except WorkspaceError:
            return  # somebody works with the case; the spool keeps everything until later

    def _tell(self, seconds: float, for_s: float | None) -> None:
        held = sum(len(one.view.held) for one in self.observers)
        self.progress(f"watching {held:,} unconfirmed", seconds, for_s)

    def _settle_network(self) -> None:
        names = {one.node.network.name for one in self.nodes}
        known = self.spool.fact("network")
        every = sorted(names | {known} if known else names)
        if len(every) > 1:
            raise NodeError(
                f"the nodes, or what was watched before, are of networks {' and '.join(every)}",
                where=self.nodes[0].node.where,
                do="use one workspace per network",
            )
        if len({one.node.where for one in self.nodes}) < len(self.nodes):
            raise UsageError("a node is given twice", do="name each node once")
        self.spool.add(facts={"network": names.pop()})
        self.spool.flush()

    def _note(
        self, event: str, detail: str, offset_us: int | None = None, error_us: int | None = None
    ) -> None:
        note = Note(self.clock.now().at_us, None, event, detail, offset_us, error_us)
        self.spool.add((), [note])

    def _note_clock(self) -> None:
        state = self.clock.refresh()
        said = {True: "synchronised", False: "not synchronised", None: "of unknown state"}
        offset = self.clock.offset_us
        self._note("clock", f"our clock is {said[state.synchronised]}", offset, state.error_us)
        for one in self.observers:
            if (error_us := one.peer_clock.error_us()) is not None:
                low, high = one.peer_clock.low_us or 0, one.peer_clock.high_us or 0
                at_us = self.clock.now().at_us
                what = f"the node's clock against ours: {low} to {high} µs ahead, from its answers"
                middle = (low + high) // 2
                self.spool.add((), [Note(at_us, one.name, "clock", what, middle, error_us)])

    def _clock_stepped(self, step: ClockStep) -> None:
        way = "back" if step.step_us < 0 else "forward"
        detail = f"our clock jumped {way} by {abs(step.step_us) / 1e6:.3f} s"
        self.spool.add((), [Note(step.at_us, None, "clock_step", detail, step.step_us)])

    def _failed(self, error: BaseException) -> None:
        self.failure = error
