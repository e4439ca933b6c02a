"""What an ad without a price may have cost: price points learned from its site's other ads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.payments.price_changes import periods
from inktrace.payments.times import Floats, Ints

# Price points beyond these of one site are too rare to help an unpriced ad.
_MOST_SITE_POINTS: Final = 40
_MOST_PRICE_POINTS: Final = 12
# So many ads' worth of weight has what is known of the wider group.
_BACK_OFF_ADS: Final = 4.0
# A sum added to the usual price of at least so many categories is an upsell of the site.
_LEAST_CATEGORIES: Final = 2
_MOST_UPSELLS: Final = 6
_LEAST_WEIGHT: Final = 0.002
_CENT: Final = 1e-4


@dataclass(frozen=True)
class PricedAds:
    """Ads of all sites, one row each; `log_price` is NaN where the price is not known."""

    site: Ints
    category: Ints
    place: Ints
    posted_us: Ints
    log_price: Floats
    currency: Ints


@dataclass(frozen=True)
class PricePoints:
    """Prices that an ad may have cost: one row per (ad, price); per ad weights sum to below one."""

    ad: Ints
    log_price: Floats
    currency: Ints
    weight: Floats


_NONE: Final = np.empty(0, dtype=np.int64)
_NO_POINTS: Final = PricePoints(_NONE, np.empty(0), _NONE, np.empty(0))


def learned_points(ads: PricedAds, wanted: Ints) -> PricePoints:
    """Price points of the wanted ads, learned from the priced ads of the same site.

    The share of each price among the ads of the same site, category, place and period (prices
    change: `price_changes.periods`), drawn towards that of the category and period, that towards
    the category's, and that towards the site's and its usual price plus upsells. What is left to
    one at the site is the chance of a price that none of its ads told.

    References: interpolated back-off after MacKay & Peto 1995 (hierarchical Dirichlet).
    """
    if not len(wanted):
        return _NO_POINTS
    period = periods(ads.site, ads.category, ads.posted_us, ads.log_price, ads.currency)
    is_priced = np.isfinite(ads.log_price)
    parts = []
    for site in np.unique(ads.site[wanted]):
        here = np.flatnonzero((ads.site == site) & is_priced)
        if len(here):
            parts.append(_site_points(ads, period, here, wanted[ads.site[wanted] == site]))
    if not parts:
        return _NO_POINTS
    return PricePoints(
        np.concatenate([p.ad for p in parts]),
        np.concatenate([p.log_price for p in parts]),
        np.concatenate([p.currency for p in parts]),
        np.concatenate([p.weight for p in parts]),
    )


def _site_points(ads: PricedAds, period: Ints, here: Ints, wanted: Ints) -> PricePoints:
    points, code = _points(ads, here)
    category, of_category = _codes(ads.category, here, wanted)
    by_period, of_period = _codes(period, here, wanted)
    keys = [
        np.zeros(len(here) + len(wanted), dtype=np.int64),
        np.concatenate([category, of_category]),
        np.concatenate([by_period, of_period]),
    ]
    place, of_place = _codes(ads.place, here, wanted)
    places = int(max(place.max(initial=0), of_place.max(initial=0))) + 1
    keys.append(_dense(keys[2] * places + np.concatenate([place, of_place])))
    known = code >= 0
    share, parent_of, told_above = np.zeros((1, len(points))), keys[0], np.zeros(1)
    for level, key in enumerate(keys):
        groups = int(key.max()) + 1
        counts = np.zeros((groups, len(points)))
        np.add.at(counts, (key[: len(here)][known], code[known]), 1.0)
        told = np.bincount(key[: len(here)], minlength=groups).astype(np.float64)
        above = np.zeros(groups, dtype=np.int64)
        above[key] = parent_of
        # Above the site nothing is known: that share stays with prices that nobody told.
        wider = share[above]
        if level == 1:
            wider = _with_upsells(wider, counts, points)
        narrower = (counts + _BACK_OFF_ADS * wider) / (told + _BACK_OFF_ADS)[:, None]
        # A group of the very same ads says nothing that was not counted before.
        same = (told == told_above[above]) if level > 1 else np.zeros(groups, dtype=bool)
        share = np.where(same[:, None], wider, narrower)
        parent_of, told_above = key, told
    of_wanted = share[keys[-1][len(here) :]]
    kept = np.argsort(-of_wanted, axis=1, kind="stable")[:, :_MOST_PRICE_POINTS]
    weight = np.take_along_axis(of_wanted, kept, axis=1)
    row, column = np.nonzero(weight >= _LEAST_WEIGHT)
    point = kept[row, column]
    return PricePoints(
        wanted[row],
        points[point, 1],
        points[point, 0].astype(np.int64),
        weight[row, column],
    )


def _points(ads: PricedAds, here: Ints) -> tuple[Floats, Ints]:
    """The commonest (currency, log price) of a site with upsell sums; each row's point or −1.

    Upsell sums that no ad told stand behind those that were told.
    """
    rows = np.column_stack([ads.currency[here], ads.log_price[here].round(9)])
    told, code, times = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    common = np.argsort(-times, kind="stable")[:_MOST_SITE_POINTS]
    place = np.full(len(told), -1, dtype=np.int64)
    place[common] = np.arange(len(common))
    points, code = told[common], place[code.ravel()]
    return _with_sums(points, code, ads.category[here]), code


def _with_sums(points: Floats, code: Ints, category: Ints) -> Floats:
    """Add what the usual price of each category and an upsell of the site make together."""
    base, added, _ = _upsells(_counts(code, category, len(points)), points)
    sums = [
        (points[b, 0], np.log(np.exp(points[b, 1]) + more).round(9))
        for b in np.unique(base)
        for more in added
    ]
    known = {(currency, round(price, 6)) for currency, price in points.tolist()}
    fresh = [(c, p) for c, p in sums if (c, round(p, 6)) not in known]
    return np.concatenate([points, np.array(fresh).reshape(-1, 2)]) if fresh else points


def _counts(code: Ints, category: Ints, points: int) -> Floats:
    _, group = np.unique(category, return_inverse=True)
    counts = np.zeros((int(group.max(initial=-1)) + 1, points))
    known = code >= 0
    np.add.at(counts, (group[known], code[known]), 1.0)
    return counts


def _upsells(counts: Floats, points: Floats) -> tuple[Ints, list[float], list[float]]:
    """Usual price of each category (row), and the sums that several categories add to theirs.

    Returns the point of each category, the added sums, and the share of ads that pay each.
    """
    if not counts.size:
        return np.empty(0, np.int64), [], []
    base = np.argmax(counts, axis=1)
    price = np.exp(points[:, 1])
    more = np.round((price[None, :] - price[base][:, None]) / _CENT).astype(np.int64)
    fits = (more > 0) & (counts > 0) & (points[None, :, 0] == points[base][:, :1])
    group, point = np.nonzero(fits)
    sums, inverse = np.unique(more[group, point], return_inverse=True)
    support = np.bincount(inverse, minlength=len(sums))
    ads = np.bincount(inverse, weights=counts[group, point], minlength=len(sums))
    order = np.argsort(-ads, kind="stable")
    chosen = [int(n) for n in order if support[n] >= _LEAST_CATEGORIES][:_MOST_UPSELLS]
    total = max(float(counts.sum()), 1.0)
    return base, [float(sums[n] * _CENT) for n in chosen], [float(ads[n] / total) for n in chosen]


def _with_upsells(wider: Floats, counts: Floats, points: Floats) -> Floats:
    """Half of a category's prior from its site, half from its usual price and upsells.

    A category without a priced ad has no usual price, and all of it from the site.
    """
    base, added, rates = _upsells(counts, points)
    shaped = np.zeros_like(wider)
    rows = np.arange(len(wider))
    shaped[rows, base] = max(1.0 - sum(rates), 0.0)
    price = np.exp(points[:, 1])
    for more, rate in zip(added, rates, strict=True):
        off = np.abs(price[None, :] - price[base][:, None] - more)
        off = np.where(points[None, :, 0] == points[base][:, :1], off, np.inf)
        nearest = np.argmin(off, axis=1)
        fits = off[rows, nearest] <= 2 * _CENT * np.maximum(price[nearest], 1.0)
        np.add.at(shaped, (rows[fits], nearest[fits]), rate)
    has = counts.sum(axis=1) > 0
    return np.asarray(np.where(has[:, None], (wider + shaped) / 2, wider))


def _codes(values: Ints, here: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    both = _dense(np.concatenate([values[here], values[wanted]]))
    return both[: len(here)], both[len(here) :]


def _dense(values: Ints) -> Ints:
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)
