"""The laws of a site's payments, and the likelihood ratio of a candidate under them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from inktrace.payments.law_kernels import fill_ratios
from inktrace.payments.times import Floats, Ints, Singles

# The delay axis is asinh(delay / minute): even steps of seconds near the posting, of ever
# longer times away from it, on both sides of zero.
DELAY_SCALE_S: Final = 60.0
DELAY_STEP: Final = 0.08
_BY_CANDIDATE: Final = (
    "group",
    "ad",
    "least_delay_s",
    "most_delay_s",
    "quote_ratio",
    "zeros",
    "till",
    "background",
    "till_background",
    "weight",
)


@dataclass(frozen=True)
class Evidence:
    """Candidates as the laws see them: one row each, arrays of one length n.

    `group` numbers the law that applies, `ad` a dense ad number with `group_of_ad`.
    `quote_ratio[i, j]` is ln(paid / price) had the rate been quoted j quote ages before the
    payment (shape (n, ages), float32). `zeros` counts the amount's trailing zeros, `till` numbers
    the till paid (`Tills`; the last number: none). `background` is outputs per second per unit
    of log value with so many zeros, `till_background` the same of those to that till (infinite
    where there is none); `weight` the prior of the price hypothesis.
    """

    group: Ints
    ad: Ints
    group_of_ad: Ints
    least_delay_s: Floats
    most_delay_s: Floats
    quote_ratio: Singles
    zeros: Ints
    till: Ints
    background: Floats
    till_background: Floats
    weight: Floats

    def taken(self, rows: Ints) -> Evidence:
        """The candidates with the given numbers, in that order."""
        columns = {name: getattr(self, name)[rows] for name in _BY_CANDIDATE}
        return dataclasses.replace(self, **columns)


@dataclass(frozen=True)
class Laws:
    """Laws of several groups (rows): delay, amount, age of the quote, marks, and paid share.

    `delay[g, i]` is the probability of the delay bin between `delay_edges_s[i]` and the next;
    `amount[g, i]` likewise of ln(paid / price at the quote's rate); `quote_age[g, j]` of the rate
    being so old. `zeros[g, z]` is the probability of z trailing zeros of the satoshi amount,
    `till[g, k]` of till k being paid (last: none of them). `payments[g]` is the expected number
    of payments that the laws were learned from.
    """

    delay_edges_s: Floats
    amount_edges: Floats
    delay: Floats
    amount: Floats
    quote_age: Floats
    zeros: Floats
    till: Floats
    share: Floats
    payments: Floats
    ads: Ints

    def ratio(self, evidence: Evidence, places: Places | None = None) -> Floats:
        """Likelihood ratio of each candidate: paid this ad, against background.

        A payment goes to one of the tills, where it stands against that till's own receipts, or
        anywhere else, where it stands against all outputs; an output to a till may be either.
        `places` are those of the same evidence; they are worked out where not given.
        """
        if places is None:
            places = places_of(evidence, self)
        ratio = np.empty(len(evidence.group))
        fill_ratios(
            evidence.group,
            places.delay_density(self.delay),
            places.amount_bin,
            self.amount_width,
            evidence.zeros,
            evidence.till,
            evidence.weight / evidence.background,
            evidence.weight / evidence.till_background,
            np.ascontiguousarray(self.amount),
            np.ascontiguousarray(self.quote_age),
            np.ascontiguousarray(self.zeros),
            np.ascontiguousarray(self.till),
            ratio,
        )
        return ratio

    def amount_density(self, evidence: Evidence) -> Floats:
        """Density of each candidate's amount per unit of ln(paid / price), over all quote ages."""
        bins = places_of(evidence, self).amount_bin
        parts = self.amount[evidence.group[:, None], bins] * self.quote_age[evidence.group]
        return np.asarray(parts.sum(axis=1) / self.amount_width)

    @property
    def amount_width(self) -> float:
        """Width of one bin of the amount law."""
        return float(self.amount_edges[1] - self.amount_edges[0])


@dataclass(frozen=True)
class Places:
    """Where candidates lie in the tables of laws: worked out once, used in every round.

    `delay_at` indexes the raveled table, `delay_width` is the width of that bin (infinite
    outside the window); `delay_bin` and `amount_bin` (n, ages) are bins of the candidate's own
    group. `wide` lists the rows of which only an interval is known, `ends` the places and the
    parts of bins below its two ends.
    """

    delay_at: Ints
    delay_bin: Ints
    delay_width: Floats
    amount_bin: npt.NDArray[np.int32]
    wide: Ints
    wide_s: Floats
    ends: tuple[tuple[Ints, Floats], tuple[Ints, Floats]]

    def delay_density(self, delay: Floats) -> Floats:
        """Density per second of each delay under a table; averaged over an interval."""
        density = np.asarray(delay.ravel()[self.delay_at] / self.delay_width)
        if len(self.wide):
            below = np.cumsum(delay, axis=1) - delay
            least, most = (below.ravel()[at] + part * delay.ravel()[at] for at, part in self.ends)
            density[self.wide] = (most - least) / self.wide_s
        return density


def places_of(evidence: Evidence, laws: Laws) -> Places:
    """Find the bins of each candidate; they depend on the shape of the laws only."""
    edges, bins = laws.delay_edges_s, len(laws.delay_edges_s) - 1
    at = _delay_bin(evidence.least_delay_s, edges)
    inside = (at >= 0) & (at < bins)
    at = np.clip(at, 0, bins - 1)
    wide = np.flatnonzero(evidence.most_delay_s > evidence.least_delay_s)
    least, most = evidence.least_delay_s[wide], evidence.most_delay_s[wide]
    row = evidence.group[wide] * bins
    return Places(
        evidence.group * bins + at,
        at,
        np.where(inside, np.diff(edges)[at], np.inf),
        _amount_bin(evidence.quote_ratio, laws.amount_edges),
        wide,
        most - least,
        (_end(row, least, edges), _end(row, most, edges)),
    )


def _end(row: Ints, delay_s: Floats, edges: Floats) -> tuple[Ints, Floats]:
    """Place of the bin in which an interval ends, and the part of the bin below that end."""
    delay_s = np.clip(delay_s, edges[0], edges[-1])
    at = np.clip(_delay_bin(delay_s, edges), 0, len(edges) - 2)
    return row + at, np.clip((delay_s - edges[at]) / (edges[at + 1] - edges[at]), 0.0, 1.0)


def delay_edges(before_s: float, after_s: float) -> Floats:
    """Edges (seconds) of the delay bins from `after_s` after the posting to `before_s` before."""
    first = np.floor(np.arcsinh(-after_s / DELAY_SCALE_S) / DELAY_STEP)
    last = np.ceil(np.arcsinh(before_s / DELAY_SCALE_S) / DELAY_STEP)
    return np.asarray(DELAY_SCALE_S * np.sinh(np.arange(first, last + 1) * DELAY_STEP))


def _delay_bin(delay_s: Floats, edges: Floats) -> Ints:
    first = np.arcsinh(edges[0] / DELAY_SCALE_S)
    place = (np.arcsinh(delay_s / DELAY_SCALE_S) - first) / DELAY_STEP
    return np.asarray(np.floor(place + 1e-9), dtype=np.int64)


def _amount_bin(ratio: Singles, edges: Floats) -> npt.NDArray[np.int32]:
    # In the ratio's own single precision, one array after another: this is the largest table.
    place = ratio - np.float32(edges[0])
    place /= np.float32(edges[1] - edges[0])
    np.clip(place, 0, len(edges) - 2, out=place)
    return np.ascontiguousarray(place.astype(np.int32))


def joined_evidence(parts: Sequence[Evidence]) -> Evidence:
    """Several sets of candidates as one; `group_of_ad` is the first's."""
    columns = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _BY_CANDIDATE}
    return dataclasses.replace(parts[0], **columns)


def mean_of_halves(laws: Laws) -> Laws:
    """Laws of (half · sites + site) as one law a site, each half by what it was learned from."""
    sites = len(laws.share) // 2
    first, second = repeated(laws, np.arange(sites)), repeated(laws, np.arange(sites) + sites)
    weight = (first.payments + 1.0) / (first.payments + second.payments + 2.0)

    def mean(name: str) -> Floats:
        one, other = getattr(first, name), getattr(second, name)
        w = weight if one.ndim == 1 else weight[:, None]
        return np.asarray(w * one + (1.0 - w) * other)

    names = ("delay", "amount", "quote_age", "zeros", "till", "share")
    return dataclasses.replace(
        first,
        **{name: mean(name) for name in names},
        payments=first.payments + second.payments,
        ads=first.ads + second.ads,
    )


def repeated(laws: Laws, rows: Ints) -> Laws:
    """The laws of the given groups, in that order (a group may be named more than once)."""
    return Laws(
        laws.delay_edges_s,
        laws.amount_edges,
        laws.delay[rows],
        laws.amount[rows],
        laws.quote_age[rows],
        laws.zeros[rows],
        laws.till[rows],
        laws.share[rows],
        laws.payments[rows],
        laws.ads[rows],
    )
