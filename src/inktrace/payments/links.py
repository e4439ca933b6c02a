"""Which payments carry an attribution, once the wallet is taken as the author's."""

from __future__ import annotations

import numpy as np

from inktrace.payments.evidence import Matches, Pairs
from inktrace.payments.posterior import posterior_probabilities
from inktrace.payments.times import Floats, Ints

_LIKELY = 0.5


def link_probabilities(matches: Matches, pairs: Pairs) -> Floats:
    """Probability that each match is a payment for its ad, given that the wallet is its payer.

    One ad is paid once and one transaction buys once (or several ads at the summed price).

    Notes: says nothing about whether the wallet is the payer at all; that is the q-value.
    """
    if not len(matches):
        return np.empty(0)
    ads = int(matches.ad.max()) + 1
    keys, claim = np.unique(matches.pair * ads + matches.ad, return_inverse=True)
    share = np.clip(pairs.share[keys // ads], 1e-6, 1 - 1e-6)
    return posterior_probabilities(
        claim.astype(np.int64),
        matches.payment,
        matches.ads_bought,
        matches.factor,
        share,
        np.zeros(len(keys)),
    )


def link_lr(matches: Matches, pairs: Pairs) -> Floats:
    """log10 of how much likelier each match makes its transaction if the wallet pays here."""
    share = pairs.share[matches.pair]
    return np.log10(1.0 - share + share * matches.factor)


def ads_matched(matches: Matches, pairs: Pairs, probability: Floats) -> Ints:
    """Ads of each pair that are likelier paid from its wallet than not."""
    ads = int(matches.ad.max(initial=0)) + 1
    keys, claim = np.unique(matches.pair * ads + matches.ad, return_inverse=True)
    total = np.bincount(claim, weights=probability, minlength=len(keys))
    return np.bincount(keys // ads, weights=total > _LIKELY, minlength=len(pairs)).astype(np.int64)
