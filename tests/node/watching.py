"""A watch that runs in a thread beside a test, and what it recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inktrace.params import NodeParams
from inktrace.sources.clock import Clock
from inktrace.sources.node_watch import WatchedNode, watch
from inktrace.sources.spool import Spool
from tests.node.regtest import Regtest

QUICK = NodeParams(
    timeout_s=10.0,
    warm_up_s=20.0,
    flush_s=0.05,
    heartbeat_s=0.1,
    poll_s=0.1,
    reconcile_s=2.0,
    late_message_s=2.0,
    clock_note_s=1.0,
)
PATIENCE_S = 60.0


@dataclass
class Watching:
    """Use in a `with` block; the watch runs inside of it."""

    nodes: Sequence[Regtest]
    path: Path
    zmq: str | None = None  # none: each node's own; empty: polled
    params: NodeParams = QUICK
    clock: Clock | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    spool: Any = None

    def __enter__(self) -> Watching:
        self.spool = Spool(self.path)
        watched = [
            WatchedNode(one.client(), (one.zmq if self.zmq is None else self.zmq) or None)
            for one in self.nodes
        ]
        for node, one in zip(self.nodes, watched, strict=True):
            node.clients.remove(one.node)  # the watch closes it, whatever becomes of the node
        self.thread = threading.Thread(target=self._run, args=(watched,))
        self.thread.start()
        self.until(lambda: len(self.notes("clock")) > 0 and self.settled())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
        self.spool.close()
        if self.failure is not None:
            raise self.failure

    def _run(self, watched: list[WatchedNode]) -> None:
        try:
            watch(watched, self.spool, self.params, lambda: None, self.stop, clock=self.clock)
        except BaseException as error:  # noqa: BLE001  (raised where the test waits)
            self.failure = error

    def settled(self) -> bool:
        """Whether every node's mempool was compared at least once."""
        return all(self.spool.fact(f"right {one.url}") for one in self.nodes)

    def events(self, txid: str | None = None, observer: str | None = None) -> list[tuple[Any, ...]]:
        """(event, txid, other) in order, of one transaction or all."""
        rows = self.spool.rows("SELECT event, txid, other, observer FROM events ORDER BY id")
        return [
            (event, one.hex(), other.hex() if other else None)
            for event, one, other, who in rows
            if txid in (None, one.hex()) and observer in (None, who)
        ]

    def names(self, txid: str) -> list[str]:
        """What happened to one transaction, in order."""
        return [event for event, _, _ in self.events(txid)]

    def notes(self, event: str) -> list[tuple[Any, ...]]:
        """(detail, offset_us) of each note of a kind."""
        return self.spool.rows(
            "SELECT detail, offset_us FROM notes WHERE event = ? ORDER BY id", [event]
        )

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            if self.failure is not None:
                raise self.failure
            assert time.monotonic() < end, f"waited in vain; events: {self.events()[-20:]}"
            time.sleep(0.02)
