"""The page of an explanation: self-contained, escaped, shared rarities marked in both texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from inktrace.casefile import words
from inktrace.casefile.author_words import author_words, member_words, pair_words
from inktrace.casefile.hour_words import member_hour_words
from inktrace.casefile.pages import page_template

MOST_CHARACTERS: Final = 20_000  # of each text are shown
MOST_MEMBERS: Final = 2000


def explanation_html(facts: Mapping[str, Any], software_version: str) -> str:
    """The facts of `inktrace authors explain` as one HTML page: no scripts, nothing fetched."""
    template = page_template("explanation.html.j2", visible=words.visible, support=words.support)
    own = _pair_context(facts) if facts["kind"] == "pair" else _author_context(facts)
    return template.render(
        kind=facts["kind"], mark=words.REVIEW_MARK, version=software_version, **own
    )


def _pair_context(facts: Mapping[str, Any]) -> dict[str, Any]:
    texts = []
    for ad, side in zip(facts["ads"], ("spans_a", "spans_b"), strict=True):
        spans = [
            (start, end, kind, one["texts"])
            for kind in ("words", "marks")
            for one in facts[f"rare_{kind}"]
            for start, end in one[side]
        ]
        texts.append({**ad, "pieces": marked_pieces(ad["masked_text"], spans)})
    title = " and ".join(words.visible(ad["ad_id"]) for ad in facts["ads"])
    return {
        "title": title,
        "ads": texts,
        "said": pair_words(facts),
        "corpus_texts": facts["corpus_texts"],
    }


def _author_context(facts: Mapping[str, Any]) -> dict[str, Any]:
    members = facts["members"]
    return {
        "title": facts["author_id"],
        "summary": author_words(facts),
        "members": [
            {
                **one,
                "because": member_words(one),
                "hours": member_hour_words(one["posting_hours"]),
            }
            for one in members[:MOST_MEMBERS]
        ],
        "left_out": max(0, len(members) - MOST_MEMBERS),
        "pairs": [("Strongest pairs", facts["strongest"]), ("Weakest pairs", facts["weakest"])],
    }


def marked_pieces(
    text: str, spans: Iterable[tuple[int, int, str, int]]
) -> list[tuple[str, str, int]]:
    """A text cut into (piece, kind, texts that hold it); kind '' where nothing is marked.

    `spans`: (start, end, kind, texts). Where spans overlap, the one that starts first is whole.
    """
    pieces, place = [], 0
    for start, end, kind, count in sorted(spans):
        start, end = max(start, place), min(end, MOST_CHARACTERS)
        if start >= end:
            continue
        pieces += [(text[place:start], "", 0), (text[start:end], kind, count)]
        place = end
    pieces.append((text[place:MOST_CHARACTERS], "", 0))
    if len(text) > MOST_CHARACTERS:
        pieces.append((f"… [{len(text) - MOST_CHARACTERS:,} more characters]", "", 0))
    return [piece for piece in pieces if piece[0]]
