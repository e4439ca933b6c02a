"""One round of the payments stage: candidates of ads where they stand, with posteriors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inktrace.payments.candidates import Candidates, joined_candidates
from inktrace.payments.decoys import moved_times
from inktrace.payments.laws import Laws
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.round_scores import RoundScores, WeighedOutputs, score_round
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints


@dataclass(frozen=True)
class Scored:
    """Candidates of one round: one row per (ad, output), with score and posterior."""

    candidates: Candidates
    ad: Ints
    ads_bought: Ints
    ratio: Floats
    posterior: Floats
    elsewhere: Floats  # per ad: sum of likelihood ratios, listed or not, of what pays no till


def standing(setting: Setting, number: int) -> tuple[Ints, Flags]:
    """Where each ad stands in a round, and whether it takes part."""
    ads = setting.ads
    if number == 0:
        return ads.posted_us, np.ones(len(ads), dtype=bool)
    before_s, after_s = setting.before_s[ads.site], setting.after_s[ads.site]
    return moved_times(ads.posted_us, before_s, after_s, setting.coverage, number)


def candidates_of(setting: Setting, hypotheses: Ints, posted_us: Ints) -> Candidates:
    asking, site = setting.asking, setting.ads.site
    waits = setting.waits[site[asking.ad[hypotheses]]]
    parts = []
    for currency, by_block, index in setting.by_clock:
        mine = (asking.currency[hypotheses] == currency) & (waits == by_block)
        rows = hypotheses[mine]
        ad = asking.ad[rows]
        parts.append(
            index.within(
                rows,
                asking.log_price[rows],
                posted_us[ad],
                setting.before_s[site[ad]],
                setting.after_s[site[ad]],
            )
        )
    return joined_candidates(parts)


def scored_round(
    setting: Setting,
    weighed: list[WeighedOutputs],
    laws: Laws,
    posted_us: Ints,
    moved: Flags,
) -> Scored:
    """Score one round; `posted_us` is where its ads stand, `moved` which of them take part."""
    share = laws.share[setting.ads.half]
    return _judged(setting, score_round(setting, weighed, laws, posted_us, moved), share)


def _judged(setting: Setting, scores: RoundScores, share: Floats) -> Scored:
    """One row per (ad, output), the hypotheses about it summed; then the posteriors."""
    found, ratio, rest = scores.candidates, scores.ratio, scores.rest
    ad = setting.asking.ad[found.hypothesis]
    order, first = by_output(setting, found, ad, ratio)
    summed = np.add.reduceat(ratio[order], first) if len(first) else np.empty(0)
    best = order[first]
    kept, ad = found.taken(best), ad[best]
    _, outpoint = np.unique(kept.output, return_inverse=True)
    bought = setting.asking.ads_bought[kept.hypothesis]
    # What an ad's hypotheses leave to one (it was free, or cost another sum) is none of these.
    weight = np.maximum(setting.asking.total(len(rest)), 1e-300)
    posterior = posterior_probabilities(
        ad,
        outpoint.astype(np.int64),
        bought,
        summed / weight[ad],
        share * np.minimum(weight, 1.0),
        rest / weight,
    )
    return Scored(kept, ad, bought, summed, posterior, scores.elsewhere)


def by_output(setting: Setting, found: Candidates, ad: Ints, ratio: Floats) -> tuple[Ints, Ints]:
    """Candidates in (ad, output) order, and where in it each (ad, output) begins.

    Within one the likeliest hypothesis comes first; it lends its amounts and delays.
    """
    order = np.lexsort((found.hypothesis, -ratio, found.output, ad))
    pair = ad[order] * np.int64(max(len(setting.outputs), 1)) + found.output[order]
    return order, np.flatnonzero(np.diff(pair, prepend=-1))
