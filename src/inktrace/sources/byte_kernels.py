"""Compiled loops that copy, clear and join stretches of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from inktrace.compiled import BYTES, OFFSETS, compiled, put_word, word_at

__all__ = ["gather", "gather_reversed", "write_transactions", "xor_bytes"]

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say


@compiled(f"int64({BYTES}, int64[::1], int64[::1], uint8[::1], int64[::1])")
def gather(data: Array, starts: Array, sizes: Array, out: Array, offsets: Array) -> Int:
    """Copy scattered slices one behind the other; returns the length of all of them."""
    at = 0
    offsets[0] = 0
    for i in range(len(starts)):
        start = starts[i]
        size = sizes[i]
        for j in range(0, size - 7, 8):
            put_word(out, at + j, word_at(data, start + j))
        for j in range(size // 8 * 8, size):
            out[at + j] = data[start + j]
        at += sizes[i]
        offsets[i + 1] = at
    return at


@compiled("uint64(uint64)")
def _swapped(word: Int) -> Int:
    """The word with its bytes in the other order."""
    swapped = np.uint64(0)
    for i in range(8):
        byte = (word >> np.uint64(8 * i)) & np.uint64(255)
        swapped |= byte << np.uint64(56 - 8 * i)
    return swapped


@compiled(f"void({BYTES}, int64[::1], uint8[:, ::1])")
def gather_reversed(data: Array, starts: Array, out: Array) -> None:
    """Copy 32 bytes from each start, last byte first: an id in display order."""
    for i in range(len(starts)):
        for j in range(0, 32, 8):
            put_word(out, 32 * i + j, _swapped(word_at(data, starts[i] + 24 - j)))


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


@compiled("int64(int64, uint8[::1], int64)")
def _write_count(value: Int, out: Array, at: Int) -> Int:
    size = 0
    if value >= 253:
        size = 2 if value < 0x10000 else 4
        out[at] = 253 if size == 2 else 254
        at += 1
    for i in range(max(size, 1)):
        out[at + i] = (value >> 8 * i) & 255
    return at + max(size, 1)


@compiled("int64(int64, int64, uint8[::1], int64)")
def _write_number(value: Int, size: Int, out: Array, at: Int) -> Int:
    for i in range(size):
        out[at + i] = (value >> 8 * i) & 255
    return at + size


@compiled(f"int64({BYTES}, int64, int64, uint8[::1], int64)")
def _write_script(data: Array, start: Int, stop: Int, out: Array, at: Int) -> Int:
    at = _write_count(stop - start, out, at)
    for i in range(start, stop):
        out[at + i - start] = data[i]
    return at + stop - start


@compiled(
    f"int64(int64[:, ::1], int64[:, ::1], {BYTES}, {BYTES}, {OFFSETS}, int64[:, ::1], "
    f"{BYTES}, {OFFSETS}, uint8[::1], int64[::1])"
)
def write_transactions(
    txs: Array,
    inputs: Array,
    spent_txids: Array,
    unlocking: Array,
    unlocking_offsets: Array,
    outputs: Array,
    scripts: Array,
    script_offsets: Array,
    out: Array,
    offsets: Array,
) -> Int:
    """Write transactions as their ids are made of, without witnesses; returns their length.

    Rows of `txs`: version, lock time, number of inputs and of outputs; of `inputs`: output
    spent and sequence; of `outputs`: value. Spent ids are in display order.
    """
    at: Int = 0
    row_in: Int = 0
    row_out: Int = 0
    offsets[0] = 0
    for tx in range(txs.shape[1]):
        at = _write_number(txs[0, tx], 4, out, at)
        at = _write_count(txs[2, tx], out, at)
        for i in range(row_in, row_in + txs[2, tx]):
            for j in range(32):
                out[at + j] = spent_txids[32 * i + 31 - j]
            at = _write_number(inputs[0, i], 4, out, at + 32)
            at = _write_script(unlocking, unlocking_offsets[i], unlocking_offsets[i + 1], out, at)
            at = _write_number(inputs[1, i], 4, out, at)
        row_in += txs[2, tx]
        at = _write_count(txs[3, tx], out, at)
        for i in range(row_out, row_out + txs[3, tx]):
            at = _write_number(outputs[0, i], 8, out, at)
            at = _write_script(scripts, script_offsets[i], script_offsets[i + 1], out, at)
        row_out += txs[3, tx]
        at = _write_number(txs[1, tx], 4, out, at)
        offsets[tx + 1] = at
    return at
