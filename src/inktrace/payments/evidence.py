"""How strongly a wallet's transactions say that it pays for an author's ads."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.times import Flags, Floats, Ints, numbers

# Sort keys within a round and its real ads or decoys, from the last to the first.
_ROUND_ORDER: Final = ("vout", "ad", "tx_id", "wallet", "author")
# Shares of a wallet's transactions that may be payments for one author's ads, equally likely
# beforehand. An exchange's is tiny, a purse's kept for the purpose is nearly one.
_SHARES: Final = (1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97)


@dataclass(frozen=True)
class Matches:
    """Candidates whose payer is known, with author and wallet: one row each.

    Sorted by (round, is_decoy, author, wallet, tx). Authors and ads are dense numbers naming
    `author_ids` and `ad_ids`. `factor` is how much likelier this row makes its transaction if the
    wallet pays for this author's ads than if it does not.
    """

    round: Ints
    is_decoy: Flags
    author: Ints
    wallet: Ints
    ad: Ints
    tx_id: Ints
    vout: Ints
    ads_bought: Ints
    factor: Floats
    wallet_transactions: Ints
    is_service: Flags
    author_ids: pa.Array
    ad_ids: pa.Array

    def __len__(self) -> int:
        return len(self.round)

    @cached_property
    def pair(self) -> Ints:
        """Dense number of each row's (round, is_decoy, author, wallet)."""
        return np.asarray(np.cumsum(self._new_pair) - 1, dtype=np.int64)

    @cached_property
    def payment(self) -> Ints:
        """Dense number of each row's transaction within its pair."""
        return np.asarray(np.cumsum(self._new_pair | _changes(self.tx_id)) - 1, dtype=np.int64)

    @cached_property
    def _new_pair(self) -> Flags:
        return _changes(self.round, self.is_decoy, self.author, self.wallet)

    def kept(self, rows: Ints | Flags, **changed: Any) -> Matches:
        """The given rows; keyword arguments replace whole columns of the result."""
        names = [field.name for field in dataclasses.fields(self)]
        columns = {
            name: getattr(self, name)[rows]
            if name not in ("author_ids", "ad_ids")
            else getattr(self, name)
            for name in names
        }
        return Matches(**{**columns, **changed})


