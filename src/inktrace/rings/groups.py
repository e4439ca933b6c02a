"""Which ads make one lead: those of one identity; and which wallets pay for them."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import RingsParams

_ID_PREFIX: Final = 2  # 'I-' of an identity


def lead_ads(relations: Relations) -> pa.Table:
    """(ad_id, author_id, lead_id) of every ad in order of ad_id.

    A lead is an identity; its id is 'L-' and the ten hex digits of the identity's. An author whose
    ads fall to several identities stands in several leads.
    """
    held = relations["identities"]
    named = held.select(
        "ad_id", "author_id", lead_id=ibis.literal("L-") + held.identity_id.substr(_ID_PREFIX)
    )
    return relations.collect(named.order_by("ad_id"))


def lead_wallets(relations: Relations, leads: ir.Table, params: RingsParams) -> pa.Table:
    """(lead_id, wallet_id, is_service): wallets named for an author, where they pay for the lead.

    Named at `link_q_value`. Of the leads of one author, a wallet belongs to those with an ad that
    it likely paid for. `leads` holds (ad_id, author_id, lead_id).
    """
    told, links = relations["attributions"], relations["attribution_links"]
    named = told.filter((told.method == "inktrace") & (told.q_value <= params.link_q_value))
    likely = links.filter(
        (links.method == "inktrace") & (links.posterior_probability >= params.payment_posterior)
    )
    paid = likely.join(leads, ["ad_id", "author_id"])
    carried = paid.join(named.select("author_id", "wallet_id", "is_service"),
                        ["author_id", "wallet_id"])  # fmt: skip
    rows = carried.select("lead_id", "wallet_id", "is_service").distinct()
    return relations.collect(rows.order_by("lead_id", "wallet_id", "is_service"))
