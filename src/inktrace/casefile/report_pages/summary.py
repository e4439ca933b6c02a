"""The summary, on one page: propositions, what supports and contradicts each, how often wrong."""

from __future__ import annotations

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.error_rates import (
    own_attributions,
    prevalence_table,
    prior_table,
)
from inktrace.casefile.report_pages.model import (
    Block,
    Bullets,
    Column,
    Heading,
    Note,
    Pair,
    Paragraph,
    Section,
    Table,
    Words,
    strong,
    table,
)
from inktrace.casefile.report_pages.reviewers import review_sentence
from inktrace.casefile.words import SCALE_SOURCE, short_rate, support

_MOST_REASONS = 4
_MOST_WALLETS = 4


def summary(facts: CaseFacts) -> Section:
    """The section that is read first, and perhaps alone."""
    blocks: list[Block] = []
    if facts.lead["under_age_indicator"]:
        blocks.append(
            Note(
                ("A stated or implied age under 18 stands in an ad of this lead. Look at this "
                 "first.",),
                urgent=True,
            )
        )  # fmt: skip
    blocks += [
        Paragraph(review_sentence(facts)),
        Note(
            (
                (strong("Who wrote. "), "H1: one author (or one team) wrote the ads of a group. "
                 "H2: different authors wrote them, or copied a text."),
                (strong("Who paid. "), "H1: payments from the wallet bought these ads. H2: the "
                 "wallet is a stranger's; its payments fit by chance."),
            )
        ),
        _support_table(facts),
        prevalence_table(facts),
        prior_table(facts),
        Pair(_supporting(facts), _contradicting(facts)),
        Paragraph(_scale(facts), small=True),
    ]  # fmt: skip
    return Section("summary", "Summary", tuple(blocks))


def _support_table(facts: CaseFacts) -> Block:
    attributions = own_attributions(facts)
    if not attributions:
        return Paragraph(
            "No wallet is attributed to this lead at the reporting threshold. What follows rests "
            "on the ads alone."
        )
    columns = (
        Column("author", "label"),
        Column("wallet", "label"),
        Column("ads", "number"),
        Column("payments", "number"),
        Column("support for H1 (who paid)"),
        Column("false-discovery rate q"),
    )
    rows: list[tuple[Words, ...]] = [
        (
            row["author_id"],
            f"{row['wallet_id']}{' (a service)' if row['is_service'] else ''}",
            f"{row['ads_matched']:,}",
            f"{row['transactions_matched']:,}",
            support(row["log10_lr"]),
            short_rate(row["q_value"], sum(q <= (row["q_value"] or 0) for q in facts.q_values)),
        )
        for row in attributions[:_MOST_WALLETS]
    ]
    caption = "What the payments say"
    more = len(attributions) - _MOST_WALLETS
    caption += f" ({more} weaker in section 3)." if more > 0 else "."
    made: Table = table(caption, columns, rows)
    return made


def _supporting(facts: CaseFacts) -> tuple[Block, ...]:
    return (
        Heading("What supports looking further"),
        Bullets(_reasons(facts, "for") or ("Nothing listed.",)),
    )


def _contradicting(facts: CaseFacts) -> tuple[Block, ...]:
    said = list(_reasons(facts, "against"))
    others = facts.trail.others
    if others["other_wallets"]:
        said.append(f"{others['other_wallets']} other wallets also fit these ads to some degree.")
    if others["other_authors"]:
        said.append(
            f"{others['other_authors']} other group(s) of ads also fit these wallets to some "
            "degree."
        )
    said.append("Style can be shared or copied; a wallet can be shared, sold or used for others.")
    return (Heading("What contradicts, or otherwise explains it"), Bullets(tuple(said)))


def _reasons(facts: CaseFacts, direction: str) -> tuple[Words, ...]:
    rows = [row for row in facts.indicators.to_pylist() if row["direction"] == direction]
    said: list[Words] = [row["reason"] for row in rows[:_MOST_REASONS]]
    if len(rows) > _MOST_REASONS:
        said.append(f"{len(rows) - _MOST_REASONS} more in section 5.")
    return tuple(said)


def _scale(facts: CaseFacts) -> str:
    corpus = facts.corpus
    return (
        f"Words of support follow the {SCALE_SOURCE}: LR above 2 weak, 10 moderate, 100 moderately "
        "strong, 1,000 strong, 10,000 very strong, 1,000,000 extremely strong. An LR is not the "
        "probability of a proposition; the prior is for the court. This corpus: "
        f"{corpus['ads']:,} ads by {corpus['authors']:,} groups on {corpus['sites']} sites, "
        f"{corpus['transactions']:,} transactions."
    )
