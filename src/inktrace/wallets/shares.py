"""Shares of counts with their intervals."""

from __future__ import annotations

from math import sqrt
from typing import Final

_DEVIATE: Final = 1.959964  # of the normal law, two-sided 95%


def counted_share(count: int, out_of: int) -> dict[str, float] | None:
    """value, low, high (95%, Wilson) and the counts; None where there is nothing to count.

    Sound where the things counted are independent; elsewhere it is too narrow.

    References: Wilson 1927; Brown, Cai & DasGupta 2001.
    """
    if out_of <= 0:
        return None
    share, square = count / out_of, _DEVIATE**2
    middle = (share + square / (2 * out_of)) / (1 + square / out_of)
    spread = share * (1 - share) / out_of + square / (4 * out_of**2)
    half = _DEVIATE * sqrt(spread) / (1 + square / out_of)
    return {
        "value": round(share, 6),
        "low": round(max(middle - half, 0.0), 6),
        "high": round(min(middle + half, 1.0), 6),
        "count": count,
        "out_of": out_of,
    }
