"""Refunds: smaller outputs from the wallet that was paid for an ad, back to the payer."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import CreditParams
from inktrace.schema import TABLES
from inktrace.units import MICROSECONDS_PER_SECOND

_LIKELY = 0.5


def refunds(relations: Relations, params: CreditParams) -> pa.Table:
    """Refunds of the payments that carry attributions, as rows of `refunds`.

    A payment's refund is an output of less value, made by the wallet that the payment went to, to
    the wallet that made the payment, at most `refund_window_s` later. Only payments likelier than
    not (given the wallet) are looked at, and only where both wallets are known. Nothing else is
    changed by it: what the ad cost stays what was asked for it.

    Notes: times are first-seen, or block times where that is missing. A wallet that pays the
    payer for another reason within hours looks the same; so do two payments to one till, of which
    one was paid back: the refund then stands at both.
    """
    schema = TABLES["refunds"].written_schema()
    links, wallets, outputs = (relations[n] for n in ("attribution_links", "wallets", "outputs"))
    # Payments that tell are few; from here on only what touches their tills is looked at.
    likely = (links.method == "inktrace") & (links.posterior_probability > _LIKELY)
    paid = (
        links.filter(likely)
        .select("author_id", "wallet_id", "ad_id", "tx_id", "vout")
        .inner_join(outputs.select("tx_id", "vout", "value_sat", "script_id"), ["tx_id", "vout"])
        .inner_join(wallets.select("script_id", till_wallet_id="wallet_id"), "script_id")
    )
    paid = paid.filter(paid.till_wallet_id != paid.wallet_id).drop("script_id")
    times = _times(relations)
    paid = paid.inner_join(times.rename(paid_us="time_us"), "tx_id")
    back = (
        relations["payers"]
        .select(refund_tx_id="tx_id", till_wallet_id="wallet_id")
        .semi_join(paid, "till_wallet_id")
        .inner_join(
            outputs.select(
                refund_vout="vout", refund_sat="value_sat", script_id="script_id",
                refund_tx_id="tx_id",
            ),
            "refund_tx_id",
        )
        .inner_join(wallets.select("script_id", "wallet_id"), "script_id")
        .drop("script_id")
        .inner_join(times.rename(back_us="time_us", refund_tx_id="tx_id"), "refund_tx_id")
    )  # fmt: skip
    both = paid.inner_join(back, ["till_wallet_id", "wallet_id"])
    after_us = both.back_us - both.paid_us
    soon = (after_us > 0) & (after_us <= params.refund_window_s * MICROSECONDS_PER_SECOND)
    found = both.filter(soon & (both.refund_sat > 0) & (both.refund_sat < both.value_sat)).mutate(
        after_s=after_us / MICROSECONDS_PER_SECOND
    )
    rows = relations.collect(found.select(*schema.names).order_by(*TABLES["refunds"].key))
    return rows.cast(schema)


def _times(relations: Relations) -> ir.Table:
    """When each transaction was first seen, or else its block's time."""
    seen = relations["first_seen"].group_by("txid").agg(seen_us=lambda t: t.first_seen_us.min())
    joined = (
        relations["transactions"].select("tx_id", "txid", "block_time_us").left_join(seen, "txid")
    )
    told = joined.select("tx_id", time_us=ibis.coalesce(joined.seen_us, joined.block_time_us))
    return told.filter(told.time_us.notnull())
