"""Whether a site's clock or time zone is wrong: at which shift of it its payments are found."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import poisson

from inktrace.params import PaymentsParams
from inktrace.payments.asking_prices import Ads
from inktrace.payments.site_matches import Matches, firsts
from inktrace.payments.times import Flags, Floats, Ints, PaidOutputs
from inktrace.units import MICROSECONDS_PER_SECOND

_US: Final = MICROSECONDS_PER_SECOND
# No two time zones are further apart than 26 hours; a site's and the analyst's are seldom further
# apart than 14.
_FURTHEST_S: Final = 14 * 3600
_QUARTER_S: Final = 900
_TILE_S: Final = 300
_TILES: Final = (1, 3)  # in a window
# Within half the tolerance, payments of one site crowd about its spread; outputs do not.
_AMOUNT_STEP: Final = 0.0025
_AMOUNT_STEPS: Final = (1, 2)  # in a window
# The background of a shift is what shifts one to three hours away meet.
_NEAREST_S: Final = 3600
_FARTHEST_S: Final = 10_800
_LEAST_MEAN: Final = 0.25
_MOST_P: Final = 1e-4
_LEAST_EXCESS: Final = 8.0
_PARTS: Final = 4
_PART_DEVIATIONS: Final = 1.0
_ALONE: Final = 2.0
_DEVIATIONS: Final = 2.5
_MINUTE_S: Final = 60
_LONGEST_PEAK: Final = 30  # minutes
# How much too early the first minute of a peak may be told.
_EARLY_S: Final = 120


@dataclass(frozen=True)
class SiteClock:
    """What the shifts of one site's clock show.

    `offset_s` is how far the clock seems ahead (0: nothing found). `excess` counts the outputs
    that match at the best shift beyond the background, of `ads` ads looked at; `excess_at_nought`
    the most of any shift that an ordinary delay explains, in a window of the same size and
    amount. `p_value` is corrected for all shifts and amounts; a shift next to nought that shares
    its payments can have a small one, but then `nought_is_as_good`. `found_at_nought` tells that
    payments are seen (p ≤ 0.0001) at ordinary delays. `delays_begin_s` is the minute, after
    correction, from which on payments lie.
    """

    ads: int
    offset_s: int
    best_s: int
    excess: float
    excess_at_nought: float
    z: float
    p_value: float
    found_at_nought: bool
    nought_is_as_good: bool
    delays_begin_s: int


def site_clocks(
    ads: Ads,
    of_sites: list[Matches],
    outputs: PaidOutputs,
    block_us: Ints,
    params: PaymentsParams,
) -> list[SiteClock]:
    """Find the shift of each site's clock at which the most outputs match its ads' prices.

    Distinct outputs are counted in windows of five and of fifteen minutes, every five minutes
    from 14 h after the posting to 14 h before it, and of a quarter and half a percent of the
    amount, so that one site's spread stands out. The background is the mean of the shifts one to
    three hours away, with its measured overdispersion.

    A clock is held to be off where the best shift (i) lies outside the delays that are looked for
    anyway, (ii) has p ≤ 0.0001 (quasi-Poisson, corrected for all shifts and amounts) and at least
    eight payments, (iii) stands alone: no shift more than an hour away has half of its log p,
    (iv) stands out by one deviation in each quarter of the ads in time, and (v) exceeds every
    ordinary delay's excess by 2.5 deviations and twofold.

    Where nothing is found so, neither elsewhere nor at nought, the same is tried with the times of
    blocks: a site that waits for a confirmation shows its payments there more sharply.

    Notes: outputs of which only the block is known say nothing here; nor does a site that tells
    hours or days only. A clock that is off by some minutes cannot be told from a delay unless
    payments come after their ads. An output counts once a shift, so that one output at the price
    of a whole session is one sign; a burst of equal payments falls into one quarter of the ads,
    and has others of its kind.
    """
    made = []
    for number, matches in enumerate(of_sites):
        after_s = int(ads.resolution_s[number]) + params.clock_slack_s
        if not len(matches.ad) or ads.resolution_s[number] > _MINUTE_S:
            made.append(_nothing(matches.ads))
            continue
        clock = clock_of(matches, after_s, params)
        if not clock.offset_s and not clock.found_at_nought:
            by_block = matches.by_block(outputs, block_us)
            again = clock_of(by_block, after_s + params.block_slack_s, params)
            clock = again if again.offset_s else clock
        made.append(clock)
    return made


def _nothing(ads: int) -> SiteClock:
    return SiteClock(ads, 0, 0, 0.0, 0.0, 0.0, 1.0, False, True, 0)


@dataclass(frozen=True)
class _Scan:
    """Outputs met per shift and amount in windows of one size, and what the background would be.

    `amount_steps` and `tiles` are the size of the windows.
    """

    tiles: int
    amount_steps: int
    met: Floats
    mean: Floats
    spread: Floats  # the background's variance over Poisson's

    @property
    def excess(self) -> Floats:
        return self.met - self.mean

    @property
    def deviation(self) -> Floats:
        return np.asarray(np.sqrt(self.spread * np.maximum(self.mean, _LEAST_MEAN)))

    @property
    def z(self) -> Floats:
        return np.asarray(self.excess / self.deviation)

    def log_p(self) -> Floats:
        """Natural log of the chance of meeting as many or more (quasi-Poisson)."""
        return np.asarray(
            poisson.logsf(
                np.ceil(self.met / self.spread) - 1,
                np.maximum(self.mean, _LEAST_MEAN) / self.spread,
            )
        )


@dataclass(frozen=True)
class _Peak:
    """A window of a scan: which size, which shift, which amount."""

    size: int
    shift: int
    amount: int


def clock_of(matches: Matches, after_s: int, params: PaymentsParams) -> SiteClock:
    """Judge one site's shifts; `after_s` is how long after a posting its payment may be seen."""
    tolerance = params.amount_tolerance / 2
    scans = _scans(matches, np.ones(len(matches.ad), dtype=bool), after_s, tolerance)
    shifts_s = np.arange(-_FURTHEST_S, _FURTHEST_S + 1, _TILE_S)
    ordinary = (shifts_s >= 0) & (shifts_s < max(params.max_delay_s, _QUARTER_S))
    all_chances = [scan.log_p() for scan in scans]
    chances = [np.where(ordinary[:, None], 0.0, chance) for chance in all_chances]
    tests = sum(int((~ordinary).sum()) * chance.shape[1] for chance in chances)
    size = int(np.argmin([chance.min() for chance in chances]))
    at = np.unravel_index(np.argmin(chances[size]), chances[size].shape)
    peak, scan = _Peak(size, int(at[0]), int(at[1])), scans[size]
    p_value = min(float(np.exp(chances[size][at])) * tests, 1.0)
    home = sum(int(ordinary.sum()) * chance.shape[1] for chance in chances)
    at_home = min(float(np.exp(chance[ordinary].min())) for chance in all_chances) * home
    # The same window among ordinary delays.
    nought = int(np.argmax(np.where(ordinary, scan.excess[:, peak.amount], -np.inf)))
    excess = float(scan.excess[at])
    at_nought = max(float(scan.excess[nought, peak.amount]), 0.0)
    both = max(float(scan.mean[at] + scan.mean[nought, peak.amount]), _LEAST_MEAN)
    noise = float(np.sqrt(scan.spread[at] * both))
    as_good = excess - at_nought < _DEVIATIONS * noise or excess < 2 * at_nought
    found = (
        p_value <= _MOST_P
        and excess >= _LEAST_EXCESS
        and not as_good
        and _stands_alone(chances, peak)
        and _in_all_quarters(matches, after_s, tolerance, peak)
    )
    seen = SiteClock(
        matches.ads,
        0,
        int(shifts_s[peak.shift]),
        excess,
        at_nought,
        float(scan.z[at]),
        p_value,
        at_home <= _MOST_P,
        as_good,
        0,
    )
    if not found:
        return seen
    low = peak.amount * _AMOUNT_STEP - tolerance
    high = low + scan.amount_steps * _AMOUNT_STEP
    return _with_offset(seen, matches, (low, high), after_s)


