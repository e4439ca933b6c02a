"""Several ads bought in one payment: which runs of ads, at which sum, how likely beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.params import PaymentsParams
from inktrace.payments.times import Flags, Floats, Ints
from inktrace.units import MICROSECONDS_PER_SECOND

MOST_ADS: Final = 6
# A second ad is sought among this many before and after, in posting order.
_MOST_PARTNERS: Final = 6
# Ads of nobody known in particular are taken for one purchase of three or more only where each
# follows the one before within so many seconds.
_CLOSE_S: Final = 90


@dataclass(frozen=True)
class Buyable:
    """Ads that may have been bought with others: one row each; `price` in currency units.

    `hand` numbers what one hand is known to have posted on a site (the same contact or text).
    `several[k]` is what the site's rules ask for k ads in one payment, NaN where they do not say.
    """

    ad: Ints
    site: Ints
    currency: Ints
    hand: Ints
    posted_us: Ints
    price: Floats
    several: Floats  # (rows, MOST_ADS + 1)


@dataclass(frozen=True)
class JointPurchases:
    """One row per (ad, sum, number of ads); `share` sums to one per ad and number."""

    ad: Ints
    log_price: Floats
    ads_bought: Ints
    share: Floats


def joint_purchases(ads: Buyable, params: PaymentsParams) -> JointPurchases:
    """Which sums may have bought each ad together with others of its site and currency.

    Two: any other ad within `pair_window_s`. Three to six: runs of ads that follow one another,
    of one hand within that window, or of anybody each within a minute and a half. One sum counts
    once, however many runs make it, so an ad has a few dozen of these at most.
    """
    window_us = params.pair_window_s * MICROSECONDS_PER_SECOND
    close_us = min(_CLOSE_S * MICROSECONDS_PER_SECOND, window_us)
    anybody = np.zeros(len(ads.ad), dtype=np.int64)
    chains = [_chains(ads, ads.hand, window_us), _chains(ads, anybody, close_us)]
    made = [_counted(ads, 2, _pairs(ads, window_us))]
    for size in range(3, min(params.most_ads_at_once, MOST_ADS) + 1):
        runs = [_runs(ads, chain, size, window_us) for chain in chains]
        made.append(_counted(ads, size, [one for run in runs for one in run]))
    return JointPurchases(
        np.concatenate([one.ad for one in made]),
        np.concatenate([one.log_price for one in made]),
        np.concatenate([one.ads_bought for one in made]),
        np.concatenate([one.share for one in made]),
    )


def _pairs(ads: Buyable, window_us: int) -> list[list[Ints]]:
    """Purchases of two: lists of the first and the second ads."""
    order = np.lexsort((ads.ad, ads.posted_us, ads.site))
    found = []
    for step in range(1, _MOST_PARTNERS + 1):
        first, second = order[:-step], order[step:]
        near = _one_purchase(ads, first, second, window_us)
        found.append([first[near], second[near]])
    return found


def _chains(ads: Buyable, hand: Ints, gap_us: int) -> tuple[Ints, Ints]:
    """Ads in order of site, hand and time, and how many before each follow one another."""
    order = np.lexsort((ads.ad, ads.posted_us, hand, ads.site))
    first, second = order[:-1], order[1:]
    joined = (hand[first] == hand[second]) & _one_purchase(ads, first, second, gap_us)
    steps = np.arange(len(joined))
    last_break = np.maximum.accumulate(np.where(joined, -1, steps))
    return order, np.concatenate([[0], steps - last_break])[: len(order)]


def _runs(ads: Buyable, chain: tuple[Ints, Ints], size: int, window_us: int) -> list[list[Ints]]:
    """Purchases of so many ads in a row: lists of the first, second … ads."""
    order, before = chain
    end = np.flatnonzero(before >= size - 1)
    first, last = order[end - size + 1], order[end]
    end = end[ads.posted_us[last] - ads.posted_us[first] <= window_us]
    return [[order[end - back] for back in range(size - 1, -1, -1)]]


def _one_purchase(ads: Buyable, first: Ints, second: Ints, window_us: int) -> Flags:
    return np.asarray(
        (ads.site[first] == ads.site[second])
        & (ads.currency[first] == ads.currency[second])
        & (ads.posted_us[second] - ads.posted_us[first] <= window_us)
    )


def _counted(ads: Buyable, size: int, purchases: list[list[Ints]]) -> JointPurchases:
    """A hypothesis for every ad and sum, weighted by how many purchases make it.

    The sum is of the usual prices, or what the site asks for so many. A run that was found in
    both ways (its first and last ad are the same) is one.
    """
    ad, asked, first, last = [], [], [], []
    for members in purchases:
        price = np.sum([ads.price[member] for member in members], axis=0)
        discount = ads.several[members[0], size]
        total = np.log(np.where(np.isfinite(discount), discount, price)).round(9)
        for member in members:
            ad.append(member)
            asked.append(total)
            first.append(members[0])
            last.append(members[-1])
    columns = [np.concatenate(column) for column in (last, first, asked, ad)]
    kept = _first_rows(columns)
    asked_, ad_ = columns[2][kept], columns[3][kept]
    starts = _first_rows([asked_, ad_], is_sorted=True)
    times = np.diff(np.append(starts, len(ad_))).astype(np.float64)
    of = ad_[starts]
    share = times / np.bincount(of, weights=times, minlength=len(ads.ad))[of]
    return JointPurchases(ads.ad[of], asked_[starts], np.full(len(of), size, dtype=np.int64), share)


def _first_rows(columns: list[Ints | Floats], is_sorted: bool = False) -> Ints:
    """The first of each set of equal rows, ordered by the last column, then the one before …"""
    order = np.arange(len(columns[0])) if is_sorted else np.lexsort(columns)
    fresh = np.ones(len(order), dtype=bool)
    if len(order):
        changes = [column[order][1:] != column[order][:-1] for column in columns]
        fresh[1:] = np.logical_or.reduce(changes)
    return np.asarray(order[fresh], dtype=np.int64)


def joint_shares(params: PaymentsParams) -> Floats:
    """Share of ads bought in purchases of k ads (index k), before looking."""
    shares = np.zeros(MOST_ADS + 1)
    shares[2] = params.pair_prior
    most = min(params.most_ads_at_once, MOST_ADS)
    if most > 2:
        shares[3 : most + 1] = params.run_prior / (most - 2)
    shares[1] = 1.0 - shares[2:].sum()
    return shares
