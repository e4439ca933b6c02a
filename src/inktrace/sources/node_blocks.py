"""Blocks fetched from a node, checked like those of a file, with what their inputs spent.

Each block is asked for twice: raw, so that work, Merkle root and witness commitment are
checked here and not believed, and in the node's words (verbosity 3), which tell value and
script of every spent output. Blocks that are stored are not asked for again; each batch is
stored in one transaction, so a stop at any moment loses at most the batch being fetched.

References: Bitcoin Core, doc/REST-interface.md and src/rpc/blockchain.cpp (getblock).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import NodeError, UsageError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.best_chain import note_unsettled, settle_blocks
from inktrace.sources.block_checks import BadBlock, double_sha256
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.block_kernels import HEADER_BYTES, MAX_MONEY
from inktrace.sources.block_reader import store_headers
from inktrace.sources.intake import Reject, fetched
from inktrace.sources.ledger import next_tx_id, store_transactions
from inktrace.sources.networks import settle_network
from inktrace.sources.node import Node, NodeFault, chain_info
from inktrace.sources.undo import Spent

__all__ = ["NodeBlocks", "add_node"]

_SATOSHI: Final = 100_000_000
_HASHES_PER_CALL: Final = 500
_DEEPEST_LOOK_BACK: Final = 100  # blocks below the last one, asked again at the end
_MOST_ROUNDS: Final = 3
_PRUNED: Final = (-1, 404)  # the node's codes for a block that it does not hold any more


@dataclass
class NodeBlocks:
    """What became of the blocks asked of a node.

    `off_chain` lists (height, hash) of stored blocks that are not on the node's best chain:
    the losing branches of re-organisations, or another node's chain.
    """

    path: str
    first_height: int
    last_height: int
    blocks_stored: int = 0
    blocks_known: int = 0
    blocks_without_spent: int = 0
    rows_accepted: int = 0
    rows_repeated: int = 0
    rows_rejected: int = 0
    first_reject: Reject | None = None
    off_chain: list[tuple[int, str]] = field(default_factory=list)


def add_node(
    engine: Engine,
    node: Node,
    params: SourceParams,
    first_height: int = 0,
    last_height: int | None = None,
    progress: Progress = silent,
) -> NodeBlocks:
    """Store the node's best chain from one height to another, both included (none: its tip).

    Raises UsageError for heights that make no range, InputError where the workspace holds
    another network, NodeError where the node stops answering or has pruned a block; what was
    stored until then stays.
    """
    tip = int(chain_info(node)["blocks"])
    last = tip if last_height is None else last_height
    if not 0 <= first_height <= last:
        raise UsageError(
            f"there are no heights from {first_height} to {last}",
            do="give --from no larger than --to",
        )
    if last > tip:
        raise NodeError(
            f"the node's chain ends at height {tip:,}", where=node.where, do="give a smaller --to"
        )
    settle_network(engine, node.network, node.where)
    done = NodeBlocks(node.where, first_height, last)
    fetcher = _Fetcher(engine, node, params, done, progress)
    heights = list(range(first_height, last + 1))
    for round_number in range(_MOST_ROUNDS):
        best = fetcher.fetch(heights, count_known=round_number == 0)
        # The chain may have turned meanwhile; asked anew, only its end can differ.
        heights = heights[-_DEEPEST_LOOK_BACK:]
        if _hashes(node, heights) == best[-len(heights) :]:
            break
    progress("settling blocks", 0, 1)
    settle_blocks(engine)
    progress("settling blocks", 1, 1)
    done.off_chain = _off_chain(engine, node, first_height, last)
    return done


@dataclass
class _Fetcher:
    engine: Engine
    node: Node
    params: SourceParams
    done: NodeBlocks
    progress: Progress

    def fetch(self, heights: list[int], *, count_known: bool) -> list[str]:
        """Store the blocks at these heights that are not stored; the hashes at all of them."""
        best: list[str] = []
        for some in _parts(heights, _HASHES_PER_CALL):
            hashes = _hashes(self.node, some)
            best += hashes
            wanted = _missing(self.engine, hashes)
            if count_known:
                self.done.blocks_known += len(some) - len(wanted)
            for batch in self._batches(
                [(h, b) for h, b in zip(some, hashes, strict=True) if b in wanted]
            ):
                self._store(batch)
            self.progress("fetching blocks", some[-1] - heights[0] + 1, len(heights))
        return best

    def _batches(self, wanted: list[tuple[int, str]]) -> Iterator[list[_Fetched]]:
        batch: list[_Fetched] = []
        size = 0
        for height, block_hash in wanted:
            block = _fetched_block(self.node, height, block_hash)
            batch.append(block)
            size += len(block.data)
            self.progress(
                "fetching blocks",
                height - self.done.first_height,
                self.done.last_height - self.done.first_height + 1,
            )
            if size >= self.node.params.batch_bytes or len(batch) >= self.node.params.batch_blocks:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _store(self, batch: list[_Fetched]) -> None:
        """Check and store a batch of blocks in one transaction."""
        manner = {
            "network": self.node.network.name,
            "node": self.node.version,
            "interface": "REST" if self.node.by_rest else "RPC",
            "heights": [batch[0].height, batch[-1].height],
        }
        data = b"".join(block.data for block in batch)
        parts = [data, *(block.spent_bytes() for block in batch)]
        with fetched(self.engine, "blocks", self.node.where, self.params, manner, parts) as file:
            note_unsettled(self.engine, next_tx_id(self.engine))
            window = BlockWindow(data)
            undo, start = _NodeUndo(batch), 0
            for row, block in enumerate(batch, 1):
                stop = start + len(block.data)
                try:
                    _check_hash(block)
                    window.add(start, stop, row, self.node.network, undo)
                    _state_height(window, block.height)
                except BadBlock as bad:
                    file.reject(row, None, f"block {block.height}: {bad.reason}", block.block_hash)
                start = stop
            for row, fault in window.undo_faults:
                file.reject(row, "undo", fault.replace("its undo data", "the node"), "")
            if window.blocks:
                new_rows = store_headers(file, window)
                store_transactions(file, window.batch(), self.node.network, new_rows)
        self._count(batch, len(window.blocks), file.added())

    def _count(self, batch: list[_Fetched], stored: int, added: Any) -> None:
        done = self.done
        done.blocks_stored += stored
        done.blocks_without_spent += sum(block.spent is None for block in batch)
        done.rows_accepted += added.rows_accepted
        done.rows_repeated += added.rows_repeated
        done.rows_rejected += added.rows_rejected
        done.first_reject = done.first_reject or added.first_reject


@dataclass(frozen=True)
class _Fetched:
    """One block as the node gave it; `spent` none where it does not know all spent outputs."""

    height: int
    block_hash: str
    data: bytes
    spent: Spent | None

    def spent_bytes(self) -> bytes:
        """The spent outputs as bytes, for the digest of what came."""
        if self.spent is None:
            return b""
        values = np.ascontiguousarray(self.spent.values, "<i8").tobytes()
        return values + b"".join(self.spent.scripts.to_pylist())


class _NodeUndo:
    """What the node says that the inputs of a batch's blocks spent."""

    def __init__(self, batch: list[_Fetched]):
        self.used = 0
        self._spent = {block.data[4:36]: block.spent for block in batch}

    def spent(self, previous_hash: bytes, per_tx: Any) -> Spent | None:
        found = self._spent.get(previous_hash)
        if found is None or len(found.values) != int(per_tx.sum()):
            return None
        self.used += 1
        return found

    def complaints(self) -> list[str]:
        return []


