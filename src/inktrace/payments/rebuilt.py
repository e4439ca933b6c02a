"""The payments stage's setting and laws as its stored run had them, and candidates split by factor.

The run stores results, not the background by value. It is made again here by the stage's own
functions on the same rows and parameters; the laws by which each ad was scored (those that it did
not teach) and the tills are read as the run stored them. So factors add up to what was stored.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.payments.candidates import Candidates
from inktrace.payments.clock_report import stored_site_times
from inktrace.payments.half_laws import stored_half_laws
from inktrace.payments.law_rows import stored_settings
from inktrace.payments.laws import Evidence, Laws, places_of

# The parts of the stage, not its front door: what is explained must be what was done.
from inktrace.payments.scored_round import by_output, candidates_of
from inktrace.payments.setting import Setting, quote_ages_s, read_setting
from inktrace.payments.tills import no_tills
from inktrace.payments.times import Floats, Ints

# log10 parts of a candidate's likelihood ratio, in the order in which they are told.
PARTS: Final = ("delay", "amount", "rounding", "till", "background", "prior", "other_prices")
# Families of evidence that an attribution may be asked to do without.
FAMILIES: Final = ("amount", "delay", "rounding", "till")


@dataclass(frozen=True)
class Rebuilt:
    """What the payments stage knew: its setting, and the laws of (fold · sites + site)."""

    setting: Setting
    laws: Laws

    @cached_property
    def group(self) -> Ints:
        """Row of `laws` by which each ad is scored: its site's, from the other half of its ads."""
        return self.setting.ads.half

    def ad_numbers(self) -> dict[str, int]:
        """ad_id → number of the ad in the setting's arrays."""
        return {ad_id: i for i, ad_id in enumerate(self.setting.ads.ad_id.to_pylist())}


@dataclass(frozen=True)
class MarksSeen:
    """Zeros, recipient and likeliest quote of candidates, with how common each mark is.

    An output to a till is told as what it likelier is: a payment to that till, against what else
    it receives, or one to anywhere else, against all outputs. `zeros_paid` is the share of the
    site's payments with so many trailing zeros, `zeros_common` that of the outputs that it stands
    against. `till_wallet` is the wallet_id of the till, −1 where it is none or counts as none, and
    `till_paid` the share of the site's payments that goes there (or to no till); `counts_as_any`
    is the wallet_id of a till whose payment counts as one to anywhere else, or −1, and
    `counts_as_any_paid` the share of the site's payments that goes to that till, or nought.
    `quote_age_s` is the likeliest age of the rate.
    """

    zeros: Ints
    zeros_paid: Floats
    zeros_common: Floats
    till_wallet: Ints
    till_paid: Floats
    counts_as_any: Ints
    counts_as_any_paid: Floats
    quote_age_s: Ints


@dataclass(frozen=True)
class Split:
    """Candidates of some ads, one row per (ad, output), with their likelihood ratio in parts.

    Sorted by (ad, output). `ratio` sums the hypotheses about what the payment bought, of which
    `candidates` holds the likeliest. `without[family]` is the summed ratio if a family of evidence
    said nothing: any delay of the window alike, any amount of the tolerance, zeros as the
    background has them, and neither till nor zeros known (`without_till`). `parts[name]` (log10,
    of `PARTS`) sum to log10 of `ratio`. `expected` is how many background outputs (to the till,
    where it is told as paying one) fall into the whole window and tolerance. `marks` tells what
    each amount and recipient is. `weaker` and `weaker_ratio` are per ad of the setting: number
    and summed ratio of candidates below the storing threshold.
    """

    ad: Ints
    candidates: Candidates
    ads_bought: Ints
    ratio: Floats
    without: dict[str, Floats]
    parts: dict[str, Floats]
    marks: MarksSeen
    expected: Floats
    weaker: Ints
    weaker_ratio: Floats

    def __len__(self) -> int:
        return len(self.ad)


def rebuilt(relations: Relations, ads: Collection[str] | None = None) -> Rebuilt:
    """Read what the payments stage read, and the laws, tills and clocks that it stored.

    `ads` (ad_id): candidates will be looked for of these only; by default, of all.

    Raises StageError where the stored run kept no laws of halves.
    """
    params = stored_settings(relations)
    times = functools.partial(stored_site_times, relations)
    setting, _ = read_setting(relations, params, times, ads)
    found = stored_half_laws(relations, setting)
    if found is None:
        raise StageError(
            "the stored payments do not say by which laws they were scored",
            do="run `inktrace run payments` to score them again",
        )
    return Rebuilt(*found)


def without_delay(laws: Laws) -> Laws:
    """The laws, with every delay of a law's window equally likely."""
    room = (laws.delay > 0) * np.diff(laws.delay_edges_s)
    return dataclasses.replace(laws, delay=room / np.maximum(room.sum(axis=1, keepdims=True), 1e-9))


def without_amount(laws: Laws) -> Laws:
    """The laws, with every amount within the tolerance equally likely."""
    return dataclasses.replace(laws, amount=np.full_like(laws.amount, 1.0 / laws.amount.shape[1]))


def without_till(known: Rebuilt) -> Rebuilt:
    """The same, had no wallet been known as a till: all is weighed against all outputs.

    Rounding then says nothing either. What a till receives is round because its processor quotes
    so; against all outputs, where such amounts crowd at the sites' prices, that is no evidence.
    """
    setting, laws = known.setting, known.laws
    return Rebuilt(
        dataclasses.replace(setting, tills=no_tills(setting.marks)),
        dataclasses.replace(
            laws,
            till=np.ones((len(laws.share), 1)),
            zeros=np.repeat(setting.marks.zeros_share[None, :], len(laws.share), axis=0),
        ),
    )


