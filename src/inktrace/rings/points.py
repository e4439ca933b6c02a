"""Points: what each indicator adds to a score, with intervals; by rarity or from judgements.

By rarity, points are strength × decades of rarity: log10(1 / share of groups with so high a
value). The interval is that of the share (Wilson 95%): how well this corpus tells it, not whether
the indicator is right. From judgements, strengths are fitted (see `fitting.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.params import RingsParams
from inktrace.rings.registry import Facts, Indicator, Values

# Decades are bounded so that no single rare value outweighs everything else.
_MOST_DECADES: Final = 3.0
# What is common among the harmless is no less true: what speaks against counts at least this.
_LEAST_DECADES_AGAINST: Final = 1.0
_Z: Final = 1.959964  # two-sided 95%


@dataclass(frozen=True)
class Measured:
    """Indicators over all groups; arrays of shape (indicators, groups), float64 or bool.

    `decades` carry the sign of the direction and are 0 where an indicator does not speak.
    """

    indicators: Sequence[Indicator]
    values: Values
    rarity: Values
    speaks: np.ndarray[Any, np.dtype[np.bool_]]
    decades: Values
    decades_low: Values  # nearest to 0
    decades_high: Values

    @property
    def strengths(self) -> Values:
        """The strengths that stand in the registry."""
        return np.array([one.strength for one in self.indicators])


@dataclass(frozen=True)
class Scores:
    """Points of shape (indicators, groups) and their sums per group, with 95% intervals."""

    points: Values
    points_low: Values
    points_high: Values
    score: Values
    score_low: Values
    score_high: Values


def measured(indicators: Sequence[Indicator], facts: Facts, params: RingsParams) -> Measured:
    """Every indicator's value and rarity for every group."""
    values = np.array([one.values(facts) for one in indicators], float)
    size = values.shape[1]
    at_least = np.array([size - np.searchsorted(np.sort(row), row, side="left") for row in values])
    rarity = at_least / max(size, 1)
    speaks = values >= np.array([one.least for one in indicators])[:, None]
    against = np.array([one.direction == "against" for one in indicators])[:, None]
    floor = np.where(against, _LEAST_DECADES_AGAINST, params.least_weight)
    low, high = _wilson(rarity, max(size, 1))
    sign = np.where(against, -1.0, 1.0)

    def decades(share: Values) -> Values:
        rare = np.clip(-np.log10(np.maximum(share, 1e-9)), floor, _MOST_DECADES)
        return np.where(speaks, sign * rare, 0.0)

    return Measured(
        indicators, values, rarity, speaks, decades(rarity), decades(high), decades(low)
    )


def scores_by_rarity(found: Measured) -> Scores:
    """Points by rarity; intervals of sums are added as if indicators erred independently."""
    strength = found.strengths[:, None]
    points = strength * found.decades
    ends = strength * found.decades_low, strength * found.decades_high
    low, high = np.minimum(*ends), np.maximum(*ends)
    score = points.sum(axis=0)
    return Scores(
        points,
        low,
        high,
        score,
        score - np.sqrt(((points - low) ** 2).sum(axis=0)),
        score + np.sqrt(((high - points) ** 2).sum(axis=0)),
    )


def scores_by_strengths(found: Measured, fitted: Values, samples: Values) -> Scores:
    """Points by fitted strengths of shape (indicators, groups).

    `samples` has shape (rounds, indicators): strengths fitted to judgements drawn anew.
    """
    points = fitted * found.decades
    ends = np.percentile(samples, [2.5, 97.5], axis=0)
    low, high = (end[:, None] * found.decades for end in ends)
    sums = np.percentile(samples @ found.decades, [2.5, 97.5], axis=0)
    score = points.sum(axis=0)
    return Scores(
        points,
        np.minimum(np.minimum(low, high), points),
        np.maximum(np.maximum(low, high), points),
        score,
        np.minimum(sums[0], score),
        np.maximum(sums[1], score),
    )


def _wilson(share: Values, size: int) -> tuple[Values, Values]:
    """Wilson's 95% interval of a share seen in `size` groups."""
    middle = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z * np.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2)) / (1 + _Z**2 / size)
    return middle - half, middle + half