def _scans(matches: Matches, chosen: Flags, after_s: int, tolerance: float) -> list[_Scan]:
    """Scans in windows of all sizes; one row for each shift from −14 h to +14 h."""
    outside = _FARTHEST_S // _TILE_S + max(_TILES)
    centre = _FURTHEST_S // _TILE_S + outside
    tiles, steps = 2 * centre + 1, int(np.ceil(2 * tolerance / _AMOUNT_STEP))
    tile = np.floor((matches.delay_s + after_s) / _TILE_S).astype(np.int64) + centre
    step = ((matches.log_ratio + tolerance) / _AMOUNT_STEP).astype(np.int64)
    step = np.clip(step, 0, steps - 1)
    inside = np.flatnonzero(chosen & (tile >= 0) & (tile < tiles))
    output, tile = matches.output[inside], tile[inside]
    place = tile * steps + step[inside]
    scans: list[_Scan] = []
    for wide in _TILES:
        # An output that several ads of one window meet counts once, at the first's price.
        first = firsts(output, tile // wide)
        fine = np.bincount(place[first], minlength=tiles * steps).astype(np.float64)
        of_shift = _summed(fine.reshape(tiles, steps), wide, 0)
        scans += [
            _scan(_summed(of_shift, amount_steps, 1), (wide, amount_steps), outside)
            for amount_steps in _AMOUNT_STEPS
        ]
    return scans


def _summed(counts: Floats, width: int, axis: int) -> Floats:
    """Sums of each entry and the next ones, `width` in all; of equal shape along axis 0."""
    padded = np.pad(counts, [(0, width - 1 if n == axis == 0 else 0) for n in (0, 1)])
    return np.asarray(sliding_window_view(padded, width, axis=axis).sum(axis=-1))


def _scan(met: Floats, size: tuple[int, int], outside: int) -> _Scan:
    away = range(_NEAREST_S // _TILE_S, _FARTHEST_S // _TILE_S + 1)
    mean = sum((np.roll(met, n, axis=0) + np.roll(met, -n, axis=0) for n in away), 0 * met)
    mean = (mean / (2 * len(away)))[outside:-outside]
    met = met[outside:-outside]
    squares = (met - mean) ** 2 / np.maximum(mean, _LEAST_MEAN)
    # All shifts but those around each, so that payments do not hide themselves, but bursts that
    # look like payments are known by others of their kind. Never below Poisson's.
    around = 2 * max(_TILES) + 1
    near = _summed(np.pad(squares, [(around // 2, around // 2), (0, 0)]), around, 0)
    near = near[: len(squares)]
    spread = (squares.sum(axis=0) - near) / (len(squares) - around)
    return _Scan(*size, met, mean, np.maximum(spread, 1.0))


def _in_all_quarters(matches: Matches, after_s: int, tolerance: float, peak: _Peak) -> bool:
    """Whether the peak is seen in each quarter of the ads in time; a burst is not."""
    quarter = matches.ad * _PARTS // max(matches.ads, 1)
    return all(
        _scans(matches, quarter == number, after_s, tolerance)[peak.size].z[peak.shift, peak.amount]
        >= _PART_DEVIATIONS
        for number in range(_PARTS)
    )


def _stands_alone(log_p: list[Floats], peak: _Peak) -> bool:
    """Whether no shift more than an hour away is half as unlikely; log p-values of all scans."""
    away = np.abs(np.arange(len(log_p[0])) - peak.shift) > _NEAREST_S // _TILE_S
    others = min(float(one[away].min()) for one in log_p)
    return bool(log_p[peak.size][peak.shift, peak.amount] <= _ALONE * others)


def _with_offset(
    seen: SiteClock, matches: Matches, amounts: tuple[float, float], after_s: int
) -> SiteClock:
    """The minute at which the payments begin, and the quarter hour below it as the offset.

    All time zones are whole quarter hours from UTC. A clock that is behind by less than an hour
    is no time zone, and is set by the minute. The peak is the run of minutes, near the best shift,
    that Poisson's likelihood prefers most to the background.
    """
    like = (matches.log_ratio >= amounts[0]) & (matches.log_ratio < amounts[1])
    begin = _NEAREST_S // _MINUTE_S
    first_s = seen.best_s - after_s - _QUARTER_S - _NEAREST_S
    minute = np.floor((matches.delay_s - first_s) / _MINUTE_S).astype(np.int64)
    minutes = begin + 2 * _QUARTER_S // _MINUTE_S + _LONGEST_PEAK
    inside = like & (minute >= 0) & (minute < minutes)
    minute = minute[inside]
    minute = minute[firsts(matches.output[inside], minute)]
    met = np.bincount(minute, minlength=minutes).astype(np.float64)
    level = max(float(met[:begin].mean()), _LEAST_MEAN / _QUARTER_S)
    total = np.concatenate([[0.0], np.cumsum(met)])
    starts = begin + np.arange(2 * _QUARTER_S // _MINUTE_S)[:, None]
    lengths = 1 + np.arange(_LONGEST_PEAK)[None, :]
    count, expected = total[starts + lengths] - total[starts], level * lengths
    above = count > expected
    gain = np.where(above, count * np.log(np.where(above, count, 1.0) / expected), 0.0)
    gain = gain - np.where(above, count - expected, 0.0)
    start_s = first_s + int(starts[np.unravel_index(gain.argmax(), gain.shape)[0], 0]) * _MINUTE_S
    offset_s = (start_s + after_s + _EARLY_S) // _QUARTER_S * _QUARTER_S
    if -_NEAREST_S < start_s < 0:
        offset_s = start_s
    return dataclasses.replace(seen, offset_s=offset_s, delays_begin_s=start_s - offset_s)


def with_right_clocks(ads: Ads, clocks: list[SiteClock]) -> Ads:
    """The ads at the times that right clocks would have shown."""
    offset_us = np.array([clock.offset_s for clock in clocks], dtype=np.int64) * _US
    return dataclasses.replace(ads, posted_us=ads.posted_us - offset_us[ads.site])
