"""Runs of ads that a pack of credit may have paid, each after an output that may have bought it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.params import CreditParams
from inktrace.payments.asking_prices import expanded
from inktrace.payments.credit_ads import CreditAds, Pack
from inktrace.payments.credit_outputs import PackOutputs
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.units import MICROSECONDS_PER_SECOND

_US: Final = MICROSECONDS_PER_SECOND
_CENT: Final = 1e-6  # of a currency unit: sums of prices that meet the pack exactly count
_PER_CHUNK: Final = 50_000


@dataclass(frozen=True)
class Order:
    """`CreditAds` by unit and time; a position is a place in this order.

    `before_us` is the time of the unit's ad before (the least integer where there is none), `end`
    the position after the unit's last ad; `money` and `unpaid` are running sums from nought.
    """

    row: Ints
    time_us: Ints
    before_us: Ints
    end: Ints
    money: Floats
    unpaid: Floats


@dataclass(frozen=True)
class Runs:
    """Outputs, each before a run of ads of one unit: one row per (unit, output, pack).

    `first` is the row in `CreditAds` of the first ad, `start` and `end` positions of the run,
    `ratio` the likelihood ratio with its prior, `delay_s` from purchase to first ad, `pack` the
    number of the pack.
    """

    output: Ints
    first: Ints
    start: Ints
    end: Ints
    pack: Ints
    delay_s: Floats
    ratio: Floats


def ads_in_order(ads: CreditAds, posted_us: Ints) -> Order:
    """The ads by unit and time; `posted_us` is per ad of the setting."""
    row = np.arange(len(ads))
    time_us = posted_us[ads.ad[row]]
    order = np.lexsort((row, time_us, ads.unit[row]))
    row, time_us = row[order], time_us[order]
    unit = ads.unit[row]
    new = np.diff(unit, prepend=-1) != 0
    before = np.where(new, np.iinfo(np.int64).min, np.append(0, time_us[:-1])[: len(row)])
    return Order(
        row,
        time_us,
        before,
        np.searchsorted(unit, unit, "right").astype(np.int64),
        np.append(0.0, np.cumsum(ads.price[row])),
        np.append(0.0, np.cumsum(ads.unpaid[row])),
    )


def run_ends(order: Order, start: Ints, money: Floats | float) -> Ints:
    """Position after the last ad that so much money pays, from each start on."""
    spent = np.searchsorted(order.money, order.money[start] + money + _CENT, "right") - 1
    return np.minimum(spent, order.end[start]).astype(np.int64)


def runs_after(
    weighed: Sequence[PackOutputs],
    ads: CreditAds,
    order: Order,
    scale: Floats,
    setting: Setting,
    params: CreditParams,
) -> Runs:
    """Each output with the run of ads that begins with a unit's next ad after it.

    `scale` is, per output, what a likelihood ratio is worth in a wallet's evidence, were there one
    ad only (`evidence.read_matches`); what speaks against the wallet there is left out. A run is
    worth what its ads on average are likely to have no payment of their own.

    Notes: the unit's next ad, not a later one: who still has credit needs no more.
    """
    position = np.empty(len(ads), dtype=np.int64)
    position[order.row] = np.arange(len(ads))
    parts = []
    for number, one in enumerate(weighed):
        start = position[one.pack.starts]
        start = start[np.argsort(order.time_us[start], kind="stable")]
        for at in range(0, len(one.output), _PER_CHUNK):
            chunk = slice(at, at + _PER_CHUNK)
            parts.append(
                _pack_runs(
                    number,
                    PackOutputs(one.pack, one.output[chunk], one.strength[:, chunk]),
                    start,
                    ads,
                    order,
                    scale,
                    setting,
                    params,
                )
            )
    if not parts:
        none, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        return Runs(none, none, none, none, none, nothing, nothing)
    return Runs(*(np.concatenate([getattr(p, name) for p in parts]) for name in _RUN_COLUMNS))


_RUN_COLUMNS: Final = ("output", "first", "start", "end", "pack", "delay_s", "ratio")


def _pack_runs(
    number: int,
    outputs: PackOutputs,
    start: Ints,
    ads: CreditAds,
    order: Order,
    scale: Floats,
    setting: Setting,
    params: CreditParams,
) -> Runs:
    output, paid = outputs.output, setting.outputs
    time_us, ad_us = paid.middle_us[output], order.time_us[start]
    worth = outputs.strength.max(axis=0, initial=0.0) * scale[output]
    reach_s = np.clip(worth / _total(params) - params.even_s, 0, params.longest_s)
    first = np.searchsorted(ad_us, time_us, "right")
    last = np.searchsorted(ad_us, time_us + (reach_s * _US).astype(np.int64), "right")
    which = np.repeat(np.arange(len(output)), np.maximum(last - first, 0))
    at = start[expanded(first, last)]
    next_ad = order.before_us[at] <= time_us[which]
    which, at = which[next_ad], at[next_ad]
    end = run_ends(order, at, outputs.pack.price)
    length = np.maximum(end - at, 1)
    unpaid = (order.unpaid[np.maximum(end, at)] - order.unpaid[at]) / length
    rows = output[which]
    moment = order.time_us[at]
    density = delay_density(
        (moment - paid.late_us[rows]) / _US, (moment - paid.early_us[rows]) / _US, params
    )
    fold = setting.ads.fold[ads.ad[order.row[at]]]
    ratio = outputs.strength[fold, which] * density * unpaid
    chance = ads.unit_ads[ads.unit[order.row[at]]]
    several = _bought_at_once(order, at, end, time_us[which], outputs.pack, setting)
    kept = (end - at >= params.least_ads) & (ratio * scale[rows] > chance) & ~several
    kept = np.flatnonzero(kept)
    return Runs(
        rows[kept],
        order.row[at[kept]],
        at[kept],
        end[kept],
        np.full(len(kept), number, dtype=np.int64),
        (moment[kept] - time_us[which[kept]]) / _US,
        ratio[kept],
    )


def _bought_at_once(
    order: Order, start: Ints, end: Ints, paid_us: Ints, pack: Pack, setting: Setting
) -> Flags:
    """Runs that one ordinary payment for several ads explains as well.

    Their prices sum to the pack's, and all of them appear as soon after it as a payment's ad may.
    """
    last = order.time_us[np.maximum(end, start + 1) - 1]
    soon = last - paid_us <= setting.params.max_delay_s * _US
    spent = np.maximum(order.money[end] - order.money[start], _CENT)
    exact = np.abs(np.log(spent / pack.price)) <= setting.params.amount_tolerance
    return np.asarray(soon & exact)


def delay_density(least_s: Floats, most_s: Floats, params: CreditParams) -> Floats:
    """Density per second of the time from purchase to first ad; averaged over an interval.

    Proportional to 1 / (even_s + delay) from nought to `longest_s`: wide and not learned.
    """
    least = np.clip(least_s, 0.0, params.longest_s)
    most = np.clip(most_s, 0.0, params.longest_s)
    inside = (most_s >= 0) & (least_s <= params.longest_s)
    wide = most_s > least_s
    area = np.log(params.even_s + most) - np.log(params.even_s + least)
    mean = np.where(wide, area / np.where(wide, most_s - least_s, 1.0), 1 / (params.even_s + least))
    return np.asarray(np.where(inside, mean, 0.0) / _total(params))


def _total(params: CreditParams) -> float:
    return float(np.log1p(params.longest_s / params.even_s))


@dataclass(frozen=True)
class Found:
    """Runs, and the ads they consist of, in order."""

    runs: Runs
    ads: CreditAds
    order: Order
    packs: list[Pack]
