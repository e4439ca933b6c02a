"""Evidence is used once: each transaction and each ad speaks for its best explanation only."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from inktrace.payments.evidence import Matches, Pairs, joined_pairs, pair_scores, round_of
from inktrace.payments.times import Flags, Floats, Ints

_MOST_AT_ONCE: Final = 4


def exhausted_rounds(matches: Matches, passes: int) -> tuple[Matches, Pairs]:
    """Exhaust each round by itself, decoys beside the real ads, and put the scores together.

    Returns the rows that the real pairs still hold, and all pairs: the real ones of round 0
    first (so that `Matches.pair` numbers them), then the decoys of every round.
    """
    rounds = np.unique(np.append(matches.round, 0)).tolist()

    def one_round(number: int) -> tuple[Matches, Pairs]:
        return exhausted(round_of(matches, number), passes)

    held, made = matches.kept(np.empty(0, dtype=np.int64)), []
    # Sorting lets go of the interpreter's lock, so rounds share the processors.
    with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        for number, (kept, pairs) in zip(rounds, pool.map(one_round, rounds), strict=True):
            if number == 0:
                held = kept
            made.append(pairs if number == 0 else pairs.taken(np.flatnonzero(pairs.is_decoy)))
    return held, joined_pairs(made)


def exhausted(matches: Matches, passes: int) -> tuple[Matches, Pairs]:
    """Give each transaction to the author, and each ad to the wallet, that explains it best.

    The rows are of one round, decoys among them. Every pass scores the pairs on what they
    still hold, then takes each transaction from all but the highest-scoring pair that claims
    it, and likewise each ad. Ties go to the first author or wallet.
    """
    pairs = pair_scores(matches)
    for _ in range(passes):
        by_tx = _is_best(matches.tx_id, matches.pair, pairs.log10_lr)
        # A decoy is another ad than the one it was made from.
        ad = 2 * matches.ad + matches.is_decoy
        by_ad = _is_best(ad, matches.pair, pairs.log10_lr)
        kept = by_tx & by_ad
        if kept.all():
            break
        matches = matches.kept(kept)
        pairs = pair_scores(matches)
    return matches, pairs


def _is_best(item: Ints, pair: Ints, score: Floats) -> Flags:
    """Whether a row's pair is the best of those that claim the same item."""
    if not len(item):
        return np.zeros(0, dtype=bool)
    order = np.argsort(item)
    first = np.flatnonzero(np.diff(item[order], prepend=-1))
    claims = np.diff(np.append(first, len(order)))
    mine, claimant = score[pair[order]], pair[order]
    top = np.repeat(np.maximum.reduceat(mine, first), claims)
    tied = np.where(mine == top, claimant, len(score))
    best = np.repeat(np.minimum.reduceat(tied, first), claims)
    is_best = np.zeros(len(item), dtype=bool)
    is_best[order] = claimant == best
    return is_best
