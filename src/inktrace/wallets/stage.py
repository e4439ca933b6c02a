"""The wallets stage: CoinJoins, clusters, services, and who pays for each transaction."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import WalletsParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult
from inktrace.wallets.activity import (
    block_times,
    paid_scripts,
    payer_rows,
    payers_of,
    wallet_activity,
)
from inktrace.wallets.clusters import Clusters, Ids, Spends, co_spend_clusters, spends
from inktrace.wallets.coinjoin import coinjoin_verdicts
from inktrace.wallets.guards import growth_alarms, refused_merges
from inktrace.wallets.services import wallet_summaries
from inktrace.wallets.tagged import (
    actor_codes,
    service_names,
    tag_conflicts,
    tagged_scripts,
    with_wallets,
)

_RULES: Final = pa.array(["alone", "co_spend"], pa.string())


def wallets(relations: Relations, params: WalletsParams, progress: Progress) -> StageResult:
    """Addresses whose coins were spent together, each join traceable to its transaction."""
    progress("wallets", 0, 5)
    coinjoins = coinjoin_verdicts(relations, params)
    mixed = np.asarray(coinjoins["tx_id"], np.int64)
    progress("wallets", 1, 5)
    tags, spent, scripts = (
        tagged_scripts(relations),
        read_spends(relations),
        read_scripts(relations),
    )
    actor, actors = actor_codes(tags, scripts)
    progress("wallets", 2, 5)
    clusters = co_spend_clusters(scripts, spent, params, left_out=mixed, actor=actor)
    progress("wallets", 3, 5)
    paid = paid_scripts(relations)
    transactions = 1 + max(_last(spent.tx_id), _last(paid.tx_id))
    payer = payers_of(spent, clusters.wallet_id, mixed, transactions)
    del spent
    times = block_times(relations, transactions)
    activity = wallet_activity(paid, clusters.wallet_id, payer, times)
    progress("wallets", 4, 5)
    tagged = with_wallets(tags, clusters.wallet_id)
    tables = {
        "coinjoins": coinjoins,
        "wallets": wallet_rows(clusters),
        "wallet_summary": wallet_summaries(activity, service_names(relations, tagged), params),
        "payers": payer_rows(payer),
        "refused_merges": refused_merges(clusters, actors),
        "growth_alarms": growth_alarms(clusters),
        "tag_conflicts": tag_conflicts(relations, tagged),
    }
    progress("wallets", 5, 5)
    notes: dict[str, Any] = {
        "coinjoins": coinjoins.num_rows,
        "refused_merges": tables["refused_merges"].num_rows,
        "growth_alarms": tables["growth_alarms"].num_rows,
        "tag_conflicts": len(set(tables["tag_conflicts"]["wallet_id"].to_pylist())),
        "largest_cluster_scripts": int(activity.scripts.max()) if activity.scripts.size else 0,
    }
    return StageResult(tables, notes)


def wallet_rows(clusters: Clusters) -> pa.Table:
    """Table `wallets`: the cluster of each script and the union that joined it."""
    alone = np.bincount(clusters.wallet_id, minlength=1)[clusters.wallet_id] == 1
    rule = pa.DictionaryArray.from_arrays(pa.array((~alone).astype(np.int8)), _RULES)
    return pa.table(
        {
            "script_id": np.arange(clusters.wallet_id.size),
            "wallet_id": clusters.wallet_id,
            "joined_by_tx_id": _known(clusters.joined_by),
            "joined_with_script_id": _known(clusters.joined_with),
            "rule": rule,
        }
    )


def read_spends(relations: Relations) -> Spends:
    """Which transaction spent which known script."""
    inputs = relations["inputs"]
    # Read as they are stored: the database would sort ten million rows to tell them apart.
    known = inputs.filter(inputs.script_id.notnull()).select("tx_id", "script_id")
    rows = relations.collect(known)
    return spends(rows["tx_id"], rows["script_id"])


def read_scripts(relations: Relations) -> int:
    """One more than the highest script_id."""
    table = relations["scripts"]
    highest = relations.collect(table.aggregate(n=table.script_id.max()))["n"][0].as_py()
    return 0 if highest is None else int(highest) + 1


def _known(values: Ids) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values < 0)


def _last(ascending: Ids) -> int:
    return int(ascending[-1]) if ascending.size else -1


STAGE: Final = Stage(
    name="wallets",
    version=3,
    reads=("transactions", "inputs", "outputs", "scripts", "tags"),
    writes=(
        "coinjoins",
        "wallets",
        "wallet_summary",
        "payers",
        "refused_merges",
        "growth_alarms",
        "tag_conflicts",
    ),
    section="wallets",
    function=wallets,
    meaning="CoinJoins, address clusters by co-spending, services, and who pays",
)
