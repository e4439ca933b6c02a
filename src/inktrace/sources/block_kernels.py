"""Compiled loops over raw blocks and undo records: where each field stands, and its value.

Every count is checked against the bytes that are left before it is believed, so a lying
count costs nothing. Fields are written as rows into arrays that the caller made large enough
for the bytes at hand; the end of the rows written is returned.

References: Bitcoin Core, src/primitives/transaction.h, src/serialize.h, src/undo.h and
src/compressor.h; BIP 144.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.compiled import BYTES, compiled, put_word, word_at

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say
Bool = Any

# Fields of a transaction, one array row each: where it stands, what it holds.
(TX_START, TX_STOP, TX_BODY, TX_BODY_STOP, TX_VERSION, TX_LOCK_TIME, TX_INPUTS, TX_OUTPUTS) = range(
    8
)
TX_HAS_WITNESS, TX_FIELDS = 8, 9
IN_TXID, IN_VOUT, IN_SEQUENCE, IN_TX, IN_SCRIPT, IN_SCRIPT_SIZE, IN_FIELDS = range(7)
OUT_VALUE, OUT_SCRIPT, OUT_SCRIPT_SIZE, OUT_TX, OUT_FIELDS = range(5)
COIN_VALUE, COIN_KIND, COIN_SCRIPT, COIN_SCRIPT_SIZE, COIN_FIELDS = range(5)

LEAST_TX_BYTES, LEAST_INPUT_BYTES, LEAST_OUTPUT_BYTES = 60, 41, 9
HEADER_BYTES: Final = 80
LONGEST_SCRIPT: Final = 10_000
MAX_MONEY: Final = 21_000_000 * 100_000_000

# What scan_block and scan_undo return instead of an end where the bytes cannot be right.
FAULTS: Final = {
    -1: "the data ends inside a transaction",
    -2: "a count or size is larger than the data that is left",
    -3: "a count is not written in its shortest form",
    -4: "an output's value is negative or above 21 million bitcoin",
    -5: "a transaction has no input or no output",
    -6: "a transaction has an unknown kind of extra data",
    -7: "a transaction is marked as having witnesses and has none",
    -8: "bytes are left after the last transaction",
    -9: "the first transaction is not a coinbase, or another one is",
}
_SHORT, _LARGE, _LONG_FORM, _VALUE, _EMPTY, _EXTRA, _BARE, _LEFT, _COINBASE = range(-1, -10, -1)


@compiled(f"int64({BYTES}, int64, int64)")
def _number(data: Array, at: Int, size: Int) -> Int:
    if at + 8 <= len(data):
        spare = np.uint64(64 - 8 * size)
        return np.int64(word_at(data, at) << spare >> spare)
    value = np.int64(0)
    for i in range(size):
        value |= np.int64(data[at + i]) << (8 * i)
    return value


@compiled(f"UniTuple(int64, 2)({BYTES}, int64, int64)")
def _count(data: Array, at: Int, stop: Int) -> tuple[Int, Int]:
    """A compact size and where it ends; a fault and `stop` where there is none."""
    if at >= stop:
        return _SHORT, stop
    first = np.int64(data[at])
    if first < 253:
        return first, at + 1
    size = 1 << (first - 252)
    if at + 1 + size > stop:
        return _SHORT, stop
    value = _number(data, at + 1, size)
    if value < 0:
        return _LARGE, stop
    if value < 253 or (size == 4 and value < 0x10000) or (size == 8 and value < 0x100000000):
        return _LONG_FORM, stop
    return value, at + 1 + size


@compiled(f"int64({BYTES}, int64, int64, int64, int64[:, ::1], int64, int64)")
def _scan_inputs(
    data: Array, at: Int, stop: Int, count: Int, inputs: Array, row: Int, tx: Int
) -> Int:
    for i in range(row, row + count):
        if at + 36 > stop:
            return _SHORT
        size, script = _count(data, at + 36, stop)
        if size < 0:
            return size
        if size > stop - script - 4:
            return _LARGE
        inputs[IN_TXID, i], inputs[IN_VOUT, i] = at, _number(data, at + 32, 4)
        inputs[IN_SCRIPT, i], inputs[IN_SCRIPT_SIZE, i] = script, size
        inputs[IN_SEQUENCE, i], inputs[IN_TX, i] = _number(data, script + size, 4), tx
        at = script + size + 4
    return at


@compiled(f"int64({BYTES}, int64, int64, int64, int64[:, ::1], int64, int64)")
def _scan_outputs(
    data: Array, at: Int, stop: Int, count: Int, outputs: Array, row: Int, tx: Int
) -> Int:
    for i in range(row, row + count):
        if at + 8 > stop:
            return _SHORT
        value = _number(data, at, 8)
        if value < 0 or value > MAX_MONEY:
            return _VALUE
        size, script = _count(data, at + 8, stop)
        if size < 0:
            return size
        if size > stop - script:
            return _LARGE
        outputs[OUT_VALUE, i], outputs[OUT_TX, i] = value, tx
        outputs[OUT_SCRIPT, i], outputs[OUT_SCRIPT_SIZE, i] = script, size
        at = script + size
    return at


@compiled(f"int64({BYTES}, int64, int64, int64)")
def _skip_witnesses(data: Array, at: Int, stop: Int, inputs: Int) -> Int:
    any_item = False
    for _ in range(inputs):
        items, at = _count(data, at, stop)
        if items < 0:
            return items
        if items > stop - at:
            return _LARGE
        for _ in range(items):
            any_item = True
            size, at = _count(data, at, stop)
            if size < 0:
                return size
            if size > stop - at:
                return _LARGE
            at += size
    return at if any_item else _BARE


@compiled(f"boolean({BYTES}, int64, int64)")
def _is_null(data: Array, at: Int, vout: Int) -> Bool:
    if vout != 0xFFFFFFFF:
        return False
    zeros = 0
    while zeros < 32 and data[at + zeros] == 0:
        zeros += 1
    return zeros == 32


@compiled(f"int64({BYTES}, int64, int64, int64[:, ::1], int64[:, ::1], int64[:, ::1], int64[::1])")
def scan_block(
    data: Array, start: Int, stop: Int, txs: Array, inputs: Array, outputs: Array, rows: Array
) -> Int:
    """Find every field of the block in data[start:stop]; returns 0, or a key of FAULTS.

    `rows` holds how many transactions, inputs and outputs the arrays have already, and is
    moved on only where the block is sound.
    """
    count, at = _count(data, start + HEADER_BYTES, stop)
    if count < 0:
        return count
    if count > (stop - at) // LEAST_TX_BYTES:
        return _LARGE
    if count == 0:
        return _EMPTY
    tx, first_input, first_output = rows[0], rows[1], rows[2]
    for i in range(tx, tx + count):
        txs[TX_START, i] = at
        if at + 6 > stop:
            return _SHORT
        witness = data[at + 4] == 0
        if witness and data[at + 5] != 1:
            return _EXTRA
        body = at + 6 if witness else at + 4
        txs[TX_VERSION, i], txs[TX_BODY, i] = _number(data, at, 4), body
        total, at = _count(data, body, stop)
        if total < 0:
            return total
        if total == 0:
            return _EMPTY
        if total > (stop - at) // LEAST_INPUT_BYTES:
            return _LARGE
        at = _scan_inputs(data, at, stop, total, inputs, first_input, i)
        if at < 0:
            return at
        null = total == 1 and _is_null(
            data, inputs[IN_TXID, first_input], inputs[IN_VOUT, first_input]
        )
        if null != (i == tx):
            return _COINBASE
        txs[TX_INPUTS, i] = total
        first_input += total
        paid, at = _count(data, at, stop)
        if paid < 0:
            return paid
        if paid == 0:
            return _EMPTY
        if paid > (stop - at) // LEAST_OUTPUT_BYTES:
            return _LARGE
        at = _scan_outputs(data, at, stop, paid, outputs, first_output, i)
        if at < 0:
            return at
        txs[TX_OUTPUTS, i], txs[TX_BODY_STOP, i] = paid, at
        first_output += paid
        if witness:
            at = _skip_witnesses(data, at, stop, total)
            if at < 0:
                return at
        if at + 4 > stop:
            return _SHORT
        txs[TX_HAS_WITNESS, i], txs[TX_LOCK_TIME, i] = witness, _number(data, at, 4)
        at += 4
        txs[TX_STOP, i] = at
    if at != stop:
        return _LEFT
    rows[0], rows[1], rows[2] = tx + count, first_input, first_output
    return 0


@compiled(f"UniTuple(int64, 2)({BYTES}, int64, int64)")
def _packed_number(data: Array, at: Int, stop: Int) -> tuple[Int, Int]:
    """A number in the base-128 form of undo records and where it ends; a fault and `stop`."""
    value = np.int64(0)
    for _ in range(9):
        if at >= stop:
            return _SHORT, stop
        if value > 1 << 55:
            break  # one digit more would not fit; no amount or size is so large
        byte = np.int64(data[at])
        at += 1
        value = (value << 7) | (byte & 127)
        if byte < 128:
            return value, at
        value += 1
    return _LARGE, stop


@compiled("int64(int64)")
def unpacked_amount(packed: Int) -> Int:
    """The satoshi that a compressed amount stands for; -1 where it is above all money."""
    if packed == 0:
        return 0
    packed -= 1
    exponent = packed % 10
    packed //= 10
    if exponent < 9:
        digit = packed % 9 + 1
        value = packed // 9 * 10 + digit
    else:
        value = packed + 1
    if value > MAX_MONEY:
        return -1
    for _ in range(exponent):
        value *= 10
        if value > MAX_MONEY:
            return -1
    return value


@compiled(f"int64({BYTES}, int64, int64, int64[:, ::1], int64[::1])")
def scan_undo(data: Array, start: Int, stop: Int, coins: Array, per_tx: Array) -> Int:
    """Find every spent coin of the undo record in data[start:stop].

    Fills `coins` (COIN_* rows) and `per_tx` (inputs of each transaction but the coinbase;
    its last place gets the number of transactions). Returns the number of coins, or a key of
    FAULTS.
    """
    count, at = _count(data, start, stop)
    if count < 0:
        return count
    if count >= len(per_tx):
        return _LARGE
    per_tx[-1] = count
    row = 0
    for tx in range(count):
        spent, at = _count(data, at, stop)
        if spent < 0:
            return spent
        if spent > coins.shape[1] - row or spent > stop - at:
            return _LARGE
        per_tx[tx] = spent
        for i in range(row, row + spent):
            code, at = _packed_number(data, at, stop)
            if code < 0:
                return code
            if code > 1:  # height above 0: a version that is no longer used stands here
                unused, at = _packed_number(data, at, stop)
                if unused < 0:
                    return unused
            amount, at = _packed_number(data, at, stop)
            if amount < 0:
                return amount
            value = unpacked_amount(amount)
            if value < 0:
                return _VALUE
            kind, at = _packed_number(data, at, stop)
            if kind < 0:
                return kind
            size = kind - 6
            if kind < 6:
                size = 20 if kind < 2 else 32
            if size > stop - at:
                return _LARGE
            coins[COIN_VALUE, i], coins[COIN_KIND, i] = value, min(kind, 6)
            coins[COIN_SCRIPT, i], coins[COIN_SCRIPT_SIZE, i] = at, size
            at += size
        row += spent
    return row if at == stop else _LEFT


@compiled(f"int64({BYTES}, int64[:, ::1], int64, uint8[::1], int64[::1])")
def write_spent_scripts(data: Array, coins: Array, count: Int, out: Array, offsets: Array) -> Int:
    """Write the full script of each spent coin; returns the length of all of them.

    The second half of an uncompressed key is left as zeros: it takes arithmetic that is not
    done here.
    """
    at = 0
    offsets[0] = 0
    for i in range(count):
        kind, start, size = coins[COIN_KIND, i], coins[COIN_SCRIPT, i], coins[COIN_SCRIPT_SIZE, i]
        if kind == 0:
            out[at], out[at + 1], out[at + 2], at = 0x76, 0xA9, 20, at + 3
        elif kind == 1:
            out[at], out[at + 1], at = 0xA9, 20, at + 2
        elif kind < 6:
            out[at], out[at + 1] = (33, kind) if kind < 4 else (65, 4)
            at += 2
        elif size > LONGEST_SCRIPT:  # cannot be spent; what stands for it in Bitcoin Core
            out[at], size, at = 0x6A, 0, at + 1
        for j in range(0, size - 7, 8):
            put_word(out, at + j, word_at(data, start + j))
        for j in range(size // 8 * 8, size):
            out[at + j] = data[start + j]
        at += size
        if kind == 0:
            out[at], out[at + 1], at = 0x88, 0xAC, at + 2
        elif kind == 1:
            out[at], at = 0x87, at + 1
        elif kind < 6:
            if kind > 3:
                for j in range(32):
                    out[at + j] = 0
                at += 32
            out[at], at = 0xAC, at + 1
        offsets[i + 1] = at
    return at
