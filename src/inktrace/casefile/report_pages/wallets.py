"""Wallets: what joined their addresses, services and CoinJoins, and where a legal request goes."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from inktrace.casefile import words
from inktrace.casefile.cluster_drawing import cluster_picture
from inktrace.casefile.gather import CaseFacts
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
        *_summaries(facts),
        Heading("Where a legal request goes"),
        _requests(facts),
        Heading("How the addresses were joined"),
    ]
    for graph in graphs[:_MOST_PICTURES]:
        blocks.append(
            Figure(
                cluster_picture(graph),
                "Circles: addresses, left to right in the order of joining. Squares: the "
                "transaction that joined an address to the one it hangs on. Right: services paid "
                "(arrow out) or that paid (arrow in). Triangles: CoinJoins, which join nothing. "
                "The numbers T… are those of the next table.",
            )
        )
    if len(graphs) > _MOST_PICTURES:
        blocks.append(Paragraph(f"{len(graphs) - _MOST_PICTURES} more wallets are not drawn."))
    blocks += [_unions(graphs), _coinjoins(facts), _addresses(facts, graphs), _transactions(facts)]
    blocks += [Paragraph(sentence) for sentence in facts.trail.left_out]
    return Section("wallets", "Wallets", tuple(blocks))


def _summaries(facts: CaseFacts) -> list[Block]:
    found: list[Block] = []
    for row in facts.trail.wallets.to_pylist():
        service = ""
        if row["service"]:
            service = (
                f" It is held to be a service ({row['service']}: {row['service_reason'] or ''}), "
                "not a party."
            )
        found.append(
            Paragraph(
                (
                    strong(f"Wallet {row['wallet_id']}"),
                    f": {row['scripts']:,} address(es); it funds {row['transactions_out']:,} "
                    f"transactions and is paid by {row['transactions_in']:,}.{service}",
                )
            )
        )
    return found or [Paragraph("No wallet belongs to this lead.")]


def _requests(facts: CaseFacts) -> Table:
    requests = facts.trail.requests.to_pylist()
    rows: list[tuple[Words, ...]] = [
        (
            f"{row['service']} ({row['category'] or 'kind unknown'})",
            row["direction"],
            (code(row["txid"]), "\n", code(row["address"] or "no address")),
            bitcoin_amount(row["value_sat"] or 0),
            words.moment(seen(row)),
            f"{row['service_reason'] or ''} ({row['confidence'] or 'no confidence stated'})",
        )
        for row in requests[:MOST_ROWS]
    ]
    columns = (
        Column("exchange or processor", share=0.9),
        Column("what happened", share=0.8),
        Column("transaction, address", "code", share=1.6),
        Column("BTC", "number"),
        Column("time", "time"),
        Column("why it is held to be one", share=0.9),
    )
    more = f" The first {MOST_ROWS} of {len(requests):,}." if len(requests) > MOST_ROWS else ""
    caption = (
        "Services that these transactions touched: each can be asked who stands behind the "
        f"payment, by its transaction, time and amount.{more}"
    )
    return table(
        caption, columns, rows, "No transaction of these wallets touches a service known here."
    )


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
    return table(
        caption, columns, rows[:MOST_ROWS], "No addresses were joined: each stands alone."
    )


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
    roles = {"linked": "paid for an ad", "wallet": "of a wallet"}
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
