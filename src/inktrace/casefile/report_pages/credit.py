"""Credit bought ahead of ads, and money that came back: both beside the links, in no score."""

from __future__ import annotations

from inktrace.casefile import words
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.model import Block, Column, Heading, Paragraph, Words, table
from inktrace.units import bitcoin_amount

_MOST_ROWS = 60  # more are exhibits


def credit(facts: CaseFacts) -> list[Block]:
    """Nothing where neither was found."""
    if not facts.credit.purchases.num_rows and not facts.credit.refunds.num_rows:
        return []
    return [
        Heading("Credit bought ahead, and refunds"),
        Paragraph(
            "A site may sell credit in packs: one payment then stands before a run of ads. Packs "
            "are looked for among the payments of wallets that single ads already point to, each "
            "with its own error rate. A smaller payment from the wallet that was paid back to the "
            "one that paid may be a refund; it is a mark, and changes no figure."
        ),
        _purchases(facts),
        _refunds(facts),
    ]


def _purchases(facts: CaseFacts) -> Block:
    rows: list[tuple[Words, ...]] = [
        (
            f"{row['txid']}:{row['vout']}",
            f"{row['wallet_id']}",
            row["site"],
            words.moment(row["paid_us"]),
            words.fiat(row["pack_minor"], row["currency"]),
            f"{row['ads_covered']}: {row['first_ad_id']} to {row['last_ad_id']}",
            f"{row['log10_lr']:.2f}",
            "–" if row["q_value"] is None else f"{row['q_value']:.3g}",
        )
        for row in facts.credit.purchases.to_pylist()[:_MOST_ROWS]
    ]
    columns = (
        Column("output", "code"),
        Column("wallet", "label"),
        Column("site"),
        Column("paid", "time"),
        Column("pack", "label"),
        Column("ads that it lasted for"),
        Column("log10 LR", "number"),
        Column("q", "number"),
    )
    return table("Packs of credit.", columns, rows, "No pack was found.")


def _refunds(facts: CaseFacts) -> Block:
    rows: list[tuple[Words, ...]] = [
        (
            row["ad_id"],
            f"{row['txid']}:{row['vout']}",
            bitcoin_amount(row["value_sat"]),
            f"{row['refund_txid']}:{row['refund_vout']}",
            bitcoin_amount(row["refund_sat"]),
            words.duration(row["after_s"]),
        )
        for row in facts.credit.refunds.to_pylist()[:_MOST_ROWS]
    ]
    columns = (
        Column("ad", "label"),
        Column("payment", "code"),
        Column("BTC", "number"),
        Column("paid back by", "code"),
        Column("BTC back", "number"),
        Column("after", "label"),
    )
    return table("Money that came back.", columns, rows, "None came back.")
