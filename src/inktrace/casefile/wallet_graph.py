"""A wallet as a graph: addresses, the transaction behind each union, services, CoinJoins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from inktrace.casefile.legal_requests import Contact, service_contacts
from inktrace.casefile.trail import MoneyTrail


@dataclass(frozen=True)
class Union:
    """A transaction that joined addresses: its number in the report, and what it joined."""

    number: int
    txid: str
    time_us: int | None
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Neighbour:
    """A service that the wallet paid or was paid by: in how many transactions, how much."""

    service: str
    comes_in: bool
    transactions: int
    value_sat: int


@dataclass(frozen=True)
class WalletGraph:
    """One wallet. `tree`: (address, the address it hangs on, number of the union), parents first.

    Unions come with those that joined most first; numbers run through all wallets of the lead.
    """

    wallet_id: int
    addresses: int
    tree: tuple[tuple[str, str | None, int | None], ...]
    unions: tuple[Union, ...]
    services: tuple[Neighbour, ...]
    coinjoins: int


def wallet_graphs(trail: MoneyTrail) -> list[WalletGraph]:
    """The graph of each of the lead's own wallets that has addresses, in order of number."""
    times = {row["txid"]: row for row in trail.transactions.to_pylist()}
    by_wallet: dict[int, list[dict[str, Any]]] = {}
    for row in trail.addresses.to_pylist():
        by_wallet.setdefault(row["wallet_id"], []).append(row)
    payer = {row["txid"]: row["payer_wallet_id"] for row in times.values()}
    contacts = service_contacts(trail)
    paid_to = _receivers(trail, by_wallet)
    graphs, number = [], 1
    for wallet_id, rows in sorted(by_wallet.items()):
        unions = _unions(rows, times, number)
        number += len(unions)
        mine = {txid for txid, wallet in payer.items() if wallet == wallet_id}
        mine |= paid_to.get(wallet_id, set())
        coinjoins = sum(txid in mine for txid in trail.coinjoins["txid"].to_pylist())
        graphs.append(
            WalletGraph(
                wallet_id,
                len(rows),
                _tree(rows, {union.txid: union.number for union in unions}),
                unions,
                _services(contacts, mine),
                coinjoins,
            )
        )
    return graphs


def _receivers(trail: MoneyTrail, wallets: dict[int, list[dict[str, Any]]]) -> dict[int, set[str]]:
    """The transactions that pay an address of each wallet, or spend from one."""
    owner = {row["script_id"]: wallet for wallet, rows in wallets.items() for row in rows}
    found: dict[int, set[str]] = {}
    for table in (trail.outputs, trail.inputs):
        scripts, txids = table["script_id"].to_pylist(), table["txid"].to_pylist()
        for script, txid in zip(scripts, txids, strict=True):
            if script in owner:
                found.setdefault(owner[script], set()).add(txid)
    return found


def _unions(
    rows: list[dict[str, Any]], times: dict[str, dict[str, Any]], first: int
) -> tuple[Union, ...]:
    joined: dict[str, list[str]] = {}
    for row in rows:
        if row["joined_by_txid"]:
            joined.setdefault(row["joined_by_txid"], []).append(_name(row))
    order = sorted(joined.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Union(first + place, txid, _time(times.get(txid)), tuple(addresses))
        for place, (txid, addresses) in enumerate(order)
    )


def _time(row: dict[str, Any] | None) -> int | None:
    if row is None:
        return None
    found = row["first_seen_us"] if row["first_seen_us"] is not None else row["block_time_us"]
    return None if found is None else int(found)


def _tree(
    rows: list[dict[str, Any]], number: dict[str, int]
) -> tuple[tuple[str, str | None, int | None], ...]:
    """Addresses after the one they hang on, depth first."""
    by_script = {row["script_id"]: row for row in rows}
    below: dict[int | None, list[dict[str, Any]]] = {}
    for row in rows:
        above = row["joined_with_script_id"] if row["joined_by_txid"] else None
        below.setdefault(above if above in by_script else None, []).append(row)
    made: list[tuple[str, str | None, int | None]] = []
    stack: list[tuple[dict[str, Any], str | None]] = []
    stack += [(row, None) for row in reversed(below.get(None, []))]
    while stack:
        row, above_name = stack.pop()
        made.append((_name(row), above_name, number.get(row["joined_by_txid"])))
        stack += [(one, _name(row)) for one in reversed(below.get(row["script_id"], []))]
    return tuple(made)


def _services(contacts: list[Contact], mine: set[str]) -> tuple[Neighbour, ...]:
    counts: Counter[tuple[str, bool]] = Counter()
    values: Counter[tuple[str, bool]] = Counter()
    for contact in contacts:
        if contact.row["txid"] in mine:
            key = (str(contact.row["service"]), contact.comes_in)
            counts[key] += 1
            values[key] += contact.amount_sat
    return tuple(Neighbour(*key, count, values[key]) for key, count in sorted(counts.items()))


def _name(row: dict[str, Any]) -> str:
    return str(row["address"] or "no address")