def _fetched_block(node: Node, height: int, block_hash: str) -> _Fetched:
    try:
        if node.by_rest:
            data = node.rest(f"block/{block_hash}.bin")
            told = node.rest_json(f"block/{block_hash}.json", parse_float=Decimal)
        else:
            data = bytes.fromhex(node.call("getblock", block_hash, 0))
            told = node.call("getblock", block_hash, 3, parse_float=Decimal)
    except NodeFault as fault:
        if fault.code not in _PRUNED:
            raise
        raise NodeError(
            f"the node does not have block {height:,} any more: {fault.what}",
            where=node.where,
            do="a pruned node keeps its last blocks only; give a larger --from",
        ) from fault
    except (TypeError, ValueError):
        raise NodeError(f"block {height:,} came as no hexadecimal text", where=node.where) from None
    return _Fetched(height, block_hash, data, _spent(told))


def _spent(told: Any) -> Spent | None:
    """Every spent output of a block in the node's words; none where one is missing or odd."""
    try:
        prevouts = [i["prevout"] for tx in told["tx"][1:] for i in tx["vin"]]
        values = [int(Decimal(p["value"]) * _SATOSHI) for p in prevouts]
        scripts = [bytes.fromhex(p["scriptPubKey"]["hex"]) for p in prevouts]
    except (KeyError, TypeError, ValueError, InvalidOperation, OverflowError):
        return None
    if not all(0 <= value <= MAX_MONEY for value in values):
        return None
    return Spent(np.array(values, np.int64), pa.array(scripts, pa.binary()))


def _check_hash(block: _Fetched) -> None:
    found = double_sha256(block.data[:HEADER_BYTES])[::-1].hex()
    if found != block.block_hash:
        raise BadBlock(f"the node gave block {found} for {block.block_hash}")


def _state_height(window: BlockWindow, height: int) -> None:
    """Old blocks do not state their height; the node knows it."""
    if window.blocks[-1].height is None:
        window.blocks[-1] = dataclasses.replace(window.blocks[-1], height=height)


def _hashes(node: Node, heights: list[int]) -> list[str]:
    """The hash of the best chain's block at each height."""
    if node.by_rest:
        found = [node.rest_json(f"blockhashbyheight/{h}.json")["blockhash"] for h in heights]
    else:
        found = []
        for some in _parts(heights, _HASHES_PER_CALL):
            found += node.calls("getblockhash", [[height] for height in some])
    for height, one in zip(heights, found, strict=True):
        if isinstance(one, NodeFault):
            raise one
        if not isinstance(one, str) or len(one) != 64:
            raise NodeError(f"there is no hash of block {height:,} in the answer", where=node.where)
    return found


def _missing(engine: Engine, hashes: list[str]) -> set[str]:
    with engine.view("asked_blocks", pa.table({"block_hash": hashes})):
        found = engine.query(
            "SELECT block_hash FROM asked_blocks ANTI JOIN blocks USING (block_hash)"
        )
    return set(found["block_hash"].to_pylist())


def _off_chain(engine: Engine, node: Node, first: int, last: int) -> list[tuple[int, str]]:
    """Stored blocks between two heights that the node does not have on its best chain."""
    stored = engine.rows(
        "SELECT block_height, block_hash FROM blocks WHERE block_height BETWEEN ? AND ? "
        "QUALIFY count(*) OVER (PARTITION BY block_height) > 1 ORDER BY block_height, block_hash",
        [first, last],
    )
    heights = sorted({height for height, _ in stored})
    best = dict(zip(heights, _hashes(node, heights), strict=True))
    return [(height, block_hash) for height, block_hash in stored if best[height] != block_hash]


def _parts(items: list[int], size: int) -> Iterator[list[int]]:
    return (items[start : start + size] for start in range(0, len(items), size))
