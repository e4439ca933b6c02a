"""What each input of a block spent: value and script, from the undo data beside a block file.

A block names the outputs it spends but not their values. Bitcoin Core keeps those in `rev*.dat`
beside `blk*.dat`, in another order; each record's checksum says which block it belongs to. Two
simpler forms, one file per block, are read too: a binary list (u64 value, compact size, script)
and a JSON list of `{"txout": {"value": …, "script_pubkey": hex}}`.

References: Bitcoin Core, src/undo.h, src/compressor.cpp, src/node/blockstorage.cpp.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa

from inktrace.errors import InputError
from inktrace.sources.block_kernels import (
    COIN_FIELDS,
    COIN_KIND,
    COIN_SCRIPT_SIZE,
    COIN_VALUE,
    MAX_MONEY,
    scan_undo,
    write_spent_scripts,
)
from inktrace.sources.networks import Network

__all__ = ["CoreUndo", "ListedUndo", "Spent", "Undo", "json_undo", "listed_undo"]

_CHECKSUM_BYTES: Final = 32
_KEY_BYTES: Final = 8
_MOST_COINS: Final = 100_000  # a block of 4 MB has fewer than 98,000 inputs
_MOST_TRANSACTIONS: Final = 70_000
_LONGEST_MADE_SCRIPT: Final = 67
_FIELD_PRIME: Final = 2**256 - 2**32 - 977  # of secp256k1


@dataclass(frozen=True)
class Spent:
    """Value (satoshi, int64) and script (binary array) of each spent output, in block order."""

    values: Any
    scripts: pa.Array


class Undo(Protocol):
    """Something that may know what a block's inputs spent."""

    used: int

    def spent(self, previous_hash: bytes, per_tx: Any) -> Spent | None:
        """What was spent, for a block with this parent and these numbers of inputs."""

    def complaints(self) -> Iterable[str]:
        """What of the undo data could not be used, one sentence each."""


class CoreUndo:
    """The records of one rev*.dat file, each found again by its checksum."""

    def __init__(self, name: str, data: bytes, network: Network, used_before: int = 0):
        """Index the file; `data` is free of obfuscation.

        `used_before` records belong to blocks that were read before and will not be asked for.
        """
        self._used_before = used_before
        self._name, self._data, self._magic = name, data, network.magic
        self._bytes = np.frombuffer(data, np.uint8)
        self._coins = np.empty((COIN_FIELDS, _MOST_COINS), np.int64)
        self._per_tx = np.empty(_MOST_TRANSACTIONS, np.int64)
        self._records: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._next: dict[tuple[int, int], int] = {}
        self.used = 0  # records whose block was met
        self._damaged = 0
        self._met = 0  # records, damaged ones included
        self._gaps = 0  # stretches before, between and after records that hold something
        self._index()

    def _index(self) -> None:
        at = end = 0  # end: where the last good record ends; -1 after a damaged one
        while (at := self._data.find(self._magic, at)) >= 0:
            self._met += 1
            self._note_gap(end, at)
            end = -1
            start = at + 8
            stop = start + int.from_bytes(self._data[at + 4 : start], "little")
            if stop + _CHECKSUM_BYTES > len(self._data):
                self._damaged, at = self._damaged + 1, at + 4
                continue
            coins = scan_undo(self._bytes, start, stop, self._coins, self._per_tx)
            if coins < 0:
                self._damaged, at = self._damaged + 1, at + 4
                continue
            if coins:
                self._records[int(self._per_tx[-1]), coins].append((start, stop))
            at = end = stop + _CHECKSUM_BYTES
        self._note_gap(end, len(self._data))

    def _note_gap(self, start: int, stop: int) -> None:
        """Count bytes outside records, unless they are space that Bitcoin Core set aside.

        That is zeros, or the obfuscation key over and over, as such space is not obfuscated.
        """
        gap = self._bytes[start:stop] if start >= 0 else self._bytes[:0]
        if len(gap) > _KEY_BYTES and (gap[_KEY_BYTES:] != gap[:-_KEY_BYTES]).any():
            self._gaps += 1

    def spent(self, previous_hash: bytes, per_tx: Any) -> Spent | None:
        """What this block spent; none where no record carries its checksum."""
        shape = len(per_tx), int(per_tx.sum())
        records = self._records.get(shape, [])
        # Both files are nearly in order of height: the record after the last match comes first.
        first = self._next.get(shape, 0)
        for number in (*range(first, len(records)), *range(first)):
            start, stop = records[number]
            if self._belongs(previous_hash, start, stop):
                del records[number]
                self._next[shape] = number
                self.used += 1
                return self._decoded(start, stop, per_tx)
        return None

    def _belongs(self, previous_hash: bytes, start: int, stop: int) -> bool:
        digest = hashlib.sha256(previous_hash + self._data[start:stop]).digest()
        wanted = self._data[stop : stop + _CHECKSUM_BYTES]
        return hashlib.sha256(digest).digest() == wanted

    def _decoded(self, start: int, stop: int, per_tx: Any) -> Spent | None:
        coins = self._coins
        count = scan_undo(self._bytes, start, stop, coins, self._per_tx)
        if not np.array_equal(self._per_tx[: len(per_tx)], per_tx):
            return None
        room = int(np.maximum(coins[COIN_SCRIPT_SIZE, :count], _LONGEST_MADE_SCRIPT).sum())
        out, offsets = np.empty(room, np.uint8), np.empty(count + 1, np.int64)
        size = write_spent_scripts(self._bytes, coins, count, out, offsets)
        kinds = coins[COIN_KIND, :count]
        for coin in np.flatnonzero((kinds == 4) | (kinds == 5)).tolist():
            begin = int(offsets[coin])
            root = _second_half(out[begin + 2 : begin + 34].tobytes(), bool(kinds[coin] == 5))
            if root is None:
                self._damaged += 1
                return None
            out[begin + 34 : begin + 66] = np.frombuffer(root, np.uint8)
        return Spent(coins[COIN_VALUE, :count].copy(), _binary(out[:size], offsets))

    def complaints(self) -> Iterable[str]:
        """Records that are damaged, or whose checksum fits no block of the file."""
        if not self._met and self._bytes.any():
            yield f"{self._name} holds no undo record"
        elif self._gaps:
            yield f"{self._gaps} stretches of {self._name} hold no undo record that can be read"
        if self._damaged:
            yield f"{self._damaged} undo records of {self._name} are damaged"
        unused = sum(len(records) for records in self._records.values()) - self._used_before
        if unused > 0:
            yield f"{unused} undo records of {self._name} have a checksum that fits no block"


