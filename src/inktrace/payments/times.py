"""When each output was paid and what it was worth: clocks, intervals, fiat values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.units import MICROSECONDS_PER_SECOND, SATOSHI_PER_BITCOIN

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_US: Final = MICROSECONDS_PER_SECOND


@dataclass(frozen=True)
class PaidOutputs:
    """Outputs worth more than nothing whose time is known, at least as an interval.

    Arrays of one length, in (tx_id, vout) order. `early_us` equals `late_us` where the
    first-seen time is known; else the payment lies somewhere between them. `recipient` is the
    wallet paid, −1 where none is known.
    """

    tx_id: Ints
    vout: Ints
    value_sat: Ints
    early_us: Ints
    late_us: Ints
    recipient: Ints

    @cached_property
    def middle_us(self) -> Ints:
        """The first-seen time, or the middle of its interval."""
        return self.early_us + (self.late_us - self.early_us) // 2

    def __len__(self) -> int:
        return len(self.tx_id)

    def taken(self, rows: Ints) -> PaidOutputs:
        """The outputs with the given numbers, in that order."""
        return PaidOutputs(
            self.tx_id[rows],
            self.vout[rows],
            self.value_sat[rows],
            self.early_us[rows],
            self.late_us[rows],
            self.recipient[rows],
        )


@dataclass(frozen=True)
class PriceSeries:
    """Prices of one bitcoin in one currency, in time order."""

    time_us: Ints
    log_price: Floats
    gap_us: int

    def log_value(self, value_sat: Ints, time_us: Ints) -> Floats:
        """Natural log of what satoshis were worth, at the last price at or before each time.

        NaN where the last price is older than the allowed gap, or there is none.
        """
        bitcoin = np.maximum(value_sat, 1) / SATOSHI_PER_BITCOIN
        return np.asarray(np.log(bitcoin) + self.log_price_at(time_us))

    def log_price_at(self, time_us: Ints) -> Floats:
        """Natural log of the last price at or before each time; NaN where it is too old."""
        at = np.searchsorted(self.time_us, time_us, side="right") - 1
        known = at >= 0
        at = np.maximum(at, 0)
        if not len(self.time_us):
            return np.full(len(time_us), np.nan)
        known &= time_us - self.time_us[at] <= self.gap_us
        return np.where(known, self.log_price[at], np.nan)

    def moves(self, time_us: Ints, ages_s: Ints) -> Singles:
        """ln of the price so many seconds before each time, over the price then.

        Shape (times, ages), float32; nought where either is unknown.
        """
        now = self.log_price_at(time_us)
        moves = np.empty((len(time_us), len(ages_s)), dtype=np.float32)
        for column, age in enumerate(ages_s):
            moves[:, column] = np.nan_to_num(self.log_price_at(time_us - int(age) * _US) - now)
        return moves


def numbers(table: pa.Table, name: str) -> Ints:
    """A column of whole numbers without nulls as an array."""
    return np.asarray(table[name].to_numpy(), dtype=np.int64)


def paid_outputs(
    relations: Relations, params: PaymentsParams
) -> tuple[PaidOutputs, dict[str, int]]:
    """Read every output with the time at which it was paid, and count what could not be timed.

    A transaction's time is the earliest first-seen time. Where that is missing, or later than
    the block's time by more than `late_first_seen_s`, the time is the interval from the previous
    block's time to its own block's time, widened by `block_slack_s` at both ends. Coinbase
    transactions buy nothing and are left out.

    Notes: wrong where a transaction waited through several blocks; the interval then misses its
    broadcast. A transaction that a watched node saw replaced, and that neither came back nor was
    confirmed, paid nobody and is left out. `max_interval_s` bounds the interval where the
    previous block is not stored.
    """
    transactions = _timed_transactions(relations)
    tx_id = numbers(transactions, "tx_id")
    early, late, counts = _time_bounds(transactions, relations, params)
    outputs = relations.collect(
        relations["outputs"]
        .filter(lambda t: t.value_sat > 0)
        .left_join(relations["wallets"].select("script_id", "wallet_id"), "script_id")
        .select("tx_id", "vout", "value_sat", recipient=lambda t: t.wallet_id.fill_null(-1))
        .order_by("tx_id", "vout")
    )
    output_tx = numbers(outputs, "tx_id")
    row = np.searchsorted(tx_id, output_tx)
    found = row < len(tx_id)
    found[found] = tx_id[row[found]] == output_tx[found]
    kept = np.flatnonzero(found)
    kept = kept[late[row[kept]] >= 0] if len(kept) else kept
    at = row[kept]
    made = PaidOutputs(
        tx_id=output_tx[kept],
        vout=numbers(outputs, "vout")[kept],
        value_sat=numbers(outputs, "value_sat")[kept],
        early_us=early[at],
        late_us=late[at],
        recipient=numbers(outputs, "recipient")[kept],
    )
    return made, {**counts, "outputs_timed": len(made)}


def _timed_transactions(relations: Relations) -> pa.Table:
    seen = relations["first_seen"].group_by("txid").agg(seen_us=lambda t: t.first_seen_us.min())
    transactions = relations["transactions"].filter(lambda t: ~t.is_coinbase)
    gone = transactions.filter(lambda t: t.block_time_us.isnull()).semi_join(
        _replaced(relations), "txid"
    )
    joined = transactions.anti_join(gone, "tx_id").left_join(seen, "txid")
    return relations.collect(
        joined.select("tx_id", "block_height", "block_time_us", "seen_us").order_by("tx_id")
    )


def _replaced(relations: Relations) -> ir.Table:
    """txid of transactions whose last word from a mempool is that another took their place."""
    told = relations["mempool_events"]
    back = ("added", "rebroadcast", "returned", "confirmed")
    last = told.group_by("txid").agg(
        replaced_us=told.event_us.max(where=told.event == "replaced"),
        back_us=told.event_us.max(where=told.event.isin(back)),
    )
    kept = last.filter(
        last.replaced_us.notnull() & (last.back_us.isnull() | (last.back_us <= last.replaced_us))
    )
    return kept.select("txid")


def _time_bounds(
    transactions: pa.Table, relations: Relations, params: PaymentsParams
) -> tuple[Ints, Ints, dict[str, int]]:
    """Earliest and latest time of each transaction; −1 where neither clock nor block is known."""
    unknown = np.iinfo(np.int64).min
    block = _or(transactions, "block_time_us", unknown)
    seen = _or(transactions, "seen_us", unknown)
    in_block = block != unknown
    late_seen = (seen != unknown) & in_block & (seen > block + params.late_first_seen_s * _US)
    is_seen = (seen != unknown) & ~late_seen
    by_block = ~is_seen & in_block
    early = np.full(len(block), -1, dtype=np.int64)
    late = early.copy()
    early[is_seen] = late[is_seen] = seen[is_seen]
    previous = _previous_block_times(relations, block[by_block])
    slack = params.block_slack_s * _US
    late[by_block] = block[by_block] + slack
    early[by_block] = np.maximum(previous - slack, late[by_block] - params.max_interval_s * _US)
    return (
        early,
        late,
        {
            "transactions_first_seen": int(is_seen.sum()),
            "transactions_timed_by_block": int(by_block.sum()),
            "transactions_without_time": int((~is_seen & ~in_block).sum()),
            "first_seen_after_block": int(late_seen.sum()),
        },
    )


def _previous_block_times(relations: Relations, block_us: Ints) -> Ints:
    times = relations["transactions"].filter(lambda t: t.block_time_us.notnull())
    stored = relations.collect(times.select("block_time_us").distinct().order_by("block_time_us"))
    known = numbers(stored, "block_time_us")
    at = np.searchsorted(known, block_us, side="left") - 1
    missing = np.int64(-(2**62))
    return np.where(at >= 0, known[np.maximum(at, 0)], missing) if len(known) else block_us


def _or(table: pa.Table, name: str, unknown: int) -> Ints:
    return np.asarray(table[name].fill_null(unknown).to_numpy(), dtype=np.int64)


def price_series(relations: Relations, params: PaymentsParams) -> dict[str, PriceSeries]:
    """Read the usable bitcoin prices, per currency; zero, negative and NaN prices are left out."""
    prices = relations["prices"]
    usable = prices.filter((prices.price > 0) & ~prices.price.isnan() & ~prices.price.isinf())
    rows = relations.collect(
        usable.group_by(currency=ibis._.currency.upper(), time_us=ibis._.time_us)
        .agg(price=ibis._.price.median())
        .order_by("currency", "time_us")
    )
    currency = np.asarray(rows["currency"].to_pylist(), dtype=object)
    time_us = numbers(rows, "time_us")
    log_price = np.log(np.asarray(rows["price"].to_numpy(), dtype=np.float64))
    return {
        name: _series(time_us[currency == name], log_price[currency == name], params)
        for name in sorted(set(currency.tolist()))
    }


def _series(time_us: Ints, log_price: Floats, params: PaymentsParams) -> PriceSeries:
    # A daily series is honest about being daily; an hour's limit would leave it without use.
    spacing = int(np.median(np.diff(time_us))) if len(time_us) > 1 else 0
    return PriceSeries(time_us, log_price, max(params.price_gap_s * _US, 2 * spacing))


def fiat_values(
    outputs: PaidOutputs, series: Mapping[str, PriceSeries], currencies: list[str]
) -> dict[str, Floats]:
    """Natural log of each output's value in each currency; NaN where no price is near enough."""
    time_us = outputs.middle_us
    nothing: Any = np.full(len(outputs), np.nan)
    return {
        name: series[name].log_value(outputs.value_sat, time_us) if name in series else nothing
        for name in currencies
    }
