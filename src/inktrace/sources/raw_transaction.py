"""One raw transaction read by itself, as a mempool hands it out.

References: BIP 144; Bitcoin Core, src/primitives/transaction.h.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from inktrace.errors import InputError

__all__ = ["RawTransaction", "read_transaction"]

_LARGEST_BYTES: Final = 4_000_000
_WITNESS_MARK: Final = b"\x00\x01"
_LEAST_INPUT_BYTES: Final = 41
_LEAST_OUTPUT_BYTES: Final = 9


@dataclass(frozen=True)
class RawTransaction:
    """A transaction's content. Ids are 32 bytes in display order.

    inputs: (spent txid, spent vout, sequence); outputs: (satoshi, script). `stripped_bytes`
    is its length without witnesses.
    """

    txid: bytes
    version: int
    lock_time: int
    inputs: list[tuple[bytes, int, int]]
    outputs: list[tuple[int, bytes]]
    stripped_bytes: int
    has_witness: bool


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise InputError("the transaction ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def count(self, least_bytes: int) -> int:
        """A compact size; one that the bytes left cannot hold is refused before any work."""
        first = self.number(1)
        found = first if first < 253 else self.number(1 << (first - 252))
        if found * least_bytes > len(self.data) - self.at:
            raise InputError("the transaction states more than it holds")
        return found


def read_transaction(data: bytes) -> RawTransaction:
    """Read one whole transaction. Raises InputError where the bytes are not exactly one."""
    if len(data) > _LARGEST_BYTES:
        raise InputError(f"a transaction cannot be {len(data):,} bytes long")
    reader = _Reader(data)
    version = reader.take(4)
    has_witness = data[4:6] == _WITNESS_MARK
    reader.at += 2 if has_witness else 0
    start = reader.at
    inputs = []
    for _ in range(reader.count(_LEAST_INPUT_BYTES)):
        spent, vout = reader.take(32)[::-1], reader.number(4)
        reader.take(reader.count(1))
        inputs.append((spent, vout, reader.number(4)))
    outputs = []
    for _ in range(reader.count(_LEAST_OUTPUT_BYTES)):
        value = reader.number(8)
        outputs.append((value, reader.take(reader.count(1))))
    stop = reader.at
    if has_witness:
        for _ in inputs:
            for _ in range(reader.count(1)):
                reader.take(reader.count(1))
    lock_time = reader.take(4)
    if reader.at != len(data) or not inputs or not outputs:
        raise InputError("these bytes are not exactly one transaction")
    digest = hashlib.sha256(version + data[start:stop] + lock_time).digest()
    return RawTransaction(
        hashlib.sha256(digest).digest()[::-1],
        int.from_bytes(version, "little", signed=True),
        int.from_bytes(lock_time, "little"),
        inputs,
        outputs,
        stop - start + 8,
        has_witness,
    )
