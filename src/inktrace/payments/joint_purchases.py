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
# So many purchases' worth of weight has the share that is assumed before looking.
_SHARE_PSEUDO: Final = 50.0
_ROUNDS: Final = 20


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
    found = [_pairs(ads, params)]
    if params.most_ads_at_once > 2:
        window_us = params.pair_window_s * MICROSECONDS_PER_SECOND
        close_us = min(_CLOSE_S * MICROSECONDS_PER_SECOND, window_us)
        found += [
            _runs(ads, ads.hand, window_us, window_us, params),
            _runs(ads, np.zeros(len(ads.ad), dtype=np.int64), window_us, close_us, params),
        ]
    rows = np.concatenate(found)
    if not len(rows):
        none = np.empty(0, dtype=np.int64)
        return JointPurchases(none, np.empty(0), none, np.empty(0))
    # A run of both kinds is one run; runs of one sum are one hypothesis.
    rows = np.unique(rows, axis=0)
    distinct, times = np.unique(rows[:, [0, 1, 3]], axis=0, return_counts=True)
    ad, size = distinct[:, 0].astype(np.int64), distinct[:, 1].astype(np.int64)
    key = ad * (MOST_ADS + 1) + size
    share = times / np.bincount(key, weights=times)[key]
    return JointPurchases(ads.ad[ad], distinct[:, 2], size, share)


def _pairs(ads: Buyable, params: PaymentsParams) -> Floats:
    """Rows (ad, number, first of the run, log sum) of purchases of two."""
    order = np.lexsort((ads.ad, ads.posted_us, ads.site))
    found = [np.empty((0, 4))]
    for step in range(1, _MOST_PARTNERS + 1):
        first, second = order[:-step], order[step:]
        near = _one_purchase(ads, first, second, params.pair_window_s * MICROSECONDS_PER_SECOND)
        first, second = first[near], second[near]
        found += _sums(ads, first, [first, second], step * np.ones(len(first)))
    return np.concatenate(found)


def _runs(ads: Buyable, hand: Ints, window_us: int, gap_us: int, params: PaymentsParams) -> Floats:
    """Rows (ad, number, first of the run, log sum) of purchases of three or more in a row."""
    order = np.lexsort((ads.ad, ads.posted_us, hand, ads.site))
    found = [np.empty((0, 4))]
    if not len(order):
        return found[0]
    same = hand[order[1:]] == hand[order[:-1]]
    joined = same & _one_purchase(ads, order[:-1], order[1:], gap_us)
    # How many steps in a row, up to each, are joined.
    steps = np.arange(len(joined))
    last_break = np.maximum.accumulate(np.where(joined, -1, steps)) if len(joined) else steps
    length = np.concatenate([[0], steps - last_break])
    for size in range(3, min(params.most_ads_at_once, MOST_ADS) + 1):
        end = np.flatnonzero(length >= size - 1)
        first, last = order[end - size + 1], order[end]
        near = ads.posted_us[last] - ads.posted_us[first] <= window_us
        end = end[near]
        members = [order[end - back] for back in range(size - 1, -1, -1)]
        found += _sums(ads, members[0] if len(end) else end, members, np.zeros(len(end)))
    return np.concatenate(found)


def _one_purchase(ads: Buyable, first: Ints, second: Ints, window_us: int) -> Flags:
    return np.asarray(
        (ads.site[first] == ads.site[second])
        & (ads.currency[first] == ads.currency[second])
        & (ads.posted_us[second] - ads.posted_us[first] <= window_us)
    )


def _sums(ads: Buyable, first: Ints, members: list[Ints], mark: Floats) -> list[Floats]:
    """A row for every member of each purchase, at the summed price or at the site's for so many."""
    size = len(members)
    price = np.sum([ads.price[member] for member in members], axis=0)
    discount = ads.several[first, size] if len(first) else np.empty(0)
    asked = np.log(np.where(np.isfinite(discount), discount, price)).round(9)
    run = first * float(_MOST_PARTNERS + 1) + mark
    return [
        np.column_stack([member, np.full(len(member), float(size)), run, asked])
        for member in members
    ]


def first_shares(params: PaymentsParams) -> Floats:
    """Share of ads bought in purchases of k ads (index k), before looking."""
    shares = np.zeros(MOST_ADS + 1)
    shares[2] = params.pair_prior
    most = min(params.most_ads_at_once, MOST_ADS)
    if most > 2:
        shares[3 : most + 1] = params.run_prior / (most - 2)
    shares[1] = 1.0 - shares[2:].sum()
    return shares


def learned_shares(
    prior: Floats, could: Flags, ad: Ints, bought: Ints, ratio: Floats, paid_share: Floats
) -> Floats:
    """Shares of ads bought with so many, learned by expectation-maximisation.

    Parameters: per ad (rows) and number of ads (columns) whether there are others that it `could`
    have been bought with; per candidate payment its ad (dense), how many ads it would buy, and
    its likelihood ratio including the `prior` share of that number; per ad its paid share. Drawn
    towards `prior` with fifty purchases' worth of weight.
    """
    shares = prior.copy()
    for _ in range(_ROUNDS):
        odds = ratio * (shares / np.maximum(prior, 1e-12))[bought] * paid_share[ad]
        total = 1.0 - paid_share + np.bincount(ad, weights=odds, minlength=len(paid_share))
        chance = odds / np.maximum(total, 1e-300)[ad]
        paid = np.bincount(ad, weights=chance, minlength=len(paid_share))
        mine = np.bincount(bought, weights=chance, minlength=len(prior))
        fresh = shares.copy()
        for size in range(2, len(prior)):
            if prior[size] > 0:
                trials = float(paid[could[:, size]].sum())
                fresh[size] = (mine[size] + _SHARE_PSEUDO * prior[size]) / (trials + _SHARE_PSEUDO)
        fresh[1] = max(1.0 - fresh[2:].sum(), 0.05)
        shares = fresh / fresh.sum()
    return np.asarray(shares)
