"""Which features of two texts speak, for many pairs at once, without the style model."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from inktrace.authors.habit_words import compared_habits
from inktrace.authors.rarity import most_texts, rare_marks, rare_words
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
    table = relations["texts"]
    first = table.group_by("text_group_id").aggregate(ad_id=table.ad_id.min())
    kept = table.semi_join(first, ["ad_id"]).select("ad_id", "masked_text").order_by("ad_id")
    every = relations.collect(kept)["masked_text"]
    stride = max(1, -(-len(every) // MOST_TEXTS))
    corpus = [text or "" for text in every.take(list(range(0, len(every), stride))).to_pylist()]
    return [
        {
            "corpus_texts": len(corpus),
            "most_texts": most_texts(len(corpus)),
            "rare_words": [dataclasses.asdict(one) for one in rare_words(a, b, corpus)],
            "rare_marks": [dataclasses.asdict(one) for one in rare_marks(a, b, corpus)],
            "habits": compared_habits(a, b, corpus),
        }
        for a, b in pairs
    ]
