"""A workspace of known wallets: every figure that is printed, written and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.errors import StageError
from inktrace.params import ChangeParams
from inktrace.progress import Progress
from inktrace.wallets.change import Change, found_change
from inktrace.wallets.change_facts import Facts, Ids, Mask, numbers
from inktrace.wallets.change_precision import MOST_AGREEING
from inktrace.wallets.cluster_figures import cluster_figures
from inktrace.wallets.shares import counted_share

PAYJOIN: Final = (
    "PayJoins look like ordinary payments and are not recognised in general: one joins payer and "
    "payee in a cluster, and a payment counted here as of one owner may have been one."
)
_HELD_OUT: Final = {
    "file": "No stage reads this file.",
    "tags": "NOT HELD OUT: merges of differently tagged clusters are refused, so tags flatter "
    "the precision of clusters.",
}


@dataclass(frozen=True)
class _Truth:
    owner_of: Ids  # by script_id, -1 = not known
    payer_of: Ids  # by tx_id: the owner of all known inputs, -1 = none known, -2 = several
    known_inputs: Ids  # by tx_id
    inputs: Ids  # by tx_id


def evaluate_wallets(
    relations: Relations, truth: pa.Table | None, params: ChangeParams, progress: Progress
) -> dict[str, Any]:
    """Measure clusters, change and CoinJoin verdicts of the last run; keys in docs/formats.md.

    `truth`: address and wallet, distinct; None takes the actors of tags that agree. Raises
    StageError where none of the addresses is in the workspace.
    """
    rows, source = (truth, "file") if truth is not None else (_tagged(relations), "tags")
    known = _truth(relations, rows)
    progress("wallets against the truth", 0, None)
    wallets = relations.arrow("wallets", ["script_id", "wallet_id"])
    script, wallet = numbers(wallets, "script_id"), numbers(wallets, "wallet_id")
    mine = known.owner_of[script] >= 0
    owners = known.owner_of[script][mine]
    progress("change against the truth", 0, None)
    asked = found_change(relations, params)
    wider = _wider(relations, wallet[mine], params)
    return {
        "format": "inktrace wallets evaluation 1",
        "truth": {
            "source": source,
            "held_out": _HELD_OUT[source],
            "addresses": rows.num_rows,
            "addresses_found": int(mine.sum()),
            "wallets": int(np.unique(owners).size),
        },
        "clusters": cluster_figures(wallet[mine], owners),
        "clusters_joined_by_change": cluster_figures(wider, owners),
        "change": _change(relations, asked, known),
        "coinjoins": _coinjoins(relations, known),
    }


def _tagged(relations: Relations) -> pa.Table:
    tags = relations["tags"]
    placed = tags.filter(tags.actor.notnull()).group_by("address")
    agreed = placed.aggregate(actors=tags.actor.nunique(), wallet=tags.actor.min())
    return relations.collect(
        agreed.filter(agreed.actors == 1).select("address", "wallet").order_by("address")
    )


def _truth(relations: Relations, rows: pa.Table) -> _Truth:
    names = sorted(set(rows["wallet"].to_pylist()))
    code = {name: place for place, name in enumerate(names)}
    coded = pa.table(
        {
            "address": rows["address"],
            "owner": pa.array([code[name] for name in rows["wallet"].to_pylist()], pa.int64()),
        }
    )
    scripts = relations["scripts"]
    placed = relations.collect(
        scripts.join(ibis.memtable(coded), "address").select("script_id", "owner")
    )
    if not placed.num_rows:
        raise StageError(
            "none of the known addresses is in this workspace",
            do="give a file of addresses that it holds with --truth",
        )
    spent = relations.arrow("inputs", ["tx_id", "vin", "script_id"])
    tx, script = numbers(spent, "tx_id"), numbers(spent, "script_id")
    highest = relations.collect(
        scripts.aggregate(script=scripts.script_id.max()).cross_join(
            relations["transactions"].aggregate(tx=relations["transactions"].tx_id.max())
        )
    )
    owner_of = np.full(int(highest["script"][0].as_py()) + 1, -1)
    owner_of[numbers(placed, "script_id")] = numbers(placed, "owner")
    size = int(highest["tx"][0].as_py()) + 1
    owner = np.where(script >= 0, owner_of[np.maximum(script, 0)], -1)
    known = owner >= 0
    low, high = np.full(size, len(names)), np.full(size, -1)
    np.minimum.at(low, tx[known], owner[known])
    np.maximum.at(high, tx[known], owner[known])
    payer = np.where(high < 0, -1, np.where(low == high, high, -2))
    counts = (np.bincount(tx[known], minlength=size), np.bincount(tx, minlength=size))
    return _Truth(owner_of, payer, *counts)


def _change(relations: Relations, asked: Change, known: _Truth) -> dict[str, Any]:
    """Of payments by one known owner: what each heuristic names, and what the run named."""
    facts = asked.facts
    payer = known.payer_of[facts.tx_id][facts.payment]
    owner = known.owner_of[facts.script_id]
    judged, right = (payer >= 0) & (owner >= 0), (payer >= 0) & (owner == payer)
    has_change = np.zeros(facts.tx_id.size, bool)
    has_change[facts.payment[right]] = True
    with_change = int(has_change.sum())
    heuristics = {}
    for place, name in enumerate(asked.names):
        rows = np.flatnonzero(asked.kept[place] & asked.names_one[place][facts.payment])
        heuristics[name] = {
            "speaks_of": int(asked.speaks[place].sum()),
            **_named(rows, judged, right, with_change),
            "keeps_the_change": _keeps(asked, place, has_change, right),
        }
    stored = relations.arrow("change_outputs", ["tx_id", "vout", "agreeing", "probability_low",
                                                "change_probability", "measured_on"])  # fmt: skip
    rows = _rows_of(facts, numbers(stored, "tx_id"), numbers(stored, "vout"))
    conflicts = relations.arrow("change_conflicts", ["tx_id"])
    return {
        "payments": int(facts.tx_id.size),
        "payments_of_known_owner": int((known.payer_of[facts.tx_id] >= 0).sum()),
        "payments_with_change": with_change,
        "heuristics": heuristics,
        "together": {
            **_named(rows, judged, right, with_change),
            "conflicts": conflicts.num_rows,
            "by_agreeing": _by_agreeing(stored, rows, judged, right),
        },
    }


def _named(rows: Ids, judged: Mask, right: Mask, with_change: int) -> dict[str, Any]:
    of_known = rows[judged[rows]]
    found = int(right[of_known].sum())
    return {
        "names": int(rows.size),
        "precision": counted_share(found, int(of_known.size)),
        "coverage": counted_share(found, with_change),
    }


def _keeps(asked: Change, place: int, has_change: Mask, right: Mask) -> dict[str, float] | None:
    """How often the true change is among those that a speaking heuristic does not rule out."""
    facts = asked.facts
    kept = np.zeros(facts.tx_id.size, bool)
    kept[facts.payment[right & asked.kept[place]]] = True
    spoken = asked.speaks[place] & has_change
    return counted_share(int((kept & spoken).sum()), int(spoken.sum()))


def _by_agreeing(stored: pa.Table, rows: Ids, judged: Mask, right: Mask) -> list[dict[str, Any]]:
    agreeing = np.minimum(numbers(stored, "agreeing"), MOST_AGREEING)
    stated = np.asarray(stored["change_probability"].to_numpy(), np.float64)
    found = []
    for count in np.unique(agreeing).tolist():
        here = agreeing == count
        mine = rows[here]
        mine = mine[judged[mine]]
        found.append(
            {
                "agreeing": int(count),
                "names": int(here.sum()),
                "stated": round(float(stated[here].mean()), 6),
                "measured_on": sorted(set(np.array(stored["measured_on"].to_pylist())[here])),
                "observed": counted_share(int(right[mine].sum()), int(mine.size)),
            }
        )
    return found


def _rows_of(facts: Facts, tx: Ids, vout: Ids) -> Ids:
    width = np.int64(facts.vout.max(initial=0)) + 1
    keys = facts.tx_id[facts.payment] * width + facts.vout
    return np.searchsorted(keys, tx * width + vout)


def _wider(relations: Relations, wallet: Ids, params: ChangeParams) -> Ids:
    """Clusters as they would be if change joined wallets, whether it does or not."""
    links = relations.arrow(
        "likely_same_payer", ["wallet_id_a", "wallet_id_b", "same_payer_probability"]
    )
    low = np.asarray(links["same_payer_probability"].to_numpy(), np.float64)
    sure = low >= params.least_join_probability
    a, b = numbers(links, "wallet_id_a")[sure], numbers(links, "wallet_id_b")[sure]
    size = int(max(a.max(initial=0), b.max(initial=0), wallet.max(initial=0))) + 1
    graph = sparse.coo_array((np.ones(a.size), (a, b)), shape=(size, size))
    label: Ids = csgraph.connected_components(graph, directed=False)[1]
    return label[wallet]


def _coinjoins(relations: Relations, known: _Truth) -> dict[str, Any]:
    """Verdicts by rule, and against transactions of several or of one known owner."""
    rows = relations.arrow("coinjoins", ["tx_id", "verdict", "rule"])
    verdict = np.full(known.payer_of.size, "no", dtype=object)
    verdict[numbers(rows, "tx_id")] = np.array(rows["verdict"].to_pylist(), dtype=object)
    told = [f"{v} {r}" for v, r in zip(rows["verdict"].to_pylist(), rows["rule"].to_pylist(),
                                       strict=True)]  # fmt: skip
    several = known.payer_of == -2
    single = (known.payer_of >= 0) & (known.known_inputs == known.inputs)
    table = {
        name: {one: int((verdict[mask] == one).sum()) for one in ("yes", "undecided", "no")}
        for name, mask in (("several_owners", several), ("one_owner", single))
    }
    mixes, plain = table["several_owners"], table["one_owner"]
    return {
        "verdicts": {one: told.count(one) for one in sorted(set(told))},
        "against_truth": table,
        "found": counted_share(mixes["yes"] + mixes["undecided"], sum(mixes.values())),
        "false_alarms": counted_share(plain["yes"] + plain["undecided"], sum(plain.values())),
        "payjoin": PAYJOIN,
    }
