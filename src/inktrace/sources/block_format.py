"""Raw blocks of one stretch of bytes: checked one by one, then given as tables.

Checked are length, header proof of work, every field's bounds, Merkle root (and its known
duplicate form) and, where there are witnesses, the witness commitment. What cannot be checked
from a block alone is not: that it is on the best chain (Bitcoin Core keeps stale blocks too),
that its target is the one its network demanded at that height, that its signatures are good.

References: Bitcoin Core, src/validation.cpp; BIPs 34, 141, 144.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.sources.block_checks import (
    LARGEST_BLOCK_BYTES,
    LEAST_BLOCK_BYTES,
    BadBlock,
    check_work,
    double_sha256,
    stated_height,
)
from inktrace.sources.block_kernels import (
    FAULTS,
    HEADER_BYTES,
    IN_FIELDS,
    IN_SCRIPT,
    IN_SCRIPT_SIZE,
    IN_SEQUENCE,
    IN_TX,
    IN_TXID,
    IN_VOUT,
    LEAST_INPUT_BYTES,
    LEAST_OUTPUT_BYTES,
    LEAST_TX_BYTES,
    OUT_FIELDS,
    OUT_SCRIPT,
    OUT_SCRIPT_SIZE,
    OUT_TX,
    OUT_VALUE,
    TX_BODY_STOP,
    TX_FIELDS,
    TX_HAS_WITNESS,
    TX_INPUTS,
    TX_LOCK_TIME,
    TX_OUTPUTS,
    TX_START,
    TX_STOP,
    TX_VERSION,
    scan_block,
)
from inktrace.sources.byte_kernels import gather, gather_reversed
from inktrace.sources.hash_kernels import double_hashes, merkle_root, stripped_hashes
from inktrace.sources.ledger import TransactionBatch
from inktrace.sources.networks import Network
from inktrace.sources.undo import Spent, Undo

__all__ = ["Block", "BlockWindow", "Room"]

_COMMITMENT: Final = bytes.fromhex("6a24aa21a9ed")
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True)
class Block:
    """A block that passed: its header, and where its rows begin in the window's arrays."""

    row: int
    block_hash: bytes
    previous_hash: bytes
    time_s: int
    target_bits: int
    height: int | None
    first_tx: int
    transactions: int
    first_input: int
    spent: Spent | None


