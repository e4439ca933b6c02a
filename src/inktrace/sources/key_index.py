"""Which number a key of bytes has: a hash table in memory, made for millions of keys a second.

A slot has 16 bytes: 96 bits of a hash of the key, and the key's number. The hash is SipHash-2-4
under a secret drawn anew for every table, so nobody can prepare keys that it confuses, and
among ten billion keys two are confused by chance once in 10⁹ tables; the keys themselves need
not be kept. Numbers depend on the order of the keys only, never on the secret.

References: Aumasson and Bernstein, SipHash: a fast short-input PRF (2012), with the output of
128 bits of its reference implementation.
"""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.compiled import BYTES, OFFSETS, compiled, word_at

__all__ = ["KeyIndex", "siphash"]

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say

_LEAST_SLOTS: Final = 2**12
_MOST_FILLED: Final = 0.7  # beyond it, looking for a free slot takes many steps
_U: Final = np.uint64
_LOW: Final = np.uint64(0xFFFFFFFF)
# SipHash's four starting words, and the marks of its 128-bit form.
_V0, _V1 = np.uint64(0x736F6D6570736575), np.uint64(0x646F72616E646F6D ^ 0xEE)
_V2, _V3 = np.uint64(0x6C7967656E657261), np.uint64(0x7465646279746573)
_FIRST_END, _SECOND_END = np.uint64(0xEE), np.uint64(0xDD)


class KeyIndex:
    """Keys and their numbers, for at most `most_keys` keys."""

    def __init__(self, most_keys: int, secret: bytes | None = None):
        """Make an empty table. `secret` (16 bytes) is for tests; else it is drawn at random."""
        self.most_keys = most_keys
        self.count = 0
        self.next_number = 0  # above all numbers in the table
        self._secret = np.frombuffer(secret or os.urandom(16), "<u8").astype(np.uint64)
        self._slots = np.zeros((_LEAST_SLOTS, 2), np.uint64)

    def has_room(self, keys: int) -> bool:
        """Whether so many more keys can be taken in, even if all of them are new."""
        return self.count + keys <= self.most_keys

    def find(self, keys: pa.Array) -> Any:
        """The number of each key (int64); -1 where it has none. `keys` is binary, no nulls."""
        found = np.empty(len(keys), np.int64)
        _find(self._slots, self._hashes(keys), found)
        return found

    def number(self, keys: pa.Array, first: int) -> Any:
        """The number of each key (int64); new keys get `first`, `first` + 1, … in their order."""
        numbers = np.empty(len(keys), np.int64)
        hashes, done = self._hashes(keys), 0
        while True:
            room = int(len(self._slots) * _MOST_FILLED) - self.count
            done, added = _number(self._slots, hashes, numbers, done, first, room)
            self.count += added
            first += added
            if done == len(keys):
                break
            self._widen()
        self.next_number = max(self.next_number, first)
        return numbers

    def take(self, keys: pa.Array, numbers: Any) -> None:
        """Take in keys with the numbers they have (int64); a key that is there stays as it is."""
        while self.count + len(keys) > len(self._slots) * _MOST_FILLED:
            self._widen()
        self.count += _put(self._slots, self._hashes(keys), numbers)
        self.next_number = max(self.next_number, int(numbers.max(initial=-1)) + 1)

    def _widen(self) -> None:
        wider = np.zeros((2 * len(self._slots), 2), np.uint64)
        _move(self._slots, wider)
        self._slots = wider

    def _hashes(self, keys: pa.Array) -> Any:
        data, offsets = _parts(keys)
        hashes = np.empty((len(keys), 2), np.uint64)
        _hash_all(data, offsets, self._secret, hashes)
        return hashes


def siphash(data: bytes, secret: bytes) -> bytes:
    """SipHash-2-4 of some bytes, 128 bits, as the tables use it."""
    out = np.empty((1, 2), np.uint64)
    offsets = np.array([0, len(data)], np.int64)
    key = np.frombuffer(secret, "<u8").astype(np.uint64)
    _hash_all(np.frombuffer(data, np.uint8), offsets, key, out)
    return out.astype("<u8").tobytes()


def _parts(keys: pa.Array) -> tuple[Any, Any]:
    large = keys.cast(pa.large_binary())
    _, offsets, data = large.buffers()
    ends = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    return np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), ends


@compiled("uint64(uint64, uint64)")
def _turned(word: Int, by: Int) -> Int:
    return (word << by) | (word >> (_U(64) - by))


