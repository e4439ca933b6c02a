"""How strongly outputs of an author's named wallet say that they bought credit; how often wrongly.

In question is only whether an output of that wallet bought credit; that the wallet is the author's
is known from ads that it paid one by one. Decoys are other wallets' transactions in place of its
own. Moved ads would be no decoys: within days of an author's true purchases there is always some
run of the same author's moved ads.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.payments.asking_prices import expanded
from inktrace.payments.error_rates import (
    chance_of_nothing,
    error_probabilities,
    null_checks,
    picked_by_chance,
    q_values,
)
from inktrace.payments.times import Flags, Floats, Ints

_SURELY_SOMETHING: Final = 0.01
_SHOWN: Final = 0.05


@dataclass(frozen=True)
class Purchases:
    """Outputs before a run of ads, as evidence of (account, wallet): one row each.

    `round` is 0 for the real ones, 1 … for decoys. `unit` numbers accounts, `ad` the first ad of
    the run, `row` the run. `factor` is how much likelier the transaction is if the wallet buys
    credit here than if it does not; `named`: the wallet is named for the account's author.
    """

    round: Ints
    unit: Ints
    tx_id: Ints
    ad: Ints
    factor: Floats
    row: Ints
    named: Flags

    def __len__(self) -> int:
        return len(self.round)

    def kept(self, rows: Ints | Flags, **changed: Any) -> Purchases:
        """The given rows; keyword arguments replace whole columns of the result."""
        names = [field.name for field in dataclasses.fields(self)]
        return Purchases(**{**{name: getattr(self, name)[rows] for name in names}, **changed})


@dataclass(frozen=True)
class NamedWallets:
    """Wallets named for authors by ads that they paid one by one: one row each."""

    author: Ints
    wallet: Ints
    transactions: Ints


@dataclass(frozen=True)
class Judged:
    """Purchases by named wallets: number of the run, score, q-value, error probability."""

    row: Ints
    score: Floats
    q_value: Floats
    probability: Floats


def judged_purchases(
    real: Purchases, decoys: Purchases, rounds: int
) -> tuple[Judged, dict[str, Any]]:
    """Give every purchase by a named wallet its error rates.

    Parameters: all real rows; those of `exchanged_transactions`; the number of decoy rounds. The
    score is the log10 odds that a transaction of the wallet bought this credit, were every other
    one of them such a purchase. No purchase is surer than these odds, whatever the decoys are like;
    where all together are not clearly more than decoys, none is told.
    """
    own, decoys = _alone(real.kept(real.named)), _alone(decoys)
    score, of_decoys = np.log10(own.factor), np.log10(decoys.factor)
    nothing = chance_of_nothing(score, of_decoys, rounds)
    q_value = np.maximum(q_values(score, of_decoys, rounds), picked_by_chance(score, 1))
    if nothing > _SURELY_SOMETHING:
        q_value = np.ones(len(own))
    probability = error_probabilities(score, of_decoys, rounds, q_value)
    checks = null_checks(
        np.concatenate([own.round, decoys.round]),
        np.concatenate([score, of_decoys]),
        np.concatenate([q_value, np.ones(len(decoys))]),
        rounds,
    )
    told = {
        "purchases": len(own),
        "at_q_0.05": int((q_value <= _SHOWN).sum()),
        "p_value_that_all_are_false": float(f"{nothing:.3g}"),
        **checks,
    }
    return Judged(own.row, score, q_value, probability), told


def exchanged_transactions(
    real: Purchases, author: Ints, named: NamedWallets, transactions: Ints, rounds: int
) -> Purchases:
    """Decoys: as many transactions as each named wallet made, drawn from all private wallets'.

    Parameters: all real rows; the author of each account; the named wallets; the tx_ids of all
    transactions that private wallets made. A drawn transaction of a wallet that is itself named for
    the author is none.

    Notes: takes a named wallet's other transactions to be like anybody's. Who buys ads may pay a
    site more often than others do, for what no ad shows; only the amount tells that from a pack.
    """
    random = np.random.default_rng(20_240_229)
    draws = np.tile(np.repeat(named.author, named.transactions), rounds)
    round_ = np.repeat(np.arange(1, rounds + 1), int(named.transactions.sum()))
    if not len(transactions):
        draws, round_ = draws[:0], round_[:0]
    drawn = transactions[random.integers(0, max(len(transactions), 1), size=len(draws))]
    rows = np.flatnonzero(~real.named)
    most = int(max(transactions.max(initial=0), real.tx_id.max(initial=0))) + 1
    key = author[real.unit[rows]] * most + real.tx_id[rows]
    order = np.argsort(key, kind="stable")
    key, rows = key[order], rows[order]
    wanted = draws * most + drawn
    first, last = np.searchsorted(key, wanted, "left"), np.searchsorted(key, wanted, "right")
    return real.kept(rows[expanded(first, last)], round=np.repeat(round_, last - first))


def _alone(purchases: Purchases) -> Purchases:
    """Each transaction's best row of its round, and of these each first ad's best.

    One transaction buys once, and one ad is the first of one purchase.
    """
    kept = np.arange(len(purchases))
    for item in (purchases.tx_id, purchases.ad):
        keys = (kept, -purchases.factor[kept], item[kept], purchases.round[kept])
        order = kept[np.lexsort(keys)]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (np.diff(item[order]) != 0) | (np.diff(purchases.round[order]) != 0)
        kept = np.sort(order[new])
    return purchases.kept(kept)
