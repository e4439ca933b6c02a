"""Which of its candidates paid an ad, when one output pays for one purchase only."""

from __future__ import annotations

from typing import Final

import numpy as np

from inktrace.payments.times import Floats, Ints

_PASSES: Final = 8


def posterior_probabilities(
    ad: Ints, outpoint: Ints, ads_bought: Ints, ratio: Floats, share: Floats, rest: Floats
) -> Floats:
    """Probability that each candidate paid its ad, against all others and none of these.

    Parameters: per candidate its ad and outpoint (dense numbers), how many ads the payment
    would buy, and its likelihood ratio; per ad the share paid and the summed likelihood ratios
    of candidates that are not listed.

    One ad has at most one payment and one output pays for one purchase; the marginals are found
    by passing messages between ads and outputs (sum-product on the matching). A payment for
    several ads is not held against the other ads' same claims.

    Notes: exact where claims form no cycles, else approximate.

    References: Kschischang, Frey & Loeliger 2001 (sum-product).
    """
    odds = ratio * share[ad]
    none = (1.0 - share + share * rest)[ad]
    outputs = int(outpoint.max(initial=-1)) + 1
    free = np.ones(len(ad))
    joint = ads_bought > 1
    for _ in range(_PASSES):
        claims = odds * free
        total = np.bincount(ad, weights=claims, minlength=len(share))[ad]
        asked = odds / np.maximum(none + total - claims, 1e-300)
        alone = np.where(joint, 0.0, asked)
        by_all = np.bincount(outpoint, weights=asked, minlength=outputs)[outpoint]
        by_single = np.bincount(outpoint, weights=alone, minlength=outputs)[outpoint]
        others = np.where(joint, by_single, by_all - asked)
        free = 1.0 / (1.0 + np.maximum(others, 0.0))
    claims = odds * free
    total = np.bincount(ad, weights=claims, minlength=len(share))[ad]
    return claims / np.maximum(none + total, 1e-300)
