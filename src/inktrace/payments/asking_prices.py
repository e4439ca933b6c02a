"""Ads, and hypotheses about what each may have cost, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.joint_purchases import MOST_ADS
from inktrace.payments.times import Flags, Floats, Ints, numbers
from inktrace.units import MICROSECONDS_PER_SECOND, SECONDS_PER_DAY, minor_digits

_US: Final = MICROSECONDS_PER_SECOND
_RESOLUTIONS: Final = (60, 3600, SECONDS_PER_DAY)
# Below this many ads, times that all fall on whole minutes (hours, days) may be chance.
_LEAST_ADS_FOR_RESOLUTION: Final = 2


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
    place: Ints
    resolution_s: Ints
    fold: Ints

    @property
    def half(self) -> Ints:
        """Number (fold · sites + site) of each ad's half of its site."""
        return self.fold * len(self.sites) + self.site

    def __len__(self) -> int:
        return len(self.site)


@dataclass(frozen=True)
class AskingPrices:
    """Hypotheses about what bought an ad: one row per (ad, price, number of ads bought).

    `weight` is the prior probability of the hypothesis, if the ad's site is paid in bitcoin at
    all; per ad they sum to at most one. What is left to one: it cost nothing, or some other sum.
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

    def total(self, ads: int) -> Floats:
        """Summed weight of each ad's hypotheses."""
        summed = np.bincount(self.ad, weights=self.weight, minlength=ads)
        return np.asarray(summed, dtype=np.float64)

    def could(self, ads: int) -> Flags:
        """Whether each ad (row) may have been bought in a purchase of so many ads (column)."""
        made = np.zeros((ads, MOST_ADS + 1), dtype=bool)
        made[self.ad, self.ads_bought] = True
        return made


def bought_alone(could: Flags, sizes: Floats) -> Floats:
    """Probability that an ad was bought alone, from what it could have been bought with."""
    return np.asarray(1.0 - could[:, 2:] @ sizes[2:])


def read_ads(relations: Relations) -> Ads:
    """Read the ads, and find how finely each site tells its posting times.

    A site whose every posting time is a whole minute (hour, day) tells minutes (hours, days).
    """
    table_ads = relations["ads"]
    table = relations.collect(
        table_ads.select(
            "ad_id",
            "site",
            "posted_us",
            "price_minor",
            "currency",
            "category",
            place=ibis.coalesce(table_ads.city, table_ads.region, table_ads.country),
        ).order_by("ad_id")
    )
    sites, site = _codes(table["site"].to_pylist())
    names = [None if c is None else c.strip().upper() for c in table["currency"].to_pylist()]
    currencies, currency = _codes([name or "" for name in names])
    _, category = _codes([c or "" for c in table["category"].to_pylist()])
    _, place = _codes([(c or "").strip().lower() for c in table["place"].to_pylist()])
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
        place=place,
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


def expanded(first: Ints, last: Ints) -> Ints:
    """All numbers of the ranges [first, last), one range after the other."""
    sizes = np.maximum(last - first, 0)
    starts = np.cumsum(sizes) - sizes
    steps = np.arange(int(sizes.sum())) - np.repeat(starts, sizes)
    return np.asarray(steps + np.repeat(first, sizes), dtype=np.int64)
