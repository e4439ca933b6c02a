"""Which features of two texts speak, for many pairs at once, without the style model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import ibis

from inktrace.authors.habit_words import compared_habits, habit_background
from inktrace.authors.rarity import CountedTexts, most_texts, rare_marks, rare_words
from inktrace.engine import Relations

# Texts in which each sequence is counted: all of a corpus up to here, of a larger one every k-th.
MOST_TEXTS: Final = 20_000


def pair_features(relations: Relations, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Rare words and marks in common, and habits alike and apart, of each pair of texts.

    Each text group of the workspace counts once, by the text of its first ad; of more than
    `MOST_TEXTS` groups, every k-th in order of ad_id is looked at. Keys as in
    `explanation.explained_pair`: corpus_texts (those looked at), most_texts, rare_words,
    rare_marks, habits.
    """
    if not pairs:
        return []
    corpus = _corpus(relations)
    counted, background = CountedTexts(corpus), habit_background(corpus)
    return [
        {
            "corpus_texts": len(corpus),
            "most_texts": most_texts(len(corpus)),
            "rare_words": [dataclasses.asdict(one) for one in rare_words(a, b, counted)],
            "rare_marks": [dataclasses.asdict(one) for one in rare_marks(a, b, counted)],
            "habits": compared_habits(a, b, background),
        }
        for a, b in pairs
    ]


def _corpus(relations: Relations) -> list[str]:
    """The texts looked at, in order of ad_id: only they are brought here."""
    table = relations["texts"]
    first = table.group_by("text_group_id").aggregate(ad_id=table.ad_id.min())
    kept = table.semi_join(first, ["ad_id"]).select("ad_id", "masked_text")
    groups = relations.collect(kept.aggregate(n=kept.count()))["n"][0].as_py()
    stride = max(1, -(-groups // MOST_TEXTS))
    placed = kept.mutate(place=ibis.row_number().over(order_by="ad_id"))
    rows = placed.filter(placed.place % stride == 0).order_by("ad_id")
    return [text or "" for text in relations.collect(rows)["masked_text"].to_pylist()]