@dataclass(frozen=True)
class Pairs:
    """(round, author, wallet) with joint evidence; row i describes `Matches.pair` i."""

    round: Ints
    is_decoy: Flags
    author: Ints
    wallet: Ints
    is_service: Flags
    log10_lr: Floats
    share: Floats
    transactions: Ints
    ads: Ints

    def __len__(self) -> int:
        return len(self.round)

    def taken(self, rows: Ints) -> Pairs:
        """The pairs with the given numbers, in that order."""
        return Pairs(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


def joined_pairs(parts: list[Pairs]) -> Pairs:
    """Several sets of pairs as one, one after the other."""
    names = [field.name for field in dataclasses.fields(Pairs)]
    return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _changes(*columns: Ints | Flags) -> Flags:
    """Where a row differs from the one before; the first row does."""
    if not len(columns[0]):
        return np.zeros(0, dtype=bool)
    changed = np.ones(len(columns[0]), dtype=bool)
    changed[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return changed


def read_matches(
    relations: Relations,
    whole_pair: tuple[str, int] | None = None,
    rows: pa.Table | None = None,
) -> Matches:
    """Read all candidates, real and decoy, whose ad has an author and whose payer is known.

    Left out are pairs that one transaction alone would carry in their round: they can never be
    named, and most pairs are such. Those of `whole_pair` (author_id, wallet_id) are all read.

    A row's factor is LR · N / (n_A · n_out): the likelihood ratio of time and amount against one
    output drawn from the background's N, one of the author's n_A ads being paid by one of the
    transaction's n_out outputs. A payment for several ads counts only where as many ads of the
    author claim it. `rows` are `match_rows`, where the caller has read them.
    """
    if rows is None:
        rows = match_rows(relations, whole_pair)
    author_ids, author = _codes(rows["author_id"])
    ad_ids, ad = _codes(rows["ad_id"])
    vout, bought = numbers(rows, "vout"), numbers(rows, "ads_bought")
    outputs = float(_stored_outputs(relations))
    log10_lr = np.asarray(rows["log10_lr"].to_numpy(), dtype=np.float64)
    shared = numbers(rows, "author_ads") * numbers(rows, "outputs_in_tx")
    decoy_round = numbers(rows, "round")
    made = Matches(
        decoy_round,
        decoy_round > 0,
        author,
        numbers(rows, "wallet_id"),
        ad,
        numbers(rows, "tx_id"),
        vout,
        bought,
        10.0**log10_lr * outputs / np.maximum(shared, 1),
        numbers(rows, "wallet_transactions"),
        np.asarray(rows["is_service"].to_numpy(zero_copy_only=False), dtype=bool),
        author_ids,
        ad_ids,
    )
    return made.kept(~_lonely_halves(made))


def match_rows(relations: Relations, whole_pair: tuple[str, int] | None = None) -> pa.Table:
    """The rows that `read_matches` reads, before it leaves out halves of joint purchases."""
    authors = relations["authors"].select("ad_id", "author_id")
    # What repeats an ad for nothing is no further chance of a payment.
    cost = relations["posting_histories"].select("ad_id", "paid_probability")
    sizes = (
        authors.left_join(cost, "ad_id")
        .group_by("author_id")
        .agg(author_ads=lambda t: t.paid_probability.fill_null(1.0).sum().ceil().cast("int64"))
    )
    payers = relations["payers"].select("tx_id", "wallet_id")
    activity = payers.group_by("wallet_id").agg(wallet_transactions=lambda t: t.count())
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    counts = (
        relations["outputs"]
        .filter(lambda t: t.value_sat > 0)
        .group_by("tx_id")
        .agg(outputs_in_tx=lambda t: t.count())
    )
    pair = ["round", "author_id", "wallet_id"]
    claims = (
        relations["payment_candidates"]
        .select("round", "ad_id", "tx_id", "vout", "ads_bought", "log10_lr")
        .inner_join(authors, "ad_id")
        .inner_join(payers, "tx_id")
    )
    spans = claims.group_by(pair).agg(first=lambda t: t.tx_id.min(), last=lambda t: t.tx_id.max())
    several = spans["first"] != spans["last"]
    if whole_pair is not None:
        author_id, wallet_id = whole_pair
        several = several | ((spans.author_id == author_id) & (spans.wallet_id == wallet_id))
    joined = (
        claims.semi_join(spans.filter(several), pair)
        .inner_join(sizes, "author_id")
        .inner_join(activity, "wallet_id")
        .inner_join(counts, "tx_id")
        .left_join(services.select("wallet_id", is_service=ibis.literal(True)), "wallet_id")
    )
    picked = joined.select(
        "round",
        "author_id",
        "wallet_id",
        "ad_id",
        "tx_id",
        "vout",
        "ads_bought",
        "log10_lr",
        "author_ads",
        "wallet_transactions",
        "outputs_in_tx",
        is_service=lambda t: t.is_service.fill_null(False),
    ).order_by("round", "author_id", "wallet_id", "tx_id", "vout", "ad_id")
    return relations.collect(picked)


def _stored_outputs(relations: Relations) -> int:
    laws = relations["payment_laws"]
    rows = relations.collect(laws.filter((laws.site == "*") & (laws.name == "background")))
    return int(json.loads(rows["json"][0].as_py())["outputs"]) if rows.num_rows else 0


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """Distinct strings in order, and the number of each row's."""
    names = column.combine_chunks().unique()
    names = names.take(pa.compute.array_sort_indices(names))
    return names, np.asarray(
        pa.compute.index_in(column.combine_chunks(), names).to_numpy(zero_copy_only=False),
        dtype=np.int64,
    )


def _lonely_halves(matches: Matches) -> Flags:
    """Rows that would buy k ads, where fewer than k ads of the author claim the same output."""
    if not len(matches):
        return np.zeros(0, dtype=bool)
    double = matches.ads_bought > 1
    key = matches.payment * np.int64(int(matches.vout.max()) + 1) + matches.vout
    _, inverse = np.unique(key, return_inverse=True)
    claims = np.bincount(inverse, weights=double)
    return double & (claims[inverse] < matches.ads_bought)


def round_of(matches: Matches, number: int) -> Matches:
    """One round's rows; a decoy round holds the real ads again beside its decoys.

    So real ads and decoys compete: a transaction that a real ad explains better is no match of a
    decoy, just as it is no match of another author's real ad.

    References: Elias & Gygi 2007 (concatenated target-decoy search).
    """
    first, end = np.searchsorted(matches.round, [number, number + 1])
    rows = np.arange(first, end)
    if number > 0:
        rows = np.concatenate([np.arange(np.searchsorted(matches.round, 1)), rows])
    keys = [getattr(matches, name)[rows] for name in _ROUND_ORDER]
    rows = rows[np.lexsort((*keys, matches.is_decoy[rows]))]
    return matches.kept(rows, round=np.full(len(rows), number, dtype=np.int64))


def pair_scores(matches: Matches) -> Pairs:
    """Score each (round, author, wallet): do the wallet's transactions pay for the author's ads?

    log10 Bayes factor. Against: the wallet's n transactions fall anywhere, as the background's
    do. For: each of them, with a share ρ, is a payment for one of the author's ads. The product
    over all n transactions, also those that match nothing, of (1−ρ) + ρ·factor is averaged over
    a grid of ρ. So a wallet with a million transactions gets no credit for the matches that its
    own activity foretells, and one with five that all match gets much.

    One ad is paid once: only as many transactions count as can each be given an ad of their own,
    the likeliest first. The others match nothing. So a wallet that pays fifty people in one
    minute has one match with an ad of that minute, not fifty.

    A payment for k ads is one purchase, so each of its k claims counts for a k-th part.

    Notes: transactions are taken as independent given ρ. `transactions` counts those likelier a
    payment than not at the mean share, `ads` the distinct ads that they are given.
    """
    if not len(matches):
        none, no = np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
        return Pairs(none, no, none, none, no, np.empty(0), np.empty(0), none, none)
    given = _given_ads(matches)
    starts = np.flatnonzero(np.diff(matches.payment, prepend=-1))
    counts = np.bincount(matches.payment, weights=given) > 0
    factor = np.add.reduceat(matches.factor / matches.ads_bought, starts)[counts]
    pair = matches.pair[starts][counts]
    first = np.flatnonzero(np.diff(matches.pair, prepend=-1))
    matched = np.bincount(pair, minlength=len(first))
    silent = np.maximum(matches.wallet_transactions[first] - matched, 0)
    shares = np.array(_SHARES)
    log_bf = np.empty((len(shares), len(first)))
    for number, share in enumerate(_SHARES):
        gains = np.bincount(
            pair, weights=np.log(1.0 - share + share * factor), minlength=len(first)
        )
        log_bf[number] = gains + silent * np.log1p(-share)
    top = log_bf.max(axis=0)
    weight = np.exp(log_bf - top)
    share = (weight * shares[:, None]).sum(axis=0) / weight.sum(axis=0)
    likely = share[pair] * factor > 1.0 - share[pair]
    return Pairs(
        matches.round[first],
        matches.is_decoy[first],
        matches.author[first],
        matches.wallet[first],
        matches.is_service[first],
        (top + np.log(weight.mean(axis=0))) / np.log(10.0),
        share,
        np.bincount(pair, weights=likely, minlength=len(first)).astype(np.int64),
        _likely_ads(matches, given, np.flatnonzero(counts)[likely]),
    )


def _given_ads(matches: Matches) -> Flags:
    """Rows that give each transaction an ad of its own: the likeliest first, within each pair.

    Ads that claim one payment for all of them are all given it, the likeliest k for k ads.

    Notes: greedy, not the best matching of all; it is at least half as good.
    """
    double = matches.ads_bought > 1
    order = np.lexsort((np.arange(len(matches)), -matches.factor, matches.pair))
    _, claim = np.unique(
        matches.pair * (int(matches.ad.max()) + 1) + matches.ad, return_inverse=True
    )
    given = np.zeros(len(matches), dtype=bool)
    ad_taken, tx_taken = np.zeros(len(matches), dtype=bool), np.zeros(len(matches), dtype=bool)
    best_of_ad = np.empty(len(matches), dtype=np.int64)
    best_of_tx = np.empty(len(matches), dtype=np.int64)
    while len(order):
        # Written from the last to the first, so that the likeliest row of each stays.
        best_of_ad[claim[order][::-1]] = order[::-1]
        best_of_tx[matches.payment[order][::-1]] = order[::-1]
        leader = best_of_tx[matches.payment[order]]
        is_best = (leader == order) | (double[leader] & double[order])
        chosen = order[is_best & (best_of_ad[claim[order]] == order)]
        given[chosen] = True
        ad_taken[claim[chosen]] = True
        tx_taken[matches.payment[chosen]] = True
        # What is left of a transaction that was given: only another ad of the same joint payment.
        closed = tx_taken[matches.payment[order]] & ~double[order]
        order = order[~closed & ~ad_taken[claim[order]]]
        order = order[~tx_taken[matches.payment[order]] | _joint(matches, given, order)]
    return given & ~_beyond(matches, given)


def _beyond(matches: Matches, given: Flags) -> Flags:
    """Rows given a joint payment that has bought its k ads already, the likelier ones first."""
    rows = np.flatnonzero(given)
    # Only where a payment is given several rows is there an order among them.
    rows = rows[(np.bincount(matches.payment[rows]) > 1)[matches.payment[rows]]]
    rows = rows[np.lexsort((-matches.factor[rows], matches.payment[rows]))]
    payment = matches.payment[rows]
    rank = np.arange(len(rows)) - np.searchsorted(payment, payment, "left")
    beyond = np.zeros(len(matches), dtype=bool)
    beyond[rows] = rank >= matches.ads_bought[rows]
    return beyond


def _joint(matches: Matches, given: Flags, rows: Ints) -> Flags:
    """Whether the transaction of each row was given as a joint payment."""
    joint = np.zeros(len(matches), dtype=bool)
    joint[matches.payment[given & (matches.ads_bought > 1)]] = True
    return joint[matches.payment[rows]]


def _likely_ads(matches: Matches, given: Flags, payments: Ints) -> Ints:
    """Distinct ads of each pair that its likely payments are given."""
    likely = np.zeros(len(matches), dtype=bool)
    likely[payments] = True
    rows = np.flatnonzero(given & likely[matches.payment])
    ads = int(matches.ad.max()) + 1
    # Sorted, not `np.unique`: its hash table takes thirty times as long on millions of keys.
    keys = np.sort(matches.pair[rows] * ads + matches.ad[rows])
    pair = keys[_changes(keys)] // ads
    return np.bincount(pair, minlength=int(matches.pair[-1]) + 1).astype(np.int64)
