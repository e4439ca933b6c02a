"""One node's mempool as far as we have been told: what entered, left, replaced what.

Pure bookkeeping, without any network: it is told what a node said and gives the events that
follow. A transaction is known by its id (32 bytes, display order).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from inktrace.errors import InputError
from inktrace.sources.clock import Stamp
from inktrace.sources.raw_transaction import read_transaction
from inktrace.sources.spool import Event

__all__ = ["MempoolView"]

Outpoint = tuple[bytes, int]
_LOOSE_KEPT: Final = 20_000


@dataclass
class MempoolView:
    """What one observer's mempool holds; events gather in `events` until taken.

    held: ids in the mempool. spends: outpoints spent and number of outputs, of transactions
    held or lately gone, which tells what replaces what. loose: bytes of transactions that were
    not (yet) said to be in the mempool. mined: transactions of blocks that no mempool had, and
    whose bytes, which say what they contradict, are still to come.
    """

    observer: str
    gone_kept: int
    held: set[bytes] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    raws: list[tuple[bytes, bytes]] = field(default_factory=list)
    returning: set[bytes] = field(default_factory=set)
    without_bytes: dict[bytes, None] = field(default_factory=dict)
    _spends: dict[bytes, tuple[list[Outpoint], int]] = field(default_factory=dict)
    _spender: dict[Outpoint, bytes] = field(default_factory=dict)
    _loose: dict[bytes, bytes] = field(default_factory=dict)
    _gone: dict[bytes, None] = field(default_factory=dict)
    _mined: dict[bytes, Stamp] = field(default_factory=dict)

    def remember(self, held: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Begin with what the mempool held when it was last seen."""
        for txid, raw in held:
            self.held.add(txid)
            if raw is None:
                self.without_bytes[txid] = None
            else:
                self._learn(txid, raw)

    def added(
        self, txid: bytes, stamp: Stamp, clock: str = "ours", uncertainty_us: int = 0
    ) -> None:
        """The node took a transaction in; one that we know to be held is no news."""
        if txid in self.held:
            return
        self.held.add(txid)
        self._gone.pop(txid, None)
        event = "returned" if txid in self.returning else "added"
        self.returning.discard(txid)
        self._tell(txid, event, stamp, None, clock, uncertainty_us)
        raw = self._loose.pop(txid, None)
        if raw is not None:
            self._take_bytes(txid, raw, stamp)
        elif txid not in self._spends:
            self.without_bytes[txid] = None
        else:
            self._link(txid, stamp)

    def bytes_came(self, txid: bytes, raw: bytes, stamp: Stamp) -> None:
        """A transaction's bytes came, from the mempool, a block, or because we asked."""
        if txid in self.without_bytes:
            self._take_bytes(txid, raw, stamp)
        elif txid in self._mined:
            self._contradict(txid, raw, self._mined.pop(txid))
        elif txid not in self._spends:
            self._loose[txid] = raw
            _trim(self._loose, _LOOSE_KEPT)

    def removed(self, txid: bytes, stamp: Stamp, uncertainty_us: int = 0) -> None:
        """The node dropped a transaction, and not because a block holds it."""
        if txid in self.held:
            self._tell(txid, "removed", stamp, None, "ours", uncertainty_us)
            self._leave(txid)

    def connected(self, block: bytes, txids: list[bytes], stamp: Stamp, error_us: int) -> int:
        """A block joined the chain; returns how many of its transactions we had seen before."""
        seen = 0
        for txid in txids[1:]:
            if txid in self.held or txid in self._gone or txid in self.returning:
                seen += 1
                self._tell(txid, "confirmed", stamp, block, "ours", error_us)
            elif (raw := self._loose.pop(txid, None)) is not None:
                self._contradict(txid, raw, stamp)
            else:
                self._mined[txid] = stamp
            self._forget(txid)
        _trim(self._mined, _LOOSE_KEPT)
        return seen

    def disconnected(self, block: bytes, txids: list[bytes], stamp: Stamp) -> None:
        """A block left the chain; its transactions may come back to the mempool."""
        for txid in txids[1:]:
            self._tell(txid, "unconfirmed", stamp, block, "ours", 0)
        self.returning.update(txids[1:])

    def settle(
        self,
        snapshot: set[bytes],
        times: Mapping[bytes, Stamp],
        now: Stamp,
        since_us: int,
        pending: Callable[[bytes], bool],
    ) -> tuple[int, int]:
        """Bring the view in line with the whole mempool; how many were missing, and too many.

        times: the node's own time of each transaction that the view lacks, on our clock; one
        that is not in there was gone again when asked for. since_us: how long ago the view was
        last right. pending: whether a message about a transaction waits to be read, which
        will tell it better.
        """
        missing = [txid for txid in snapshot - self.held if not pending(txid)]
        extra = [txid for txid in self.held - snapshot if not pending(txid)]
        for txid in extra:
            self.removed(txid, now, since_us)
        for txid in missing:
            if txid in times:
                self.added(txid, times[txid], "node", 1_000_000)
            else:
                self.added(txid, now, "ours", since_us)
        return len(missing), len(extra)

    def take(self) -> tuple[list[Event], list[tuple[bytes, bytes]]]:
        """The events and transaction bytes gathered since the last call."""
        events, raws, self.events, self.raws = self.events, self.raws, [], []
        return events, raws

    def _tell(
        self,
        txid: bytes,
        event: str,
        stamp: Stamp,
        other: bytes | None,
        clock: str,
        uncertainty_us: int,
    ) -> None:
        self.events.append(
            Event(
                txid,
                event,
                stamp.at_us,
                self.observer,
                other,
                clock,
                uncertainty_us,
                stamp.error_us,
                stamp.offset_us,
            )
        )

    def _take_bytes(self, txid: bytes, raw: bytes, stamp: Stamp) -> None:
        self.without_bytes.pop(txid, None)
        self.raws.append((txid, raw))
        self._learn(txid, raw)
        self._link(txid, stamp)

    def _contradict(self, txid: bytes, raw: bytes, stamp: Stamp) -> None:
        """A block holds what we had not seen; what it spent may have been spent otherwise."""
        self._learn(txid, raw)
        self._link(txid, stamp)
        self._forget(txid)

    def _learn(self, txid: bytes, raw: bytes) -> None:
        try:
            read = read_transaction(raw)
        except InputError:
            return  # a node sends none such; without its inputs it is linked with nothing
        self._spends[txid] = [(spent, vout) for spent, vout, _ in read.inputs], len(read.outputs)
        for spent, vout, _ in read.inputs:
            self._spender.setdefault((spent, vout), txid)

    def _link(self, txid: bytes, stamp: Stamp) -> None:
        """Tell what this transaction replaces: what spent the same, and all that built on it."""
        for outpoint in self._spends.get(txid, ([], 0))[0]:
            other = self._spender.get(outpoint, txid)
            if other != txid:
                self._replaced(other, txid, stamp)
            self._spender[outpoint] = txid

    def _replaced(self, txid: bytes, by: bytes, stamp: Stamp) -> None:
        waiting, done = [txid], {by}
        while waiting:
            one = waiting.pop()
            if one in done:
                continue
            done.add(one)
            self._tell(one, "replaced", stamp, by, "ours", 0)
            if one in self.held:
                self._leave(one)
            outputs = self._spends.get(one, ([], 0))[1]
            children = (self._spender.get((one, vout)) for vout in range(outputs))
            waiting += [child for child in children if child is not None]

    def _leave(self, txid: bytes) -> None:
        self.held.discard(txid)
        self.without_bytes.pop(txid, None)
        self._gone[txid] = None
        while len(self._gone) > self.gone_kept:
            self._forget(next(iter(self._gone)))  # its inputs go too

    def _forget(self, txid: bytes) -> None:
        self.held.discard(txid)
        self.returning.discard(txid)
        self._gone.pop(txid, None)
        self.without_bytes.pop(txid, None)
        for outpoint in self._spends.pop(txid, ([], 0))[0]:
            if self._spender.get(outpoint) == txid:
                del self._spender[outpoint]


def _trim(kept: dict[bytes, Any], most: int) -> None:
    """Drop the oldest entries beyond a number."""
    while len(kept) > most:
        del kept[next(iter(kept))]
