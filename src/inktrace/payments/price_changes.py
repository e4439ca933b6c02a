"""When a site changed its prices: change points in the prices that its ads tell."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from inktrace.payments.times import Floats, Ints

# Rarer prices of a category are taken together.
_MOST_KINDS: Final = 12
_LEAST_ADS: Final = 8  # in each period
_MOST_CHANGES: Final = 6


def periods(site: Ints, category: Ints, posted_us: Ints, log_price: Floats, currency: Ints) -> Ints:
    """Number of the period of each ad: ads of one site and category between two price changes.

    Each category's priced ads, in order of time, are cut where two shares of prices explain
    them better than one by more than the search could gain by chance; each part again.

    Notes: upsells come and go without being taken for a change as long as their share stays.

    References: binary segmentation, Scott & Knott 1974; penalty after Schwarz 1978 (BIC).
    """
    _, group = np.unique(np.column_stack([site, category]), axis=0, return_inverse=True)
    group = group.ravel().astype(np.int64)
    period = np.zeros(len(site), dtype=np.int64)
    order = np.lexsort((posted_us, group))
    starts = np.append(np.flatnonzero(np.diff(group[order], prepend=-1)), len(order))
    number = 0
    for first, last in itertools.pairwise(starts.tolist()):
        rows = order[first:last]
        priced = rows[np.isfinite(log_price[rows])]
        cuts = _cuts(priced, posted_us, log_price, currency)
        period[rows] = number + np.searchsorted(cuts, posted_us[rows], side="right")
        number += len(cuts) + 1
    return period


def _cuts(rows: Ints, posted_us: Ints, log_price: Floats, currency: Ints) -> Ints:
    """Times from which other prices hold, in order; `rows` are in order of time."""
    if len(rows) < 2 * _LEAST_ADS:
        return np.empty(0, dtype=np.int64)
    price = np.column_stack([currency[rows], log_price[rows].round(6)])
    _, kind, times = np.unique(price, axis=0, return_inverse=True, return_counts=True)
    rank = np.empty(len(times), dtype=np.int64)
    rank[np.argsort(-times, kind="stable")] = np.arange(len(times))
    kind = np.minimum(rank[kind.ravel()], _MOST_KINDS)
    kinds = int(kind.max()) + 1
    if kinds < 2:
        return np.empty(0, dtype=np.int64)
    counts = np.zeros((len(rows) + 1, kinds))
    counts[np.arange(len(rows)) + 1, kind] = 1.0
    counts = np.cumsum(counts, axis=0)
    found: list[int] = []
    waiting = [(0, len(rows))]
    while waiting and len(found) < _MOST_CHANGES:
        first, last = waiting.pop(0)
        at = _best_cut(counts, posted_us[rows], first, last)
        if at is not None:
            found.append(at)
            waiting += [(first, at), (at, last)]
    return np.sort(posted_us[rows[np.array(found, dtype=np.int64)]])


def _best_cut(counts: Floats, posted_us: Ints, first: int, last: int) -> int | None:
    """Where best to cut the ads from `first` to `last`, if anywhere."""
    if last - first < 2 * _LEAST_ADS:
        return None
    at = np.arange(first + _LEAST_ADS, last - _LEAST_ADS + 1)
    at = at[posted_us[at - 1] < posted_us[np.minimum(at, len(posted_us) - 1)]]
    if not len(at):
        return None
    before, after = counts[at] - counts[first], counts[last] - counts[at]
    whole = counts[last] - counts[first]
    gain = _log_likelihood(before) + _log_likelihood(after) - _log_likelihood(whole[None, :])
    best = int(np.argmax(gain))
    used = int((whole > 0).sum())
    return int(at[best]) if gain[best] > used * np.log(last - first) else None


def _log_likelihood(counts: Floats) -> Floats:
    total = counts.sum(axis=1, keepdims=True)
    share = np.where(counts > 0, counts / np.maximum(total, 1.0), 1.0)
    return np.asarray((counts * np.log(share)).sum(axis=1))
