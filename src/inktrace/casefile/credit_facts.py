"""Packs of credit that a lead's wallets bought before runs of its ads, and refunds they got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow as pa

from inktrace.casefile.trail import in_hex
from inktrace.engine import Relations

_TEXT, _COUNT, _NUMBER = pa.string(), pa.int64(), pa.float64()


@dataclass(frozen=True)
class CreditFacts:
    """`purchases`: outputs that bought a pack, with q-values; `refunds`: marks beside links."""

    purchases: pa.Table
    refunds: pa.Table


NO_CREDIT = CreditFacts(
    pa.schema(
        [("author_id", _TEXT), ("site", _TEXT), ("txid", _TEXT), ("vout", _COUNT),
         ("value_sat", _COUNT), ("paid_us", _COUNT), ("wallet_id", _COUNT), ("currency", _TEXT),
         ("pack_minor", _COUNT), ("ads_covered", _COUNT), ("first_ad_id", _TEXT),
         ("last_ad_id", _TEXT), ("delay_s", _NUMBER), ("log10_lr", _NUMBER), ("score", _NUMBER),
         ("q_value", _NUMBER), ("error_probability", _NUMBER)]
    ).empty_table(),
    pa.schema(
        [("author_id", _TEXT), ("wallet_id", _COUNT), ("ad_id", _TEXT), ("txid", _TEXT),
         ("vout", _COUNT), ("value_sat", _COUNT), ("refund_txid", _TEXT),
         ("refund_vout", _COUNT), ("refund_sat", _COUNT), ("after_s", _NUMBER)]
    ).empty_table(),
)  # fmt: skip


def gather_credit(
    relations: Relations, members: ir.Table, ad_ids: Sequence[str], wallets: Sequence[int]
) -> CreditFacts:
    """Those of the lead's own wallets, for its own ads; `members` holds (ad_id, author_id).

    A pack is the lead's where its run begins or ends with an ad of the lead.
    """
    authors = members.select("author_id").distinct()
    bought = relations["credit_purchases"]
    bought = bought.filter(
        bought.wallet_id.isin(wallets)
        & (bought.first_ad_id.isin(ad_ids) | bought.last_ad_id.isin(ad_ids))
    ).semi_join(authors, "author_id")
    given = relations["refunds"]
    given = given.filter(given.wallet_id.isin(wallets)).semi_join(members, ["ad_id", "author_id"])
    names = relations["transactions"].select("tx_id", "txid")
    back = names.rename(refund_tx_id="tx_id", refund_txid="txid")
    purchases = bought.join(names, "tx_id").order_by("q_value", "author_id", "site", "txid", "vout")
    refunds = given.join(names, "tx_id").join(back, "refund_tx_id")
    order = ["author_id", "wallet_id", "ad_id", "txid", "vout", "refund_txid", "refund_vout"]
    return CreditFacts(
        _shaped(in_hex(relations.collect(purchases), "txid"), NO_CREDIT.purchases),
        _shaped(
            in_hex(relations.collect(refunds.order_by(order)), "txid", "refund_txid"),
            NO_CREDIT.refunds,
        ),
    )


def _shaped(rows: pa.Table, like: pa.Table) -> pa.Table:
    return rows.select(like.schema.names).cast(like.schema)
