"""Compiled loops of the search for near hashes: keys, buckets, and what stands in them.

A hash is a row of four 64-bit words. Distances are Hamming distances over all 256 bits.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.compiled import compiled, ones_in

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say

HASHES: Final = "Array(uint64, 2, 'C', readonly=True)"
INTS: Final = "Array(int64, 1, 'C', readonly=True)"
SMALL_INTS: Final = "Array(int32, 1, 'C', readonly=True)"
# So many look-ups, and so many hashes found by them, are worked on at a time: each step then
# loads many places of memory at once instead of waiting for one after the other.
_AT_A_TIME: Final = 512
_ROOM: Final = 8_192


@compiled(f"int64[::1]({HASHES}, int64, int64)")
def bits_of(hashes: Array, start: Int, width: Int) -> Array:
    """The bits from `start` on, `width` < 64 of them, of each hash as a number."""
    word, offset = start >> 6, np.uint64(start & 63)
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    keys = np.empty(hashes.shape[0], np.int64)
    for i in range(hashes.shape[0]):
        key = hashes[i, word] >> offset
        if start + width > 64 * (word + 1):
            key |= hashes[i, word + 1] << (np.uint64(64) - offset)
        keys[i] = np.int64(key & mask)
    return keys


@compiled(f"void({INTS}, int32[::1], int32[::1])")
def fill_buckets(keys: Array, first: Array, members: Array) -> None:
    """Sort hashes into buckets by key: bucket k is members[first[k] : first[k + 1]].

    `first` comes as zeros, one more than there are keys. Within a bucket the order is kept.
    """
    for i in range(keys.size):
        first[keys[i]] += 1
    total = 0
    for key in range(first.size):
        total += first[key]
        first[key] = total
    for i in range(keys.size - 1, -1, -1):
        first[keys[i]] -= 1
        members[first[keys[i]]] = i


@compiled(f"int64({HASHES}, int64, {HASHES}, int64)")
def _distance(some: Array, i: Int, others: Array, j: Int) -> Int:
    return np.int64(
        ones_in(some[i, 0] ^ others[j, 0])
        + ones_in(some[i, 1] ^ others[j, 1])
        + ones_in(some[i, 2] ^ others[j, 2])
        + ones_in(some[i, 3] ^ others[j, 3])
    )


@compiled("int64[:, ::1](int64[:, ::1], int64)")
def _with_room(rows: Array, used: Int) -> Array:
    if used < rows.shape[0]:
        return rows
    wider = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    wider[:used] = rows
    return wider


@compiled(f"boolean({HASHES}, int64, {HASHES}, int64, {INTS}, {INTS}, int64)")
def _came_before(
    some: Array, i: Int, others: Array, j: Int, starts: Array, flips: Array, part: Int
) -> bool:
    """Whether an earlier part of the hashes is near enough to have brought this pair too."""
    for earlier in range(part):
        ones: Int = 0
        for bit in range(starts[earlier], starts[earlier + 1]):
            differ = some[i, bit >> 6] ^ others[j, bit >> 6]
            ones += np.int64((differ >> np.uint64(bit & 63)) & np.uint64(1))
        if ones <= flips[earlier]:
            return True
    return False


@compiled(
    f"int64[:, ::1]({HASHES}, {HASHES}, {INTS}, {SMALL_INTS}, {SMALL_INTS}, {INTS}, {INTS}, {INTS},"
    " int64, int64, int64, int64[::1])"
)
def near_by_part(
    queries: Array,
    listed: Array,
    keys: Array,
    first: Array,
    members: Array,
    masks: Array,
    starts: Array,
    flips: Array,
    part: Int,
    radius: Int,
    most: Int,
    counts: Array,
) -> Array:
    """(query, listed hash, distance) of pairs within `radius` that part number `part` brings.

    `masks` are the bits to turn in a query's key to reach every bucket that is near enough;
    queries are best in order of their keys. A pair that an earlier part brings too is left
    out. `counts` grows by what was found of each query; beyond `most` it is only counted.
    """
    found = np.empty((1024, 3), np.int64)
    used = 0
    low, high = np.empty(_AT_A_TIME, np.int32), np.empty(_AT_A_TIME, np.int32)
    asked, place = np.empty(_ROOM, np.int32), np.empty(_ROOM, np.int32)
    for mask in masks:
        for start in range(0, keys.size, _AT_A_TIME):
            width = min(_AT_A_TIME, keys.size - start)
            for x in range(width):
                key = keys[start + x] ^ mask
                low[x], high[x] = first[key], first[key + 1]
            x = 0
            while x < width:
                held = 0
                while x < width and held < _ROOM:
                    while low[x] < high[x] and held < _ROOM:
                        asked[held], place[held] = start + x, low[x]
                        low[x] += 1
                        held += 1
                    if low[x] == high[x]:
                        x += 1
                for y in range(held):
                    place[y] = members[place[y]]
                for y in range(held):
                    i, j = np.int64(asked[y]), np.int64(place[y])
                    distance = _distance(queries, i, listed, j)
                    if distance > radius:
                        continue
                    if _came_before(queries, i, listed, j, starts, flips, part):
                        continue
                    counts[i] += 1
                    if counts[i] > most:
                        continue
                    found = _with_room(found, used)
                    found[used, 0], found[used, 1], found[used, 2] = i, j, distance
                    used += 1
    return found[:used].copy()


@compiled(f"int64[:, ::1]({HASHES}, {HASHES}, int64, int64, int64, int64, int64[::1])")
def near_one_by_one(
    queries: Array, listed: Array, begin: Int, end: Int, radius: Int, most: Int, counts: Array
) -> Array:
    """The same for queries number `begin` to `end`, by comparing each with every listed hash."""
    found = np.empty((1024, 3), np.int64)
    used = 0
    for i in range(begin, end):
        for j in range(listed.shape[0]):
            distance = _distance(queries, i, listed, j)
            if distance > radius:
                continue
            counts[i] += 1
            if counts[i] > most:
                continue
            found = _with_room(found, used)
            found[used, 0], found[used, 1], found[used, 2] = i, j, distance
            used += 1
    return found[:used].copy()
