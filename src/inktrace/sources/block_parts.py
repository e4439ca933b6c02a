"""One whole block taken apart: its header, each transaction's bytes, and both of its hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inktrace.sources.block_checks import (
    LARGEST_BLOCK_BYTES,
    LEAST_BLOCK_BYTES,
    BadBlock,
    double_sha256,
)
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
    parts = BlockParts(data[:HEADER_BYTES], [], [], data, fields)
    # One block at a time, the standard library's hash is faster than the compiled loops where the
    # processor has instructions that those do not use.
    every = range(fields.shape[1])
    parts.witness_hashes.extend(bytes(32) if not n else double_sha256(parts.raw(n)) for n in every)
    parts.txids.extend(
        double_sha256(parts.stripped(n))
        if not n or parts.has_witness(n)
        else parts.witness_hashes[n]
        for n in every
    )
    if _merkle_root(parts.txids) != data[36:68]:
        raise BadBlock("the transactions do not make the header's Merkle root")
    return parts


def _merkle_root(level: list[bytes]) -> bytes | None:
    """The root; none where a repeated hash could stand for other transactions (CVE-2012-2459)."""
    while len(level) > 1:
        if any(one == other for one, other in zip(level[::2], level[1::2], strict=False)):
            return None
        if len(level) % 2:
            level = [*level, level[-1]]
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [double_sha256(one + other) for one, other in pairs]
    return level[0]