def split_candidates(known: Rebuilt, ads: Ints) -> Split:
    """Score the candidates of some ads (numbers in the setting) where they stand, in parts."""
    setting = known.setting
    hypotheses = np.flatnonzero(np.isin(setting.asking.ad, ads))
    found = candidates_of(setting, hypotheses, setting.ads.posted_us)
    evidence = setting.evidence(found, known.group)
    whole = known.laws.ratio(evidence)
    strong = whole >= 10.0**setting.least_log10_lr
    weak_ad = evidence.ad[~strong]
    rows = np.flatnonzero(strong)
    order, first = by_output(setting, found.taken(rows), evidence.ad[rows], whole[rows])
    order = rows[order]
    best = order[first]
    without = _without(known, found, evidence, whole)
    summed = {
        name: np.add.reduceat(ratio[order], first) if len(first) else np.empty(0)
        for name, ratio in {"nothing": whole, **without}.items()
    }
    ways = _ways(known, evidence)
    marks = _marks(known, evidence, ways, best)
    parts = _parts(known, evidence, whole, best, marks)
    # What the other way of paying adds is no part of what is told to be expected by chance.
    expected = 10.0 ** (ways.other_adds[best] - parts["background"])
    parts["other_prices"] = np.log10(summed["nothing"] / whole[best])
    return Split(
        ad=evidence.ad[best],
        candidates=found.taken(best),
        ads_bought=setting.asking.ads_bought[found.hypothesis[best]],
        ratio=summed.pop("nothing"),
        without=summed,
        parts={name: parts[name] for name in PARTS},
        marks=marks,
        expected=expected,
        weaker=np.bincount(weak_ad, minlength=len(setting.ads)).astype(np.int64),
        weaker_ratio=np.bincount(
            weak_ad, weights=whole[~strong], minlength=len(setting.ads)
        ).astype(np.float64),
    )


@dataclass(frozen=True)
class _Ways:
    """The two ways in which each candidate may be paid: to its till, or to anywhere else.

    `to_till` and `to_any` are their terms of the likelihood ratio, but for what they share; the
    former is nought where there is no till. `till` is the number of the till where its own way is
    the likelier, else that of none; `other_adds` is log10 of what the other way adds to it.
    """

    to_till: Floats
    to_any: Floats
    till: Ints
    other_adds: Floats


def _ways(known: Rebuilt, evidence: Evidence) -> _Ways:
    laws, none = known.laws, len(known.setting.tills)
    to_till = laws.till[evidence.group, evidence.till] / evidence.till_background
    to_any = laws.till[evidence.group, none] / evidence.background
    till = np.where(to_till >= to_any, evidence.till, none)
    return _Ways(to_till, to_any, till, np.log10((to_till + to_any) / np.maximum(to_till, to_any)))


def _without(
    known: Rebuilt, found: Candidates, evidence: Evidence, whole: Floats
) -> dict[str, Floats]:
    """Likelihood ratio of each candidate, did a family of evidence say nothing."""
    untilled = without_till(known)
    return {
        "amount": without_amount(known.laws).ratio(evidence),
        "delay": without_delay(known.laws).ratio(evidence),
        "rounding": _without_rounding(known, evidence, whole),
        "till": untilled.laws.ratio(untilled.setting.evidence(found, known.group)),
    }


def _without_rounding(known: Rebuilt, evidence: Evidence, whole: Floats) -> Floats:
    """Payments of each way are as round as the outputs that they stand against."""
    ways, shares = _ways(known, evidence), known.setting.zeros_shares()
    zeros = known.laws.zeros[evidence.group, evidence.zeros]
    to_till = ways.to_till * shares[evidence.till, evidence.zeros]
    to_any = ways.to_any * shares[-1, evidence.zeros]
    return np.asarray(whole * (to_till + to_any) / (ways.to_till + ways.to_any) / zeros)


def _parts(
    known: Rebuilt, evidence: Evidence, whole: Floats, best: Ints, marks: MarksSeen
) -> dict[str, Floats]:
    """log10 parts of the likeliest hypothesis of each row."""
    flat = without_delay(known.laws)
    # All is known; delay says nothing; neither delay nor amount says anything.
    top, no_delay, neither = (
        ratio[best] for ratio in (whole, flat.ratio(evidence), without_amount(flat).ratio(evidence))
    )
    prior = np.log10(evidence.weight[best])
    rounding = np.log10(marks.zeros_paid / marks.zeros_common)
    till = np.log10(marks.till_paid)
    return {
        "delay": np.log10(top / no_delay),
        "amount": np.log10(no_delay / neither),
        "rounding": rounding,
        "till": till,
        "background": np.log10(neither) - prior - rounding - till,
        "prior": prior,
    }


def _marks(known: Rebuilt, evidence: Evidence, ways: _Ways, best: Ints) -> MarksSeen:
    setting, laws, group = known.setting, known.laws, evidence.group[best]
    till, paid, zeros = ways.till[best], evidence.till[best], evidence.zeros[best]
    wallets = np.append(setting.marks.wallets[setting.tills.codes], -1)
    ages = quote_ages_s(setting.params)
    bins = places_of(evidence, laws).amount_bin[best]
    at = np.argmax(laws.amount[group[:, None], bins] * laws.quote_age[group], axis=1)
    return MarksSeen(
        zeros=zeros,
        zeros_paid=laws.zeros[group, zeros],
        zeros_common=setting.zeros_shares()[till, zeros],
        till_wallet=wallets[till],
        till_paid=laws.till[group, till],
        counts_as_any=np.where(till == paid, -1, wallets[paid]),
        counts_as_any_paid=np.where(till == paid, 0.0, laws.till[group, paid]),
        quote_age_s=ages[at],
    )
