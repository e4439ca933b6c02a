"""From scores to log10 likelihood ratios: monotone, bounded by what the data can support."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

_MOST_KNOTS = 80


@dataclass(frozen=True)
class Calibration:
    """A monotone line through knots: score → log10 likelihood ratio, flat outside them."""

    scores: tuple[float, ...]
    log10_lrs: tuple[float, ...]

    def log10_lr(self, score: np.ndarray) -> np.ndarray:
        """The log10 likelihood ratio of each score."""
        return np.asarray(np.interp(score, self.scores, self.log10_lrs))


@dataclass(frozen=True)
class LengthCalibration:
    """A calibration for long texts and one for short ones: in between, between the two."""

    long: Calibration
    short: Calibration

    def log10_lr(self, score: np.ndarray, long_share: np.ndarray) -> np.ndarray:
        """The log10 likelihood ratio of each score; `long_share` 0 … 1, how far it is long."""
        long, short = self.long.log10_lr(score), self.short.log10_lr(score)
        return np.asarray(long_share * long + (1.0 - long_share) * short)


def fitted_calibration(
    score: np.ndarray, same: np.ndarray, weight: np.ndarray, support: tuple[float, float]
) -> Calibration:
    """Calibrate scores by pooling adjacent violators, joined by lines, bounded on both sides.

    `weight` makes the sample stand for the population; `support` = (positive, negative) numbers
    of independent pairs: |log10 LR| never exceeds log10 of the pairs on the side that would have
    to be seen to contradict it.
    Notes: blocks are merged until each holds an eightieth of the weight, so the line follows the
    middle of the data closely and its far ends as steps.
    References: Zadrozny & Elkan 2002 (PAV); Vergeer et al. 2016 (bounds on LRs).
    """
    lows, highs = -np.log10(max(support[0], 1.0)), np.log10(max(support[1], 1.0))
    positive = weight * same / max(float(weight[same].sum()), 1e-12)
    negative = weight * ~same / max(float(weight[~same].sum()), 1e-12)
    share = IsotonicRegression(y_min=0.0, y_max=1.0).fit(
        score, same.astype(float), sample_weight=positive + negative
    )
    fitted = share.predict(score)
    _, block = np.unique(fitted, return_inverse=True)
    sums = [
        np.bincount(block, values) for values in (positive, negative, (positive + negative) * score)
    ]
    return _line_through(*_merged(*sums), lows, highs)


def _merged(
    positive: np.ndarray, negative: np.ndarray, moment: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbouring blocks put together until each carries enough weight to be believed."""
    least = 2.0 / _MOST_KNOTS
    reached = np.cumsum(positive + negative)
    part = np.minimum((reached - 1e-12) // least, np.floor(reached[-1] / least) - 1)
    _, part = np.unique(np.maximum(part, 0), return_inverse=True)
    return tuple(np.bincount(part, values) for values in (positive, negative, moment))  # type: ignore[return-value]


def _line_through(
    positive: np.ndarray, negative: np.ndarray, moment: np.ndarray, lows: float, highs: float
) -> Calibration:
    # Where one class is absent the ratio is the bound, never infinite.
    above = negative + positive * 10.0**-highs
    below = positive + negative * 10.0**lows
    more = positive >= negative
    lr = np.log10(np.where(more, positive, below) / np.where(more, above, negative))
    lr = np.maximum.accumulate(np.clip(lr, lows, highs))
    centre = moment / (positive + negative)
    return Calibration(tuple(np.round(centre, 9).tolist()), tuple(np.round(lr, 6).tolist()))
