"""The shortest chain of evidence between two addresses.

Within one wallet it goes from address to address by transactions that spent both: that is why
they are held to be one party's. Between two wallets it goes along payments, which say that money
went that way and nothing of common ownership.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.wallets.clusters import Ids
from inktrace.wallets.lookup import Found, listed, timed_transactions

_UNREACHED: Final = np.iinfo(np.int64).max
_UNKNOWN_TIME: Final = np.iinfo(np.int64).min


def evidence_path(relations: Relations, one: Found, other: Found, most_hops: int) -> dict[str, Any]:
    """The shortest chain between two scripts, as a document for JSON.

    kind      co_spend (one wallet), payments (two wallets) or none
    steps     co_spend: `address`, then `txid` and the next `address`, and so on, all of which
              that transaction spent; payments: the wallets one after another, each with the
              transaction by which the one before paid it
    direction payments: forward where the first pays, backward where the other does
    """
    if one.wallet_id == other.wallet_id:
        steps = co_spend_path(relations, one.wallet_id, one.script_id, other.script_id)
        return {"kind": "co_spend", "wallet_id": one.wallet_id, "steps": steps}
    network = _payments(relations)
    ends = {
        "forward": (one.wallet_id, other.wallet_id),
        "backward": (other.wallet_id, one.wallet_id),
    }
    arrivals = {direction: [network.at(first)] for direction, (first, _) in ends.items()}
    for _ in range(most_hops):
        for direction, (first, last) in ends.items():
            levels = arrivals[direction]
            levels.append(network.paid_by(levels[-1], first))
            if levels[-1][last] != _UNREACHED:
                steps = _payment_steps(relations, network, network.chain(levels, first, last))
                return {"kind": "payments", "direction": direction, "steps": steps}
    return {"kind": "none", "most_hops": most_hops, "steps": []}


def co_spend_path(
    relations: Relations, wallet_id: int, first: int, last: int
) -> list[dict[str, Any]]:
    """The fewest transactions that lead from one script of a wallet to another.

    One dictionary per script: script_id, address, and (but for the first) the tx_id, txid and
    time_us of the transaction that spent it and the script before. CoinJoins and refused merges
    are no steps. Breadth first over scripts and transactions in the order of their ids, so that
    of several shortest chains always the same one is told.
    """
    members = relations["wallets"].filter(lambda t: t.wallet_id == wallet_id)
    inputs = relations["inputs"].select("tx_id", "script_id").semi_join(members, "script_id")
    for table in ("coinjoins", "refused_merges"):
        inputs = inputs.anti_join(relations[table], "tx_id")
    rows = relations.collect(inputs.distinct())
    scripts, script = np.unique(np.asarray(rows["script_id"], np.int64), return_inverse=True)
    txs, tx = np.unique(np.asarray(rows["tx_id"], np.int64), return_inverse=True)
    places = np.searchsorted(scripts, [first, last])
    if first == last or not np.isin([first, last], scripts).all():
        return _co_spend_steps(relations, [first], [])
    graph = sparse.coo_array(
        (np.ones(script.size, np.int8), (script, scripts.size + tx)),
        shape=(scripts.size + txs.size, scripts.size + txs.size),
    ).tocsr()
    graph = (graph + graph.T).tocsr()
    graph.sort_indices()
    _, before = csgraph.breadth_first_order(graph, places[0], return_predecessors=True)
    chain = [int(places[1])]
    while chain[-1] != places[0]:
        chain.append(int(before[chain[-1]]))
    chain.reverse()
    return _co_spend_steps(relations, scripts[chain[::2]].tolist(),
                           txs[np.array(chain[1::2]) - scripts.size].tolist())  # fmt: skip


def _co_spend_steps(
    relations: Relations, scripts: list[int], tx_ids: list[int]
) -> list[dict[str, Any]]:
    addresses = _addresses(relations, scripts)
    by_id = _described(relations, tx_ids)
    told = [{"script_id": one, "address": addresses.get(one)} for one in scripts]
    return [told[0], *({**by_id[tx], **step} for tx, step in zip(tx_ids, told[1:], strict=True))]


@dataclass(frozen=True)
class _Network:
    """Payments between wallets: who paid whom by which transaction when, by ascending time."""

    payer: Ids
    payee: Ids
    tx_id: Ids
    time_us: Ids
    wallets: int
    is_service: npt.NDArray[np.bool_]

    def at(self, wallet: int) -> Ids:
        """Before the first payment: when money arrived at each wallet, if it lies at one."""
        arrived = np.full(self.wallets, _UNREACHED, np.int64)
        arrived[wallet] = _UNKNOWN_TIME
        return arrived

    def paid_by(self, arrived: Ids, first: int) -> Ids:
        """When money can have arrived at each wallet at the earliest, by one payment more.

        A service between the two ends the trail: what comes out of it is another customer's.
        """
        reached = np.full(self.wallets, _UNREACHED, np.int64)
        follows = self._may_pay(first) & (arrived[self.payer] <= self.time_us)
        np.minimum.at(reached, self.payee[follows], self.time_us[follows])
        return reached

    def chain(self, levels: list[Ids], first: int, last: int) -> list[int]:
        """Rows of the payments that led to the last arrival, from the first one on.

        Of several that arrived at the same time, that of the smallest tx_id.
        """
        rows, here = [], last
        for before, after in reversed(list(pairwise(levels))):
            fits = (self.payee == here) & (self.time_us == after[here]) & self._may_pay(first)
            rows.append(int(np.flatnonzero(fits & (before[self.payer] <= self.time_us))[0]))
            here = int(self.payer[rows[-1]])
        return rows[::-1]

    def _may_pay(self, first: int) -> npt.NDArray[np.bool_]:
        return np.asarray(~self.is_service[self.payer] | (self.payer == first))


def _payments(relations: Relations) -> _Network:
    """Payments of a known payer to another wallet at a known time, of the whole workspace."""
    wallets = relations["wallets"]
    members = relations.collect(wallets.select("script_id", "wallet_id").order_by("script_id"))
    wallet_of = np.asarray(members["wallet_id"], np.int64)
    paid = relations["outputs"].select("tx_id", "script_id").join(relations["payers"], "tx_id")
    timed = timed_transactions(relations)
    rows = paid.join(timed.filter(timed.time_us.notnull()), "tx_id")
    found = relations.collect(rows.select("tx_id", "script_id", "wallet_id", "time_us"))
    tx_id, script, payer, time = (np.asarray(found[name], np.int64) for name in found.schema.names)
    payee = wallet_of[script]
    order = np.lexsort((payee, payer, tx_id, time))
    order = order[payer[order] != payee[order]]
    services = relations["wallet_summary"].filter(lambda t: t.service.notnull())
    is_service = np.zeros(wallet_of.size, np.bool_)
    is_service[np.asarray(relations.collect(services.select("wallet_id"))["wallet_id"])] = True
    return _Network(
        payer[order], payee[order], tx_id[order], time[order], wallet_of.size, is_service
    )


def _payment_steps(
    relations: Relations, network: _Network, chain: list[int]
) -> list[dict[str, Any]]:
    first = int(network.payer[chain[0]])
    wallets = [first, *network.payee[chain].tolist()]
    tx_ids = network.tx_id[chain].tolist()
    by_id, services = _described(relations, tx_ids), _services(relations, wallets)
    paid = _paid(relations, tx_ids)
    steps: list[dict[str, Any]] = [{"wallet_id": first, "service": services.get(first)}]
    for tx, wallet in zip(tx_ids, wallets[1:], strict=True):
        steps.append(
            {**by_id[tx], "wallet_id": wallet, "service": services.get(wallet), **paid[tx, wallet]}
        )
    return steps


def _ids(name: str, values: list[int]) -> Any:
    return ibis.memtable(pa.table({name: pa.array(sorted(set(values)), pa.int64())}))


def _addresses(relations: Relations, scripts: list[int]) -> dict[int, str | None]:
    table = relations["scripts"].select("script_id", "address")
    rows = relations.collect(table.semi_join(_ids("script_id", scripts), "script_id"))
    return {row["script_id"]: row["address"] for row in rows.to_pylist()}


def _described(relations: Relations, tx_ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = relations.collect(timed_transactions(relations, _ids("tx_id", tx_ids)))
    return {row["tx_id"]: row for row in listed(rows)}


def _services(relations: Relations, wallets: list[int]) -> dict[int, str | None]:
    table = relations["wallet_summary"].select("wallet_id", "service")
    rows = relations.collect(table.semi_join(_ids("wallet_id", wallets), "wallet_id"))
    return {row["wallet_id"]: row["service"] for row in rows.to_pylist()}


def _paid(relations: Relations, tx_ids: list[int]) -> dict[tuple[int, int], dict[str, Any]]:
    """(transaction, wallet) → what it paid that wallet, and one address that it paid."""
    outputs = relations["outputs"].semi_join(_ids("tx_id", tx_ids), "tx_id")
    members = relations["wallets"].select("script_id", "wallet_id")
    scripts = relations["scripts"].select("script_id", "address")
    placed = outputs.join(members, "script_id").join(scripts, "script_id")
    grouped = placed.group_by("tx_id", "wallet_id").aggregate(
        value_sat=placed.value_sat.sum(), address=placed.address.min()
    )
    rows = relations.collect(grouped).to_pylist()
    return {
        (row["tx_id"], row["wallet_id"]): {n: row[n] for n in ("value_sat", "address")}
        for row in rows
    }
