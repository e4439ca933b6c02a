"""The payments stage's setting and laws as its stored run had them, and candidates split by factor.

The run stores results, not the background by value. It is made again here, and so are the laws by
which each ad was scored (those that it did not teach) where the run did not store them: by the
stage's own functions on the same rows and parameters, so that factors add up to what was stored.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inktrace.engine import Relations
from inktrace.params import PaymentsParams
from inktrace.payments.candidates import Candidates
from inktrace.payments.half_laws import stored_half_laws
from inktrace.payments.laws import Laws

# The parts of the stage, not its front door: what is explained must be what was done.
from inktrace.payments.scoring import _background_scale, _candidates, _evidence, _fitted
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.times import Floats, Ints
from inktrace.progress import Progress


@dataclass(frozen=True)
class Rebuilt:
    """What the payments stage knew: its setting, and the laws of (fold · sites + site)."""

    setting: Setting
    laws: Laws

    @cached_property
    def group(self) -> Ints:
        """Row of `laws` by which each ad is scored: its site's, from the other half of its ads."""
        ads = self.setting.ads
        return ads.fold * len(ads.sites) + ads.site

    def ad_numbers(self) -> dict[str, int]:
        """ad_id → number of the ad in the setting's arrays."""
        return {ad_id: i for i, ad_id in enumerate(self.setting.ads.ad_id.to_pylist())}


@dataclass(frozen=True)
class Split:
    """Candidates of some ads, one row per (ad, output), with their likelihood ratio in parts.

    Sorted by (ad, output). `ratio` sums the hypotheses about what the payment bought; `hypothesis`
    is the likeliest of them, with `of_best` its share of that sum. `without_delay` and
    `without_amount` are the summed ratios if the delay (the amount) said nothing within its
    window (tolerance). The log10 parts `delay`, `amount`, `background`, `prior` and
    `other_prices` sum to log10 of `ratio`. `expected` is how many background outputs fall into the
    whole window and tolerance. `weaker` and `weaker_ratio` are per ad of the setting: number and
    summed ratio of candidates below the storing threshold.
    """

    ad: Ints
    candidates: Candidates
    ads_bought: Ints
    ratio: Floats
    without_delay: Floats
    without_amount: Floats
    delay: Floats
    amount: Floats
    background: Floats
    prior: Floats
    other_prices: Floats
    expected: Floats
    weaker: Ints
    weaker_ratio: Floats

    def __len__(self) -> int:
        return len(self.ad)


def stored_settings(relations: Relations) -> PaymentsParams:
    """The parameters with which the stored candidates were made."""
    laws = relations["payment_laws"]
    rows = relations.collect(laws.filter((laws.site == "*") & (laws.name == "settings")))
    if not rows.num_rows:
        return PaymentsParams()
    return PaymentsParams(**json.loads(rows["json"][0].as_py()))


def rebuilt(relations: Relations, progress: Progress) -> Rebuilt:
    """Read what the payments stage read, and its laws; learn them again where none are stored.

    Notes: learning again costs two fits and four decoy rounds of the law's sample.
    """
    setting, _ = read_setting(relations, stored_settings(relations))
    found = stored_half_laws(relations, setting)
    if found is not None:
        return Rebuilt(*found)
    progress("learning payment laws again", 0, 2)
    scale = _background_scale(setting, _fitted(setting)[1])
    progress("learning payment laws again", 1, 2)
    setting = dataclasses.replace(setting, scale=scale)
    return Rebuilt(setting, _fitted(setting)[1])


def without_delay(laws: Laws) -> Laws:
    """The laws, with every delay of a law's window equally likely."""
    room = (laws.delay > 0) * np.diff(laws.delay_edges_s)
    return dataclasses.replace(laws, delay=room / np.maximum(room.sum(axis=1, keepdims=True), 1e-9))


def without_amount(laws: Laws) -> Laws:
    """The laws, with every amount within the tolerance equally likely."""
    return dataclasses.replace(laws, amount=np.full_like(laws.amount, 1.0 / laws.amount.shape[1]))


def split_candidates(known: Rebuilt, ads: Ints) -> Split:
    """Score the candidates of some ads (numbers in the setting) where they stand, in parts."""
    setting = known.setting
    hypotheses = np.flatnonzero(np.isin(setting.asking.ad, ads))
    found = _candidates(setting, hypotheses, setting.ads.posted_us)
    evidence = _evidence(setting, found, known.group)
    flat = without_delay(known.laws)
    # Rows: all that is known; delay says nothing; amount says nothing; neither says anything.
    ratios = np.array(
        [
            laws.ratio(evidence)
            for laws in (known.laws, flat, without_amount(known.laws), without_amount(flat))
        ]
    )
    strong = ratios[0] >= 10.0**setting.params.least_log10_lr
    weak_ad = evidence.ad[~strong]
    rows = np.flatnonzero(strong)
    # The order of the stage: the likeliest hypothesis of an (ad, output) stands first.
    ad = evidence.ad[rows]
    order = rows[np.lexsort((found.hypothesis[rows], -ratios[0][rows], found.output[rows], ad))]
    pair = evidence.ad[order] * np.int64(max(len(setting.outputs), 1)) + found.output[order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    best = order[first]
    summed = (
        np.add.reduceat(ratios[:, order], first, axis=1) if len(first) else ratios[:, :0].copy()
    )
    top, weight = ratios[:, best], evidence.weight[best]
    return Split(
        ad=evidence.ad[best],
        candidates=found.taken(best),
        ads_bought=setting.asking.ads_bought[found.hypothesis[best]],
        ratio=summed[0],
        without_delay=summed[1],
        without_amount=summed[2],
        delay=np.log10(top[0] / top[1]),
        amount=np.log10(top[1] / top[3]),
        background=np.log10(top[3] / weight),
        prior=np.log10(weight),
        other_prices=np.log10(summed[0] / top[0]),
        expected=weight / top[3],
        weaker=np.bincount(weak_ad, minlength=len(setting.ads)).astype(np.int64),
        weaker_ratio=np.bincount(
            weak_ad, weights=ratios[0][~strong], minlength=len(setting.ads)
        ).astype(np.float64),
    )
