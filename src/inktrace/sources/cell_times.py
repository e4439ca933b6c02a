"""Cells of a column as UTC times, a whole column at a time.

ISO 8601 with an offset, epoch seconds, or local times of a zone that the user names. Nothing
is guessed: a time that may mean two moments is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.errors import InputError
from inktrace.sources.cells import (
    DATE_ONLY,
    GOOD,
    MISSING,
    NO_ZONE,
    NOT_TIME,
    NUMBER,
    SKIPPED,
    TWICE,
    Floats,
    Integers,
    Masks,
    Verdicts,
    mask_of,
    matches,
    numbers,
    text,
)
from inktrace.units import MICROSECONDS_PER_SECOND

__all__ = ["times", "year_start_us", "zone_named"]

_CLOCK: Final = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,30})?)?"
_ZONED: Final = _CLOCK + r"([Zz]|[+-]\d\d(:?\d\d)?)$"
_NAIVE: Final = _CLOCK + "$"
_DATE: Final = r"^\d{4}-\d\d-\d\d$"
# Zones change their offset on quarter hours (since 1972 everywhere).
_QUARTER_US: Final = 900 * MICROSECONDS_PER_SECOND
_FAR_US: Final = 2**62


def times(
    cells: pa.Array, zone: ZoneInfo | None, *, form: str | None = None, dates: bool = False
) -> tuple[Integers, Verdicts]:
    """Cells as UTC microseconds.

    Numbers are epoch seconds, decimals allowed (exact to the microsecond). Text is ISO 8601
    with an offset; without one it is in `zone`. `form` (strptime) replaces ISO 8601; `dates`
    allows a date alone, meaning midnight in `zone`. Digits beyond microseconds are dropped.

    Notes
    -----
    Milliseconds are not guessed: they come out tens of thousands of years ahead, for the
    caller to reject. A local time that the clock shows twice or never is refused.
    """
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        return _typed_times(cells, zone, dates)
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        seconds, state = numbers(cells)
        return _micros(seconds), np.where(state > MISSING, NOT_TIME, state).astype(np.int8)
    words = pc.utf8_trim_whitespace(text(cells))
    known = mask_of(pc.is_valid(words))
    verdicts = np.where(known, NOT_TIME, MISSING).astype(np.int8)
    values: Integers = np.zeros(len(words), np.int64)
    if form is not None:
        return _formed_times(words, form, zone, values, verdicts)
    for pattern, read in (
        (NUMBER, _epoch_times),
        (_ZONED, _zoned_times),
        (_NAIVE, lambda part: _naive_times(part, zone)),
        (_DATE, lambda part: _plain_dates(part, zone, dates)),
    ):
        _fill(words, pattern, read, values, verdicts)
    return values, verdicts


def zone_named(name: str) -> ZoneInfo:
    """The time zone of this name. Raises InputError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"there is no time zone {name!r}", do="give a name such as Asia/Manila or UTC"
        ) from None


def year_start_us(year: int) -> int:
    """The first microsecond of a year, UTC."""
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * MICROSECONDS_PER_SECOND


def _fill(
    words: pa.Array,
    pattern: str,
    read: Callable[[pa.Array], tuple[Integers, Any]],
    values: Integers,
    verdicts: Verdicts,
) -> None:
    """Read the cells that look like `pattern` and put the outcome where they stand."""
    chosen = np.flatnonzero(matches(words, pattern))
    if chosen.size:
        values[chosen], verdicts[chosen] = read(words.take(pa.array(chosen)))


def _epoch_times(words: pa.Array) -> tuple[Integers, Any]:
    return _micros(words.cast(pa.float64()).to_numpy()), GOOD


def _micros(seconds: Floats) -> Integers:
    # A double holds today's epoch seconds to 0.24 microseconds, so rounding is exact.
    far = _FAR_US / MICROSECONDS_PER_SECOND
    inside = np.clip(np.nan_to_num(seconds), -far, far)
    return np.rint(inside * MICROSECONDS_PER_SECOND).astype(np.int64)


def _zoned_times(words: pa.Array) -> tuple[Integers, Any]:
    values, read = _parsed(_tidied(words), pa.timestamp("us", "UTC"))
    return values, np.where(read, GOOD, NOT_TIME)


def _naive_times(words: pa.Array, zone: ZoneInfo | None) -> tuple[Integers, Any]:
    if zone is None:
        return np.zeros(len(words), np.int64), NO_ZONE
    values, read = _parsed(_tidied(words), pa.timestamp("us"))
    values, verdicts = _localised(values, zone)
    return values, np.where(read, verdicts, NOT_TIME)


