"""How long before its posting, and how exactly, an ad is paid: learned per site from the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from inktrace.params import PaymentsParams
from inktrace.payments.times import Floats, Ints

# The delay axis is asinh(delay / minute): even steps of seconds near the posting, of ever
# longer times away from it, on both sides of zero.
_DELAY_SCALE_S: Final = 60.0
_DELAY_STEP: Final = 0.08
_DELAY_SMOOTHING: Final = 1.5  # bins
_AMOUNT_STEP: Final = 0.0005
_AMOUNT_SMOOTHING: Final = 2.0  # bins
# A share of each law is spread over the whole window, so that no single surprise is fatal.
_SPREAD: Final = 0.02
_ROUNDS: Final = 40
_SHARE_ROUNDS: Final = 10
# This share of a window is held to be without payments.
_QUIET: Final = 0.4
_POOLED_PSEUDO: Final = 5.0
_SHARE_PSEUDO: Final = 5.0
_FIRST_SHARE: Final = 0.3
_FIRST_SPREAD: Final = 0.007


@dataclass(frozen=True)
class Evidence:
    """Candidates as the laws see them: one row each, arrays of one length.

    `group` numbers the law that applies, `ad` a dense ad number with `group_of_ad`. `background`
    is outputs per second per unit of log value; `weight` the prior of the price hypothesis.
    """

    group: Ints
    ad: Ints
    group_of_ad: Ints
    least_delay_s: Floats
    most_delay_s: Floats
    log_ratio: Floats
    background: Floats
    weight: Floats


@dataclass(frozen=True)
class Laws:
    """Delay law, amount law and paid share of several groups (rows).

    `delay[g, i]` is the probability of the delay bin between `delay_edges_s[i]` and the next;
    `amount[g, i]` likewise of ln(paid / price). `payments[g]` is the expected number of payments
    that the laws were learned from.
    """

    delay_edges_s: Floats
    amount_edges: Floats
    delay: Floats
    amount: Floats
    share: Floats
    payments: Floats
    ads: Ints

    def ratio(self, evidence: Evidence, places: Places | None = None) -> Floats:
        """Likelihood ratio of each candidate: paid this ad, against background.

        `places` are those of the same evidence; they are worked out where not given.
        """
        if places is None:
            places = places_of(evidence, self)
        delay = places.delay_density(self.delay)
        amount = self.amount.ravel()[places.amount_at] / places.amount_width
        return evidence.weight * delay * amount / evidence.background


@dataclass(frozen=True)
class Places:
    """Where candidates lie in the tables of laws: worked out once, used in every round.

    `delay_at` and `amount_at` index the raveled tables, `delay_width` and `amount_width` are the
    widths of those bins (infinite outside the window). `wide` lists the rows of which only an
    interval is known, `ends` the places and the parts of bins below its two ends.
    """

    delay_at: Ints
    delay_width: Floats
    amount_at: Ints
    amount_width: Floats
    wide: Ints
    wide_s: Floats
    ends: tuple[tuple[Ints, Floats], tuple[Ints, Floats]]

    def delay_density(self, delay: Floats) -> Floats:
        """Density per second of each delay under a table; averaged over an interval."""
        density = delay.ravel()[self.delay_at] / self.delay_width
        if len(self.wide):
            below = np.cumsum(delay, axis=1) - delay
            least, most = (below.ravel()[at] + part * delay.ravel()[at] for at, part in self.ends)
            density[self.wide] = (most - least) / self.wide_s
        return density


def places_of(evidence: Evidence, laws: Laws) -> Places:
    """Find the bins of each candidate; they depend on the laws' edges only."""
    edges, bins = laws.delay_edges_s, len(laws.delay_edges_s) - 1
    at = _delay_bin(evidence.least_delay_s, edges)
    inside = (at >= 0) & (at < bins)
    at = np.clip(at, 0, bins - 1)
    amount = _amount_bin(evidence.log_ratio, laws.amount_edges)
    wide = np.flatnonzero(evidence.most_delay_s > evidence.least_delay_s)
    least, most = evidence.least_delay_s[wide], evidence.most_delay_s[wide]
    row = evidence.group[wide] * bins
    return Places(
        evidence.group * bins + at,
        np.where(inside, np.diff(edges)[at], np.inf),
        evidence.group * (len(laws.amount_edges) - 1) + amount,
        np.diff(laws.amount_edges)[amount],
        wide,
        most - least,
        (_end(row, least, edges), _end(row, most, edges)),
    )


