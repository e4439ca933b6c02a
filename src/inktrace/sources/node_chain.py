"""The end of a node's best chain as it moves: blocks that join it and blocks that leave it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from inktrace.sources.clock import Stamp
from inktrace.sources.networks import NETWORKS
from inktrace.sources.node import CHAINS, Node, NodeFault

__all__ = ["ChainStep", "ChainView"]

_DEEPEST: Final = 1000  # blocks walked back to meet the chain we knew
_STAMPS_KEPT: Final = 2016
_TRIES: Final = 5
_NOT_FOUND: Final = -5


class ChainStep(NamedTuple):
    """One block that joined or left the best chain; ids are 32 bytes in display order.

    stamp: when its message came; none where we learnt of it by asking. tip: the best block
    after this step.
    """

    joined: bool
    block: bytes
    txids: list[bytes]
    stamp: Stamp | None
    tip: bytes


class ChainView:
    """Follows the best chain of one node from the block that was its tip when last seen."""

    def __init__(self, node: Node, tip_hex: str | None):
        """`tip_hex` is the tip when last seen; none for a node never watched before."""
        self.node = node
        self.tip = bytes.fromhex(tip_hex) if tip_hex else None
        self.stamps: dict[bytes, Stamp] = {}

    def network(self) -> str:
        """What the node calls the network it was on at first."""
        return next(name for name, ours in CHAINS.items() if NETWORKS[ours] is self.node.network)

    def moved(self) -> bool:
        """Whether the node's tip is another one by now."""
        return self._best() != self.tip

    def steps(self) -> Iterator[ChainStep]:
        """What happened to the chain since the last call, in order.

        After more than a thousand blocks, or where the old tip is unknown to the node, the
        chain is taken up at its new tip without telling what lies between.
        """
        way = self._way()
        if way is None:
            self.tip = self._best()
            self.stamps.clear()
            return
        fork, joining = way
        while self.tip is not None and self.tip != fork:
            left = self.tip
            txids, self.tip = self._txids(left), self._parent(left)
            yield ChainStep(False, left, txids, self.stamps.pop(left, None), self.tip)
        for block in reversed(joining):
            txids, self.tip = self._txids(block), block
            yield ChainStep(True, block, txids, self.stamps.pop(block, None), block)
        if len(self.stamps) > _STAMPS_KEPT:
            self.stamps.clear()

    def _way(self) -> tuple[bytes, list[bytes]] | None:
        """Where the old chain and the best one part, and the blocks from there, newest first."""
        for _ in range(_TRIES):
            best = self._best()
            fork = self._fork()
            if fork is None:
                return None
            joining: list[bytes] = []
            at = best
            while at != fork and len(joining) < _DEEPEST:
                joining.append(at)
                at = self._parent(at)
            # The chain may turn between two questions; then the answers do not fit together.
            if at == fork and self._best() == best:
                return fork, joining
        return None

    def _fork(self) -> bytes | None:
        """The newest block of the chain we knew that is still on the best one."""
        at = self.tip
        for _ in range(_DEEPEST):
            if at is None:
                return None
            try:
                header = self.node.call("getblockheader", at.hex())
            except NodeFault as fault:
                if fault.code != _NOT_FOUND:
                    raise
                return None
            if header["confirmations"] >= 0:
                return at
            at = bytes.fromhex(header["previousblockhash"])
        return None

    def _best(self) -> bytes:
        return bytes.fromhex(self.node.call("getbestblockhash"))

    def _parent(self, block: bytes) -> bytes:
        header = self.node.call("getblockheader", block.hex())
        return bytes.fromhex(header.get("previousblockhash", "00" * 32))

    def _txids(self, block: bytes) -> list[bytes]:
        return [bytes.fromhex(txid) for txid in self.node.call("getblock", block.hex(), 1)["tx"]]