def _plain_dates(words: pa.Array, zone: ZoneInfo | None, dates: bool) -> tuple[Integers, Any]:
    if not dates:
        return np.zeros(len(words), np.int64), DATE_ONLY
    return _naive_times(words, zone)


def _tidied(words: pa.Array) -> pa.Array:
    """ISO times as the converter wants them: capital T and Z, a point, six decimals at most."""
    words = pc.replace_substring(pc.utf8_upper(words), ",", ".")
    return pc.replace_substring_regex(words, r"(\.\d{6})\d+", r"\1")


def _parsed(words: pa.Array, kind: pa.DataType) -> tuple[Integers, Masks]:
    """Times converted together; halves are tried apart where one cannot be (30 February)."""
    try:
        return words.cast(kind).cast(pa.int64()).to_numpy(), np.ones(len(words), np.bool_)
    except pa.ArrowInvalid:
        if len(words) == 1:
            return np.zeros(1, np.int64), np.zeros(1, np.bool_)
    half = len(words) // 2
    first, second = _parsed(words[:half], kind), _parsed(words[half:], kind)
    return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])


def _localised(local_us: Integers, zone: ZoneInfo) -> tuple[Integers, Verdicts]:
    """UTC microseconds of a zone's clock times, and whether the clock shows each just once."""
    quarters, places = np.unique(local_us // _QUARTER_US, return_inverse=True)
    offsets = np.array([_offsets(int(q) * _QUARTER_US, zone) for q in quarters], np.int64)
    earlier, later = offsets.reshape(-1, 2).T
    # Where the two readings differ the clock went back (larger offset first) or forward.
    verdicts = np.where(earlier > later, TWICE, np.where(earlier < later, SKIPPED, GOOD))
    return local_us - earlier[places], verdicts[places].astype(np.int8)


def _offsets(local_us: int, zone: ZoneInfo) -> tuple[int, int]:
    try:
        clock = datetime(1970, 1, 1) + timedelta(microseconds=local_us)
        found = [clock.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)]
    except OverflowError:
        return 0, 0  # far outside any range that is accepted
    first, second = (0 if o is None else o // timedelta(microseconds=1) for o in found)
    return first, second


def _typed_times(cells: pa.Array, zone: ZoneInfo | None, dates: bool) -> tuple[Integers, Verdicts]:
    """Times of a Parquet timestamp or date column."""
    known = mask_of(pc.is_valid(cells))
    day = pa.types.is_date(cells.type)
    zoned = not day and cells.type.tz is not None
    values = _stored_micros(cells)
    verdicts: Any = GOOD
    if day and not dates:
        verdicts = DATE_ONLY
    elif not zoned and zone is None:
        verdicts = NO_ZONE
    elif not zoned and zone is not None:
        values, verdicts = _localised(values, zone)
    return values, np.where(known, verdicts, MISSING).astype(np.int8)


def _stored_micros(cells: pa.Array) -> Integers:
    """Microseconds of a timestamp or date column in whatever unit it is stored."""
    if pa.types.is_date32(cells.type):
        cells, unit = cells.cast(pa.int32()), "day"
    else:
        unit = "ms" if pa.types.is_date64(cells.type) else cells.type.unit
    stored = pc.fill_null(cells.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    if unit == "ns":
        return np.asarray(stored // 1000, np.int64)
    factor = {"day": 86_400 * 10**6, "s": 10**6, "ms": 1000, "us": 1}[unit]
    return np.asarray(np.clip(stored, -_FAR_US // factor, _FAR_US // factor) * factor, np.int64)


def _formed_times(
    words: pa.Array, form: str, zone: ZoneInfo | None, values: Integers, verdicts: Verdicts
) -> tuple[Integers, Verdicts]:
    """Times in a form of the user's own; each distinct one is read once."""
    coded = words.dictionary_encode()
    read = [_formed(word, form, zone) for word in coded.dictionary.to_pylist()]
    chosen = np.flatnonzero(mask_of(pc.is_valid(words)))
    places = pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)[chosen]
    if chosen.size:
        values[chosen] = np.array([value for value, _ in read], np.int64)[places]
        verdicts[chosen] = np.array([verdict for _, verdict in read], np.int8)[places]
    return values, verdicts


def _formed(word: str, form: str, zone: ZoneInfo | None) -> tuple[int, int]:
    try:
        stamp = datetime.strptime(word, form)
        if stamp.tzinfo is not None:
            since = stamp - datetime(1970, 1, 1, tzinfo=UTC)
            return since // timedelta(microseconds=1), GOOD
    except (ValueError, OverflowError):
        return 0, NOT_TIME
    if zone is None:
        return 0, NO_ZONE
    local = (stamp - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    value, verdict = _localised(np.array([local], np.int64), zone)
    return int(value[0]), int(verdict[0])
