"""Fields of an export as numbers, times, hashes and scripts, and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.sources.block_kernels import MAX_MONEY
from inktrace.sources.script import UNKNOWN_MARK, binary_parts, scripts_of

__all__ = [
    "Numbers",
    "Verdict",
    "as_mask",
    "block_times",
    "flat_text",
    "positions",
    "stated_scripts",
    "txids",
    "unhexed",
]

_GENESIS_US: Final = 1_231_006_505_000_000
_LAST_US: Final = 2**32 * 1_000_000  # header times are 32-bit seconds
_NIBBLE: Final = np.full(256, 255, np.uint8)
_NIBBLE[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_NIBBLE[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


@dataclass
class Verdict:
    """The first fault found of each transaction."""

    count: int
    reasons: list[tuple[str, str]] = field(default_factory=list)
    fault: Any = None  # index into reasons, -1 = sound

    def __post_init__(self) -> None:
        self.fault = np.full(self.count, -1, np.int64)

    def refuse(self, bad: Any, column: str, reason: str, owners: Any = None) -> None:
        """Mark transactions as bad; with `owners`, `bad` speaks of their inputs or outputs."""
        places = np.flatnonzero(bad)
        if not len(places):
            return
        if owners is not None:
            places = np.unique(owners[places])
        places = places[self.fault[places] < 0]
        self.fault[places] = len(self.reasons)
        self.reasons.append((column, reason))

    @property
    def sound(self) -> Any:
        """Which transactions have no fault."""
        return self.fault < 0


def block_times(engine: Engine, given: pa.ChunkedArray, verdict: Verdict) -> pa.Array:
    """Block times in microseconds; from epoch seconds, ISO 8601 or BigQuery's text."""
    if pa.types.is_integer(given.type):  # a Parquet timestamp, in microseconds already
        times = given.combine_chunks()
    else:
        with engine.view("stated_times", pa.table({"x": given})):
            times = engine.query(
                "SELECT coalesce("
                "TRY_CAST(CASE WHEN isfinite(TRY_CAST(x AS DOUBLE)) "
                "THEN round(TRY_CAST(x AS DOUBLE) * 1000000) END AS BIGINT), "
                "CASE WHEN isfinite(TRY_CAST(x AS TIMESTAMPTZ)) "
                "THEN epoch_us(TRY_CAST(x AS TIMESTAMPTZ)) END) AS t FROM stated_times"
            )["t"].combine_chunks()
    inside = pc.and_(pc.greater_equal(times, _GENESIS_US), pc.less(times, _LAST_US))
    bad = as_mask(pc.is_valid(given)) & ~as_mask(pc.fill_null(inside, False))
    verdict.refuse(bad, "block_timestamp", "this is no time at which a block can have been made")
    return times


class Numbers:
    """Columns of text read as numbers, all in one query."""

    def __init__(self, engine: Engine, rows: pa.Table, names: tuple[str, ...]):
        picked = ", ".join(f'TRY_CAST("{name}" AS DOUBLE) AS "{name}"' for name in names)
        self._given = rows
        with engine.view("stated_numbers", rows.select(list(names))):
            self._read = engine.query(f"SELECT {picked} FROM stated_numbers")

    def whole(
        self,
        name: str,
        low: int,
        high: int,
        column: str,
        verdict: Verdict,
        owners: Any = None,
        unknown: int = -1,
    ) -> Any:
        """The column as int64, `unknown` where it is null; refuses what is no whole number."""
        values = pc.fill_null(self._read[name], np.nan).to_numpy()
        with np.errstate(invalid="ignore"):
            good = (values >= low) & (values <= high) & (values == np.floor(values))
        stated = as_mask(pc.is_valid(self._given[name]))
        reason = f"{name} is not a whole number from {low} to {high}"
        verdict.refuse(stated & ~good, column, reason, owners)
        return np.where(good, values, unknown).astype(np.int64)


def positions(number: Numbers, rows: pa.Table, side: str, verdict: Verdict) -> Any:
    """Position of each input or output; as stated, else its place in the list."""
    owners, place = rows["owner"].to_numpy(), rows["place"].to_numpy()
    stated = number.whole("index", 0, MAX_MONEY, f"{side}.index", verdict, owners)
    found = np.where(stated < 0, place, stated)
    order = np.lexsort((found, owners))
    verdict.refuse(
        found[order] != place, f"{side}.index", "the positions are not 0, 1, 2, …", owners[order]
    )
    return found


def stated_scripts(addresses: pa.ChunkedArray) -> tuple[pa.Array, Any]:
    """The script that each address stands for, and its network group (0 where it has none)."""
    encoded = flat_text(addresses).dictionary_encode()
    distinct = encoded.dictionary
    scripts, groups = scripts_of(distinct)
    marked = pc.binary_join_element_wise(
        pa.scalar(UNKNOWN_MARK, pa.binary()),
        distinct.cast(pa.binary()),
        pa.scalar(b"", pa.binary()),
    )
    scripts = pc.coalesce(scripts, marked)
    if not len(distinct):
        return pa.nulls(len(encoded), pa.binary()), np.zeros(len(encoded), np.uint8)
    found = pc.fill_null(pa.array(groups).take(encoded.indices), 0)
    return scripts.take(encoded.indices), found.to_numpy(zero_copy_only=False)


def txids(text: pa.Array) -> tuple[pa.Array, Any]:
    """64 hex digits as 32 bytes; and where that is what stood there."""
    sizes = pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False)
    whole = pc.if_else(pa.array(sizes == 64), text, None)
    data, is_hex = unhexed(whole)
    return data, is_hex & (sizes == 64)


def unhexed(text: pa.Array) -> tuple[pa.Array, Any]:
    """Hexadecimal text as bytes; null, and false in the mask, where it is not that."""
    data, offsets = binary_parts(text.cast(pa.large_binary()))
    start = offsets[0] if len(offsets) else 0
    nibbles = _NIBBLE[data[start : offsets[-1]]]
    bad = np.r_[0, np.cumsum(nibbles == 255)]
    ends = offsets - start
    good = (bad[ends[1:]] == bad[ends[:-1]]) & (np.diff(ends) % 2 == 0)
    if not good.all():
        emptied = pc.if_else(pa.array(good), text, pa.scalar("", text.type))
        found, _ = unhexed(pc.if_else(pc.is_valid(text), emptied, None))
        return pc.if_else(pa.array(good), found, None), good
    packed = (nibbles[::2] << 4) | nibbles[1::2]
    halves = pa.py_buffer((ends // 2).astype(np.int64))
    valid = pa.py_buffer(np.packbits(as_mask(pc.is_valid(text)), bitorder="little"))
    buffers = [valid, halves, pa.py_buffer(np.ascontiguousarray(packed))]
    return pa.Array.from_buffers(pa.large_binary(), len(text), buffers).cast(pa.binary()), good


def flat_text(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks().cast(pa.large_string())


def as_mask(values: Any) -> Any:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values.to_numpy(zero_copy_only=False)
