"""How a site is paid, learned from its ads: delay and amount, then the marks of its payments."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from inktrace.params import PaymentsParams
from inktrace.payments.law_kernels import count_payments
from inktrace.payments.laws import Evidence, Laws, Places, delay_edges, places_of
from inktrace.payments.times import Floats

_DELAY_SMOOTHING: Final = 1.5  # bins
_AMOUNT_STEP: Final = 0.0005
_AMOUNT_SMOOTHING: Final = 2.0  # bins
# A share of each law is spread over the whole window, so that no single surprise is fatal.
_SPREAD: Final = 0.02
_ROUNDS: Final = 25
_SHARE_ROUNDS: Final = 5
_LEAST_NOISE: Final = 3.0  # payments
# This share of a window is held to be without payments.
_QUIET: Final = 0.4
_SHARE_PSEUDO: Final = 5.0
_FIRST_SHARE: Final = 0.3
_FIRST_SPREAD: Final = 0.007


@dataclass(frozen=True)
class Common:
    """How common each mark is among all outputs: trailing zeros, and tills (last: none)."""

    zeros: Floats
    till: Floats


def wide_laws(
    params: PaymentsParams, before_s: Floats, after_s: Floats, common: Common, ages: int
) -> Laws:
    """The laws held before any payment was seen: wide, favouring short delays and right amounts.

    One group for each pair of window lengths (before and after the posting, seconds). Marks are
    those of the background, and any age of the quote is as likely as another.
    """
    edges = delay_edges(float(before_s.max(initial=1.0)), float(after_s.max(initial=1.0)))
    steps = int(np.ceil(params.amount_tolerance / _AMOUNT_STEP))
    amount_edges = np.linspace(-params.amount_tolerance, params.amount_tolerance, 2 * steps + 1)
    middle = (amount_edges[1:] + amount_edges[:-1]) / 2
    amount = 0.8 * _normed(np.exp(-np.abs(middle) / _FIRST_SPREAD)[None, :]) + 0.2 / len(middle)
    groups = len(before_s)
    return Laws(
        delay_edges_s=edges,
        amount_edges=amount_edges,
        delay=_normed(_allowed(edges, before_s, after_s)),
        amount=np.repeat(amount, groups, axis=0),
        quote_age=np.full((groups, ages), 1.0 / ages),
        zeros=np.repeat(common.zeros[None, :], groups, axis=0),
        till=np.repeat(common.till[None, :], groups, axis=0),
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


def learned_laws(evidence: Evidence, start: Laws, prior: Laws, pseudo_payments: float) -> Laws:
    """Learn the delay and amount laws of each group by expectation-maximisation.

    Each ad is paid by one of its candidates (with the group's paid share) or by none. The laws
    are smoothed weighted histograms drawn towards `prior` (row g for group g) with
    `pseudo_payments` payments' worth of weight; all else stays as in `start`, with which
    learning begins.

    Notes: smoothing after each round (EMS) keeps a few coincidences from becoming a law. Where
    background outputs at an asking price outnumber payments by far, the law stays near its
    prior, and says so by `payments`.

    References: Silverman, Jones, Wilson & Nychka 1990 (EMS).
    """
    groups = len(prior.share)
    ads = np.bincount(evidence.group_of_ad, minlength=groups)
    laws = start
    places = places_of(evidence, prior)
    widths, even = np.diff(prior.delay_edges_s), np.diff(prior.amount_edges)
    for number in range(_ROUNDS + _SHARE_ROUNDS):
        chance = paid_probability(laws.ratio(evidence, places), evidence, laws.share)
        counts = Counts.nothing(laws)
        counts.add(evidence, places, chance, np.ones(groups), laws)
        paid = counts.total
        delay, standing = _smoothed(
            counts.delay, prior.delay, pseudo_payments, _DELAY_SMOOTHING, widths
        )
        amount, _ = _smoothed(counts.amount, prior.amount, pseudo_payments, _AMOUNT_SMOOTHING, even)
        # What lies flat is background and no payment. It is let go only when the laws stand out:
        # counted from the start, it would starve a law that has yet to be found.
        if number >= _ROUNDS:
            paid = paid * standing
        laws = dataclasses.replace(
            laws,
            delay=delay,
            amount=amount,
            share=(paid + _SHARE_PSEUDO * prior.share) / (ads + _SHARE_PSEUDO),
            payments=paid,
            ads=ads.astype(np.int64),
        )
    return laws


def marked_laws(real: Evidence, moved: Evidence, laws: Laws, common: Common) -> Laws:
    """Learn age of the quote, trailing zeros and tills: what real ads meet and moved ones do not.

    Candidates' probabilities under the present laws are summed by class, for the real ads and for
    the same ads moved in time (several times; one dense ad number for each). What the real ads
    show beyond the moved ones, never below nought, is how payments are marked; it is drawn
    towards all outputs' shares with the weight of the excess's own noise.

    Notes: marks depend on value and hour, and the measured background knows nothing of that; but
    moved ads meet the same, and it cancels. Without moved ads nothing is learned.
    """
    groups = len(laws.share)
    met = np.bincount(moved.group_of_ad, minlength=groups)
    if not met.any():
        return laws
    ads = np.bincount(real.group_of_ad, minlength=groups)
    excess, variance = Counts.nothing(laws), np.zeros(groups)
    for evidence, sign in ((real, np.ones(groups)), (moved, -ads / np.maximum(met, 1))):
        places = places_of(evidence, laws)
        chance = paid_probability(laws.ratio(evidence, places), evidence, laws.share)
        excess.add(evidence, places, chance, sign, laws)
        squares = (chance * sign[evidence.group]) ** 2
        variance += np.bincount(evidence.group, weights=squares, minlength=groups)
    seen = np.maximum(excess.total, 0.0)
    noise = _LEAST_NOISE + np.sqrt(variance)[:, None]
    evenly = np.full(laws.quote_age.shape[1], 1.0 / laws.quote_age.shape[1])
    return dataclasses.replace(
        laws,
        quote_age=_shares(excess.quote_age, seen, evenly, noise),
        zeros=_shares(excess.zeros, seen, common.zeros, noise),
        till=_shares(excess.till, seen, common.till, noise),
    )


def with_tills(laws: Laws, till_zeros: Floats) -> Laws:
    """The same laws, that begin to look at tills: as if half of all payments went to them.

    `till_zeros` are the shares of trailing zeros of what each till receives (rows). Payments
    begin half as round as that: a till's own receipts are all round, and under the zeros of other
    outputs none of them could ever begin to look like a payment.
    """
    tills = len(till_zeros)
    if not tills:
        return dataclasses.replace(laws, till=np.ones((len(laws.share), 1)))
    till = np.full((len(laws.share), tills + 1), 0.5 / tills)
    till[:, -1] = 0.5
    return dataclasses.replace(laws, till=till, zeros=(laws.zeros + till_zeros.mean(axis=0)) / 2)


def mixed_laws(first: Laws, second: Laws) -> Laws:
    """Delay, amount and quote age halfway between two sets of laws; all else as the first's."""
    return dataclasses.replace(
        first,
        delay=(first.delay + second.delay) / 2,
        amount=(first.amount + second.amount) / 2,
        quote_age=(first.quote_age + second.quote_age) / 2,
    )


def paid_probability(ratio: Floats, evidence: Evidence, share: Floats) -> Floats:
    """Probability of each candidate against its ad's others and none of these."""
    odds = ratio * share[evidence.group]
    total = np.bincount(evidence.ad, weights=odds, minlength=len(evidence.group_of_ad))
    none = 1.0 - share[evidence.group_of_ad]
    return odds / (none + total)[evidence.ad]


@dataclass(frozen=True)
class Counts:
    """Summed probabilities of candidates by bin of each law (rows: groups), and in all."""

    delay: Floats
    amount: Floats
    quote_age: Floats
    zeros: Floats
    till: Floats
    total: Floats

    @classmethod
    def nothing(cls, laws: Laws) -> Counts:
        """Nought in every bin of such laws."""
        tables = (laws.delay, laws.amount, laws.quote_age, laws.zeros, laws.till)
        return cls(*[np.zeros(one.shape) for one in (*tables, laws.share)])

    def add(
        self, evidence: Evidence, places: Places, chance: Floats, sign: Floats, laws: Laws
    ) -> None:
        """Add each candidate's probability, times its group's sign, to the bins where it lies."""
        signed = chance * sign[evidence.group]
        count_payments(
            evidence.group,
            places.delay_bin,
            places.amount_bin,
            evidence.zeros,
            evidence.till,
            evidence.most_delay_s == evidence.least_delay_s,
            signed,
            np.ascontiguousarray(laws.amount),
            np.ascontiguousarray(laws.quote_age),
            self.delay,
            self.amount,
            self.quote_age,
            self.zeros,
            self.till,
            self.total,
        )


def _shares(counts: Floats, paid: Floats, common: Floats, pseudo: Floats) -> Floats:
    """Shares of classes: what payments show, drawn towards all outputs' shares."""
    mine = _normed(np.maximum(counts, 0.0)) * paid[:, None]
    return (1 - _SPREAD) * _normed(mine + pseudo * common) + _SPREAD * common


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
