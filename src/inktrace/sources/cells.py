"""Cells of a column as text, numbers and amounts of money, a whole column at a time.

Every reading gives one value and one verdict per cell; a verdict of 0 is good, any other is
an index into REASONS. A value whose verdict is not 0 means nothing.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Masks = npt.NDArray[np.bool_]
Verdicts = npt.NDArray[np.int8]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

REASONS: Final = (
    "good",
    "is missing",
    "is a time without zone; add an offset or name the zone in a profile",
    "is not a time: neither ISO 8601 with an offset nor epoch seconds",
    "is a local time that the clock of this zone shows twice; give an offset",
    "is a local time that the clock of this zone skips; give an offset",
    "is a date without a time of day",
    "is not a number",
    "is not a finite number",
    "is negative",
    "is too large",
)
(
    GOOD,
    MISSING,
    NO_ZONE,
    NOT_TIME,
    TWICE,
    SKIPPED,
    DATE_ONLY,
    _NOT_NUMBER,
    _NOT_FINITE,
    _NEGATIVE,
    _TOO_LARGE,
) = range(len(REASONS))

NUMBER: Final = r"^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?$"
_NOT_FINITE_WORD: Final = r"^(?i)[+-]?(nan|inf|infinity)$"
_NANO_DIGITS: Final = 9


def text(cells: pa.Array) -> pa.Array:
    """Cells as text (large_string), empty and blank ones as null."""
    if not pa.types.is_large_string(cells.type):
        cells = cells.cast(pa.large_string())
    blank = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(cells)), 0)
    return pc.if_else(pc.fill_null(blank, True), pa.scalar(None, pa.large_string()), cells)


def numbers(cells: pa.Array) -> tuple[Floats, Verdicts]:
    """Cells as floating-point numbers; NaN, infinities and other words are refused."""
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        wide = pc.fill_null(cells.cast(pa.float64(), safe=False), 0.0)
        values: Floats = wide.to_numpy(zero_copy_only=False)
        verdicts = np.where(np.isfinite(values), GOOD, _NOT_FINITE)
        verdicts[mask_of(pc.is_null(cells))] = MISSING
        return values, verdicts.astype(np.int8)
    words = pc.utf8_trim_whitespace(text(cells))
    verdicts = np.where(mask_of(pc.is_valid(words)), _NOT_NUMBER, MISSING).astype(np.int8)
    verdicts[matches(words, _NOT_FINITE_WORD)] = _NOT_FINITE
    values = np.zeros(len(words), np.float64)
    chosen = np.flatnonzero(matches(words, NUMBER))
    values[chosen] = words.take(pa.array(chosen)).cast(pa.float64()).to_numpy()
    verdicts[chosen] = np.where(np.isfinite(values[chosen]), GOOD, _TOO_LARGE)
    return values, verdicts


def amounts(cells: pa.Array, digits: npt.NDArray[np.int64]) -> tuple[Integers, Verdicts]:
    """Cells as whole minor units of money, rounded half to even from their exact decimals.

    `digits` gives each cell's number of minor digits (0 to 9). Negative amounts are refused.
    """
    words = pc.utf8_trim_whitespace(text(cells))
    verdicts = np.where(mask_of(pc.is_valid(words)), _NOT_NUMBER, MISSING).astype(np.int8)
    verdicts[matches(words, _NOT_FINITE_WORD)] = _NOT_FINITE
    values: Integers = np.zeros(len(words), np.int64)
    plain = matches(words, r"^\d{1,9}(\.\d{0,9})?$")
    chosen = np.flatnonzero(plain)
    values[chosen] = _plain_amounts(words.take(pa.array(chosen)), digits[chosen])
    verdicts[chosen] = GOOD
    for i in np.flatnonzero(matches(words, NUMBER) & ~plain):
        values[i], verdicts[i] = _odd_amount(words[i].as_py(), int(digits[i]))
    return values, verdicts


def _plain_amounts(words: pa.Array, digits: npt.NDArray[np.int64]) -> Integers:
    """Amounts with at most nine digits on either side of the point, in integer arithmetic."""
    parts = pc.extract_regex(words, r"^(?P<whole>\d+)\.?(?P<part>\d*)$")
    whole = pc.struct_field(parts, "whole").cast(pa.int64()).to_numpy()
    padded = pc.utf8_rpad(pc.struct_field(parts, "part"), _NANO_DIGITS, "0")
    nano = whole * 10**_NANO_DIGITS + padded.cast(pa.int64()).to_numpy()
    unit = 10 ** (_NANO_DIGITS - digits)
    minor, rest = np.divmod(nano, unit)
    up = (2 * rest > unit) | ((2 * rest == unit) & (minor % 2 == 1))
    rounded: Integers = minor + up
    return rounded


def _odd_amount(word: str, digits: int) -> tuple[int, int]:
    amount = Decimal(word)
    if amount < 0:
        return 0, _NEGATIVE
    if amount.adjusted() > 14:
        return 0, _TOO_LARGE
    exact = amount.scaleb(digits, context=Context(prec=100))
    minor = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return int(minor), GOOD


def matches(words: pa.Array, pattern: str) -> Masks:
    return mask_of(pc.fill_null(pc.match_substring_regex(words, pattern), False))


def mask_of(flags: pa.Array) -> Masks:
    mask: Masks = flags.to_numpy(zero_copy_only=False)
    return mask
