"""How likely the ads that a wallet pays for are not the author's, but strays in the group.

Author groups are estimated. Where a few ads of somebody else were put into one, that person's
wallet pays for those few and for none of the others: it is truly the payer of the ads, but its
name would stand under the wrong author.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from inktrace.payments.times import Floats, Ints

# log odds = _BASE + _OTHERS · ln(1 + ads of the author that it does not pay for) + _PAID · ln(ads
# that it does pay for) + _WALLETS · ln(wallets named for the author: who changes wallets pays
# for few ads from each), fitted by evaluation/payments/strays.py on worlds of seeds 11 to 16; the
# base then raised to the share of false names on seeds 1 to 7 and 11 to 16 together.
_BASE: Final = -1.9
_OTHERS: Final = 1.06
_PAID: Final = -1.82
_WALLETS: Final = -1.83
# Up to this q-value, from decoys alone, a wallet counts as named.
_NAMED: Final = 0.05


def stray_probabilities(
    paid_ads: Ints, author_ads: Ints, author_wallets: Ints, doubt: float
) -> Floats:
    """Probability that each pair's wallet pays for strays of its author's group.

    Parameters: per pair, ads that its likely payments are given, ads of the author, and wallets
    that decoys alone name for the author; by how much the odds are multiplied
    (`attribution.author_doubt`: 0 = authors are known, 1 = as the shipped author model groups
    them in planted worlds).

    Notes: logistic regression on pairs named in planted worlds that no reported figure uses; it
    is as good as those worlds are like the case.
    """
    others = np.maximum(author_ads - paid_ads, 0)
    log_odds = (
        _BASE
        + _OTHERS * np.log1p(others)
        + _PAID * np.log(np.maximum(paid_ads, 1))
        + _WALLETS * np.log(np.maximum(author_wallets, 1))
    )
    odds = doubt * np.exp(log_odds) * (others > 0)
    return np.asarray(odds / (1.0 + odds))


def wallets_of_authors(author: Ints, q_value: Floats) -> Ints:
    """Per pair, how many wallets decoys alone name for its author (numbered densely)."""
    return np.bincount(author, weights=q_value <= _NAMED).astype(np.int64)[author]
