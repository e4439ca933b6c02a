"""The change stage: what is likely the payer's own change, and which wallets that would link."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.params import ChangeParams
from inktrace.progress import Progress
from inktrace.stage import Stage, StageResult
from inktrace.wallets.change import Change, found_change, only
from inktrace.wallets.change_facts import Ids, numbers
from inktrace.wallets.change_precision import (
    MOST_AGREEING,
    Precision,
    as_document,
    change_log10_lr,
    heuristic_precision,
    revealed_change,
    together_precision,
    trusted,
)
from inktrace.wallets.whirlpool import pool_entries

_NOTHING: Final = Precision(0.0, 0.0, 0.0, "workspace")


def change(relations: Relations, params: ChangeParams, progress: Progress) -> StageResult:
    """Change by ten heuristics, each measured here, and the wallets it would link."""
    progress("change", 0, 3)
    asked = found_change(relations, params)
    progress("change", 1, 3)
    wallet_of, payer_of = _wallets(relations, asked)
    revealed = revealed_change(asked, wallet_of, payer_of)
    precision = heuristic_precision(asked, revealed, params)
    kept = only(asked, trusted(precision, params))
    together = together_precision(kept, revealed, params)
    progress("change", 2, 3)
    named = _named(kept, together)
    links = _links(named, wallet_of, payer_of, _services(relations))
    tables = {
        "change_outputs": named,
        "change_conflicts": _conflicts(kept),
        "likely_same_payer": links,
        "wider_wallets": _wider(links, params),
        "pool_entries": relations.collect(pool_entries(relations)),
    }
    progress("change", 3, 3)
    notes: dict[str, Any] = {
        "payments": int(kept.facts.tx_id.size),
        "revealed_payments": int(revealed.payment.sum()),
        "precision": {name: as_document(one) for name, one in precision.items()},
        "composed_of": list(kept.names),
        "composed_precision": {str(n): as_document(one) for n, one in together.items()},
    }
    return StageResult(tables, notes)


def _wallets(relations: Relations, asked: Change) -> tuple[Ids, Ids]:
    """The wallet of each script, and the wallet that funds each transaction; -1 = unknown."""
    wallets = relations.arrow("wallets", ["script_id", "wallet_id"])
    payers = relations.arrow("payers", ["tx_id", "wallet_id"])
    script, tx = numbers(wallets, "script_id"), numbers(payers, "tx_id")
    wallet_of = np.full(int(script.max(initial=asked.facts.script_id.max(initial=-1))) + 1, -1)
    wallet_of[script] = numbers(wallets, "wallet_id")
    payer_of = np.full(int(tx.max(initial=asked.facts.tx_id.max(initial=-1))) + 1, -1)
    payer_of[tx] = numbers(payers, "wallet_id")
    return wallet_of, payer_of


def _named(kept: Change, together: dict[int, Precision | None]) -> pa.Table:
    """What all heuristics together name, with the precision of namings by so many of them."""
    rows = kept.named()
    agreeing = np.minimum(kept.agreeing(rows), MOST_AGREEING)
    known = np.array([together[count] is not None for count in range(MOST_AGREEING + 1)])
    rows, agreeing = rows[known[agreeing]], agreeing[known[agreeing]]
    facts, measured = kept.facts, [together[n] or _NOTHING for n in range(MOST_AGREEING + 1)]
    low = np.array([one.low for one in measured])[agreeing]
    return pa.table(
        {
            "tx_id": facts.tx_id[facts.payment[rows]],
            "vout": facts.vout[rows],
            "script_id": facts.script_id[rows],
            "heuristics": kept.heuristics_of(rows),
            "agreeing": kept.agreeing(rows),
            "change_probability": np.array([one.value for one in measured])[agreeing],
            "probability_low": low,
            "probability_high": np.array([one.high for one in measured])[agreeing],
            "measured_on": pa.array([one.source for one in measured]).take(pa.array(agreeing)),
            "log10_lr": change_log10_lr(low, facts.outputs()[facts.payment[rows]]),
        }
    )


def _conflicts(kept: Change) -> pa.Table:
    payments = kept.conflicts()
    return pa.table(
        {
            "tx_id": kept.facts.tx_id[payments],
            "heuristics": kept.speaking_of(payments),
        }
    )


def _services(relations: Relations) -> Ids:
    summary = relations["wallet_summary"]
    rows = relations.collect(summary.filter(summary.service.notnull()).select("wallet_id"))
    return numbers(rows, "wallet_id")


def _links(named: pa.Table, wallet_of: Ids, payer_of: Ids, services: Ids) -> pa.Table:
    """Pairs of wallets that change links. Of several payments the best counts: they share the
    wallet's habits, so they are not independent."""
    tx, script = numbers(named, "tx_id"), numbers(named, "script_id")
    one, other = payer_of[tx], wallet_of[script]
    # What reaches a service was paid to it, whatever it looks like.
    open_ = (one >= 0) & (other >= 0) & (one != other) & ~np.isin(other, services)
    low_id, high_id = np.minimum(one, other)[open_], np.maximum(one, other)[open_]
    strength = np.asarray(named["log10_lr"].to_numpy())[open_]
    probability = np.asarray(named["probability_low"].to_numpy())[open_]
    order = np.lexsort((tx[open_], -strength, high_id, low_id))
    low_id, high_id = low_id[order], high_id[order]
    starts = np.ones(order.size, bool)
    starts[1:] = (low_id[1:] != low_id[:-1]) | (high_id[1:] != high_id[:-1])
    first = np.flatnonzero(starts)
    return pa.table(
        {
            "wallet_id_a": low_id[first],
            "wallet_id_b": high_id[first],
            "transactions": np.diff(np.append(first, order.size)),
            "tx_id": tx[open_][order][first],
            "same_payer_probability": probability[order][first],
            "log10_lr": strength[order][first],
        }
    )


def _wider(links: pa.Table, params: ChangeParams) -> pa.Table:
    """Wallets joined by change, where that was asked for."""
    sure = np.asarray(links["same_payer_probability"].to_numpy()) >= params.least_join_probability
    sure &= params.joins_wallets
    a, b = numbers(links, "wallet_id_a")[sure], numbers(links, "wallet_id_b")[sure]
    members, place = np.unique(np.append(a, b), return_inverse=True)
    graph = sparse.coo_array(
        (np.ones(a.size), (place[: a.size], place[a.size :])), shape=(members.size,) * 2
    )
    label = (
        csgraph.connected_components(graph, directed=False)[1]
        if members.size
        else np.zeros(0, np.int64)
    )
    smallest = np.full(int(label.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, label, members)
    joined = np.full(members.size, np.iinfo(np.int64).max)
    np.minimum.at(joined, place, np.tile(numbers(links, "tx_id")[sure], 2))
    return pa.table(
        {"wallet_id": members, "wider_wallet_id": smallest[label], "joined_by_tx_id": joined}
    )


CHANGE_STAGE: Final = Stage(
    name="change",
    version=1,
    reads=(
        "transactions",
        "inputs",
        "outputs",
        "scripts",
        "first_seen",
        "prices",
        "coinjoins",
        "wallets",
        "wallet_summary",
        "payers",
    ),
    writes=(
        "change_outputs",
        "change_conflicts",
        "likely_same_payer",
        "wider_wallets",
        "pool_entries",
    ),
    section="change",
    function=change,
    meaning="likely change of each payment, and the wallets it would link; joins nobody by default",
)
