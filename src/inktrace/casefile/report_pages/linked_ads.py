"""Each linked ad: what paid, why this output, what else it could be; its plot and its rivals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from inktrace.casefile import plots, words
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.payment_words import before_words
from inktrace.casefile.report_pages.error_rates import own_attributions
from inktrace.casefile.report_pages.model import (
    Block,
    Bullets,
    Column,
    Figure,
    Heading,
    Paragraph,
    Table,
    Together,
    Words,
    code,
    table,
)
from inktrace.units import bitcoin_amount

# Bounds that keep a report of the largest leads small and readable; the rest is exhibits.
MOST_PLOTS: Final = 60
MOST_CANDIDATES: Final = 6
_SAME_S: Final = 1.0  # seconds: times told to the second differ by no more
_READING: Final = (
    "Diamond in a ring: the linked output. Circles: other candidates, the larger the more "
    "probable. Dashed: the posting's time and its full price."
)

Row = dict[str, Any]


def linked_ads(facts: CaseFacts, links: Sequence[Row]) -> list[Block]:
    """Each link with its plot, why it was chosen, and what else was considered."""
    considered: dict[str, list[Row]] = {}
    for row in facts.trail.considered.to_pylist():
        considered.setdefault(row["ad_id"], []).append(row)
    none = dict(
        zip(
            facts.ads["ad_id"].to_pylist(),
            facts.ads["none_of_these_probability"].to_pylist(),
            strict=True,
        )
    )
    shared = Counter((row["txid"], row["vout"]) for row in links)
    doubts = {
        (row["author_id"], row["wallet_id"]): row["error_probability"]
        for row in own_attributions(facts)
    }
    ordered = sorted(links, key=lambda row: (-row["posterior_probability"], row["posted_us"]))
    blocks: list[Block] = [Heading("Each linked ad")]
    if not links:
        blocks.append(Paragraph("No link is reported."))
    for place, row in enumerate(ordered[:MOST_PLOTS], start=1):
        others = shared[row["txid"], row["vout"]] - 1
        candidates = considered.get(row["ad_id"], [])
        doubt = doubts.get((row["author_id"], row["wallet_id"]))
        why = _why(row, candidates, doubt)
        blocks += _link(row, candidates, none.get(row["ad_id"], 1.0), others, place, why)
    if len(links) > MOST_PLOTS:
        blocks.append(
            Paragraph(f"{len(links) - MOST_PLOTS} further links are in exhibits/links.csv.")
        )
    return blocks


def _link(
    row: Row, candidates: Sequence[Row], none: float, others: int, place: int, why: Words
) -> list[Block]:
    chosen = (row["txid"], row["vout"])
    points = [
        plots.Point(
            float(one["delay_s"]),
            math.exp(one["amount_log_ratio"]),
            float(one["posterior_probability"]),
            (one["txid"], one["vout"]) == chosen,
        )
        for one in candidates
    ]
    drawn = plots.candidate_plot(points, f"link{place}", f"ad {row['ad_id']}")
    heading = f"Ad {row['ad_id']} on {row['site']}, {words.moment(row['posted_us'])}"
    head: list[Block] = [
        Heading(heading),
        Paragraph(_what_paid(row)),
        Bullets((why, _what_else(row, candidates, none, others))),
    ]
    if drawn:
        head.append(Figure(drawn, _READING if place == 1 else ""))
    return [Together((*head, _rivals(row, candidates, none)))]


def _what_paid(row: Row) -> Words:
    price = ""
    if row["price_minor"] is not None and row["currency"]:
        price = f"; the posting cost {words.fiat(row['price_minor'], row['currency'])}"
    return (
        "Output ",
        code(f"{row['txid']}:{row['vout']}"),
        f" pays {bitcoin_amount(row['value_sat'])} BTC{price}. {_when(row)} Wallet "
        f"{row['wallet_id']} funded it.",
    )


def _when(row: Row) -> str:
    """When it was paid, and how long before the ad, as exactly as that is known."""
    delay, seen = row["delay_s"], row["first_seen_us"]
    before = "" if delay is None else f"{before_words(delay)} the ad"
    if seen is None:
        taken = f"; weighed as {before}, the middle of the time that it allows" if before else ""
        block = words.moment(row["block_time_us"])
        return f"No clock saw it before its block of {block}{taken}."
    said = f"First seen {words.moment(seen)}"
    if delay is None:
        return f"{said}."
    if abs((row["posted_us"] - seen) / 1e6 - delay) < _SAME_S:
        return f"{said}, {before}."
    return (
        f"{said}; weighed as {before} (the site's clock set right, or counted from the block where "
        "the site waits for it)."
    )


def _why(row: Row, candidates: Sequence[Row], doubt: float | None) -> Words:
    """`doubt`: the probability that the wallet's attribution is false; None where not measured."""
    rank = [(one["txid"], one["vout"]) for one in candidates].index((row["txid"], row["vout"])) + 1
    order = "the most probable" if rank == 1 else f"number {rank} by probability"
    amount = ""
    if row["amount_log_ratio"] is not None:
        amount = f", paying {100 * math.exp(row['amount_log_ratio']):.1f}% of the price"
    alone = row["candidate_probability"]
    given = row["posterior_probability"]
    whole = "the wallet's own error was not measured, so neither is the probability of both."
    if doubt is not None:
        whole = (
            f"the wallet does not, with probability {words.own_error(doubt)}: of both together, "
            f"{words.probability(given * (1.0 - doubt))} at most."
        )
    return (
        f"Why this one: by time and amount alone it is {order} of {len(candidates)} "
        f"({'unknown' if alone is None else words.probability(alone)}){amount}. Only if this "
        f"wallet pays for this author's ads at all, as computed: "
        f"{words.support(row['log10_lr'])}, probability {words.probability(given)}; {whole}"
    )


