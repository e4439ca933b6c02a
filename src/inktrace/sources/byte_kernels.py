"""Compiled loops that copy and clear stretches of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from inktrace.compiled import BYTES, compiled

__all__ = ["gather", "gather_reversed", "xor_bytes"]

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say


@compiled(f"int64({BYTES}, int64[::1], int64[::1], uint8[::1], int64[::1])")
def gather(data: Array, starts: Array, sizes: Array, out: Array, offsets: Array) -> Int:
    """Copy scattered slices one behind the other; returns the length of all of them."""
    at = 0
    offsets[0] = 0
    for i in range(len(starts)):
        start = starts[i]
        for j in range(sizes[i]):
            out[at + j] = data[start + j]
        at += sizes[i]
        offsets[i + 1] = at
    return at


@compiled(f"void({BYTES}, int64[::1], uint8[:, ::1])")
def gather_reversed(data: Array, starts: Array, out: Array) -> None:
    """Copy 32 bytes from each start, last byte first: an id in display order."""
    for i in range(len(starts)):
        for j in range(32):
            out[i, j] = data[starts[i] + 31 - j]


@compiled(f"void(uint8[::1], {BYTES}, int64)")
def xor_bytes(data: Array, key: Array, offset: Int) -> None:
    """XOR the data with a key of eight bytes, over and over; `offset` is its place in the file."""
    turned = np.empty(8, np.uint8)
    for i in range(8):
        turned[i] = key[(offset + i) % 8]
    whole = len(data) // 8
    for i in range(whole):
        for j in range(8):
            data[8 * i + j] ^= turned[j]
    for i in range(8 * whole, len(data)):
        data[i] ^= turned[i % 8]
