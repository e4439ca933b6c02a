"""What tags say of scripts and wallets: actors, names of services, and where they disagree."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.wallets.clusters import Ids

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


def tagged_scripts(relations: Relations) -> pa.Table:
    """The tags of stored scripts: script_id and the tag's own columns."""
    scripts, tags = relations["scripts"], relations["tags"]
    placed = tags.join(scripts.select("script_id", "address"), "address")
    columns = ["script_id", "label", "actor", "category", "confidence", "tagpack"]
    return relations.collect(placed.select(*columns).order_by(columns))


def actor_codes(tags: pa.Table, scripts: int) -> tuple[Ids, list[str]]:
    """A code per script, -1 = none, and the actors' names, whose places are the codes.

    Only where all tags of a script agree on one actor. Names ascend.
    """
    script = np.asarray(tags["script_id"], np.int64)
    named = np.asarray(tags["actor"].is_valid(), np.bool_)
    names, place = np.unique(
        np.array(tags["actor"].drop_null().to_pylist(), np.str_), return_inverse=True
    )
    lowest, highest = np.full(scripts, len(names), np.int64), np.full(scripts, -1, np.int64)
    np.minimum.at(lowest, script[named], place)
    np.maximum.at(highest, script[named], place)
    return np.where(lowest == highest, highest, -1), names.tolist()


def with_wallets(tags: pa.Table, wallet_id: Ids) -> ir.Table:
    """The tags with the wallet of each."""
    wallets = wallet_id[np.asarray(tags["script_id"], np.int64)]
    return ibis.memtable(tags.append_column("wallet_id", pa.array(wallets, pa.int64())))


def service_names(relations: Relations, tags: ir.Table) -> pa.Table:
    """The commonest service label of each tagged wallet; others are counted in the reason."""
    placed = tags.filter(tags.category.lower().isin(SERVICE_CATEGORIES))
    counted = placed.group_by("wallet_id", "label").aggregate(
        n=placed.script_id.nunique(),
        category=placed.category.min(),
        confidence=placed.confidence.min(),
        tagpack=placed.tagpack.min(),
    )
    first = ibis.window(group_by="wallet_id", order_by=[ibis.desc(counted.n), counted.label])
    ranked = counted.mutate(
        place=ibis.row_number().over(first),
        labels=counted.count().over(ibis.window(group_by="wallet_id")),
    )
    top = ranked.filter(ranked.place == 0)
    several = ibis.cases(
        (top.labels > 1, "; " + (top.labels - 1).cast("string") + " other labels disagree"),
        else_="",
    )
    reason = (
        top.n.cast("string")
        + " of its addresses tagged by "
        + top.tagpack.fill_null("an unnamed tag pack")
        + several
    )
    named = top.select("wallet_id", "label", "category", "confidence", reason=reason)
    return relations.collect(named.order_by("wallet_id"))


def tag_conflicts(relations: Relations, tags: ir.Table) -> pa.Table:
    """Every claim about the wallets whose tags do not agree on whose they are.

    Two actors disagree, and so do two labels of which not both come with one same actor. None of
    the claims is dropped or preferred; each keeps its confidence for the reader to weigh.
    """
    claimed = tags.mutate(owner=ibis.coalesce(tags.actor, tags.label))
    disagreeing = (
        claimed.group_by("wallet_id")
        .aggregate(owners=claimed.owner.nunique(), actors=claimed.actor.nunique())
        .filter(lambda t: t.owners > 1)
    )
    columns = ["wallet_id", "actor", "label", "category", "confidence", "tagpack"]
    claims = claimed.group_by(columns).aggregate(addresses=claimed.script_id.nunique())
    rows = claims.join(disagreeing, "wallet_id")
    kind = ibis.cases((rows.actors > 1, "actors"), else_="labels")
    picked = rows.select(*columns, "addresses", kind=kind)
    order = ["wallet_id", "label", "actor", "category", "confidence", "tagpack"]
    return relations.collect(picked.order_by(order))