def _what_else(row: Row, candidates: Sequence[Row], none: float, others: int) -> Words:
    rivals = [one for one in candidates if (one["txid"], one["vout"]) != (row["txid"], row["vout"])]
    said = [
        f"What else it could be: none of these outputs ({words.probability(none)}: prepaid "
        "credit, another way to pay, or a payment that was not seen)"
    ]
    if rivals:
        best = max(rivals, key=lambda one: one["posterior_probability"])
        said.append(
            f"another of {len(candidates)} candidates (the likeliest: "
            f"{words.probability(best['posterior_probability'])})"
        )
    if others:
        said.append(
            f"a payment for {words.counted(others, 'other ad')} of this lead, to which it is "
            "linked too"
        )
    return "; ".join(said) + "."


def _rivals(row: Row, candidates: Sequence[Row], none: float) -> Table:
    rows: list[tuple[Words, ...]] = [
        (
            code(f"{one['txid']}:{one['vout']}"),
            "◆" if (one["txid"], one["vout"]) == (row["txid"], row["vout"]) else "",
            before_words(one["delay_s"]) + ("" if one["first_seen_us"] is not None else " (block)"),
            bitcoin_amount(one["value_sat"]),
            f"{one['log10_lr']:.2f}",
            words.probability(one["posterior_probability"]),
        )
        for place, one in enumerate(candidates)
        if place < MOST_CANDIDATES or (one["txid"], one["vout"]) == (row["txid"], row["vout"])
    ]
    columns = (
        Column("output", "code"),
        Column("linked", "label"),
        Column("first seen", "number"),
        Column("BTC", "number"),
        Column("log10 LR", "number"),
        Column("probability", "number"),
    )
    caption = (
        f"The most probable of {len(candidates)} candidates, by this ad's time and amount alone. "
        f"None of these: {words.probability(none)}."
    )
    if any(str(row[2]).endswith("(block)") for row in rows):
        caption += " (block): no clock saw it; the middle of the time that its block allows."
    return table(caption, columns, rows)