@compiled("UniTuple(uint64, 4)(uint64, uint64, uint64, uint64)")
def _round(v0: Int, v1: Int, v2: Int, v3: Int) -> tuple[Int, Int, Int, Int]:
    v0 += v1
    v2 += v3
    v1 = _turned(v1, _U(13)) ^ v0
    v3 = _turned(v3, _U(16)) ^ v2
    v0 = _turned(v0, _U(32))
    v2 += v1
    v0 += v3
    v1 = _turned(v1, _U(17)) ^ v2
    v3 = _turned(v3, _U(21)) ^ v0
    v2 = _turned(v2, _U(32))
    return v0, v1, v2, v3


@compiled(f"void({BYTES}, {OFFSETS}, uint64[::1], uint64[:, ::1])")
def _hash_all(data: Array, offsets: Array, secret: Array, hashes: Array) -> None:
    """128 bits of each slice of the data; `offsets` has one more entry than there are slices."""
    for key in range(len(offsets) - 1):
        at, stop = offsets[key], offsets[key + 1]
        v0, v1 = secret[0] ^ _V0, secret[1] ^ _V1
        v2, v3 = secret[0] ^ _V2, secret[1] ^ _V3
        last = _U(stop - at) << _U(56)
        while at + 8 <= stop:
            word = word_at(data, at)
            v3 ^= word
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
            v0 ^= word
            at += 8
        for i in range(stop - at):
            last |= _U(data[at + i]) << _U(8 * i)
        v3 ^= last
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= last
        v2 ^= _FIRST_END
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        hashes[key, 0] = v0 ^ v1 ^ v2 ^ v3
        v1 ^= _SECOND_END
        for _ in range(4):
            v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        hashes[key, 1] = v0 ^ v1 ^ v2 ^ v3


# A slot holds the first word of a hash, and half of the second above the number + 1; 0 = free.


@compiled("UniTuple(int64, 2)(uint64[:, ::1], uint64[:, ::1], int64[::1], int64, int64, int64)")
def _number(
    slots: Array, hashes: Array, numbers: Array, start: Int, first: Int, room: Int
) -> tuple[Int, Int]:
    """Number keys from `start` on; returns where the room ended, and how many keys were new."""
    mask = _U(len(slots) - 1)
    added = np.int64(0)
    for key in range(start, len(hashes)):
        one, other = hashes[key, 0], hashes[key, 1] & ~_LOW
        at = one & mask
        while slots[at, 1] and not (slots[at, 0] == one and slots[at, 1] & ~_LOW == other):
            at = (at + _U(1)) & mask
        if slots[at, 1] == 0:
            if added == room:
                return key, added
            slots[at, 0], slots[at, 1] = one, other | _U(first + added + 1)
            added += 1
        numbers[key] = np.int64(slots[at, 1] & _LOW) - 1
    return len(hashes), added


@compiled(f"int64(uint64[:, ::1], uint64[:, ::1], {OFFSETS})")
def _put(slots: Array, hashes: Array, numbers: Array) -> Int:
    """Put keys with their numbers into the table; returns how many were not there."""
    mask = _U(len(slots) - 1)
    added = np.int64(0)
    for key in range(len(hashes)):
        one, other = hashes[key, 0], hashes[key, 1] & ~_LOW
        at = one & mask
        while slots[at, 1] and not (slots[at, 0] == one and slots[at, 1] & ~_LOW == other):
            at = (at + _U(1)) & mask
        if slots[at, 1] == 0:
            slots[at, 0], slots[at, 1] = one, other | _U(numbers[key] + 1)
            added += 1
    return added


@compiled("void(uint64[:, ::1], uint64[:, ::1], int64[::1])")
def _find(slots: Array, hashes: Array, found: Array) -> None:
    mask = _U(len(slots) - 1)
    for key in range(len(hashes)):
        one, other = hashes[key, 0], hashes[key, 1] & ~_LOW
        at = one & mask
        while slots[at, 1] and not (slots[at, 0] == one and slots[at, 1] & ~_LOW == other):
            at = (at + _U(1)) & mask
        found[key] = np.int64(slots[at, 1] & _LOW) - 1


@compiled("void(uint64[:, ::1], uint64[:, ::1])")
def _move(slots: Array, wider: Array) -> None:
    """Put every key into another table, which is empty and larger."""
    mask = _U(len(wider) - 1)
    for i in range(len(slots)):
        if slots[i, 1]:
            at = slots[i, 0] & mask
            while wider[at, 1]:
                at = (at + _U(1)) & mask
            wider[at, 0], wider[at, 1] = slots[i, 0], slots[i, 1]
