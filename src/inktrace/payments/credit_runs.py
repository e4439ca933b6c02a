"""Runs of ads that a pack of credit may have paid, and the outputs that may have bought it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.params import CreditParams
from inktrace.payments.asking_prices import expanded
from inktrace.payments.price_hypotheses import usual_prices
from inktrace.payments.price_rules import AdRules
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints

_US: Final = 1_000_000
_CENT: Final = 1e-6  # of a currency unit: sums of prices that meet the pack exactly count
_PER_CHUNK: Final = 50_000
_LEAST_UNPAID: Final = 0.5


@dataclass(frozen=True)
class CreditAds:
    """Ads that credit may have paid: they cost something, and show no payment of their own.

    `ad` numbers the setting's ads, ascending. `unit` numbers (author, site, currency): whose
    account at the site it is; `author` and `site` are per unit, `unit_ads` counts its ads.
    `price` is the usual one in currency units, `unpaid` the probability that no listed output
    paid it.
    """

    ad: Ints
    unit: Ints
    price: Floats
    unpaid: Floats
    author: Ints
    site: Ints
    unit_ads: Ints

    def __len__(self) -> int:
        return len(self.ad)


@dataclass(frozen=True)
class Pack:
    """A pack that a site sells: its site and currency, price in units, and prior among packs.

    `starts` are rows of `CreditAds` at whose time and place it was sold: a run may begin there.
    """

    site: int
    currency: int
    price: float
    weight: float
    starts: Ints


@dataclass(frozen=True)
class PackOutputs:
    """Outputs (rows) that may have bought a pack, in order of time.

    `strength[fold, i]` is the likelihood ratio of output i, by the laws of the site that ads of
    that fold are scored with, for a delay law of density one per second.
    """

    pack: Pack
    output: Ints
    strength: Floats


@dataclass(frozen=True)
class Order:
    """`CreditAds` that take part in a round, by unit and time; a position is a place in this order.

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


def credit_ads(setting: Setting, unpaid: Floats, author: Ints) -> CreditAds:
    """The ads that credit may have paid.

    Parameters: per ad of the setting, the probability that no listed output paid it, and a dense
    number of its author (−1: none). An ad with a payment likelier than not is not among them.
    """
    ads, asking = setting.ads, setting.asking
    alone = np.flatnonzero(asking.ads_bought == 1)
    usual = usual_prices(asking.taken(alone), len(ads))
    kept = (usual >= 0) & (author >= 0) & (unpaid > _LEAST_UNPAID)
    kept &= setting.purchase > _LEAST_UNPAID
    rows = np.flatnonzero(kept)
    at = alone[usual[rows]]
    keys = np.column_stack([author[rows], ads.site[rows], asking.currency[at]])
    units, unit = np.unique(keys, axis=0, return_inverse=True)
    unit = unit.ravel().astype(np.int64)
    return CreditAds(
        rows,
        unit,
        np.exp(asking.log_price[at]),
        unpaid[rows],
        units[:, 0],
        units[:, 1],
        np.bincount(unit, minlength=len(units)).astype(np.int64),
    )


def packs_sold(
    ads: CreditAds, setting: Setting, rules: AdRules, params: CreditParams
) -> list[Pack]:
    """The packs of every site, by the rules that hold for its ads; none where no rule names any."""
    known = [
        (number, setting.ads.currencies.index(rule.currency), price)
        for number, rule in enumerate(rules.rules)
        for price in sorted(set(rule.credit))
    ]
    if not known or not len(ads):
        return []
    table = np.array(known)
    count = np.bincount(table[:, 0].astype(np.int64), minlength=len(rules))
    first = np.cumsum(count) - count
    rule = rules.of_ad[ads.ad]
    ruled = np.flatnonzero(rule >= 0)
    ruled = ruled[count[rule[ruled]] > 0]
    which = rule[ruled]
    at = expanded(first[which], first[which] + count[which])
    row = np.repeat(ruled, count[which])
    keys = np.column_stack([ads.site[ads.unit[row]], table[at, 1:]])
    packs, number = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(number.ravel(), kind="stable")
    starts = np.split(row[order], np.cumsum(np.bincount(number.ravel()))[:-1])
    of_site = np.bincount(packs[:, 0].astype(np.int64))
    return [
        Pack(int(site), int(currency), float(price), params.prior / of_site[int(site)], mine)
        for (site, currency, price), mine in zip(packs.tolist(), starts, strict=True)
    ]


def near_outputs(pack: Pack, setting: Setting, by_value: Ints) -> Ints:
    """Outputs worth about the pack, in order of time.

    `by_value` orders the outputs by their value in the pack's currency, those of none last.
    """
    values = setting.log_values[pack.currency][by_value]
    known = int(np.isfinite(values).sum())
    price, tolerance = np.log(pack.price), setting.params.amount_tolerance
    first, last = np.searchsorted(values[:known], [price - tolerance, price + tolerance])
    rows = by_value[first:last]
    return np.asarray(rows[np.lexsort((rows, setting.outputs.middle_us[rows]))], dtype=np.int64)


def ads_in_order(ads: CreditAds, posted_us: Ints, moved: Flags) -> Order:
    """The ads by unit and time; `posted_us` and `moved` are per ad of the setting."""
    row = np.flatnonzero(moved[ads.ad])
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

    `scale` is, per output, what a likelihood ratio is at most worth in a wallet's evidence
    (`evidence.read_matches`); what is worth less than one there is left out. A run is worth what
    its ads on average are likely to have no payment of their own.

    Notes: the unit's next ad, not a later one: who still has credit needs no more.
    """
    position = np.full(len(ads), -1, dtype=np.int64)
    position[order.row] = np.arange(len(order.row))
    parts = []
    for number, one in enumerate(weighed):
        start = position[one.pack.starts]
        start = start[start >= 0]
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
    kept = np.flatnonzero((end - at >= params.least_ads) & (ratio * scale[rows] > 1.0))
    return Runs(
        rows[kept],
        order.row[at[kept]],
        at[kept],
        end[kept],
        np.full(len(kept), number, dtype=np.int64),
        (moment[kept] - time_us[which[kept]]) / _US,
        ratio[kept],
    )


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


def author_numbers(ad_id: pa.Array, authors: pa.Table) -> tuple[pa.Array, Ints]:
    """Author ids in order, and the number of each ad's (−1: none), from (ad_id, author_id)."""
    names = authors["author_id"].combine_chunks().unique()
    names = names.take(pa.compute.array_sort_indices(names))
    row = pa.compute.index_in(ad_id, authors["ad_id"].combine_chunks())
    of_ad = pa.compute.index_in(authors["author_id"].combine_chunks().take(row), names)
    return names, np.asarray(of_ad.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
