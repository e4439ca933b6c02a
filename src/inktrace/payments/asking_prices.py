"""What an ad may have cost: its own price, its site's price points, or half of a joint payment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.times import Flags, Floats, Ints, numbers
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY, minor_digits

_US: Final = MICROSECONDS_PER_SECOND
_RESOLUTIONS: Final = (60, 3600, SECONDS_PER_DAY)
# Below this many ads, times that all fall on whole minutes (hours, days) may be chance.
_LEAST_ADS_FOR_RESOLUTION: Final = 2
# Price points beyond these of one site and category are too rare to help an unpriced ad.
_MOST_PRICE_POINTS: Final = 12
# A joint purchase is sought among this many ads before and after, in posting order.
_MOST_PARTNERS: Final = 6


@dataclass(frozen=True)
class Ads:
    """Ads in ad_id order, as arrays. `site` numbers `sites`; `resolution_s` is per site.

    `log_price` is NaN where the price is unknown or nothing; `is_free` tells the two apart.
    `fold` splits the ads of each site in two halves, for cross-fitting.
    """

    ad_id: pa.Array
    site: Ints
    sites: list[str]
    posted_us: Ints
    log_price: Floats
    is_free: Flags
    currency: Ints
    currencies: list[str]
    category: Ints
    resolution_s: Ints
    fold: Ints

    def __len__(self) -> int:
        return len(self.site)


@dataclass(frozen=True)
class AskingPrices:
    """Hypotheses about what bought an ad: one row per (ad, price, number of ads bought).

    `weight` is the prior probability of the hypothesis; per ad they sum to at most one.
    """

    ad: Ints
    log_price: Floats
    currency: Ints
    weight: Floats
    ads_bought: Ints

    def __len__(self) -> int:
        return len(self.ad)

    def taken(self, rows: Ints) -> AskingPrices:
        """The hypotheses with the given numbers, in that order."""
        return AskingPrices(
            self.ad[rows],
            self.log_price[rows],
            self.currency[rows],
            self.weight[rows],
            self.ads_bought[rows],
        )


def read_ads(relations: Relations) -> Ads:
    """Read the ads, and find how finely each site tells its posting times.

    A site whose every posting time is a whole minute (hour, day) tells minutes (hours, days).
    """
    table = relations.collect(
        relations["ads"]
        .select("ad_id", "site", "posted_us", "price_minor", "currency", "category")
        .order_by("ad_id")
    )
    sites, site = _codes(table["site"].to_pylist())
    names = [None if c is None else c.strip().upper() for c in table["currency"].to_pylist()]
    currencies, currency = _codes([name or "" for name in names])
    _, category = _codes([c or "" for c in table["category"].to_pylist()])
    posted_us = numbers(table, "posted_us")
    minor = np.asarray(table["price_minor"].fill_null(-1).to_numpy(), dtype=np.float64)
    return Ads(
        ad_id=table["ad_id"].combine_chunks(),
        site=site,
        sites=sites,
        posted_us=posted_us,
        log_price=_log_prices(minor, currencies, currency),
        is_free=minor == 0,
        currency=currency,
        currencies=currencies,
        category=category,
        resolution_s=_resolutions(site, len(sites), posted_us),
        fold=ranks_within(site) % 2,
    )


def _codes(values: list[str]) -> tuple[list[str], Ints]:
    names, codes = np.unique(np.asarray(values, dtype=object), return_inverse=True)
    return [str(name) for name in names], codes.astype(np.int64)


def _log_prices(minor: Floats, currencies: list[str], currency: Ints) -> Floats:
    units = np.array([10.0 ** minor_digits(name) for name in currencies] or [1.0])
    named = np.array([bool(name) for name in currencies] or [False])
    priced = (minor > 0) & named[currency] if len(minor) else minor > 0
    return np.where(priced, np.log(np.where(priced, minor, 1.0) / units[currency]), np.nan)


def _resolutions(site: Ints, sites: int, posted_us: Ints) -> Ints:
    resolution = np.ones(sites, dtype=np.int64)
    enough = np.bincount(site, minlength=sites) >= _LEAST_ADS_FOR_RESOLUTION
    for seconds in _RESOLUTIONS:
        off = np.bincount(site, weights=posted_us % (seconds * _US) != 0, minlength=sites)
        resolution[(off == 0) & enough] = seconds
    return resolution


def ranks_within(group: Ints) -> Ints:
    """Rank of each row among the rows of its group, in row order."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], group[order], side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - starts
    return rank


