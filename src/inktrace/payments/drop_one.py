"""Whether an attribution survives without its best ad, transaction, or family of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.params import AttributionParams

# The parts of the stage, not its front door: what is explained must be what was done.
from inktrace.payments.attribution import _enough
from inktrace.payments.error_rates import Competitors
from inktrace.payments.evidence import (
    _SHARES,
    Matches,
    Pairs,
    _given_ads,
    _lonely_halves,
    pair_scores,
)
from inktrace.payments.stray_ads import stray_probabilities, wallets_of_authors
from inktrace.payments.times import Flags, Floats, Ints

LEVELS: Final = (0.05, 0.10)
# The best ad or transaction is sought among so many of the strongest: a bound on work.
_MOST_TRIED: Final = 200


@dataclass(frozen=True)
class Competition:
    """What a pair of one kind (private wallet or service) is held against.

    `others` and `other_strays` are scores and stray probabilities of the other real pairs;
    `author_ads` and `author_wallets` count the author's ads and the wallets that decoys alone name
    for it, with this pair's; `least` is the fewest ads and transactions.
    """

    others: Floats
    other_strays: Floats
    competitors: Competitors
    author_ads: int
    author_wallets: int
    doubt: float
    least: int

    def q_value(self, log10_lr: float, transactions: int, ads: int) -> float | None:
        """q-value that such a pair would have; None where it is too few to be named."""
        rates = self._rates(log10_lr, transactions, ads)
        return None if rates is None else rates[0]

    def error_probability(self, log10_lr: float, transactions: int, ads: int) -> float | None:
        """Probability that such a pair is false; None where it is too few to be named."""
        rates = self._rates(log10_lr, transactions, ads)
        return None if rates is None else rates[1]

    def stray_probability(self, ads: int) -> float:
        """Probability that so many ads of the author are strays of somebody else."""
        paid, author_ads, wallets = np.array([[ads], [self.author_ads], [self.author_wallets]])
        return float(stray_probabilities(paid, author_ads, wallets, self.doubt)[0])

    def threshold(self, q: float) -> float | None:
        """The lowest score of the other real pairs with such a q-value; None = there is none."""
        reached = self.others[self.competitors.rates(self.others, self.other_strays)[0] <= q]
        return float(reached.min()) if len(reached) else None

    def held_to_prior_odds(self, log10_lr: float) -> bool:
        """Whether all pairs, such a one among them, may be false."""
        return self.competitors.held_to_prior_odds(np.append(self.others, log10_lr))

    def _rates(self, log10_lr: float, transactions: int, ads: int) -> tuple[float, float] | None:
        if min(transactions, ads) < self.least:
            return None
        scores = np.append(self.others, log10_lr)
        strays = np.append(self.other_strays, self.stray_probability(ads))
        q_value, probability = self.competitors.rates(scores, strays)
        return float(q_value[-1]), float(probability[-1])


def competition(
    pairs: Pairs, row: int | None, is_service: bool, rounds: int, wallets: int,
    author_ads: Ints, ads: int, params: AttributionParams,
) -> Competition:  # fmt: skip
    """What the pair in a row (None: one that holds nothing) competes with, as in the stage.

    `author_ads` counts the ads of each author, `ads` those of this one.
    """
    taking_part = _enough(pairs, params) & (pairs.is_service == is_service)
    real = taking_part & (pairs.round == 0)
    competitors = Competitors(
        pairs.log10_lr[taking_part & pairs.is_decoy],
        rounds,
        0 if is_service else wallets,
        params.most_error_probability,
    )
    named = np.zeros(len(pairs), dtype=np.int64)
    named[real] = wallets_of_authors(
        pairs.author[real], competitors.by_decoys(pairs.log10_lr[real])
    )
    strays = stray_probabilities(pairs.ads, author_ads[pairs.author], named, params.author_doubt)
    if row is not None:
        real[row] = False
    return Competition(
        pairs.log10_lr[real],
        strays[real],
        competitors,
        ads,
        1 if row is None else int(named[row]),
        params.author_doubt,
        params.least_transactions,
    )


def bayes_factor_by_share(held: Matches) -> tuple[Floats, Floats]:
    """log10 Bayes factor of one pair at each share of its wallet's transactions, and the shares.

    As in `pair_scores`, each of the k claims of a payment for k ads counts for a k-th part.
    """
    shares = np.array(_SHARES)
    starts = np.flatnonzero(np.diff(held.payment, prepend=-1))
    counts = np.bincount(held.payment, weights=_given_ads(held)) > 0
    factor = np.add.reduceat(held.factor / held.ads_bought, starts)[counts]
    silent = max(int(held.wallet_transactions[0]) - len(factor), 0)
    gains = np.log10(1.0 - shares[:, None] + shares[:, None] * factor[None, :]).sum(axis=1)
    return gains + silent * np.log10(1.0 - shares), shares


def dropped_one(
    held: Matches, author_ads: int, families: Mapping[str, Floats],
    competing: Competition, level: float | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Score one pair again without its best ad, its best transaction, and each family.

    Parameters: the pair's matches after competing explanations took theirs; the author's number
    of ads; for each family of evidence, per match, the share of its likelihood ratio that is left
    if the family says nothing; the competition; the q-value up to which it is named (None: it is
    not).

    "Best" is the one whose loss costs most. A dropped ad leaves its transaction a wallet's
    payment that matches nothing; a dropped transaction leaves its ad unpaid.

    Notes: what competing pairs took stays taken, and decoys keep all of their evidence, which is
    cautious: they are not weakened with it.
    """
    variants: list[tuple[str, Any, Matches]] = [
        ("ad", *_worst(held, held.ad, author_ads)),
        ("transaction", *_worst(held, held.tx_id, None)),
        *(
            (name, None, held.kept(np.arange(len(held)), factor=held.factor * left))
            for name, left in families.items()
        ),
    ]
    made = []
    for what, dropped, left in variants:
        log10_lr, transactions, ads = _scored(left, int(held.wallet_transactions[0]))
        q_value = competing.q_value(log10_lr, transactions, ads)
        made.append(
            {
                "without": what,
                "dropped": dropped,
                "log10_lr": log10_lr,
                "transactions": transactions,
                "ads": ads,
                "q_value": q_value,
                "survives": level is not None and q_value is not None and q_value <= level,
            }
        )
    return made


