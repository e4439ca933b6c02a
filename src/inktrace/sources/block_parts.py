"""One whole block taken apart: its header, each transaction's bytes, and both of its hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inktrace.sources.block_checks import LARGEST_BLOCK_BYTES, LEAST_BLOCK_BYTES, BadBlock
from inktrace.sources.block_format import Room
from inktrace.sources.block_kernels import (
    FAULTS,
    HEADER_BYTES,
    TX_BODY,
    TX_BODY_STOP,
    TX_HAS_WITNESS,
    TX_START,
    TX_STOP,
    scan_block,
)
from inktrace.sources.hash_kernels import double_hashes, merkle_root, stripped_hashes

__all__ = ["BlockParts", "block_parts"]


@dataclass(frozen=True)
class BlockParts:
    """Header and transactions of a block.

    txids, witness_hashes: 32 bytes each, in the order of the bytes in a block (BIP 141's txid
    and wtxid); the coinbase, which is the first, has 32 zeros for its witness hash.
    """

    header: bytes
    txids: list[bytes]
    witness_hashes: list[bytes]
    _data: bytes
    _fields: Any

    @property
    def has_witnesses(self) -> bool:
        """Whether any transaction carries witnesses, to which the coinbase then commits."""
        return bool(self._fields[TX_HAS_WITNESS].any())

    def has_witness(self, position: int) -> bool:
        """Whether this transaction carries witnesses."""
        return bool(self._fields[TX_HAS_WITNESS, position])

    def raw(self, position: int) -> bytes:
        """The bytes of one transaction, witnesses included."""
        start, stop = self._fields[[TX_START, TX_STOP], position].tolist()
        return self._data[start:stop]

    def stripped(self, position: int) -> bytes:
        """The bytes of one transaction that make its txid: without witnesses (BIP 141)."""
        raw = self.raw(position)
        if not self.has_witness(position):
            return raw
        body, stop = self._fields[[TX_BODY, TX_BODY_STOP], position].tolist()
        return raw[:4] + self._data[body:stop] + raw[-4:]


def block_parts(data: bytes) -> BlockParts:
    """Take one whole block apart. Raises BadBlock where its bytes are not what it commits to."""
    if not LEAST_BLOCK_BYTES <= len(data) <= LARGEST_BLOCK_BYTES:
        raise BadBlock(f"a block cannot be {len(data):,} bytes long")
    room, rows = Room(len(data), data), np.zeros(3, np.int64)
    held = np.frombuffer(data, np.uint8)
    if fault := scan_block(held, 0, len(data), room.txs, room.inputs, room.outputs, rows):
        raise BadBlock(FAULTS[fault])
    fields = np.ascontiguousarray(room.txs[:, : int(rows[0])])
    whole = np.empty((fields.shape[1], 32), np.uint8)
    starts, stops = (np.ascontiguousarray(fields[row]) for row in (TX_START, TX_STOP))
    double_hashes(held, starts, stops, whole.reshape(-1))
    txids = whole.copy()
    has_witness = fields[TX_HAS_WITNESS] != 0
    if has_witness.any():
        stripped = np.empty((int(has_witness.sum()), 32), np.uint8)
        parts = np.ascontiguousarray(fields[:4, has_witness])
        stripped_hashes(held, parts, stripped.reshape(-1))
        txids[has_witness] = stripped
    root = np.empty(32, np.uint8)
    duplicated = merkle_root(txids.reshape(-1), root)
    if duplicated or root.tobytes() != data[36:68]:
        raise BadBlock("the transactions do not make the header's Merkle root")
    whole[0] = 0
    return BlockParts(
        data[:HEADER_BYTES],
        [one.tobytes() for one in txids],
        [one.tobytes() for one in whole],
        data,
        fields,
    )