def asking_prices(ads: Ads, params: PaymentsParams) -> AskingPrices:
    """List what may have been paid for each ad, with prior weights.

    An ad with a price: that price, and the sums with ads of its site posted within
    `pair_window_s` (one payment buys two). An ad without: the prices seen on its site and
    category (else its site), by frequency. Free ads have none.

    Notes: upsells, discounts and purchases of three or more are not hypotheses yet.
    """
    priced = np.flatnonzero(np.isfinite(ads.log_price))
    pair_ad, pair_price, pair_weight = _pair_hypotheses(ads, params)
    has_pair = np.zeros(len(ads), dtype=bool)
    has_pair[pair_ad] = True
    single_weight = np.where(has_pair[priced], 1.0 - params.pair_prior, 1.0)
    unpriced_ad, unpriced_price, unpriced_currency, unpriced_weight = _price_points(ads)
    made = AskingPrices(
        ad=np.concatenate([priced, pair_ad, unpriced_ad]),
        log_price=np.concatenate([ads.log_price[priced], pair_price, unpriced_price]),
        currency=np.concatenate([ads.currency[priced], ads.currency[pair_ad], unpriced_currency]),
        weight=np.concatenate([single_weight, pair_weight, unpriced_weight]),
        ads_bought=np.repeat(
            np.array([1, 2, 1]), [len(priced), len(pair_ad), len(unpriced_ad)]
        ).astype(np.int64),
    )
    return made.taken(np.lexsort((made.log_price, made.ads_bought, made.ad)))


def _pair_hypotheses(ads: Ads, params: PaymentsParams) -> tuple[Ints, Floats, Floats]:
    order = np.lexsort((ads.posted_us, ads.site))
    order = order[np.isfinite(ads.log_price[order])]
    found_ad, found_sum = [np.empty(0, np.int64)], [np.empty(0)]
    for step in range(1, _MOST_PARTNERS + 1):
        first, second = order[:-step], order[step:]
        near = (
            (ads.site[first] == ads.site[second])
            & (ads.currency[first] == ads.currency[second])
            & (ads.posted_us[second] - ads.posted_us[first] <= params.pair_window_s * _US)
        )
        first, second = first[near], second[near]
        both = np.log(np.exp(ads.log_price[first]) + np.exp(ads.log_price[second]))
        found_ad += [first, second]
        found_sum += [both, both]
    ad, log_sum = np.concatenate(found_ad), np.round(np.concatenate(found_sum), 9)
    if not len(ad) or params.pair_prior == 0.0:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    distinct, times = np.unique(np.column_stack([ad, log_sum]), axis=0, return_counts=True)
    ad = distinct[:, 0].astype(np.int64)
    share = times / np.bincount(ad, weights=times)[ad]
    return ad, distinct[:, 1], params.pair_prior * share


def _price_points(ads: Ads) -> tuple[Ints, Floats, Ints, Floats]:
    """Hypotheses for ads without a price, from the priced ads of the same site and category."""
    unpriced = np.flatnonzero(~np.isfinite(ads.log_price) & ~ads.is_free)
    categories = int(ads.category.max(initial=0)) + 1
    exact = ads.site * categories + ads.category
    here = _points_of(ads, exact, unpriced)
    rest = unpriced[~np.isin(unpriced, here[0])]
    site_wide = _points_of(ads, ads.site, rest)
    ad, price, currency, weight = (
        np.concatenate([a, b]) for a, b in zip(here, site_wide, strict=True)
    )
    return ad.astype(np.int64), price, currency.astype(np.int64), weight


def _points_of(ads: Ads, group: Ints, wanted: Ints) -> tuple[Ints, Floats, Ints, Floats]:
    """The commonest prices of each group, one row per (wanted ad, price)."""
    priced = np.flatnonzero(np.isfinite(ads.log_price))
    rows = np.column_stack([group[priced], ads.currency[priced], ads.log_price[priced].round(9)])
    points, times = np.unique(rows, axis=0, return_counts=True)
    order = np.lexsort((points[:, 2], -times, points[:, 0]))
    points, times = points[order], times[order]
    kept = ranks_within(points[:, 0].astype(np.int64)) < _MOST_PRICE_POINTS
    points, times = points[kept], times[kept]
    of = points[:, 0].astype(np.int64)
    first, last = np.searchsorted(of, group[wanted]), np.searchsorted(of, group[wanted], "right")
    at = expanded(first, last)
    total = np.bincount(of, weights=times, minlength=int(group.max(initial=0)) + 1)
    return (
        np.repeat(wanted, last - first),
        points[at, 2],
        points[at, 1].astype(np.int64),
        times[at] / np.maximum(total[of[at]], 1.0),
    )


def expanded(first: Ints, last: Ints) -> Ints:
    """All numbers of the ranges [first, last), one range after the other."""
    sizes = np.maximum(last - first, 0)
    starts = np.cumsum(sizes) - sizes
    steps = np.arange(int(sizes.sum())) - np.repeat(starts, sizes)
    return np.asarray(steps + np.repeat(first, sizes), dtype=np.int64)
