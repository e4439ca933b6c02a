"""Indicators and counter-indicators with the ads that carry them; under-age first."""

from __future__ import annotations

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Note,
    Paragraph,
    Run,
    Section,
    Table,
    Words,
    code,
    table,
)
from inktrace.casefile.words import counted, percent

_MOST_CARRIERS = 40


def indicators(facts: CaseFacts) -> Section:
    """The section on what speaks for looking further and what against."""
    lead = facts.lead
    blocks: list[Block] = []
    if lead["under_age_indicator"]:
        blocks.append(
            Note(
                ("A stated or implied age under 18 stands in an ad of this lead: see the first "
                 "rows below, and the ads named there, before anything else.",),
                urgent=True,
            )
        )  # fmt: skip
    interval = ""
    if lead["score_low"] is not None:
        interval = f", 95% interval {lead['score_low']:.1f} to {lead['score_high']:.1f}"
    blocks += [
        Paragraph(
            "Rarity is the share of all groups of ads in this workspace with a value at least as "
            f"high. Points order leads for a reviewer; their sum ({lead['score']:.1f}{interval}) "
            "is neither a probability nor a likelihood ratio, and the signs are not independent "
            "of one another: several may come from one fact. What speaks against is as much a "
            "finding as what speaks for. One sign alone says little: most ads carry one."
        ),
        Paragraph(_core(facts)),
        _table("For", "for", facts),
        _table("Against", "against", facts),
    ]
    return Section("indicators", "Indicators and counter-indicators", tuple(blocks))


def _core(facts: CaseFacts) -> str:
    inside = sum(facts.core["in_core"].to_pylist())
    flag = ", and the flag is said of these" if facts.lead["flagged"] else ""
    said = (
        f"{inside:,} of {counted(facts.lead['ads'], 'ad')} are tied to one another by contacts, "
        "photos or payments: people, places, numbers and wording are counted among these"
        f"{flag}."
    )
    if inside == facts.core.num_rows:
        return said
    return (
        f"{said} The others were joined by style or text alone and may be a stranger's (exhibit "
        "core.csv)."
    )


def _table(title: str, direction: str, facts: CaseFacts) -> Table:
    carried: dict[str, list[Words]] = {}
    for row in facts.indicator_rows.to_pylist():
        said = (code(row["ad_id"]), f" {row['words'] or ''}")
        carried.setdefault(row["indicator"], []).append(said)
    rows = [row for row in facts.indicators.to_pylist() if row["direction"] == direction]
    rows.sort(key=lambda row: not str(row["indicator"]).startswith("under_age"))
    columns = (
        Column("what was seen", share=1.5),
        Column("value", "number"),
        Column("rarity", "number"),
        Column("points", "number"),
        Column("95% interval", "time"),
        Column("ads that carry it, and their words", share=1.8),
        Column("source"),
    )
    made: list[tuple[Words, ...]] = [
        (
            row["reason"],
            f"{row['value']:.3g}",
            percent(float(row["rarity"])),
            f"{row['weight']:.2f}",
            _interval(row["weight_low"], row["weight_high"]),
            _carriers(carried.get(row["indicator"], [])),
            row["reference"],
        )
        for row in rows
    ]
    return table(f"{title}.", columns, made)


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _carriers(said: list[Words]) -> Words:
    pieces: list[str | Run] = []
    for place, one in enumerate(said[:_MOST_CARRIERS]):
        if place:
            pieces.append("; ")
        pieces += one if isinstance(one, tuple) else (one,)
    if len(said) > _MOST_CARRIERS:
        pieces.append(f"; {len(said) - _MOST_CARRIERS} more in exhibits/indicator_rows.csv")
    return tuple(pieces) or "the lead as a whole"
