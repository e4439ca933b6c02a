"""What people judged: on the first page in a sentence, at the end in full."""

from __future__ import annotations

from typing import Final

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Paragraph,
    Section,
    Words,
    strong,
    table,
)
from inktrace.casefile.words import REVIEW_MARK, excerpt, moment

_MOST_LETTERS: Final = 300  # of a reason, where the summary must stay on one page
_WITH: Final = {
    "supports": "REVIEWED: a person found support",
    "contradicts": "REVIEWED: a person found it contradicted",
    "unsure": "REVIEWED: a person was unsure",
}


def review_mark(facts: CaseFacts) -> str:
    """What stands on every page: nobody judged the lead, or how the latest judgement went."""
    verdict = facts.review.verdict
    return REVIEW_MARK if verdict is None else _WITH.get(verdict, "REVIEWED")


def review_sentence(facts: CaseFacts) -> Words:
    """Who judged the lead last, and why; or that nobody did."""
    if not facts.reviewed:
        return (strong(f"{REVIEW_MARK}. "), "No person has judged this lead. A program wrote this.")
    latest = facts.review.of_lead.to_pylist()[-1]
    count = facts.review.of_lead.num_rows
    more = f" It is the latest of {count} judgements (section 8)." if count > 1 else ""
    return (
        strong(f"{latest['verdict'].capitalize()}: "),
        f"{latest['reviewer']}, {moment(latest['judged_us'])}: "
        f"{excerpt(latest['reason'], _MOST_LETTERS)}{more}",
    )


def judgements(facts: CaseFacts) -> Section:
    """All judgements on the lead and on pairs of its ads, in order of time."""
    columns = (
        Column("when", "time"),
        Column("who", share=0.8),
        Column("ad"),
        Column("verdict", "label"),
        Column("reason", share=2.5),
    )
    of_lead: list[tuple[Words, ...]] = [
        (moment(row["judged_us"]), row["reviewer"], row["ad_id"], row["verdict"], row["reason"])
        for row in facts.review.of_lead.to_pylist()
    ]
    of_ads: list[tuple[Words, ...]] = [
        (
            moment(row["judged_us"]),
            row["reviewer"],
            f"{row['ad_id_a']}, {row['ad_id_b']}",
            row["verdict"],
            row["reason"],
        )
        for row in facts.review.of_ads.to_pylist()
    ]
    blocks: tuple[Block, ...] = (
        Paragraph(review_sentence(facts)),
        Paragraph(
            "Every judgement is kept; the latest counts. “Unsure” takes an earlier one back.",
            small=True,
        ),
        table("Judgements of the lead.", columns, of_lead, "No person has judged this lead."),
        table(
            "Judgements of pairs of its ads: one author (same) or two (different).",
            columns,
            of_ads,
            "No pair of these ads was judged.",
        ),
    )
    return Section("judgements", "Judgements of persons", blocks)