def _end(row: Ints, delay_s: Floats, edges: Floats) -> tuple[Ints, Floats]:
    """Place of the bin in which an interval ends, and the part of the bin below that end."""
    delay_s = np.clip(delay_s, edges[0], edges[-1])
    at = np.clip(_delay_bin(delay_s, edges), 0, len(edges) - 2)
    return row + at, np.clip((delay_s - edges[at]) / (edges[at + 1] - edges[at]), 0.0, 1.0)


def _delay_bin(delay_s: Floats, edges: Floats) -> Ints:
    first = np.arcsinh(edges[0] / _DELAY_SCALE_S)
    place = (np.arcsinh(delay_s / _DELAY_SCALE_S) - first) / _DELAY_STEP
    return np.asarray(np.floor(place + 1e-9), dtype=np.int64)


def _amount_bin(log_ratio: Floats, edges: Floats) -> Ints:
    at = np.floor((log_ratio - edges[0]) / (edges[1] - edges[0])).astype(np.int64)
    return np.asarray(np.clip(at, 0, len(edges) - 2), dtype=np.int64)


def wide_laws(params: PaymentsParams, before_s: Floats, after_s: Floats) -> Laws:
    """The laws held before any payment was seen: wide, favouring short delays and right amounts.

    One group for each pair of window lengths (before and after the posting, seconds).
    """
    first = np.floor(np.arcsinh(-after_s.max(initial=1.0) / _DELAY_SCALE_S) / _DELAY_STEP)
    last = np.ceil(np.arcsinh(before_s.max(initial=1.0) / _DELAY_SCALE_S) / _DELAY_STEP)
    delay_edges = _DELAY_SCALE_S * np.sinh(np.arange(first, last + 1) * _DELAY_STEP)
    steps = int(np.ceil(params.amount_tolerance / _AMOUNT_STEP))
    amount_edges = np.linspace(-params.amount_tolerance, params.amount_tolerance, 2 * steps + 1)
    middle = (amount_edges[1:] + amount_edges[:-1]) / 2
    amount = 0.8 * _normed(np.exp(-np.abs(middle) / _FIRST_SPREAD)[None, :]) + 0.2 / len(middle)
    groups = len(before_s)
    return Laws(
        delay_edges_s=delay_edges,
        amount_edges=amount_edges,
        delay=_normed(_allowed(delay_edges, before_s, after_s)),
        amount=np.repeat(amount, groups, axis=0),
        share=np.full(groups, _FIRST_SHARE),
        payments=np.zeros(groups),
        ads=np.zeros(groups, dtype=np.int64),
    )


def _allowed(edges: Floats, before_s: Floats, after_s: Floats) -> Floats:
    """Share of each delay bin (row: group) that lies in the window.

    Windows longer than a day's coarse posting time tell nothing finer, so there the law starts
    flat in seconds; else it starts flat on the asinh axis, which favours short delays.
    """
    low = np.maximum(edges[:-1][None, :], -after_s[:, None])
    high = np.minimum(edges[1:][None, :], before_s[:, None])
    covered = np.maximum(high - low, 0.0)
    coarse = (after_s > before_s)[:, None]
    return np.asarray(np.where(coarse, covered, covered / np.diff(edges)[None, :]))


def _normed(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300))


