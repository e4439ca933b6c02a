"""How strongly purchases of credit tie a wallet to an author's runs of ads, and how often wrongly.

Two kinds compete apart, each with decoys of its own. `named`: the wallet is named for the author
by other ads; what is asked is whether this output of it bought credit. Its decoys are the
transactions of other wallets in place of its own. Moved ads are no decoys here: within days of an
author's true purchases there is always some run of the same author's moved ads. `purchases`: the
wallet is not named; then several of its outputs must fit, and what is in doubt is whose ads they
paid for. Its decoys are moved ads.
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
from inktrace.payments.evidence import Matches, Pairs, pair_scores, rounds_with_decoys
from inktrace.payments.exhaustion import exhausted
from inktrace.payments.times import Flags, Floats, Ints

KINDS: Final = ("named", "purchases")
_PASSES: Final = 4
_SURELY_SOMETHING: Final = 0.01
_SHOWN: Final = 0.05
# Share of an author's purchases of credit that its wallet is taken to show: exchanges, other
# wallets and addresses that nothing ties to it make the others.
_SEEN: Final = 0.7


@dataclass(frozen=True)
class CreditMatches(Matches):
    """Purchases of credit as an author-wallet pair's evidence; `author` numbers units.

    `ad` is the first of a run, `start` and `end` its positions (of its own round), `unit_ads` the
    ads of the unit that credit may have paid. `row` numbers the run among those of all rounds.
    """

    start: Ints
    end: Ints
    unit_ads: Ints
    row: Ints
    named: Flags


@dataclass(frozen=True)
class NamedWallets:
    """Wallets named for authors by ads that they paid one by one: one row each."""

    author: Ints
    wallet: Ints
    transactions: Ints


@dataclass(frozen=True)
class Judged:
    """Purchases of the real round: number of the run, kind, score, q-value, error probability."""

    row: Ints
    kind: Ints
    score: Floats
    q_value: Floats
    probability: Floats


def judged_purchases(
    matches: CreditMatches, exchanged: CreditMatches, rounds: int, wallets: int, least: int
) -> tuple[Judged, dict[str, Any]]:
    """Give every purchase of the real round its error rates.

    Parameters: purchases of all rounds; those of `exchanged_transactions`; number of decoy rounds;
    private wallets from which a payer is picked; purchases that must fit where the wallet is not
    named. No purchase is surer than its own odds say, whatever the decoys are like.
    """
    own = matches.kept(matches.named & ~matches.is_decoy)
    own, exchanged = own.kept(_best_of(own)), exchanged.kept(_best_of(exchanged))
    # What a named wallet bought for its author is nobody else's evidence.
    others = matches.kept(~matches.named & ~np.isin(matches.tx_id, own.tx_id))
    pooled, pairs = exhausted(rounds_with_decoys(others), _PASSES, covering_scores)
    pooled, odds, pair = _unnamed_odds(pooled, pairs, wallets, least)
    real = np.flatnonzero(pooled.round == 0)
    parts = (
        (own, np.log10(own.factor), own.payment, exchanged.round, np.log10(exchanged.factor),
         exchanged.round * len(exchanged) + np.arange(len(exchanged))),
        (pooled.kept(real), odds[real], pair[real], pooled.round[pooled.is_decoy],
         odds[pooled.is_decoy], pair[pooled.is_decoy]),
    )  # fmt: skip
    made, checks = [], {}
    for kind, (one, score, doubt, *of_decoys) in enumerate(parts):
        decoy_round, decoys, decoy_doubt = of_decoys
        q_value, checks[KINDS[kind]] = _q_values(
            score, doubt, decoy_round, decoys, decoy_doubt, rounds
        )
        probability = error_probabilities(score, decoys, rounds, q_value)
        kinds = np.full(len(one), kind, dtype=np.int64)
        made.append(Judged(one.row, kinds, score, q_value, probability))
    names = [field.name for field in dataclasses.fields(Judged)]
    return Judged(*(np.concatenate([getattr(p, name) for p in made]) for name in names)), checks


def _unnamed_odds(
    matches: CreditMatches, pairs: Pairs, wallets: int, least: int
) -> tuple[CreditMatches, Floats, Ints]:
    """Purchases of pairs with enough of them, their log10 odds, and their pairs.

    Such a purchase is true if the wallet is the author's, one of so many, and bought credit with
    this output: the odds of both together, 1 / odds = 1 / odds(wallet) + 1 / odds(output).
    """
    rows = np.flatnonzero(((pairs.transactions >= least) & (pairs.ads >= least))[matches.pair])
    pair = matches.pair[rows]
    share = np.clip(pairs.share[pair], 1e-6, 1 - 1e-6)
    of_output = np.log10(matches.factor[rows] * share / (1.0 - share))
    of_wallet = pairs.log10_lr[pair] - np.log10(max(wallets, 1))
    return matches.kept(rows), -np.log10(10.0**-of_wallet + 10.0**-of_output), pair


def covering_scores(matches: CreditMatches) -> Pairs:
    """`pair_scores`, less what the runs leave unexplained.

    An author whose credit this wallet buys has few ads that its purchases do not pay. Those left
    over need so many purchases more (by the mean run), each of which this wallet would have made
    visibly with probability 0.7.

    Notes: an ad that was free, or paid in some other way, counts as left over; that is cautious.
    """
    pairs = pair_scores(matches)
    if not len(matches):
        return pairs
    order = np.lexsort((matches.end, matches.start, matches.pair))
    pair = matches.pair[order]
    offset = pair * (int(matches.end.max()) + 1)
    reached = np.maximum.accumulate(offset + matches.end[order])
    from_ = np.maximum(offset + matches.start[order], np.append(0, reached[:-1]))
    new = np.maximum(offset + matches.end[order] - from_, 0)
    covered = np.bincount(pair, weights=new, minlength=len(pairs))
    length = np.bincount(pair, weights=(matches.end - matches.start)[order], minlength=len(pairs))
    mean = length / np.bincount(pair, minlength=len(pairs))
    first = np.flatnonzero(np.diff(matches.pair, prepend=-1))
    missing = np.maximum(matches.unit_ads[first] - covered, 0) / mean
    return dataclasses.replace(pairs, log10_lr=pairs.log10_lr + missing * np.log10(1 - _SEEN))


def _best_of(matches: CreditMatches) -> Flags:
    """Rows that are the best of their transaction, and then of their first ad, in their round."""
    kept = np.arange(len(matches))
    for item in (matches.tx_id, 2 * matches.ad + matches.is_decoy):
        order = kept[np.lexsort((kept, -matches.factor[kept], item[kept], matches.round[kept]))]
        same = np.zeros(len(order), dtype=bool)
        same[1:] = np.diff(item[order]) == 0
        same[1:] &= np.diff(matches.round[order]) == 0
        kept = np.sort(order[~same])
    flags = np.zeros(len(matches), dtype=bool)
    flags[kept] = True
    return flags


def _q_values(
    score: Floats, doubt: Ints, decoy_round: Ints, decoys: Floats, decoy_doubt: Ints, rounds: int
) -> tuple[Floats, dict[str, Any]]:
    """q-values of real purchases, and checks; those of one number in `doubt` stand together."""
    q_value = q_values(score, decoys, rounds)
    nothing = chance_of_nothing(
        score[_best_by(doubt, score)], decoys[_best_by(decoy_doubt, decoys)], rounds
    )
    q_value = np.maximum(q_value, picked_by_chance(score, 1))
    if nothing > _SURELY_SOMETHING:
        q_value = np.ones(len(score))
    every = np.concatenate([q_value, np.ones(len(decoys))])
    round_ = np.concatenate([np.zeros(len(score), dtype=np.int64), decoy_round])
    return q_value, {
        "purchases": len(score),
        "at_q_0.05": int((q_value <= _SHOWN).sum()),
        "p_value_that_all_are_false": float(f"{nothing:.3g}"),
        **null_checks(round_, np.concatenate([score, decoys]), every, rounds),
    }


def _best_by(group: Ints, score: Floats) -> Flags:
    """Whether each row is the best of its group."""
    order = np.lexsort((-score, group))
    best = np.zeros(len(group), dtype=bool)
    best[order[np.flatnonzero(np.diff(group[order], prepend=-1))]] = True
    return best


def exchanged_transactions(
    matches: CreditMatches, unit_author: Ints, named: NamedWallets, transactions: Ints, rounds: int
) -> CreditMatches:
    """Decoys of named wallets: as many transactions drawn from all private wallets' in their place.

    Parameters: purchases of all rounds; the author of each unit; the wallets named for authors,
    with how many transactions each made; the tx_ids of all transactions that private wallets made.
    A drawn transaction of a wallet that is itself named for the author is none.

    Notes: takes a named wallet's other transactions to be like anybody's. Who buys ads may pay a
    site more often than others do, for what no ad shows; such payments are told apart from a pack
    by amount only.
    """
    random = np.random.default_rng(20_240_229)
    draws = np.tile(np.repeat(named.author, named.transactions), rounds)
    drawn = random.choice(transactions, size=len(draws)) if len(transactions) else draws[:0]
    round_ = np.repeat(np.arange(1, rounds + 1), int(named.transactions.sum()))[: len(drawn)]
    rows = np.flatnonzero((matches.round == 0) & ~matches.named)
    most = int(max(transactions.max(initial=0), matches.tx_id.max(initial=0))) + 1
    key = unit_author[matches.author[rows]] * most + matches.tx_id[rows]
    order = np.argsort(key, kind="stable")
    key, rows = key[order], rows[order]
    wanted = draws[: len(drawn)] * most + drawn
    first, last = np.searchsorted(key, wanted, "left"), np.searchsorted(key, wanted, "right")
    hit = rows[expanded(first, last)]
    round_ = np.repeat(round_, last - first)
    made = matches.kept(hit, round=round_, is_decoy=np.ones(len(hit), dtype=bool))
    keys = (made.ad, made.vout, made.tx_id, made.wallet, made.author, made.round)
    return made.kept(np.lexsort(keys))
