"""Who wrote: how ads came together, ads side by side, what speaks, and the background."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from inktrace.casefile import words
from inktrace.casefile.author_words import feature_words
from inktrace.casefile.background_drawing import background_picture
from inktrace.casefile.explanation_page import marked_pieces
from inktrace.casefile.gather import CaseFacts
from inktrace.casefile.report_pages.error_rates import metrics, model_document
from inktrace.casefile.report_pages.model import (
    Block,
    Bullets,
    Column,
    Figure,
    Heading,
    Paragraph,
    Run,
    Section,
    Side,
    Texts,
    Together,
    Words,
    table,
)
from inktrace.casefile.shown_pairs import ShownPair

EXCERPT_CHARACTERS = 700
_MOST_TEMPLATES = 40
# Why an ad is in its group, and what it is written in, in words for who never saw the program.
JOINED_BY = {
    "identifier": "shared contact data",
    "template": "near-copy of a text",
    "style": "style alone",
    "judgement": "a person's judgement",
    "alone": "nothing (the only ad of its group)",
}
LANGUAGES = {
    "ceb": "Cebuano",
    "en": "English",
    "es": "Spanish",
    "mixed": "mixed",
    "taglish": "Taglish",
    "tl": "Tagalog",
}


def authorship(facts: CaseFacts) -> Section:
    """The section on authorship; same template stands apart from same style."""
    blocks: list[Block] = [
        Paragraph(
            "Ads are grouped by shared contact data, by near-copies of one text (same template), "
            "and by style. The three are different kinds of evidence and are counted apart: a "
            "copied text says who had the text, not who wrote it."
        ),
        _groups(facts),
        Heading("Same style: ads side by side"),
        *_side_by_side(facts),
        Heading("Same template: near-copies of one text"),
        *_templates(facts),
        Heading("Comparison with the background population"),
        *_background(facts),
    ]
    return Section("authorship", "Authorship", tuple(blocks))


def _groups(facts: CaseFacts) -> Block:
    found: dict[str, list[dict[str, Any]]] = {}
    for ad in facts.ads.to_pylist():
        found.setdefault(ad["author_id"], []).append(ad)
    rows: list[tuple[Words, ...]] = []
    for author, mine in sorted(found.items()):
        reasons = sorted(Counter(ad["reason"] for ad in mine).items())
        rows.append(
            (
                author,
                f"{len(mine):,}",
                f"{len({ad['text_group_id'] for ad in mine}):,}",
                "; ".join(f"{JOINED_BY.get(reason, reason)}: {count}" for reason, count in reasons),
                ", ".join(sorted({LANGUAGES.get(ad["language"] or "", "unknown") for ad in mine})),
            )
        )
    columns = (
        Column("group", "label"),
        Column("ads", "number"),
        Column("different texts", "number"),
        Column("joined by"),
        Column("languages"),
    )
    return table("How the ads of each group came together.", columns, rows)


def _side_by_side(facts: CaseFacts) -> list[Block]:
    if not facts.shown_pairs:
        return [Paragraph("No pair of different texts of this lead was compared for style.")]
    scores = _style_scores(facts)
    blocks: list[Block] = [
        Paragraph(
            f"{words.counted(len(scores), 'pair')} of different texts of this lead were compared, "
            "picked beforehand because they are alike. Shown are the strongest of these and, so "
            "that both sides are seen, the weakest: the strongest of many look strong by chance "
            "too, so a shown pair says less than its figure. Marked: what both texts have and at "
            "most one in a hundred texts here has."
        )
    ]
    for shown in facts.shown_pairs:
        blocks += _pair(shown, facts)
    blocks.append(
        Paragraph(
            "Contact data, names and places are masked (⟦…⟧) before style is compared, and in "
            "this report. The likelihood ratio comes from all of the style (sequences of letters "
            "and words, habits), not from the listed features alone.",
            small=True,
        )
    )
    return blocks


def _pair(shown: ShownPair, facts: CaseFacts) -> list[Block]:
    scored = shown.scored
    first = "Weakest: " if shown.is_weakest else ""
    heading = (
        f"{first}{scored['ad_id_a']} and {scored['ad_id_b']}: {words.support(scored['log10_lr'])}"
    )
    said = feature_words(shown.features)
    place = _place_in_background(scored["log10_lr"], facts)
    if place:
        said.append(place)
    if scored["shared_identifiers"]:
        said.append(
            f"They also share {words.counted(scored['shared_identifiers'], 'contact item')}, "
            "which the figure above does not count."
        )
    return [
        Together((Heading(heading), Texts(_sides(shown)))),
        Bullets(tuple(said) or ("No single rare feature stands out.",)),
    ]


def _sides(shown: ShownPair) -> tuple[Side, ...]:
    made = []
    for ad, name in zip(shown.ads, ("spans_a", "spans_b"), strict=True):
        text = ad["masked_text"] or ""
        spans = [
            (start, end, kind, one["texts"])
            for kind in ("words", "marks")
            for one in shown.features[f"rare_{kind}"]
            for start, end in one[name]
        ]
        above = f"{ad['ad_id']}, {ad['site']}, {words.moment(ad['posted_us'])}"
        made.append(Side(above, _excerpt(marked_pieces(text, spans))))
    return tuple(made)


def _excerpt(pieces: Sequence[tuple[str, str, int]]) -> tuple[Run, ...]:
    """The beginning of a text in pieces, and how much of it was left out."""
    made, left = [], EXCERPT_CHARACTERS
    for text, kind, _ in pieces:
        if left > 0:
            made.append(Run(text[:left], "marked" if kind else "plain"))
        left -= len(text)
    if left < 0:
        made.append(Run(f"… [{-left:,} more characters in the exhibits]", "soft"))
    return tuple(made)


def _templates(facts: CaseFacts) -> list[Block]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for ad in facts.ads.to_pylist():
        groups.setdefault(ad["text_group_id"] or "", []).append(ad)
    several = [mine for _, mine in sorted(groups.items()) if len(mine) > 1]
    several.sort(key=lambda mine: -len(mine))
    rows = [
        (
            f"{len(mine):,}",
            ", ".join(sorted({ad["site"] for ad in mine})),
            words.excerpt((mine[0]["masked_text"] or "").replace("\n", " / "), 90),
            ", ".join(ad["ad_id"] for ad in mine[:6]) + (" …" if len(mine) > 6 else ""),
        )
        for mine in several[:_MOST_TEMPLATES]
    ]
    columns = (
        Column("ads", "number"),
        Column("sites", share=0.7),
        Column("text begins", share=1.6),
        Column("which ads"),
    )
    blocks: list[Block] = [
        table("Texts that stand in several ads of this lead.", columns, rows, "No text does.")
    ]
    bands = [
        f"on {one['band']}, {one['probability']:.0%} "
        f"({100 * one['low']:.0f}–{100 * one['high']:.0f})"
        for one in metrics(facts).get("templates", [])
    ]
    if bands:
        blocks.append(
            Paragraph(
                "Two ads of one template are one author's this often in this workspace: "
                f"{'; '.join(bands)}.",
                small=True,
            )
        )
    return blocks


def _background(facts: CaseFacts) -> list[Block]:
    background, scores = model_document(facts, "background"), _style_scores(facts)
    if not background.get("pairs"):
        return [
            Paragraph(
                "The run of the authors stage that made these results stored no background of "
                "random pairs; `inktrace run authors` makes one."
            )
        ]
    if not scores:
        return [Paragraph("No pair of different texts of this lead was scored for style.")]
    higher = sum(_share_above(score, background) for score in scores) / len(scores)
    return [
        Figure(
            background_picture(background, scores),
            "Bars: pairs of texts drawn at random from this workspace. Strokes under them: pairs "
            "of this lead. The counts are on a logarithmic scale.",
        ),
        Paragraph(
            f"On average over the lead's pairs, {words.percent(higher)} of "
            f"{background['pairs']:,} random pairs score at least as high. About "
            f"{words.percent(background['prior_probability'])} of random pairs are of one author "
            "themselves. The lead's pairs were picked because they are alike (near neighbours), "
            "so a high place alone says less than it seems."
        ),
    ]


def _place_in_background(score: float, facts: CaseFacts) -> str:
    background = model_document(facts, "background")
    if not background.get("pairs"):
        return ""
    share = _share_above(score, background)
    least = 1.0 / background["pairs"]
    told = f"fewer than one in {background['pairs']:,}" if share < least else words.percent(share)
    return f"Of pairs of texts drawn at random here, {told} score at least as high."


def _share_above(score: float, background: dict[str, Any]) -> float:
    """The share of random pairs in the score's bin or above."""
    edges, counts = background["edges"], background["counts"]
    above = [*accumulate(reversed(counts))][::-1]
    place = sum(edge <= round(score, 6) for edge in edges) - 1
    if place >= len(counts):
        return 0.0
    return float(above[max(place, 0)]) / float(background["pairs"])


def _style_scores(facts: CaseFacts) -> list[float]:
    return [row["log10_lr"] for row in facts.pairs.to_pylist() if not row["same_template"]]
