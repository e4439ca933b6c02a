"""What the credit stage reads: whose ads, which are unpaid, who made which transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.payments.credit_scores import NamedWallets
from inktrace.payments.setting import Setting
from inktrace.payments.times import Flags, Floats, Ints, numbers

_OWN_PAYMENT: Final = 0.5
# As for the authors that share a payer: a name surer than this counts as one.
_NAMED_ERROR: Final = 0.05


@dataclass(frozen=True)
class Payers:
    """Who made each of some outputs, and what else: one row per output, −1 where not told."""

    wallet: Ints
    transactions: Ints
    outputs_in_tx: Ints


def author_numbers(relations: Relations, setting: Setting) -> tuple[pa.Array, Ints]:
    """Author ids in order, and the number of each ad's author (−1: none)."""
    members = relations["authors"].select("ad_id", "author_id").order_by("ad_id")
    authors = relations.collect(members)
    names = authors["author_id"].combine_chunks().unique()
    names = names.take(pa.compute.array_sort_indices(names))
    row = pa.compute.index_in(setting.ads.ad_id, authors["ad_id"].combine_chunks())
    of_ad = pa.compute.index_in(authors["author_id"].combine_chunks().take(row), names)
    return names, np.asarray(of_ad.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def unpaid_probability(relations: Relations, setting: Setting) -> Floats:
    """Per ad, the probability that none of its listed candidates paid it."""
    candidates = relations["payment_candidates"]
    real = candidates.filter(candidates["round"] == 0).group_by("ad_id")
    rows = relations.collect(
        real.agg(paid=lambda t: t.posterior_probability.sum().round(9)).order_by("ad_id")
    )
    at = pa.compute.index_in(rows["ad_id"].combine_chunks(), setting.ads.ad_id)
    unpaid = np.ones(len(setting.ads))
    unpaid[at.to_numpy(zero_copy_only=False)] -= rows["paid"].to_numpy()
    return np.clip(unpaid, 0.0, 1.0)


def own_payments(relations: Relations, setting: Setting) -> Ints:
    """Outputs that likelier than not paid for ads themselves: those bought no credit."""
    candidates, links = relations["payment_candidates"], relations["attribution_links"]
    likely = (
        candidates.filter(candidates["round"] == 0)
        .group_by("tx_id", "vout")
        .agg(paid=lambda t: (t.posterior_probability / t.ads_bought).sum())
    )
    chosen = likely.filter(likely.paid > _OWN_PAYMENT).select("tx_id", "vout")
    linked = links.filter(
        (links.method == "inktrace") & (links.posterior_probability > _OWN_PAYMENT)
    ).select("tx_id", "vout")
    rows = relations.collect(chosen.union(linked, distinct=True).order_by("tx_id", "vout"))
    most = np.int64(int(setting.outputs.vout.max(initial=0)) + 1)
    stored = setting.outputs.tx_id * most + setting.outputs.vout
    return np.searchsorted(stored, numbers(rows, "tx_id") * most + numbers(rows, "vout"))


def private_payers(relations: Relations, setting: Setting, near: list[Ints]) -> Payers:
    """Payers of the outputs near a pack; services and what has no known payer are not told.

    A service pays for many, so that its other payments say nothing of who asked for this one.
    """
    count = len(setting.outputs)
    wallet = np.full(count, -1, dtype=np.int64)
    transactions, outputs_in_tx = np.ones((2, count), dtype=np.int64)
    rows = np.unique(np.concatenate(near)) if near else np.empty(0, dtype=np.int64)
    if not len(rows):
        return Payers(wallet, transactions, outputs_in_tx)
    wanted = ibis.memtable(pa.table({"tx_id": np.unique(setting.outputs.tx_id[rows])}))
    payers = relations["payers"].select("tx_id", "wallet_id")
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    activity = payers.group_by("wallet_id").agg(transactions=lambda t: t.count())
    outputs = relations["outputs"].filter(lambda t: t.value_sat > 0).semi_join(wanted, "tx_id")
    joined = (
        payers.semi_join(wanted, "tx_id")
        .anti_join(services, "wallet_id")
        .inner_join(activity, "wallet_id")
        .inner_join(outputs.group_by("tx_id").agg(outputs=lambda t: t.count()), "tx_id")
        .select("tx_id", "wallet_id", "transactions", "outputs")
    )
    told = relations.collect(joined.order_by("tx_id", "wallet_id"))
    tx_id = numbers(told, "tx_id")
    at = np.searchsorted(tx_id, setting.outputs.tx_id[rows])
    is_told = at < len(tx_id)
    is_told[is_told] = tx_id[at[is_told]] == setting.outputs.tx_id[rows[is_told]]
    rows, at = rows[is_told], at[is_told]
    wallet[rows] = numbers(told, "wallet_id")[at]
    transactions[rows] = numbers(told, "transactions")[at]
    outputs_in_tx[rows] = numbers(told, "outputs")[at]
    return Payers(wallet, transactions, outputs_in_tx)


def named_wallets(relations: Relations, names: pa.Array) -> NamedWallets:
    """The wallets that are named for authors by ads that they paid one by one."""
    table, payers = relations["attributions"], relations["payers"]
    sure = (table.method == "inktrace") & ~table.is_service
    named = table.filter(sure & (table.error_probability <= _NAMED_ERROR))
    active = (
        payers.semi_join(named, "wallet_id").group_by("wallet_id").agg(made=lambda t: t.count())
    )
    rows = relations.collect(
        named.select("author_id", "wallet_id")
        .inner_join(active, "wallet_id")
        .select("author_id", "wallet_id", "made")
        .order_by("author_id", "wallet_id")
    )
    author = pa.compute.index_in(rows["author_id"].combine_chunks(), names)
    return NamedWallets(
        np.asarray(author.to_numpy(zero_copy_only=False), dtype=np.int64),
        numbers(rows, "wallet_id"),
        numbers(rows, "made"),
    )


def is_named(named: NamedWallets, author: Ints, wallet: Ints) -> Flags:
    """Whether each wallet is named for the author."""
    most = np.int64(max(int(wallet.max(initial=0)), int(named.wallet.max(initial=0))) + 1)
    return np.isin(author * most + wallet, named.author * most + named.wallet)


def private_transactions(relations: Relations) -> Ints:
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    private = relations["payers"].anti_join(services, "wallet_id").select("tx_id")
    return numbers(relations.collect(private.order_by("tx_id")), "tx_id")
