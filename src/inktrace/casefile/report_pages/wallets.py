"""Wallets: what joined their addresses, services and CoinJoins, and where a legal request goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile import words
from inktrace.casefile.cluster_drawing import cluster_picture
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.legal_requests import Contact, service_contacts
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Figure,
    Heading,
    Paragraph,
    Section,
    Table,
    Words,
    code,
    strong,
    table,
)
from inktrace.casefile.report_pages.payments import seen
from inktrace.casefile.wallet_graph import WalletGraph, wallet_graphs
from inktrace.units import bitcoin_amount

MOST_ROWS: Final = 300
_MOST_PICTURES: Final = 8

_READING: Final = (
    "Circles: addresses, each indented under the one it was first spent with. Squares: the "
    "transaction that joined it, with its number T… in the next table. Right: services that paid "
    "(arrow to the left) or were paid (arrow to the right). Triangles: CoinJoins, which join "
    "nothing."
)

Row = dict[str, Any]


def wallets(facts: CaseFacts) -> Section:
    """The section on wallets."""
    graphs = wallet_graphs(facts.trail)
    blocks: list[Block] = [
        Paragraph(
            "H1: one party controls all addresses of a wallet. H2: several do, and a custodian or "
            "a privacy tool spent for them together. Addresses are joined only by being spent "
            "together in one transaction that is no CoinJoin; each join is shown with the "
            "transaction behind it."
        ),
        _summaries(facts),
        Heading("Where a legal request goes"),
        *_requests(facts),
        Heading("How the addresses were joined"),
    ]
    for place, graph in enumerate(graphs[:_MOST_PICTURES]):
        blocks.append(Figure(cluster_picture(graph), _READING if place == 0 else ""))
    if len(graphs) > _MOST_PICTURES:
        blocks.append(Paragraph(f"{len(graphs) - _MOST_PICTURES} more wallets are not drawn."))
    blocks += [_unions(graphs), _coinjoins(facts), _addresses(facts, graphs), _transactions(facts)]
    blocks += [Paragraph(sentence) for sentence in facts.trail.left_out]
    return Section("wallets", "Wallets", tuple(blocks))


def _summaries(facts: CaseFacts) -> Table:
    rows: list[tuple[Words, ...]] = [
        (
            strong(f"{row['wallet_id']}"),
            f"{row['scripts']:,}",
            f"{row['transactions_out']:,}",
            f"{row['transactions_in']:,}",
            f"held to be a service, not a party: {row['service']} ({row['service_reason'] or ''})"
            if row["service"]
            else "not known as a service",
        )
        for row in facts.trail.wallets.to_pylist()[:MOST_ROWS]
    ]
    columns = (
        Column("wallet", "label"),
        Column("addresses", "number"),
        Column("transactions it funds", "number"),
        Column("transactions that pay it", "number"),
        Column("what is known of it"),
    )
    return table("Wallets of this lead.", columns, rows, "No wallet belongs to this lead.")


def _requests(facts: CaseFacts) -> list[Block]:
    contacts = service_contacts(facts.trail)
    rows: list[tuple[Words, ...]] = [
        (
            one.row["service"],
            "it paid the wallet" if one.comes_in else "it was paid",
            code(one.row["txid"]),
            code(one.row["address"] or "no address"),
            bitcoin_amount(one.amount_sat),
            _when(one.row),
        )
        for one in sorted(contacts, key=_by_service_and_time)[:MOST_ROWS]
    ]
    columns = (
        Column("exchange or processor", share=1.0),
        Column("what happened", share=0.7),
        Column("transaction (txid)", "code", share=1.6),
        Column("the service's address", "code"),
        Column("BTC", "number"),
        Column("time", "time"),
    )
    more = f" The first {MOST_ROWS} of {len(contacts):,}." if len(contacts) > MOST_ROWS else ""
    caption = (
        "What to ask each service about: the transaction, its time and its amount (what reached "
        f"the wallet, or what the service received).{more}"
    )
    if any(one.row["first_seen_us"] is None for one in contacts):
        caption += " (block): no clock saw it earlier; the time is its block's, an upper bound."
    none = "No transaction of these wallets touches a service known here."
    return [_services(contacts), table(caption, columns, rows, none)]


def _when(row: Mapping[str, Any]) -> str:
    """When a transaction was first seen; its block's time, marked, where nobody saw it before."""
    mark = " (block)" if row["first_seen_us"] is None else ""
    return f"{words.moment(seen(row))}{mark}"


