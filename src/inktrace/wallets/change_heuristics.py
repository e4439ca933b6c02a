"""Which output of a payment is the payer's own change: each heuristic is the set of outputs that
it cannot rule out.

A heuristic that rules out none or all of a payment's outputs says nothing about it. Heuristics
compose by intersection. The first line of each is the sentence that a reader is shown.

References: Meiklejohn et al., "A fistful of bitcoins" (IMC 2013); Möser & Narayanan, "Resurrecting
address clustering in Bitcoin" (FC 2022); Kappos et al., "How to peel a million" (USENIX Security
2022).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.params import ChangeParams
from inktrace.wallets.change_facts import ORDERED, VIOLATES, Facts, Floats, Ids, Mask


@dataclass(frozen=True)
class Prices:
    """Prices of one bitcoin in one currency, ascending in time."""

    time_us: Ids
    price: Floats


def own_script(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change goes back to a script that the payment spends from."""
    return facts.is_own_script


def one_time(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change goes to an address that was never seen before (Meiklejohn et al. 2013)."""
    return ~facts.paid_before


def optimal(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change is smaller than every coin spent: else a coin would have been left out."""
    smallest = np.where(facts.inputs >= 2, facts.smallest_input, -1)[facts.payment]
    return np.asarray((smallest < 0) | (facts.value_sat < smallest))


def script_type(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change has the address type that all the coins spent have."""
    shared = facts.input_type[facts.payment]
    return np.asarray((shared < 0) | (facts.script_type == shared))


def round_satoshi(facts: Facts, _: tuple[Prices, ...], params: ChangeParams) -> Mask:
    """Change is no round amount of bitcoin, as payments often are."""
    return np.asarray(facts.value_sat % params.round_sat != 0)


def round_fiat(facts: Facts, prices: tuple[Prices, ...], params: ChangeParams) -> Mask:
    """Change is no round amount of money at the minute of payment, as prices often are."""
    is_round = np.zeros(facts.value_sat.size, bool)
    seen = facts.seen_us[facts.payment]
    for one in prices:
        price = _price_at(one, seen, params)
        amount = facts.value_sat / 1e8 * price
        timed = (amount > 0) & (amount >= params.round_fiat_least)
        step = np.ones(amount.size)
        step[timed] = 10.0 ** np.floor(np.log10(amount[timed])) / 2.0
        off = np.abs(amount - np.round(amount / step) * step)
        is_round |= timed & (off <= params.round_fiat_tolerance * amount)
    return ~is_round


def version(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change is spent by a transaction of the same version number (Kappos et al. 2022)."""
    return _alike(facts, facts.habits.version)


def lock_time(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change is spent by a transaction that sets a lock time, or none, as this one does."""
    return _alike(facts, facts.habits.has_lock_time.astype(np.int64))


def replaceable(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change is spent by a transaction that allows its replacement, or not, as this one does."""
    return _alike(facts, facts.habits.replaceable.astype(np.int64))


def output_order(facts: Facts, _: tuple[Prices, ...], __: ChangeParams) -> Mask:
    """Change is spent by a transaction that orders its parts as BIP 69 does, or not, as this."""
    order = facts.habits.order
    mine = order[facts.tx_id][facts.payment]
    theirs = np.where(facts.spender >= 0, order[np.maximum(facts.spender, 0)], mine)
    against = ((mine == VIOLATES) & (theirs == ORDERED)) | (
        (mine == ORDERED) & (theirs == VIOLATES)
    )
    return np.asarray(~against)


Heuristic = Callable[[Facts, tuple[Prices, ...], ChangeParams], Mask]
HEURISTICS: Final[dict[str, Heuristic]] = {
    one.__name__: one
    for one in (
        own_script,
        one_time,
        optimal,
        script_type,
        round_satoshi,
        round_fiat,
        version,
        lock_time,
        replaceable,
        output_order,
    )
}


def _alike(facts: Facts, habit: Ids) -> Mask:
    """Unspent outputs cannot be ruled out: nothing is known of who will spend them."""
    mine = habit[facts.tx_id][facts.payment]
    return np.asarray((facts.spender < 0) | (habit[np.maximum(facts.spender, 0)] == mine))


def _price_at(prices: Prices, time_us: Ids, params: ChangeParams) -> Floats:
    """The last price not after each time; 0 where none is near enough or the time is unknown."""
    if not prices.time_us.size:
        return np.zeros(time_us.size)
    at = np.searchsorted(prices.time_us, time_us, side="right") - 1
    near = (at >= 0) & (time_us >= 0)
    near &= time_us - prices.time_us[np.maximum(at, 0)] <= params.price_gap_s * 1_000_000
    return np.where(near, prices.price[np.maximum(at, 0)], 0.0)
