"""Cells against Python's own decimals and dates, one at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.errors import InputError
from inktrace.sources.cell_times import times, zone_named
from inktrace.sources.cells import GOOD, amounts, numbers

STEADY = settings(max_examples=150, derandomize=True, deadline=None)
START = datetime(1970, 1, 1, tzinfo=UTC)


@given(
    st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=None),
    st.sampled_from([0, 2, 3]),
)
@STEADY
def test_amounts_are_rounded_half_to_even(amount: Decimal, digits: int) -> None:
    values, verdicts = amounts(pa.array([format(amount, "f")[:60]]), np.array([digits]))
    exact = Decimal(format(amount, "f")[:60])
    if verdicts[0] == GOOD:
        unit = Decimal(1).scaleb(-digits)
        assert Decimal(int(values[0])).scaleb(-digits) == exact.quantize(unit, ROUND_HALF_EVEN)
    else:
        assert len(format(amount, "f")) > 30  # more decimals than any price has


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
@STEADY
def test_written_times_are_read_back(stamp: datetime, offset_minutes: int) -> None:
    moment = stamp.replace(tzinfo=UTC)
    local = moment + timedelta(minutes=offset_minutes)
    sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    offset = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    written = [
        local.replace(tzinfo=None).isoformat() + offset,
        f"{(moment - START) / timedelta(seconds=1):.6f}",
    ]
    values, verdicts = times(pa.array(written), None)
    assert verdicts.tolist() == [GOOD, GOOD]
    assert values.tolist() == [(moment - START) // timedelta(microseconds=1)] * 2


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["Asia/Manila", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
)
@STEADY
def test_local_times_are_read_where_the_clock_shows_them_once(stamp: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    readings = {(stamp.replace(tzinfo=zone, fold=f)).astimezone(UTC) for f in (0, 1)}
    values, verdicts = times(pa.array([stamp.isoformat()]), zone)
    assert (verdicts[0] == GOOD) == (len(readings) == 1)
    if len(readings) == 1:
        assert values[0] == (readings.pop() - START) // timedelta(microseconds=1)


def test_one_bad_cell_does_not_change_its_neighbours() -> None:
    cells = ["2024-01-01T00:00:00Z", "2024-13-01T00:00:00Z", None, "2024-01-01T00:00:01Z"]
    values, verdicts = times(pa.array(cells), None)
    assert (verdicts == GOOD).tolist() == [True, False, False, True]
    assert values[3] - values[0] == 1_000_000


def test_numbers_refuse_words_and_infinities() -> None:
    _, verdicts = numbers(pa.array(["1", " -2.5e3 ", "nan", "INF", "0x10", "1_0", "", None, "١"]))
    assert (verdicts == GOOD).tolist() == [True, True] + [False] * 7


@pytest.mark.parametrize("name", ["Nowhere/Land", "../secret", "", "/etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="time zone"):
        zone_named(name)
