"""How often outputs of such value appear at such a moment, whoever they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from inktrace.payments.times import Floats, Ints
from inktrace.units import MICROSECONDS_PER_SECOND

# Fiat price points are crowded and narrow; a wider kernel would average them away.
_BIN: Final = 0.001
_NARROW: Final = 1.5  # bins
_WIDE: Final = 40.0  # bins
_WIDE_SHARE: Final = 0.1
_HOUR_US: Final = 3600 * MICROSECONDS_PER_SECOND
# No hour is held to be emptier than this share of the mean: a pause of the feed is no evidence.
_LEAST_RATE: Final = 0.1


@dataclass(frozen=True)
class Background:
    """Rate of outputs in time, and their density in log value, per currency.

    `rate` is relative to the mean, per hour from `start_us`. `density[c]` is outputs per second
    per unit of log value at `low[c] + (i + ½)·bin`.
    """

    outputs: int
    start_us: int
    span_s: float
    rate: Floats
    low: list[float]
    density: list[Floats]

    def per_second(self, time_us: Ints, log_value: Floats, currency: int) -> Floats:
        """Outputs per second per unit of log value expected at each time and value."""
        density = self.density[currency]
        if not len(density):
            return np.full(len(time_us), np.nan)
        place = (log_value - self.low[currency]) / _BIN - 0.5
        at_value = np.interp(place, np.arange(len(density)), density)
        hour = (time_us - self.start_us) / _HOUR_US - 0.5
        # Never below one output in the whole span per 10% of value: absence is not evidence.
        floor = 10.0 / self.span_s
        return np.maximum(at_value, floor) * np.interp(hour, np.arange(len(self.rate)), self.rate)


def measured_background(time_us: Ints, log_values: list[Floats]) -> Background:
    """Measure the background from all outputs, payments for ads included.

    Parameters: times (µs) of all timed outputs, and their log value in each currency (NaN where
    unknown).

    Notes: time and value are taken as independent; wrong where a batch of one amount is paid
    out at one hour. Payments for ads stay in: for any one ad the others' are background.
    """
    if not len(time_us):
        return Background(0, 0, 1.0, np.ones(1), [0.0] * len(log_values), [np.empty(0)] * 99)
    start, end = int(time_us.min()), int(time_us.max())
    span_s = max((end - start) / MICROSECONDS_PER_SECOND, 1.0)
    low, density = [], []
    for values in log_values:
        known = values[np.isfinite(values)]
        bottom, curve = _density(known, span_s)
        low.append(bottom)
        density.append(curve)
    return Background(len(time_us), start, span_s, _hourly_rate(time_us, start), low, density)


def _hourly_rate(time_us: Ints, start: int) -> Floats:
    hour = (time_us - start) // _HOUR_US
    counts = np.bincount(hour).astype(np.float64)
    # The last hour is cut short; scale it to a whole one.
    last = max(float((int(time_us.max()) - start) % _HOUR_US) / _HOUR_US, 0.05)
    counts[-1] /= last
    smooth = gaussian_filter1d(counts, 1.0, mode="nearest")
    mean = len(time_us) / max((int(time_us.max()) - start) / _HOUR_US, 1e-9)
    return np.asarray(np.maximum(smooth / max(mean, 1e-9), _LEAST_RATE))


def _density(known: Floats, span_s: float) -> tuple[float, Floats]:
    if not len(known):
        return 0.0, np.empty(0)
    bottom = float(np.floor(known.min() / _BIN)) * _BIN - 0.2
    bins = int((known.max() - bottom + 0.2) / _BIN) + 2
    counts = np.bincount(((known - bottom) / _BIN).astype(np.int64), minlength=bins)
    counts = counts.astype(np.float64)
    narrow = gaussian_filter1d(counts, _NARROW, mode="constant")
    wide = gaussian_filter1d(counts, _WIDE, mode="constant")
    mixed = (1 - _WIDE_SHARE) * narrow + _WIDE_SHARE * wide
    return bottom, mixed / (_BIN * span_s)
