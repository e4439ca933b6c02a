"""One figure of a case package: as it is stated, and as it comes out when computed again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Value = int | float | str | bool | None
Verdict = Literal["agrees", "differs", "not recomputed"]

# Sums that are added up in another order differ in their last digits; anything more is another
# figure. Relative to the larger of the two, or to one where both are small.
TOLERANCE: Final = 1e-9


@dataclass(frozen=True)
class Figure:
    """A figure with its topic and name, both values, and what is to be said of them.

    `difference` is |stated − recomputed| of numbers, 0.0 where they agree to the last digit.
    """

    topic: str
    name: str
    stated: Value
    recomputed: Value
    verdict: Verdict
    difference: float | None = None
    why: str = ""


def compared(topic: str, name: str, stated: Value, recomputed: Value) -> Figure:
    """A figure that was computed again; an unknown value agrees with an unknown one only."""
    if isinstance(recomputed, float) and not math.isfinite(recomputed):
        recomputed = None  # altered exhibits can give what is no figure
    if _is_number(stated) and _is_number(recomputed):
        one, other = float(stated or 0), float(recomputed or 0)
        difference = abs(one - other)
        # Whole numbers (satoshis, counts, times) are no sums of roundings: one apart is another.
        whole = isinstance(stated, int) and isinstance(recomputed, int)
        most = 0.0 if whole else TOLERANCE * max(abs(one), abs(other), 1.0)
        agrees = difference <= most and (not whole or stated == recomputed)
        return Figure(
            topic, name, stated, recomputed, "agrees" if agrees else "differs", difference
        )
    agrees = stated == recomputed
    return Figure(topic, name, stated, recomputed, "agrees" if agrees else "differs")


def left(topic: str, name: str, stated: Value, why: str) -> Figure:
    """A figure that was not computed again, and why not."""
    return Figure(topic, name, stated, None, "not recomputed", None, why)


def column(
    topic: str, names: Sequence[str], stated: Iterable[Value], recomputed: Iterable[Value]
) -> Iterator[Figure]:
    """Figures of a whole column, one by one."""
    for name, one, other in zip(names, stated, recomputed, strict=True):
        yield compared(topic, name, one, other)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
