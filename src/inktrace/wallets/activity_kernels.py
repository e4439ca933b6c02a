"""Compiled loops over stored transactions: who pays, and how busy each wallet is."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.compiled import OFFSETS, compiled

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say

IDS: Final = "int64[::1]"
NOBODY: Final = -1


@compiled(f"void({OFFSETS}, {OFFSETS}, {OFFSETS}, boolean[::1], {IDS})")
def name_payers(tx: Array, script: Array, wallet: Array, left_out: Array, payer: Array) -> None:
    """Fill in the wallet of each transaction's known inputs, -1 where there is not just one.

    `tx` ascends; transactions left out have no payer.
    """
    payer[:] = NOBODY
    start = 0
    while start < tx.size:
        this, owner = tx[start], wallet[script[start]]
        stop, alike = start + 1, True
        while stop < tx.size and tx[stop] == this:
            alike &= wallet[script[stop]] == owner
            stop += 1
        if alike and not left_out[this]:
            payer[this] = owner
        start = stop


@compiled(
    f"void({OFFSETS}, {OFFSETS}, {OFFSETS}, {OFFSETS}, {OFFSETS}, "
    f"{IDS}, {IDS}, {IDS}, {IDS}, {IDS})"
)
def count_receipts(
    tx: Array,
    script: Array,
    wallet: Array,
    payer: Array,
    time: Array,
    transactions: Array,
    outputs: Array,
    addresses: Array,
    first: Array,
    last: Array,
) -> None:
    """Count, per wallet, transactions that pay it, outputs, and its scripts that were paid.

    `tx` ascends. `first` and `last` become the earliest and latest of the times (0 = unknown) of
    transactions that a wallet funds or is paid by; they come filled with the largest int64 and 0.
    """
    seen = np.full(wallet.size, -1, np.int64)
    paid = np.zeros(wallet.size, np.bool_)
    for i in range(tx.size):
        this, one = tx[i], script[i]
        owner = wallet[one]
        outputs[owner] += 1
        if not paid[one]:
            paid[one] = True
            addresses[owner] += 1
        if seen[owner] != this:
            seen[owner] = this
            transactions[owner] += 1
            if time[this] > 0:
                first[owner] = min(first[owner], time[this])
                last[owner] = max(last[owner], time[this])
    for this in range(payer.size):
        owner = payer[this]
        if owner >= 0 and time[this] > 0:
            first[owner] = min(first[owner], time[this])
            last[owner] = max(last[owner], time[this])


@compiled(f"void({OFFSETS}, {OFFSETS}, {OFFSETS}, {OFFSETS}, boolean, {IDS})")
def count_partners(
    tx: Array, script: Array, wallet: Array, payer: Array, is_in: Any, partners: Array
) -> None:
    """Count, per wallet, the different wallets that pay it, or the different scripts it pays.

    Payments of a wallet to itself do not count. The outputs are put in the order of their wallet
    first, so that one mark per partner is enough to count each of them once.
    """
    scripts = wallet.size
    starts = np.zeros(scripts + 1, np.int64)
    for i in range(tx.size):
        payee, paying = wallet[script[i]], payer[tx[i]]
        if paying >= 0 and paying != payee:
            starts[(payee if is_in else paying) + 1] += 1
    for one in range(scripts):
        starts[one + 1] += starts[one]
    partner = np.empty(starts[scripts], np.int64)
    at = starts.copy()
    for i in range(tx.size):
        payee, paying = wallet[script[i]], payer[tx[i]]
        if paying >= 0 and paying != payee:
            mine = payee if is_in else paying
            partner[at[mine]] = paying if is_in else script[i]
            at[mine] += 1
    counted_for = np.full(scripts, -1, np.int64)
    for one in range(scripts):
        for place in range(starts[one], starts[one + 1]):
            if counted_for[partner[place]] != one:
                counted_for[partner[place]] = one
                partners[one] += 1
