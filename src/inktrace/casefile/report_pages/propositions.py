"""The propositions of a lead, and of each what supports and what contradicts it."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from inktrace.casefile.gather import METHOD, CaseFacts
from inktrace.casefile.report_pages.error_rates import RULES
from inktrace.casefile.report_pages.model import Block, Column, Note, Words, strong, table
from inktrace.casefile.words import counted, support

_MOST_REASONS = 4
# Below it the verbal scale knows no support either way.
_NO_SUPPORT = 0.301
_LIKELIER = 0.5
_UNSEEN = "What is not in the ads or the chain cannot be seen here."


def propositions() -> Note:
    """Which answers are held against which."""
    return Note(
        (
            (
                strong("Who wrote. "),
                "H1: one author (or one team) wrote the ads of a group. H2: different authors "
                "wrote them, or copied a text.",
            ),
            (
                strong("Who paid. "),
                "H1: payments from the wallet bought ads of the group. H2: they were for something "
                "else and fit by chance. Under both, who holds the wallet stays open: it may be "
                "the author, an agency or a reseller.",
            ),
            (
                strong("Worth looking into. "),
                "H1: one party advertises several people who may not act for themselves. H2: "
                "anything else that looks alike: people who advertise themselves and share means, "
                "an agency, touring workers, a reviewer, spam. No LR was measured for this pair.",
            ),
        )
    )


def balance_table(facts: CaseFacts) -> Block:
    """What supports and what contradicts H1 of each proposition, side by side."""
    rows: list[tuple[Words, ...]] = [
        (strong("Who wrote"), _lines(_for_one_author(facts)), _lines(_against_one_author(facts))),
        (strong("Who paid"), _lines(_for_the_payer(facts)), _lines(_against_the_payer(facts))),
        (
            strong("Worth looking into"),
            _lines([*_judged(facts, "supports"), *_reasons(facts, "for")]),
            _lines([*_judged(facts, "contradicts"), *_reasons(facts, "against")]),
        ),
    ]
    columns = (
        Column("proposition", share=0.5),
        Column("supports H1", share=1.2),
        Column("contradicts H1, or otherwise explains it", share=1.2),
    )
    return table("What supports and what contradicts each proposition.", columns, rows)


def _lines(said: list[str]) -> str:
    return "\n".join(f"• {line}" for line in said) or "Nothing found. " + _UNSEEN


def _for_one_author(facts: CaseFacts) -> list[str]:
    scores = _style(facts)
    said = []
    if scores:
        said.append(
            f"Style of {counted(len(scores), 'pair')}, picked because alike, the middle one: "
            f"{support(median(scores))}."
        )
    sharing = _ads_sharing(facts)
    if sharing:
        said.append(f"{sharing:,} of {counted(facts.ads.num_rows, 'ad')} share contact data.")
    return said


def _against_one_author(facts: CaseFacts) -> list[str]:
    scores, said = _style(facts), []
    weak = sum(score < _NO_SUPPORT for score in scores)
    if weak:
        said.append(f"Style of {weak:,} of {len(scores):,} pairs gives no support or contradicts.")
    reasons = Counter(facts.ads["reason"].to_pylist())
    if reasons["style"] + reasons["template"]:
        said.append(
            f"In a group by style alone: {counted(reasons['style'], 'ad')}; by a near-copy of a "
            f"text alone: {reasons['template']:,}."
        )
    identities = len(set(facts.identity.ads["identity_id"].to_pylist()))
    if identities > len(facts.author_ids):
        said.append(f"Weighed with all other ties, the ads fall into {identities} identities.")
    said.append("Texts and styles can be copied or shared.")
    return said


def _for_the_payer(facts: CaseFacts) -> list[str]:
    links = facts.trail.links.to_pylist()
    if not links:
        return []
    ads = len({row["ad_id"] for row in links})
    wallets = len({row["wallet_id"] for row in links})
    likely = _likelier_paid(links)
    weak = f" {ads - likely:,} more fit a payment, but weakly." if ads > likely else ""
    said = [
        f"{likely:,} of {counted(facts.ads.num_rows, 'ad')} are likelier paid than not by "
        f"{'the attributed wallet' if wallets == 1 else f'one of {wallets:,} attributed wallets'}"
        f", if that pays for them at all.{weak}"
    ]
    rules = sorted({row["method"] for row in facts.attributions.to_pylist()} - {METHOD})
    if rules:
        named = ", ".join(RULES.get(rule, rule) for rule in rules)
        said.append(
            f"Published rules name wallets of these too ({named}); they see the same times and "
            "amounts, so this is no further evidence."
        )
    return said


def _against_the_payer(facts: CaseFacts) -> list[str]:
    said = []
    linked = set(facts.trail.links["ad_id"].to_pylist())
    without = facts.ads.num_rows - len(linked)
    if without:
        verb = "has" if without == 1 else "have"
        said.append(f"{counted(without, 'ad')} {verb} no linked payment.")
    none = zip(
        facts.ads["ad_id"].to_pylist(),
        facts.ads["none_of_these_probability"].to_pylist(),
        strict=True,
    )
    doubtful = sum(ad in linked and share >= 0.5 for ad, share in none)
    if doubtful:
        said.append(
            f"For {counted(doubtful, 'linked ad')}, time and amount alone make “none of these” "
            "likelier."
        )
    others = facts.trail.others
    if others["other_wallets"]:
        verb = "fits" if others["other_wallets"] == 1 else "fit"
        said.append(
            f"{counted(others['other_wallets'], 'other wallet')} also {verb} these ads to some "
            "degree."
        )
    if others["other_authors"]:
        said.append(
            f"These wallets also fit ads of {counted(others['other_authors'], 'other group')} to "
            "some degree."
        )
    said.append("A wallet can be shared, sold or used for others.")
    return said


def _judged(facts: CaseFacts, verdict: str) -> list[str]:
    """The latest judgement of a person, on the side where it belongs; it comes first."""
    if facts.review.verdict != verdict:
        return []
    found = "supported" if verdict == "supports" else "contradicted"
    return [f"A person found the lead {found} (above, and section 8)."]


def _reasons(facts: CaseFacts, direction: str) -> list[str]:
    rows = [row for row in facts.indicators.to_pylist() if row["direction"] == direction]
    said = [str(row["reason"]) for row in rows[:_MOST_REASONS]]
    if len(rows) > _MOST_REASONS:
        said.append(f"{len(rows) - _MOST_REASONS} more in section 5.")
    return said


def _likelier_paid(links: list[dict[str, Any]]) -> int:
    """How many ads one wallet paid rather than not, taking it as the payer."""
    shares: dict[tuple[str, int], float] = {}
    for row in links:
        key = (row["ad_id"], row["wallet_id"])
        shares[key] = shares.get(key, 0.0) + row["posterior_probability"]
    return len({ad for (ad, _), share in shares.items() if share > _LIKELIER})


def _style(facts: CaseFacts) -> list[float]:
    return [row["log10_lr"] for row in facts.pairs.to_pylist() if not row["same_template"]]


def _ads_sharing(facts: CaseFacts) -> int:
    """How many ads give a contact that another ad of the lead gives too."""
    carriers: dict[tuple[str, int], set[str]] = {}
    for row in facts.identifiers.to_pylist():
        carriers.setdefault((row["kind"], row["number"]), set()).add(row["ad_id"])
    shared: set[str] = set()
    for ads in carriers.values():
        if len(ads) > 1:
            shared |= ads
    return len(shared)