def _by_service_and_time(contact: Contact) -> tuple[Any, ...]:
    return contact.row["service"], seen(contact.row) or 0, contact.row["txid"]


def _services(contacts: list[Contact]) -> Table:
    found: dict[str, list[Contact]] = {}
    for one in contacts:
        found.setdefault(one.row["service"], []).append(one)
    rows: list[tuple[Words, ...]] = [
        (
            service,
            (mine[0].row["category"] or "unknown").replace("_", " "),
            f"{len(mine):,}",
            mine[0].row["service_reason"] or "",
            (mine[0].row["confidence"] or "none stated").replace("_", " "),
        )
        for service, mine in sorted(found.items())
    ]
    columns = (
        Column("service"),
        Column("kind", share=0.8),
        Column("transactions", "number"),
        Column("why it is held to be one", share=1.6),
        Column("confidence", share=0.8),
    )
    caption = "Services that these transactions touched: each may know who stands behind a payment."
    return table(caption, columns, rows)


def _unions(graphs: list[WalletGraph]) -> Table:
    rows: list[tuple[Words, ...]] = [
        (
            f"T{union.number}",
            f"{graph.wallet_id}",
            code(union.txid),
            words.moment(union.time_us),
            f"{len(union.addresses):,}",
        )
        for graph in graphs
        for union in graph.unions
    ]
    columns = (
        Column("no.", "label"),
        Column("wallet", "label"),
        Column("transaction in which the addresses were spent together", "code"),
        Column("time", "time"),
        Column("addresses joined", "number"),
    )
    more = len(rows) - MOST_ROWS
    caption = "The transaction behind each join."
    if more > 0:
        caption += f" The {MOST_ROWS} that joined most; {more:,} more are in exhibits/wallets.csv."
    return table(caption, columns, rows[:MOST_ROWS], "No addresses were joined: each stands alone.")


def _coinjoins(facts: CaseFacts) -> Table:
    verdicts = {"yes": "a CoinJoin", "undecided": "may be a CoinJoin"}
    rows: list[tuple[Words, ...]] = [
        (code(row["txid"]), verdicts.get(row["verdict"], row["verdict"]), row["rule"])
        for row in facts.trail.coinjoins.to_pylist()
    ]
    columns = (Column("transaction", "code"), Column("verdict"), Column("rule"))
    caption = "CoinJoins among the transactions shown. No address was joined by them."
    return table(caption, columns, rows[:MOST_ROWS])


def _addresses(facts: CaseFacts, graphs: list[WalletGraph]) -> Table:
    number = {union.txid: union.number for graph in graphs for union in graph.unions}
    addresses = facts.trail.addresses.to_pylist()
    rows: list[tuple[Words, ...]] = [
        (
            f"{row['wallet_id']}",
            code(row["address"] or "none"),
            row["script_type"],
            f"T{number[row['joined_by_txid']]}" if row["joined_by_txid"] else "–",
        )
        for row in addresses[:MOST_ROWS]
    ]
    columns = (
        Column("wallet", "label"),
        Column("address", "code"),
        Column("type", "label"),
        Column("joined by", "label"),
    )
    more = len(addresses) - MOST_ROWS
    caption = "Addresses."
    if more > 0:
        caption += f" The first {MOST_ROWS}; {more:,} more are in exhibits/wallets.csv."
    return table(caption, columns, rows)


def _transactions(facts: CaseFacts) -> Table:
    own = [row for row in facts.trail.transactions.to_pylist() if row["role"] != "considered"]
    own.sort(key=lambda row: (seen(row) or 0, row["txid"]))
    coinjoins = Counter(facts.trail.coinjoins["txid"].to_pylist())
    roles = {"linked": "linked to an ad", "wallet": "of a wallet"}
    rows: list[tuple[Words, ...]] = [
        (
            code(row["txid"]),
            words.moment(row["first_seen_us"]),
            "–" if row["block_height"] is None else f"{row['block_height']}",
            words.moment(row["block_time_us"]),
            roles.get(row["role"], row["role"]) + (" ▲" if coinjoins[row["txid"]] else ""),
        )
        for row in own[:MOST_ROWS]
    ]
    columns = (
        Column("transaction", "code"),
        Column("first seen", "time"),
        Column("block", "number"),
        Column("block time (upper bound)", "time"),
        Column("role (▲ CoinJoin)", "label"),
    )
    more = len(own) - MOST_ROWS
    caption = "Transactions of these wallets and of the links."
    if more > 0:
        caption += f" The first {MOST_ROWS}; {more:,} more are in exhibits/transactions.csv."
    return table(caption, columns, rows)