def learned_laws(evidence: Evidence, prior: Laws, pseudo_payments: float) -> Laws:
    """Learn the laws of each group by expectation-maximisation against the background.

    Each ad is paid by one of its candidates (with the group's paid share) or by none; the laws
    are smoothed weighted histograms, drawn towards `prior` (row g for group g) with
    `pseudo_payments` payments' worth of weight.

    Notes: smoothing after each round (EMS) keeps a few coincidences from becoming a law. Where
    background outputs at an asking price outnumber payments by far, the law stays near its
    prior, and says so by `payments`.

    References: Silverman, Jones, Wilson & Nychka 1990 (EMS).
    """
    groups = len(prior.share)
    ads = np.bincount(evidence.group_of_ad, minlength=groups)
    laws = prior
    places = places_of(evidence, prior)
    sharp = np.flatnonzero(evidence.most_delay_s == evidence.least_delay_s)
    widths, even = np.diff(prior.delay_edges_s), np.diff(prior.amount_edges)
    for number in range(_ROUNDS + _SHARE_ROUNDS):
        chance = paid_probability(laws.ratio(evidence, places), evidence, laws.share)
        paid = np.bincount(evidence.group, weights=chance, minlength=groups)
        delay = _histogram(places.delay_at[sharp], chance[sharp], prior.delay.shape)
        amount = _histogram(places.amount_at, chance, prior.amount.shape)
        delay_law, standing = _smoothed(
            delay, prior.delay, pseudo_payments, _DELAY_SMOOTHING, widths
        )
        amount_law, _ = _smoothed(amount, prior.amount, pseudo_payments, _AMOUNT_SMOOTHING, even)
        # What lies flat is background and no payment. It is let go only when the laws stand out:
        # counted from the start, it would starve a law that has yet to be found.
        if number >= _ROUNDS:
            paid = paid * standing
        laws = Laws(
            prior.delay_edges_s,
            prior.amount_edges,
            delay_law,
            amount_law,
            (paid + _SHARE_PSEUDO * prior.share) / (ads + _SHARE_PSEUDO),
            np.asarray(paid, dtype=np.float64),
            ads.astype(np.int64),
        )
    return laws


def paid_probability(ratio: Floats, evidence: Evidence, share: Floats) -> Floats:
    """Probability of each candidate against its ad's others and none of these."""
    odds = ratio * share[evidence.group]
    total = np.bincount(evidence.ad, weights=odds, minlength=len(evidence.group_of_ad))
    none = 1.0 - share[evidence.group_of_ad]
    return odds / (none + total)[evidence.ad]


def _histogram(at: Ints, weight: Floats, shape: tuple[int, ...]) -> Floats:
    flat = np.bincount(at, weights=weight, minlength=shape[0] * shape[1])
    return np.asarray(flat.reshape(shape), dtype=np.float64)


def _smoothed(
    counts: Floats, prior: Floats, pseudo: float, smoothing: float, widths: Floats
) -> tuple[Floats, Floats]:
    """The law that weighted counts make, and the share of them that stands above the flat part."""
    smooth = gaussian_filter1d(counts, smoothing, axis=1, mode="nearest")
    possible = prior > 0
    shape = smooth - _level(smooth / widths, widths * possible) * widths
    shape = np.maximum(shape, 0.0) * possible
    mixed = _normed(shape + pseudo * prior)
    standing = shape.sum(axis=1) / np.maximum(smooth.sum(axis=1), 1e-300)
    return (1 - _SPREAD) * mixed + _SPREAD * _normed(possible * widths), standing


def _level(density: Floats, room: Floats) -> Floats:
    """The density below which a law lies for `_QUIET` of its window, one column.

    A flat part of a law cannot be told from background, so EM leaves there what it happened to
    start with; a law is held to be nothing where it is least.
    """
    order = np.argsort(density, axis=1, kind="stable")
    filled = np.cumsum(np.take_along_axis(room, order, axis=1), axis=1)
    at = np.argmax(filled >= _QUIET * filled[:, -1:], axis=1)
    return np.take_along_axis(np.take_along_axis(density, order, axis=1), at[:, None], axis=1)


def repeated(laws: Laws, rows: Ints) -> Laws:
    """The laws of the given groups, in that order (a group may be named more than once)."""
    return Laws(
        laws.delay_edges_s,
        laws.amount_edges,
        laws.delay[rows],
        laws.amount[rows],
        laws.share[rows],
        laws.payments[rows],
        laws.ads[rows],
    )