class ListedUndo:
    """The spent outputs of one single block, as a plain list in block order."""

    def __init__(self, name: str, listed: Spent):
        """`name` is the file's, for messages."""
        self._name, self._listed, self.used = name, listed, 0

    def spent(self, previous_hash: bytes, per_tx: Any) -> Spent | None:
        """The list, if the block has as many inputs."""
        del previous_hash  # this form does not say which block it belongs to
        if self.used or int(per_tx.sum()) != len(self._listed.values):
            return None
        self.used = 1
        return self._listed

    def complaints(self) -> Iterable[str]:
        """That the list has another number of entries than the block has inputs."""
        if not self.used:
            count = len(self._listed.values)
            yield f"{self._name} lists {count} spent outputs, which fits no block of the file"


def listed_undo(data: bytes) -> Spent:
    """Read a binary list of spent outputs: u64 value, compact size, script, and so on.

    Raises InputError where it is not that.
    """
    values, scripts, at = [], [], 0
    while at < len(data):
        values.append(int.from_bytes(data[at : at + 8], "little"))
        size, at = _compact_size(data, at + 8)
        if size > len(data) - at or values[-1] > MAX_MONEY:
            raise InputError("is not a list of spent outputs")
        scripts.append(data[at : at + size])
        at += size
    return Spent(np.array(values, np.int64), pa.array(scripts, pa.binary()))


def json_undo(data: bytes) -> Spent:
    """Read a JSON list of spent outputs, each with `txout.value` and `txout.script_pubkey`.

    Raises InputError where it is not that.
    """
    try:
        outputs = [entry["txout"] for entry in json.loads(data)]
        values = [output["value"] for output in outputs]
        scripts = [bytes.fromhex(output["script_pubkey"]) for output in outputs]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError("is not a JSON list of spent outputs") from None
    if not all(type(value) is int and 0 <= value <= MAX_MONEY for value in values):
        raise InputError("has a value that is no amount of satoshi")
    return Spent(np.array(values, np.int64), pa.array(scripts, pa.binary()))


def _compact_size(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise InputError("ends inside a spent output")
    if (first := data[at]) < 253:
        return first, at + 1
    size = 1 << (first - 252)
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


@lru_cache(2**16)
def _second_half(x_bytes: bytes, odd: bool) -> bytes | None:
    """The y coordinate that completes a public key; none where x is on no point of the curve."""
    x = int.from_bytes(x_bytes, "big")
    square = (x * x * x + 7) % _FIELD_PRIME
    y = pow(square, (_FIELD_PRIME + 1) // 4, _FIELD_PRIME)
    if x >= _FIELD_PRIME or y * y % _FIELD_PRIME != square:
        return None
    return (y if y % 2 == odd else _FIELD_PRIME - y).to_bytes(32, "big")


def _binary(data: Any, offsets: Any) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).cast(pa.binary())