def _scored(left: Matches, transactions: int) -> tuple[float, int, int]:
    if not len(left):
        return _nothing(transactions), 0, 0
    scored = pair_scores(left)
    return float(scored.log10_lr[0]), int(scored.transactions[0]), int(scored.ads[0])


def _nothing(transactions: int) -> float:
    """log10 Bayes factor of a wallet none of whose transactions match."""
    return float(np.log10(np.mean((1.0 - np.array(_SHARES)) ** transactions)))


def _worst(held: Matches, item: Ints, author_ads: int | None) -> tuple[int, Matches]:
    """The item (ad or transaction) whose loss costs most, and the matches without it."""
    items, inverse = np.unique(item, return_inverse=True)
    best = np.zeros(len(items))
    np.maximum.at(best, inverse, held.factor)
    tried = np.argsort(-best, kind="stable")[:_MOST_TRIED]
    rows = np.tile(np.arange(len(held)), len(tried))
    number = np.repeat(np.arange(len(tried)), len(held))
    kept = inverse[rows] != tried[number]
    left = _without(held, rows[kept], number[kept], author_ads)
    scores = np.full(len(tried), _nothing(int(held.wallet_transactions[0]) - (author_ads is None)))
    if len(left):
        scored = pair_scores(left)
        scores[scored.round] = scored.log10_lr
    worst = int(np.argmin(scores))
    return int(items[tried[worst]]), left.kept(left.round == worst)


def _without(held: Matches, rows: Ints, number: Ints, author_ads: int | None) -> Matches:
    """Matches that are left; the number of what was dropped stands in `round`."""
    if author_ads is None:
        count = np.maximum(held.wallet_transactions[rows] - 1, 1)
        left = held.kept(rows, round=number, wallet_transactions=count)
    else:
        # One of n − 1 ads is paid, where it was one of n.
        factor = held.factor[rows] * author_ads / max(author_ads - 1, 1)
        left = held.kept(rows, round=number, factor=factor)
    lonely: Flags = _lonely_halves(left)
    return left.kept(~lonely)
