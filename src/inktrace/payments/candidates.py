"""Which outputs time and amount allow as an ad's payment: the join that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.asking_prices import expanded
from inktrace.payments.times import Floats, Ints, PaidOutputs

# Narrow buckets waste few rows on the exact filter; more of them cost more look-ups.
_BUCKETS_PER_TOLERANCE: Final = 2
_MILLISECOND_US: Final = 1000


@dataclass(frozen=True)
class Candidates:
    """(hypothesis, output) pairs within window and tolerance.

    `hypothesis` numbers the asking prices, `output` the paid outputs. `least_delay_s` and
    `most_delay_s` are posting time less first-seen time; they are equal where it is known.
    `log_ratio` is ln(paid / price).
    """

    hypothesis: Ints
    output: Ints
    least_delay_s: Floats
    most_delay_s: Floats
    log_ratio: Floats

    def __len__(self) -> int:
        return len(self.hypothesis)

    def taken(self, rows: Ints) -> Candidates:
        """The candidates with the given numbers, in that order."""
        return Candidates(
            self.hypothesis[rows],
            self.output[rows],
            self.least_delay_s[rows],
            self.most_delay_s[rows],
            self.log_ratio[rows],
        )


def put_together(parts: list[Candidates]) -> Candidates:
    """Several sets of candidates as one, one after the other."""
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Candidates(none, none, np.empty(0), np.empty(0), np.empty(0))
    return Candidates(
        np.concatenate([p.hypothesis for p in parts]),
        np.concatenate([p.output for p in parts]),
        np.concatenate([p.least_delay_s for p in parts]),
        np.concatenate([p.most_delay_s for p in parts]),
        np.concatenate([p.log_ratio for p in parts]),
    )


def joined_candidates(parts: list[Candidates]) -> Candidates:
    """Several sets of candidates as one, in (hypothesis, output) order."""
    made = put_together(parts)
    return made.taken(np.lexsort((made.output, made.hypothesis)))


class OutputIndex:
    """Outputs sorted by (amount bucket, time), so that a window is a few contiguous ranges.

    Only outputs whose value lies near some asking price are kept: `rows` numbers them, `keys`,
    `early_us`, `late_us` and `log_value` are in the same order. Memory: 40 bytes for each.
    """

    def __init__(
        self,
        outputs: PaidOutputs,
        log_value: Floats,
        prices: Floats,
        tolerance: float,
    ):
        """Index the outputs for asking prices (natural log, one currency) within a tolerance."""
        self.tolerance = tolerance
        self.width = tolerance / _BUCKETS_PER_TOLERANCE
        rows = np.flatnonzero(np.isfinite(log_value))
        rows = rows[_near_any(log_value[rows], np.unique(prices), tolerance)]
        self._longest_us = int((outputs.late_us[rows] - outputs.early_us[rows]).max(initial=0))
        self._start_us = int(outputs.early_us[rows].min(initial=2**62))
        end = int(outputs.early_us[rows].max(initial=self._start_us))
        self._span_ms = (end - self._start_us) // _MILLISECOND_US + 2
        bucket = np.floor(log_value[rows] / self.width).astype(np.int64)
        self._lowest = int(bucket.min(initial=0))
        self._highest = int(bucket.max(initial=-1))
        keys = (bucket - self._lowest) * self._span_ms + self._milliseconds(outputs.early_us[rows])
        order = np.lexsort((rows, keys))
        self.rows, self.keys = rows[order], keys[order]
        self.early_us, self.late_us = outputs.early_us[self.rows], outputs.late_us[self.rows]
        self.log_value = log_value[self.rows]

    @property
    def shape(self) -> Ints:
        """Longest interval (µs), start (µs), span (ms), lowest and highest amount bucket."""
        numbers = (self._longest_us, self._start_us, self._span_ms, self._lowest, self._highest)
        return np.array(numbers, dtype=np.int64)

    def _milliseconds(self, time_us: Ints) -> Ints:
        return np.clip((time_us - self._start_us) // _MILLISECOND_US, -1, self._span_ms - 1)

    def within(
        self,
        hypotheses: Ints,
        log_price: Floats,
        posted_us: Ints,
        before_s: Floats,
        after_s: Floats,
    ) -> Candidates:
        """Outputs paid from `before_s` before to `after_s` after each posting, at about the price.

        One entry per hypothesis in each argument. An output known only by its interval counts
        where the interval touches the window.
        """
        low = np.floor((log_price - self.tolerance) / self.width).astype(np.int64)
        high = np.floor((log_price + self.tolerance) / self.width).astype(np.int64)
        low, high = np.maximum(low, self._lowest), np.minimum(high, self._highest)
        buckets = expanded(low, high + 1)
        which = np.repeat(np.arange(len(low)), np.maximum(high + 1 - low, 0))
        from_us = posted_us - (before_s * 1e6).astype(np.int64)
        to_us = posted_us + (after_s * 1e6).astype(np.int64)
        base = (buckets - self._lowest) * self._span_ms
        reach = from_us[which] - self._longest_us
        first = np.searchsorted(self.keys, base + self._milliseconds(reach), "left")
        last = np.searchsorted(self.keys, base + self._milliseconds(to_us[which]), "right")
        at = expanded(first, last)
        which = np.repeat(which, last - first)
        ratio = self.log_value[at] - log_price[which]
        kept = np.flatnonzero(
            (np.abs(ratio) <= self.tolerance)
            & (self.late_us[at] >= from_us[which])
            & (self.early_us[at] <= to_us[which])
        )
        at, which = at[kept], which[kept]
        return Candidates(
            hypothesis=hypotheses[which],
            output=self.rows[at],
            least_delay_s=(posted_us[which] - self.late_us[at]) / 1e6,
            most_delay_s=(posted_us[which] - self.early_us[at]) / 1e6,
            log_ratio=ratio[kept],
        )


def _near_any(
    values: Floats, prices: Floats, tolerance: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not len(prices):
        return np.zeros(len(values), dtype=bool)
    at = np.searchsorted(prices, values)
    below, above = prices[np.maximum(at - 1, 0)], prices[np.minimum(at, len(prices) - 1)]
    return np.minimum(np.abs(values - below), np.abs(values - above)) <= tolerance
