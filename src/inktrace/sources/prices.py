"""Prices of one bitcoin, from any table with a time and a price."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cell_times import times, zone_named
from inktrace.sources.cells import mask_of, matches, numbers
from inktrace.sources.intake import Added, Intake, intake
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve

__all__ = ["add_prices"]

# Names that price tables use, best first. A candle's time is that of its opening, so of its
# four prices `open` is the one that belongs to the time; `close` only where there is no other.
_TIME_NAMES: Final = ("time", "unix_timestamp", "timestamp", "date")
_PRICE_NAMES: Final = ("price", "open", "close")


def add_prices(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    *,
    currency: str | None = None,
    zone: str | None = None,
) -> Added:
    """Store prices of one bitcoin in ordinary money.

    Columns: time (epoch seconds or ISO 8601 with offset), currency, price (per bitcoin, above
    zero). Tables of candles serve too: their time may be called unix_timestamp, timestamp or
    date, and their price is `open`, which is what a bitcoin cost at that time. `currency`
    fills in where the file names none; `zone` reads times and plain dates without offset
    (a date is midnight).

    A second price for the same moment and currency is a repeat if equal, else rejected.
    Raises InputError where the file as a whole cannot be used.
    """
    if currency is not None and not (
        len(currency) == 3 and currency.isascii() and currency.isalpha()
    ):
        raise InputError(f"currency {currency!r} is not a code of three letters", do="give USD …")
    if zone is not None:
        zone_named(zone)
    options = {"currency": currency, "zone": zone}
    with intake(engine, "prices", path, params, options, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, _layout(currency), progress):
            file.store("prices", _good_rows(file, batch, currency, zone))
        settle_repeats(file, "prices", ("currency", "time_us"), ("price",))
        return file.added()


def _layout(currency: str | None) -> Layout:
    names = (*_TIME_NAMES, *_PRICE_NAMES, "currency")
    required = (_TIME_NAMES, _PRICE_NAMES) + ((("currency",),) if currency is None else ())
    return Layout({name: name for name in names}, required)


def _good_rows(file: Intake, batch: Batch, currency: str | None, zone: str | None) -> pa.Table:
    sieve = Sieve(file, batch)
    time_name = _best(sieve, _TIME_NAMES)
    moments, verdicts = times(
        sieve.cells(time_name), None if zone is None else zone_named(zone), dates=True
    )
    sieve.judge(verdicts, time_name)
    sieve.drop_far_times(moments, time_name)
    price_name = _best(sieve, _PRICE_NAMES)
    prices, verdicts = numbers(sieve.cells(price_name))
    sieve.judge(verdicts, price_name)
    sieve.drop(prices <= 0, price_name, f"{price_name} is zero or negative")
    code = pc.utf8_upper(pc.utf8_trim_whitespace(sieve.text("currency", currency)))
    sieve.require(code, "currency")
    odd = mask_of(pc.is_valid(code)) & ~matches(code, r"^[A-Z]{3}$")
    sieve.drop(odd, "currency", "currency is not a code of three letters (ISO 4217)")
    columns = {
        "time_us": pa.array(moments),
        "currency": code,
        "price": pa.array(prices),
        "row": pa.array(batch.rows),
    }
    return pa.table(columns).filter(pa.array(sieve.good))


def _best(sieve: Sieve, names: Collection[str]) -> str:
    """The first of these columns that the batch has with any value in it."""
    columns = sieve.batch.columns
    given = [
        name for name in names if name in columns and columns[name].null_count < len(columns[name])
    ]
    return given[0] if given else next(iter(names))
