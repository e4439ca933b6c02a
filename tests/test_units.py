"""Times, amounts and words of evidence are written as a reader expects."""

from __future__ import annotations

import pytest

from inktrace.units import bitcoin_amount, iso_time, minor_digits, verbal_support


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_231_006_505_000_000, "2009-01-03T18:15:05Z"),
        (1_500_000, "1970-01-01T00:00:01.500000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_times(microseconds, text):
    assert iso_time(microseconds) == text


@pytest.mark.parametrize(
    ("satoshi", "text"),
    [(0, "0.00000000"), (1, "0.00000001"), (5_000_000_000, "50.00000000"), (-1, "-0.00000001")],
)
def test_bitcoin_amounts(satoshi, text):
    assert bitcoin_amount(satoshi) == text


def test_minor_digits_follow_iso_4217():
    assert [minor_digits(c) for c in ("USD", "php", "JPY", "KWD")] == [2, 2, 0, 3]


@pytest.mark.parametrize(
    ("log10_lr", "words"),
    [
        (0.0, "no support either way"),
        (0.5, "weak support"),
        (1.0, "moderate support"),
        (3.2, "strong support"),
        (6.0, "extremely strong support"),
        (-2.5, "moderately strong support for the alternative"),
    ],
)
def test_the_verbal_scale(log10_lr, words):
    assert verbal_support(log10_lr) == words
