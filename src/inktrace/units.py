"""Units of time, money and evidence, and how each is written for a reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

SATOSHI_PER_BITCOIN: Final = 100_000_000
MICROSECONDS_PER_SECOND: Final = 1_000_000
SECONDS_PER_DAY: Final = 86_400

# ISO 4217 gives each currency its number of minor digits; those not named here have two.
_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_MINOR = "BHD IQD JOD KWD LYD OMR TND"
_MINOR_DIGITS: Final = {
    **dict.fromkeys(_NO_MINOR.split(), 0),
    **dict.fromkeys(_THREE_MINOR.split(), 3),
}


def minor_digits(currency: str) -> int:
    """Digits after the decimal point in a currency's usual amounts (ISO 4217)."""
    return _MINOR_DIGITS.get(currency.upper(), 2)


def month_start(microseconds: int) -> int:
    """The first moment of the UTC month of a count of microseconds since 1970."""
    day = datetime.fromtimestamp(microseconds // MICROSECONDS_PER_SECOND, UTC)
    return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()) * MICROSECONDS_PER_SECOND


def iso_time(microseconds: int) -> str:
    """UTC time of a count of microseconds since 1970, as ISO 8601 with a trailing Z."""
    seconds, rest = divmod(microseconds, MICROSECONDS_PER_SECOND)
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{rest:06d}Z" if rest else f"{stamp}Z"


def bitcoin_amount(satoshi: int) -> str:
    """A satoshi amount as bitcoin, all eight decimals."""
    sign = "-" if satoshi < 0 else ""
    whole, rest = divmod(abs(satoshi), SATOSHI_PER_BITCOIN)
    return f"{sign}{whole}.{rest:08d}"


# Bands and words after ENFSI, Guideline for Evaluative Reporting in Forensic Science (2015).
_VERBAL_SCALE: Final = (
    (6.0, "extremely strong support"),
    (4.0, "very strong support"),
    (3.0, "strong support"),
    (2.0, "moderately strong support"),
    (1.0, "moderate support"),
    (0.301, "weak support"),
)


def verbal_support(log10_lr: float) -> str:
    """Words for a log10 likelihood ratio (ENFSI 2015); negative values support the alternative."""
    for least, words in _VERBAL_SCALE:
        if abs(log10_lr) >= least:
            return words if log10_lr > 0 else f"{words} for the alternative"
    return "no support either way"
