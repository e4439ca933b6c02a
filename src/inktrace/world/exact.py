"""Arithmetic that every machine does alike, so that a seed gives the same world everywhere.

NumPy picks another `exp` on a processor with wider vectors, and its last bit differs. Sums and
products do not: IEEE 754 fixes them to the bit.
"""

from __future__ import annotations

import math
from typing import Final

_LOG2_E: Final = 1.4426950408889634
# ln 2 in two parts: the first has zeros at its end, so that its small multiples are exact.
_LN2_HIGH: Final = 0.6931471803691238
_LN2_LOW: Final = 1.9082149292705877e-10
_TERMS: Final = 14


def exp(power: float) -> float:
    """e to a power, right to about the last bit and equal to the bit on every machine.

    Notes
    -----
    Reduces the power to at most ln 2 / 2 and sums the Taylor series there.
    """
    doublings = round(power * _LOG2_E)
    rest = (power - doublings * _LN2_HIGH) - doublings * _LN2_LOW
    total = 1.0
    for term in range(_TERMS, 0, -1):
        total = 1.0 + rest / term * total
    return math.ldexp(total, doublings)
