"""Sites that wait for a confirmation: their delays run from the block, not from first-seen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import AskingPrices
from inktrace.payments.candidates import OutputIndex
from inktrace.payments.site_matches import Matches, firsts
from inktrace.payments.times import Flags, Floats, Ints, PaidOutputs

_UNKNOWN: Final = -1
_MINUTE_S: Final = 60
# The background is what lies one to three hours beyond the delays that are looked for.
_NEAREST: Final = 60  # minutes
_FARTHEST: Final = 180
_MOST_DELAY_S: Final = 10 * 3600
_WIDTHS: Final = (1, 2, 3, 5, 10, 15, 30)  # minutes
_AMOUNT_STEP: Final = 0.005
_LEAST_MEAN: Final = 0.05
# A thousand times likelier.
_LEAST_LOG_RATIO: Final = 6.9


@dataclass(frozen=True)
class DelayFrom:
    """From what a site's delays are counted.

    `log_ratio` is the held-out log likelihood (natural, per overdispersion) by which delays from
    the block's time explain the site's matches better than delays from first-seen; the lesser of
    two halves'.
    """

    is_block: bool
    log_ratio: float


def block_times(relations: Relations, outputs: PaidOutputs) -> Ints:
    """The time (µs) of the block of each output's transaction; −1 where none is known."""
    table = relations["transactions"]
    rows = relations.collect(
        table.filter(table.block_time_us.notnull())
        .select("tx_id", "block_time_us")
        .order_by("tx_id")
    )
    tx_id = np.asarray(rows["tx_id"].to_numpy(), dtype=np.int64)
    block_us = np.asarray(rows["block_time_us"].to_numpy(), dtype=np.int64)
    if not len(tx_id):
        return np.full(len(outputs), _UNKNOWN, dtype=np.int64)
    at = np.minimum(np.searchsorted(tx_id, outputs.tx_id), len(tx_id) - 1)
    return np.where(tx_id[at] == outputs.tx_id, block_us[at], _UNKNOWN)


def delay_from(
    matches: Matches, outputs: PaidOutputs, block_us: Ints, offset_s: int, params: PaymentsParams
) -> DelayFrom:
    """Judge whether one site posts so long after first-seen, or so long after the block.

    For either clock, and for each half of the ads in time, the window of delays (one to thirty
    minutes wide) and of amounts (half a percent) that the half's outputs prefer most to the
    background is found; its density is held against the other half's outputs (Poisson). The
    site waits for its block where that is a thousand times likelier than first-seen, and than
    background, in either half.

    Parameters: the site's matches; block time of each output; how far ahead the clock is.

    Notes: outputs of one block come together, which makes chance meetings more uneven; both
    clocks' log likelihoods are divided by their own overdispersion. Miners' clocks blur the peak.
    """
    by_block = matches.by_block(outputs, block_us)
    if not len(by_block.ad) or params.max_delay_s > _MOST_DELAY_S:
        return DelayFrom(False, 0.0)
    rows = np.flatnonzero(block_us[matches.output] >= 0)
    seen_s = matches.delay_s[rows]
    later = by_block.ad * 2 >= matches.ads
    gains = []
    for delay_s, slack_s in ((seen_s, 0), (by_block.delay_s, params.block_slack_s)):
        counts = [
            _by_minute(
                by_block.output[half],
                delay_s[half] - offset_s + params.clock_slack_s + slack_s,
                by_block.log_ratio[half],
                params,
            )
            for half in (later, ~later)
        ]
        first, second = (_Half.of(one, params) for one in counts)
        gains.append([first.held_out(second), second.held_out(first)])
    seen, block = np.array(gains)
    ratio = block - seen
    waits = bool(min(ratio.min(), block.min()) >= _LEAST_LOG_RATIO)
    return DelayFrom(waits, float(ratio.min()))


def _by_minute(output: Ints, delay_s: Floats, log_ratio: Floats, params: PaymentsParams) -> Floats:
    """Distinct outputs by minute (from `_FARTHEST` before the window's begin) and by amount."""
    tolerance = params.amount_tolerance / 2
    steps = max(int(np.ceil(2 * tolerance / _AMOUNT_STEP)), 1)
    minutes = 2 * _FARTHEST + _window(params)
    minute = np.floor(delay_s / _MINUTE_S).astype(np.int64) + _FARTHEST
    inside = np.flatnonzero((minute >= 0) & (minute < minutes))
    inside = inside[firsts(output[inside], minute[inside])]
    step = ((log_ratio[inside] + tolerance) / _AMOUNT_STEP).astype(np.int64)
    place = minute[inside] * steps + np.clip(step, 0, steps - 1)
    counts = np.bincount(place, minlength=minutes * steps).astype(np.float64)
    return counts.reshape(minutes, steps)


def _window(params: PaymentsParams) -> int:
    return -(-params.max_delay_s // _MINUTE_S)


@dataclass(frozen=True)
class _Half:
    """One half's outputs by minute of the window and amount, its background and overdispersion."""

    met: Floats
    mean: Floats  # per amount, of one minute
    spread: Floats  # per amount

    @classmethod
    def of(cls, counts: Floats, params: PaymentsParams) -> _Half:
        """Measure the background around the window."""
        quiet = _FARTHEST - _NEAREST
        around = np.concatenate([counts[:quiet], counts[-quiet:]])
        mean = np.maximum(around.mean(axis=0), _LEAST_MEAN)
        spread = np.maximum(around.var(axis=0) / mean, 1.0)
        return cls(counts[_FARTHEST : _FARTHEST + _window(params)], mean, spread)

    def held_out(self, other: _Half) -> float:
        """Log likelihood ratio in the other half of the window that this half prefers."""
        total = np.concatenate([np.zeros((1, len(self.mean))), np.cumsum(self.met, axis=0)])
        best, found = 0.0, (0, 0, 0)
        for width in _WIDTHS:
            if width > len(self.met):
                break
            count, expected = total[width:] - total[:-width], width * self.mean
            ratio = np.maximum(count / expected, 1.0)
            gain = (count * np.log(ratio) - np.where(ratio > 1, count - expected, 0)) / self.spread
            at = np.unravel_index(gain.argmax(), gain.shape)
            if gain[at] > best:
                best, found = float(gain[at]), (width, int(at[0]), int(at[1]))
        width, start, amount = found
        if not width:
            return 0.0
        mine = float(self.met[start : start + width, amount].sum())
        # A payment's worth of caution keeps a half of few ads from being sure.
        times = (mine + 1.0) / (width * float(self.mean[amount]) + 1.0)
        theirs = float(other.met[start : start + width, amount].sum())
        expected_there = width * float(other.mean[amount])
        told = theirs * np.log(times) - (times - 1.0) * expected_there
        return float(told / other.spread[amount])


def block_indexes(
    asking: AskingPrices,
    outputs: PaidOutputs,
    block_us: Ints,
    log_values: list[Floats],
    tolerance: float,
) -> list[OutputIndex]:
    """Indexes (per currency) of outputs by their block's time; those without one are left out."""
    by_block = dataclasses.replace(outputs, early_us=block_us, late_us=block_us)
    return [
        OutputIndex(
            by_block,
            np.where(block_us != _UNKNOWN, values, np.nan),
            asking.log_price[asking.currency == number],
            tolerance,
        )
        for number, values in enumerate(log_values)
    ]


def waiting_sites(found: list[DelayFrom], params: PaymentsParams) -> Flags:
    """Per site: whether its delays are counted from the block."""
    waits = np.array([one.is_block for one in found], dtype=bool)
    return waits & bool(params.follow_confirmations)
