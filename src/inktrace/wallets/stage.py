"""The wallets stage: CoinJoins, clusters, services, and who pays for each transaction."""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import WalletsParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult
from inktrace.wallets.clusters import Clusters, Ids, co_spend_clusters, refused_merges
from inktrace.wallets.coinjoin import coinjoin_verdicts
from inktrace.wallets.services import wallet_summaries

_REFUSALS_LISTED: Final = 50


def wallets(relations: Relations, params: WalletsParams, progress: Progress) -> StageResult:
    """Addresses whose coins were spent together, each join traceable to its transaction."""
    progress("wallets", 0, 4)
    coinjoins = coinjoin_verdicts(relations, params)
    progress("wallets", 1, 4)
    clusters, refused = _clusters(relations, coinjoins)
    progress("wallets", 2, 4)
    rows = _wallet_rows(clusters)
    members = ibis.memtable(rows)
    payers = relations.collect(_payers(relations, members, coinjoins))
    progress("wallets", 3, 4)
    summary = relations.collect(wallet_summaries(relations, members, ibis.memtable(payers), params))
    progress("wallets", 4, 4)
    notes: dict[str, Any] = {
        "coinjoins": coinjoins.num_rows,
        "refused_merges": len(refused),
        "refused": [
            {"tx_id": tx, "actors": [one, other]} for tx, one, other in refused[:_REFUSALS_LISTED]
        ],
        "largest_cluster_scripts": _largest(clusters),
    }
    tables = {"coinjoins": coinjoins, "wallets": rows, "wallet_summary": summary, "payers": payers}
    return StageResult(tables, notes)


def _clusters(
    relations: Relations, coinjoins: pa.Table
) -> tuple[Clusters, list[tuple[int, str, str]]]:
    inputs = relations["inputs"]
    mixed = ibis.memtable(coinjoins.select(["tx_id"]))
    usable = inputs.filter(inputs.script_id.notnull()).anti_join(mixed, "tx_id")
    spent = relations.collect(usable.select("tx_id", "script_id").distinct())
    tx_id, script_id = _ids(spent, "tx_id"), _ids(spent, "script_id")
    order = np.lexsort((script_id, tx_id))
    tx_id, script_id = tx_id[order], script_id[order]
    highest = relations.collect(
        relations["scripts"].aggregate(n=relations["scripts"].script_id.max())
    )
    scripts = int(highest["n"][0].as_py() or -1) + 1 if highest["n"][0].is_valid else 0
    clusters = co_spend_clusters(scripts, tx_id, script_id)
    keep, refused = refused_merges(clusters, tx_id, script_id, _actors(relations))
    if refused:
        clusters = co_spend_clusters(scripts, tx_id[keep], script_id[keep])
    return clusters, refused


def _actors(relations: Relations) -> dict[int, str]:
    """Who each tagged script is said to belong to, where the tags agree on one actor."""
    tags, scripts = relations["tags"], relations["scripts"]
    placed = tags.filter(tags.actor.notnull()).join(scripts, "address")
    agreed = placed.group_by("script_id").aggregate(
        actors=placed.actor.nunique(), actor=placed.actor.min()
    )
    rows = relations.collect(agreed.filter(agreed.actors == 1).order_by("script_id"))
    return dict(zip(rows["script_id"].to_pylist(), rows["actor"].to_pylist(), strict=True))


def _wallet_rows(clusters: Clusters) -> pa.Table:
    joined = clusters.joined_by
    size = np.bincount(clusters.wallet_id, minlength=clusters.wallet_id.size)
    alone = size[clusters.wallet_id] == 1
    return pa.table(
        {
            "script_id": np.arange(clusters.wallet_id.size),
            "wallet_id": clusters.wallet_id,
            "joined_by_tx_id": pa.array(joined, pa.int64(), mask=joined < 0),
            "rule": pa.array(np.where(alone, "alone", "co_spend"), pa.string()),
        }
    )


def _payers(relations: Relations, members: ir.Table, coinjoins: pa.Table) -> ir.Table:
    mixed = ibis.memtable(coinjoins.select(["tx_id"]))
    known = relations["inputs"].join(members, "script_id").anti_join(mixed, "tx_id")
    owners = known.group_by("tx_id").aggregate(
        wallets=known.wallet_id.nunique(), wallet_id=known.wallet_id.min()
    )
    # Two wallets in one transaction only where their merge was refused: then nobody is named.
    return owners.filter(owners.wallets == 1).select("tx_id", "wallet_id").order_by("tx_id")


def _largest(clusters: Clusters) -> int:
    return int(np.bincount(clusters.wallet_id).max()) if clusters.wallet_id.size else 0


def _ids(rows: pa.Table, name: str) -> Ids:
    return np.asarray(rows[name].combine_chunks().to_numpy(zero_copy_only=False), np.int64)


STAGE: Final = Stage(
    name="wallets",
    version=2,
    reads=("transactions", "inputs", "outputs", "scripts", "tags"),
    writes=("coinjoins", "wallets", "wallet_summary", "payers"),
    section="wallets",
    function=wallets,
    meaning="CoinJoins, address clusters by co-spending, services, and who pays",
)
