"""The summary, on one page: propositions, what supports and contradicts each, how often wrong."""

from __future__ import annotations

from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.error_rates import (
    attribution_answers,
    own_attributions,
    prevalence_table,
    prior_table,
    run_notes,
    support_words,
)
from inktrace.casefile.report_pages.model import (
    Block,
    Column,
    Note,
    Paragraph,
    Section,
    Words,
    table,
)
from inktrace.casefile.report_pages.propositions import balance_table, propositions
from inktrace.casefile.report_pages.reviewers import review_sentence
from inktrace.casefile.words import SCALE_SOURCE, counted, short_rate

_MOST_WALLETS = 3


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
        propositions(),
        _support_table(facts),
        prevalence_table(facts),
        prior_table(facts),
        balance_table(facts),
        Paragraph(f"{_reading(facts)} {_scale(facts)}", small=True),
    ]
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
        Column("support for H1 (who paid), as measured"),
        Column("false-discovery rate q"),
    )
    rows: list[tuple[Words, ...]] = [
        (
            row["author_id"],
            f"{row['wallet_id']}{' (a service)' if row['is_service'] else ''}",
            f"{row['ads_matched']:,}",
            f"{row['transactions_matched']:,}",
            support_words(answer),
            short_rate(row["q_value"], sum(q <= (row["q_value"] or 0) for q in facts.q_values)),
        )
        for row, answer in list(zip(attributions, attribution_answers(facts), strict=True))[
            :_MOST_WALLETS
        ]
    ]
    more = len(attributions) - _MOST_WALLETS
    weaker = f" ({more} weaker in section 3)" if more > 0 else ""
    caption = (
        f"What the payments say{weaker}. Ads: those of the author, in this lead or not, that the "
        "wallet paid rather than not, if it pays for them at all. Payments: those that fit ads."
    )
    return table(caption, columns, rows)


def _reading(facts: CaseFacts) -> str:
    """What a likelihood ratio does not say, and from how many the shown ones were picked."""
    said = (
        "An LR of 100 says that the findings are 100 times as probable if H1 is true as if H2 is. "
        "It does not say that H1 is 100 times as probable as H2, nor that the chance of an error "
        "is 1 in 100: that depends on the prior, which is for the court (the two tables above)."
    )
    rings = run_notes(facts, "rings")
    pairs = run_notes(facts, "attribution").get("private", {}).get("pairs")
    looked = []
    if rings.get("groups") and rings.get("listed"):
        looked.append(
            f"this lead is number {facts.lead['rank']:,} of {rings['listed']:,} picked from "
            f"{counted(rings['groups'], 'group')} of ads"
        )
    if pairs and own_attributions(facts):
        looked.append(
            f"its wallets come from {counted(pairs, 'compared pair')} of an author and a wallet"
        )
    if looked:
        said += (
            f" Many were looked at: {'; '.join(looked)}. The strongest of many look strong by "
            "chance; q and “wrong after it” allow for that, computed LRs and points do not."
        )
    return said


def _scale(facts: CaseFacts) -> str:
    corpus = facts.corpus
    return (
        f"Words of support follow the {SCALE_SOURCE}: LR above 2 weak, 10 moderate, 100 moderately "
        "strong, 1,000 strong, 10,000 very strong, 1,000,000 extremely strong. This corpus: "
        f"{corpus['ads']:,} ads in {corpus['authors']:,} groups on {corpus['sites']} sites, "
        f"{corpus['transactions']:,} transactions."
    )
