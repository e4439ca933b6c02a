"""Evidence is used once: each transaction and each ad speaks for its best explanation only."""

from __future__ import annotations

import numpy as np

from inktrace.payments.evidence import Matches, Pairs, pair_scores
from inktrace.payments.times import Flags, Floats, Ints


def exhausted(matches: Matches, passes: int) -> tuple[Matches, Pairs]:
    """Give each transaction to the author, and each ad to the wallet, that explains it best.

    Done within each round alike, decoys among them. Every pass scores the pairs on what they
    still hold, then takes each transaction from all but the highest-scoring pair that claims
    it, and likewise each ad. Ties go to the first author or wallet.
    """
    pairs = pair_scores(matches)
    for _ in range(passes):
        by_tx = _is_best(matches.round, matches.tx_id, matches.pair, pairs.log10_lr)
        # A decoy is another ad than the one it was made from.
        ad = 2 * matches.ad + matches.is_decoy
        by_ad = _is_best(matches.round, ad, matches.pair, pairs.log10_lr)
        kept = by_tx & by_ad
        if kept.all():
            break
        matches = matches.kept(kept)
        pairs = pair_scores(matches)
    return matches, pairs


def _is_best(round_: Ints, item: Ints, pair: Ints, score: Floats) -> Flags:
    """Whether a row's pair is the best of those that claim the same item in the same round."""
    if not len(item):
        return np.zeros(0, dtype=bool)
    _, dense = np.unique(item, return_inverse=True)
    key = round_ * (int(dense.max()) + 1) + dense
    order = np.lexsort((pair, -score[pair], key))
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    best = np.repeat(pair[order][first], np.diff(np.append(first, len(order))))
    is_best = np.zeros(len(item), dtype=bool)
    is_best[order] = pair[order] == best
    return is_best