class Room:
    """Memory for a stretch of bytes and the most rows that it can hold; used again and again."""

    def __init__(self, size: int, data: bytes | bytearray | None = None):
        """Make room for `size` bytes, or for those given."""
        self.data = bytearray(size) if data is None else data
        # Untouched pages of an empty array take no memory.
        self.txs = np.empty((TX_FIELDS, size // LEAST_TX_BYTES + 1), np.int64)
        self.inputs = np.empty((IN_FIELDS, size // LEAST_INPUT_BYTES + 1), np.int64)
        self.outputs = np.empty((OUT_FIELDS, size // LEAST_OUTPUT_BYTES + 1), np.int64)
        self.txids = np.empty((size // LEAST_TX_BYTES + 1, 32), np.uint8)


class BlockWindow:
    """The blocks found in one stretch of bytes."""

    def __init__(self, data: bytes | bytearray, size: int | None = None, room: Room | None = None):
        """The stretch is data[:size]; `room` is the memory to use, which must hold the data."""
        self.data = data
        self.size = len(data) if size is None else size
        room = room or Room(len(data), data)
        self._bytes = np.frombuffer(data, np.uint8)
        self._txs, self._inputs, self._outputs = room.txs, room.inputs, room.outputs
        self._txids = room.txids
        self._rows = np.zeros(3, np.int64)
        self.blocks: list[Block] = []
        self.rejects: list[tuple[int, str | None, str, str | bytes]] = []
        self.undo_faults: list[tuple[int, str]] = []
        self.without_undo = 0  # blocks of which nobody said what they spent
        self.position = 0  # bytes of the file that were read for it

    def number(self, at: int) -> int:
        """The four bytes at a place as a number; bytes behind the end count as zeros."""
        return int.from_bytes(self.data[at : min(at + 4, self.size)], "little")

    def add(self, start: int, stop: int, row: int, network: Network, undo: Undo | None) -> None:
        """Check the block in data[start:stop] and keep it.

        Raises BadBlock, and keeps nothing of it, when a check fails.
        """
        if not LEAST_BLOCK_BYTES <= stop - start <= LARGEST_BLOCK_BYTES:
            raise BadBlock(f"a block cannot be {stop - start:,} bytes long")
        header = bytes(self.data[start : start + HEADER_BYTES])
        block_hash = double_sha256(header)
        check_work(header, block_hash, network)
        first_tx, first_input, first_output = self._rows.tolist()
        arrays = self._txs, self._inputs, self._outputs
        if fault := scan_block(self._bytes, start, stop, *arrays, self._rows):
            raise BadBlock(FAULTS[fault], block_hash)
        end_tx, _, end_output = self._rows.tolist()
        try:
            self._check_hashes(header, block_hash, first_tx, end_tx)
        except BadBlock:
            self._rows[:] = first_tx, first_input, first_output
            raise
        spent = self._spent(header, row, undo, slice(first_tx, end_tx), first_output, end_output)
        self.blocks.append(
            Block(
                row,
                block_hash,
                header[4:36],
                int.from_bytes(header[68:72], "little"),
                int.from_bytes(header[72:76], "little"),
                stated_height(header, self._coinbase_script(first_input), network),
                first_tx,
                end_tx - first_tx,
                first_input,
                spent,
            )
        )

    def _check_hashes(self, header: bytes, block_hash: bytes, first_tx: int, end_tx: int) -> None:
        """Fill in the transaction ids, if they and the witnesses are those the block commits to."""
        txs = self._txs[:, first_tx:end_tx]
        txids = self._txids[first_tx:end_tx]
        has_witness = txs[TX_HAS_WITNESS] != 0
        whole = txids if not has_witness.any() else np.empty_like(txids)
        double_hashes(
            self._bytes,
            np.ascontiguousarray(txs[TX_START]),
            np.ascontiguousarray(txs[TX_STOP]),
            whole.reshape(-1),
        )
        if whole is not txids:
            stripped = np.empty((int(has_witness.sum()), 32), np.uint8)
            parts = np.ascontiguousarray(txs[:4, has_witness])
            stripped_hashes(self._bytes, parts, stripped.reshape(-1))
            txids[:] = whole
            txids[has_witness] = stripped
        root = np.empty(32, np.uint8)
        duplicated = merkle_root(txids.reshape(-1), root)
        if root.tobytes() != header[36:68]:
            raise BadBlock("the transactions do not make the header's Merkle root", block_hash)
        if duplicated:
            raise BadBlock(
                "transactions are repeated at the end in the way that keeps the Merkle root",
                block_hash,
            )
        if whole is not txids:
            self._check_commitment(first_tx, whole, block_hash)

    def _check_commitment(self, first_tx: int, whole: Any, block_hash: bytes) -> None:
        """BIP 141: the coinbase commits to every witness of the block."""
        coinbase = self._txs[:, first_tx]
        first = int(np.searchsorted(self._outputs[OUT_TX, : self._rows[2]], first_tx))
        commitment = None
        for i in range(first, first + int(coinbase[TX_OUTPUTS])):
            begin, size = self._outputs[OUT_SCRIPT, i], self._outputs[OUT_SCRIPT_SIZE, i]
            if size >= 38 and self.data[begin : begin + 6] == _COMMITMENT:
                commitment = self.data[begin + 6 : begin + 38]
        if commitment is None:
            raise BadBlock("there are witnesses but no commitment to them", block_hash)
        witness = self.data[coinbase[TX_BODY_STOP] : coinbase[TX_STOP] - 4]
        if not coinbase[TX_HAS_WITNESS] or len(witness) != 34 or witness[:2] != b"\x01\x20":
            raise BadBlock("the coinbase lacks the witness its commitment needs", block_hash)
        whole[0] = 0  # the coinbase, whose witness this is, cannot commit to itself
        root = np.empty(32, np.uint8)
        merkle_root(whole.reshape(-1), root)
        if double_sha256(root.tobytes() + witness[2:]) != commitment:
            raise BadBlock("the witnesses are not those committed to", block_hash)

    def _coinbase_script(self, first_input: int) -> bytes:
        begin, size = self._inputs[[IN_SCRIPT, IN_SCRIPT_SIZE], first_input].tolist()
        return bytes(self.data[begin : begin + size])

    def _spent(
        self,
        header: bytes,
        row: int,
        undo: Undo | None,
        txs: slice,
        first_output: int,
        end_output: int,
    ) -> Spent | None:
        """What the inputs spent, if the undo data knows and no transaction creates money."""
        per_tx = self._txs[TX_INPUTS, txs][1:]
        if not len(per_tx):
            return None
        spent = None if undo is None else undo.spent(header[4:36], per_tx)
        if spent is None:
            self.without_undo += 1
            return None
        ends = np.cumsum(per_tx)
        # Floats: a hostile block's sums may be too large for 64 bits; honest ones are exact.
        brought = np.add.reduceat(spent.values.astype(np.float64), ends - per_tx)
        positions = self._outputs[OUT_TX, first_output:end_output] - txs.start
        values = self._outputs[OUT_VALUE, first_output:end_output]
        paid = np.bincount(positions, values.astype(np.float64), txs.stop - txs.start)[1:]
        if (paid > brought).any():
            self.undo_faults.append((row, "its undo data gives less than its transactions pay"))
            self.without_undo += 1
            return None
        return spent

    def batch(self) -> TransactionBatch:
        """All transactions of the blocks kept, as the ledger takes them."""
        counts = [block.transactions for block in self.blocks]
        return TransactionBatch(self._transactions(counts), self._input_rows(), self._output_rows())

    def _transactions(self, counts: list[int]) -> pa.Table:
        total = int(self._rows[0])
        txids = self._txids[:total, ::-1]
        heights = [-1 if block.height is None else block.height for block in self.blocks]
        height = np.repeat(np.array(heights, np.int64), counts)
        is_coinbase = np.zeros(total, bool)
        is_coinbase[[block.first_tx for block in self.blocks]] = True
        times = np.array([block.time_s * _MICROSECONDS for block in self.blocks], np.int64)
        rows = np.array([block.row for block in self.blocks], np.int64)
        version = self._txs[TX_VERSION, :total]
        return pa.table(
            {
                "txid": _fixed(txids),
                "block_height": pa.array(height, mask=height < 0),
                "block_time_us": np.repeat(times, counts),
                "is_coinbase": is_coinbase,
                "version": version.astype(np.uint32).astype(np.int32).astype(np.int64),
                "lock_time": self._txs[TX_LOCK_TIME, :total],
                "row": np.repeat(rows, counts),
            }
        )

    def _input_rows(self) -> pa.Table:
        total = int(self._rows[1])
        kept = np.ones(total, bool)
        kept[[block.first_input for block in self.blocks]] = False  # coinbases bring nothing
        fields = np.ascontiguousarray(self._inputs[:, :total][:, kept])
        txids = np.empty((fields.shape[1], 32), np.uint8)
        gather_reversed(self._bytes, fields[IN_TXID], txids)
        values, scripts = self._spent_columns()
        return pa.table(
            {
                "transaction": fields[IN_TX],
                "vin": _positions(fields[IN_TX]),
                "spent_txid": _fixed(txids),
                "spent_vout": fields[IN_VOUT],
                "value_sat": values,
                "script": scripts,
                "sequence": fields[IN_SEQUENCE],
            }
        )

    def _spent_columns(self) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        values, scripts = [], []
        ends = [block.first_input for block in self.blocks[1:]] + [int(self._rows[1])]
        for block, end in zip(self.blocks, ends, strict=True):
            if block.spent is None:
                count = end - block.first_input - 1
                values.append(pa.nulls(count, pa.int64()))
                scripts.append(pa.nulls(count, pa.binary()))
            else:
                values.append(pa.array(block.spent.values, pa.int64()))
                scripts.append(block.spent.scripts)
        return pa.chunked_array(values, pa.int64()), pa.chunked_array(scripts, pa.binary())

    def _output_rows(self) -> pa.Table:
        total = int(self._rows[2])
        fields = self._outputs[:, :total]
        out = np.empty(int(fields[OUT_SCRIPT_SIZE].sum()), np.uint8)
        offsets = np.empty(total + 1, np.int64)
        gather(self._bytes, fields[OUT_SCRIPT], fields[OUT_SCRIPT_SIZE], out, offsets)
        buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(out)]
        return pa.table(
            {
                "transaction": fields[OUT_TX],
                "vout": _positions(fields[OUT_TX]),
                "value_sat": fields[OUT_VALUE],
                "script": pa.Array.from_buffers(pa.binary(), total, buffers),
            }
        )


def _fixed(rows: Any) -> pa.Array:
    """Rows of 32 bytes as a binary array."""
    offsets = np.arange(0, 32 * len(rows) + 1, 32, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.Array.from_buffers(pa.binary(), len(rows), [None, pa.py_buffer(offsets), data])


def _positions(owners: Any) -> Any:
    """0, 1, 2, … within each run of equal owners."""
    numbers = np.arange(len(owners), dtype=np.int64)
    if not len(owners):
        return numbers
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    return numbers - np.repeat(starts, np.diff(np.r_[starts, len(owners)]))
