"""Ads moved in time so that they can have no true payment: the measured null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.times import Flags, Floats, Ints
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY

_US: Final = MICROSECONDS_PER_SECOND
_DAY_US: Final = SECONDS_PER_DAY * _US
# A pause this long without any output is missing data, not quiet: nothing is moved into it.
_GAP_US: Final = 6 * 3600 * _US
_MARGIN: Final = 1.05
# Successive multiples of the golden ratio fill [0, 1) evenly, whatever their number.
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True)
class Coverage:
    """The stretches of time for which outputs are stored, as one line without the gaps."""

    begins_us: Ints
    ends_us: Ints

    @property
    def length_us(self) -> int:
        """Time covered, in microseconds."""
        return int((self.ends_us - self.begins_us).sum())

    def _before(self) -> Ints:
        lengths = self.ends_us - self.begins_us
        return np.asarray(np.cumsum(lengths) - lengths, dtype=np.int64)

    def inside(self, time_us: Ints, after_us: Ints) -> Flags:
        """Whether a time lies in a stretch, or at most `after_us` behind its end."""
        if not len(self.begins_us):
            return np.zeros(len(time_us), dtype=bool)
        at = np.searchsorted(self.begins_us, time_us, "right") - 1
        return (at >= 0) & (time_us <= self.ends_us[np.maximum(at, 0)] + after_us)

    def place(self, time_us: Ints) -> Ints:
        """Covered time before each time."""
        at = np.maximum(np.searchsorted(self.begins_us, time_us, "right") - 1, 0)
        lengths = self.ends_us - self.begins_us
        into = np.clip(time_us - self.begins_us[at], 0, lengths[at])
        return np.asarray(self._before()[at] + into, dtype=np.int64)

    def time(self, place: Ints) -> Ints:
        """The time before which so much time is covered."""
        at = np.maximum(np.searchsorted(self._before(), place, "right") - 1, 0)
        return self.begins_us[at] + place - self._before()[at]


def covered_time(time_us: Ints) -> Coverage:
    """Find the stretches of time for which outputs are stored."""
    times = np.sort(time_us)
    if not len(times):
        return Coverage(np.empty(0, np.int64), np.empty(0, np.int64))
    breaks = np.flatnonzero(np.diff(times) > _GAP_US)
    begins = times[np.concatenate([[0], breaks + 1])]
    ends = times[np.concatenate([breaks, [len(times) - 1]])]
    return Coverage(begins, ends)


def can_have_decoys(coverage: Coverage, width_s: Floats) -> Flags:
    """Whether the covered time is long enough to move ads clear of their own payments."""
    return coverage.length_us > 2.2 * width_s * _US


def moved_times(
    posted_us: Ints, before_s: Floats, after_s: Floats, coverage: Coverage, decoy_round: int
) -> tuple[Ints, Flags]:
    """Where each ad is moved in a decoy round (1, 2, …), and whether it could be moved.

    All ads of one window move by the same time, so that what was posted together stays together:
    by whole days, cyclically within the covered time, and by one to two window widths more,
    forwards and backwards in turn. So an ad's true payment, and that of an ad posted at the same
    minute of another day, lies outside the moved window, and the load by hour of day is about
    kept. Ads outside the covered time can have no candidates and are not moved.

    Notes: where an author posts every hour, a moved ad can meet the payment of another ad of
    the same author; this makes q-values too large, not too small.
    """
    if not len(coverage.begins_us):
        return posted_us, np.zeros(len(posted_us), dtype=bool)
    width_us = ((before_s + after_s) * _US).astype(np.int64)
    inside = coverage.inside(posted_us, (before_s * _US).astype(np.int64))
    movable = inside & can_have_decoys(coverage, before_s + after_s)
    days = coverage.length_us // _DAY_US
    cycle = days * _DAY_US if days else coverage.length_us
    spread = (decoy_round * _GOLDEN) % 1.0
    jitter = (width_us * (_MARGIN + (1.0 - _MARGIN / 2) * spread)).astype(np.int64)
    side = 1 if decoy_round % 2 else -1
    by_days = (1 + (decoy_round - 1) % (days - 1)) * _DAY_US if days > 1 else 0
    even = _MARGIN * width_us + spread * np.maximum(cycle - 2 * _MARGIN * width_us, 0)
    fine = 3 * width_us < min(_DAY_US, cycle)
    shift = np.where(fine, by_days + side * jitter, even.astype(np.int64))
    place = coverage.place(posted_us) + shift
    if cycle:
        place = np.where(place > coverage.length_us, place - cycle, place)
        place = np.where(place < 0, place + cycle, place)
    return np.where(movable, coverage.time(place), posted_us), movable
