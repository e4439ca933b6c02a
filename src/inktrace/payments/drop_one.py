"""Whether an attribution survives without its best ad, transaction, or family of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.params import AttributionParams

# The parts of the stage, not its front door: what is explained must be what was done.
from inktrace.payments.attribution import _SURELY_SOMETHING, _enough
from inktrace.payments.error_rates import (
    chance_of_nothing,
    error_probabilities,
    never_surer_than_alone,
    picked_by_chance,
    q_values,
)
from inktrace.payments.evidence import (
    _SHARES,
    Matches,
    Pairs,
    _given_ads,
    _lonely_halves,
    pair_scores,
)
from inktrace.payments.times import Flags, Floats, Ints

LEVELS: Final = (0.05, 0.10)
# The best ad or transaction is sought among so many of the strongest: a bound on work.
_MOST_TRIED: Final = 200


@dataclass(frozen=True)
class Competition:
    """Scores that a pair of one kind (private wallet or service) competes with.

    `others` are those of the other real pairs, `decoys` those of all decoy rounds together.
    `wallets` is the number of wallets from which a payer was picked; 0 for services.
    """

    others: Floats
    decoys: Floats
    rounds: int
    wallets: int
    least: int
    most_error_probability: float

    def q_value(self, log10_lr: float, transactions: int, ads: int) -> float | None:
        """q-value that such a pair would have; None where it is too few to be named."""
        if min(transactions, ads) < self.least:
            return None
        return float(self._q_values(np.append(self.others, log10_lr))[-1])

    def error_probability(self, log10_lr: float, transactions: int, ads: int) -> float | None:
        """Probability that such a pair is false; None where it is too few to be named."""
        if min(transactions, ads) < self.least:
            return None
        return float(self._rates(np.append(self.others, log10_lr))[1][-1])

    def threshold(self, q: float) -> float | None:
        """The lowest score of the other real pairs with such a q-value; None = there is none."""
        reached = self.others[self._q_values(self.others) <= q]
        return float(reached.min()) if len(reached) else None

    def held_to_prior_odds(self, targets: Floats) -> bool:
        """Whether so many pairs may all be false, so that each must outweigh its prior odds."""
        nothing = chance_of_nothing(targets, self.decoys, self.rounds)
        return bool(self.wallets) and nothing > _SURELY_SOMETHING

    def _q_values(self, targets: Floats) -> Floats:
        """q-values as the stage has them."""
        return never_surer_than_alone(*self._rates(targets), self.most_error_probability)

    def _rates(self, targets: Floats) -> tuple[Floats, Floats]:
        """q-values, with the gate against cases without any payment, and error probabilities."""
        found = q_values(targets, self.decoys, self.rounds)
        if self.held_to_prior_odds(targets):
            found = np.maximum(found, picked_by_chance(targets, self.wallets))
        return found, error_probabilities(targets, self.decoys, self.rounds, found)


def competition(
    pairs: Pairs, row: int | None, is_service: bool, rounds: int, wallets: int,
    params: AttributionParams,
) -> Competition:  # fmt: skip
    """What the pair in a row (None: one that holds nothing) competes with, as in the stage."""
    taking_part = _enough(pairs, params) & (pairs.is_service == is_service)
    real = taking_part & (pairs.round == 0)
    if row is not None:
        real[row] = False
    return Competition(
        pairs.log10_lr[real],
        pairs.log10_lr[taking_part & pairs.is_decoy],
        rounds,
        0 if is_service else wallets,
        params.least_transactions,
        params.most_error_probability,
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
