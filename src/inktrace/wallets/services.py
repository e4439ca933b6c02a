"""Which wallets are services: places to send a legal request to, not suspects."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.params import WalletsParams

# Concepts of the INTERPOL dark web and virtual assets taxonomy, which TagPacks use, that name a
# business with customers. Ransomware, sanctions and the like are no services.
SERVICE_CATEGORIES: Final = (
    "atm",
    "broker",
    "cex",
    "coinswap",
    "custodian",
    "defi",
    "dex",
    "exchange",
    "faucet",
    "gambling",
    "hosted_wallet",
    "hosting",
    "hyip",
    "market",
    "marketplace",
    "miner",
    "mining",
    "mining_service",
    "mixing_service",
    "payment_processor",
    "service",
    "shop",
    "trading",
    "wallet_service",
)


def wallet_summaries(
    relations: Relations, wallets: ir.Table, payers: ir.Table, params: WalletsParams
) -> ir.Table:
    """One row per wallet: its size, its activity, and whether and why it is a service."""
    facts = _activity(relations, wallets, payers)
    tags = _tagged(relations, wallets)
    joined = facts.left_join(tags, "wallet_id").drop("wallet_id_right")
    busy = (joined.recipients >= params.service_recipients) & (
        joined.transactions_out + joined.transactions_in >= params.service_transactions
    )
    many = (
        "it paid "
        + joined.recipients.cast("string")
        + " different scripts in "
        + joined.transactions_out.cast("string")
        + " transactions"
    )
    is_tagged = joined.label.notnull()
    return joined.select(
        "wallet_id",
        "scripts",
        "transactions_out",
        "transactions_in",
        service=ibis.cases((is_tagged, joined.label), (busy, "busy service, name unknown")),
        service_category=ibis.cases((is_tagged, joined.category), (busy, "unknown")),
        service_confidence=ibis.cases((is_tagged, joined.confidence), (busy, "behaviour")),
        service_reason=ibis.cases((is_tagged, joined.tag_reason), (busy, many)),
    ).order_by("wallet_id")


def _activity(relations: Relations, wallets: ir.Table, payers: ir.Table) -> ir.Table:
    outputs = relations["outputs"]
    sizes = wallets.group_by("wallet_id").aggregate(scripts=wallets.count())
    placed = outputs.join(wallets, "script_id")
    received = placed.group_by("wallet_id").aggregate(transactions_in=placed.tx_id.nunique())
    spent = payers.group_by("wallet_id").aggregate(transactions_out=payers.count())
    # The payer's own change does not count as a recipient.
    owned = wallets.select("script_id", owner_id="wallet_id")
    paid = outputs.join(payers, "tx_id").join(owned, "script_id")
    paid = paid.filter(paid.owner_id != paid.wallet_id)
    reached = paid.group_by("wallet_id").aggregate(recipients=paid.script_id.nunique())
    facts = sizes
    for part in (received, spent, reached):
        facts = facts.left_join(part, "wallet_id").drop("wallet_id_right")
    return facts.mutate(
        **{
            name: facts[name].fill_null(0)
            for name in ("transactions_in", "transactions_out", "recipients")
        }
    )


def _tagged(relations: Relations, wallets: ir.Table) -> ir.Table:
    """The commonest service label of each tagged wallet; others are named in the reason."""
    scripts, tags = relations["scripts"], relations["tags"]
    tags = tags.filter(tags.category.lower().isin(SERVICE_CATEGORIES))
    placed = tags.join(scripts, "address").join(wallets, "script_id")
    counted = placed.group_by("wallet_id", "label").aggregate(
        n=placed.address.nunique(),
        category=placed.category.min(),
        confidence=placed.confidence.min(),
        tagpack=placed.tagpack.min(),
    )
    first = ibis.window(group_by="wallet_id", order_by=[ibis.desc(counted.n), counted.label])
    placed_labels = counted.mutate(
        place=ibis.row_number().over(first),
        labels=counted.count().over(ibis.window(group_by="wallet_id")),
    )
    top = placed_labels.filter(placed_labels.place == 0)
    several = ibis.cases(
        (
            top.labels > 1,
            "; " + (top.labels - 1).cast("string") + " other labels disagree",
        ),
        else_="",
    )
    return top.select(
        "wallet_id",
        "label",
        "category",
        "confidence",
        tag_reason=top.n.cast("string")
        + " of its addresses tagged by "
        + top.tagpack.fill_null("an unnamed tag pack")
        + several,
    )
