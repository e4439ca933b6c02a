"""Habits of two texts against the corpus: which are unusual in both, which differ; in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from inktrace.authors.habits import HABIT_NAMES, habit_table
from inktrace.authors.repair import TRICKS, tricks

UNUSUAL_SHARE: Final = 0.05  # a habit is unusual if so few texts have it as strongly
_BACKGROUND_TEXTS: Final = 2000
_LEAST_BACKGROUND: Final = 30
_MOST_GAP: Final = 0.7
_MOST_LISTED: Final = 10

# What a reader is told; a habit not listed here is told by its name.
_IN_WORDS: Final = {
    "full_stop": "full stops",
    "comma": "commas",
    "exclamation": "exclamation marks",
    "exclamation_run": "runs of exclamation marks",
    "question": "question marks",
    "colon": "colons",
    "semicolon": "semicolons",
    "bracket": "brackets",
    "hyphen": "hyphens within words",
    "dash": "dashes",
    "slash": "slashes",
    "ampersand": "ampersands",
    "asterisk": "asterisks, bars and the like",
    "quote": "quotation marks",
    "curly_apostrophe": "curly apostrophes",
    "straight_apostrophe": "straight apostrophes",
    "ellipsis": "rows of dots",
    "no_space_after_mark": "no space after a mark",
    "space_before_mark": "a space before a mark",
    "double_space": "double spaces",
    "space_at_line_end": "spaces at the end of lines",
    "line_break": "line breaks",
    "blank_line": "blank lines",
    "bullet_line": "lines that begin with a bullet",
    "numbered_line": "numbered lines",
    "line_ends_bare": "lines that end without a mark",
    "digit": "digits",
    "capital": "capital letters",
    "shouted_word": "words all in capitals",
    "lower_sentence": "sentences that begin in lower case",
    "lower_i": "a lone lower-case i",
    "title_pair": "Words In Title Case",
    "emoji": "emoji",
    "odd_letter": "letters outside plain English",
    "stretched_letter": "stretched words (sooo)",
    "letter_with_digit": "letters and digits in one word",
    "texting": "texting shorthand",
    "bare_contraction": "contractions without apostrophe",
    "contraction": "contractions",
    "and_so_on": "etc",
    "word_length": "length of words",
    "long_words": "long words",
    "short_words": "short words",
    "sentence_length": "length of sentences",
    "line_length": "length of lines",
    "capital_words": "words that begin with a capital",
    "different_words": "variety of words",
    "words_once": "words used once",
    "first_line_share": "share of the first line",
    "ends_with_mark": "ends with a mark",
    "starts_lower": "begins in lower case",
    "homoglyphs": "letters of other alphabets in place of Latin ones",
    "zero_width": "invisible characters",
    "bidi": "marks that turn the reading direction",
    "keycaps": "digits in boxes",
    "fullwidth": "full-width letters and digits",
    "styled": "styled, circled or boxed letters",
}
_NAMES: Final = (*HABIT_NAMES, *TRICKS)


def habit_background(texts: Sequence[str]) -> np.ndarray:
    """Habits of a spread of at most 2000 of the texts: what `compared_habits` compares with."""
    stride = max(1, -(-len(texts) // _BACKGROUND_TEXTS))
    return _told_table(texts[::stride])


def compared_habits(first: str, second: str, texts: Sequence[str] | np.ndarray) -> dict[str, Any]:
    """Habits unusual in both texts the same way, and habits that set them apart.

    `texts`: the corpus, or, where many pairs are compared, its `habit_background`. Each habit is
    told with its percentile there for both, and `share`: how much of the corpus has the habit at
    least as strongly. In fewer than 30 texts nobody can say what is unusual, and both lists are
    empty.
    """
    background = texts if isinstance(texts, np.ndarray) else habit_background(texts)
    empty: dict[str, Any] = {"background_texts": len(background), "in_common": [], "apart": []}
    if len(background) < _LEAST_BACKGROUND:
        return empty
    pair = _told_table([first, second])
    more = _share(background, pair, at_least=True)
    less = _share(background, pair, at_least=False)
    percentile = 0.5 * (1.0 - more + less)
    both_more, both_less = more.max(axis=0), less.max(axis=0)
    common: list[dict[str, Any]] = []
    apart: list[dict[str, Any]] = []
    for habit, name in enumerate(_NAMES):
        facts = {
            "habit": name,
            "words": _IN_WORDS.get(name, name.replace("_", " ")),
            "percentile_a": round(float(percentile[0, habit]), 4),
            "percentile_b": round(float(percentile[1, habit]), 4),
        }
        side = "more" if both_more[habit] <= both_less[habit] else "less"
        share = float(min(both_more[habit], both_less[habit]))
        gap = abs(float(percentile[0, habit] - percentile[1, habit]))
        if share <= UNUSUAL_SHARE:
            common.append({**facts, "side": side, "share": round(share, 6)})
        elif gap >= _MOST_GAP:
            rarest = float(min(more[:, habit].min(), less[:, habit].min()))
            apart.append({**facts, "gap": round(gap, 4), "share": round(rarest, 6)})
    common.sort(key=lambda one: (one["share"], one["habit"]))
    apart.sort(key=lambda one: (-one["gap"], one["habit"]))
    return {**empty, "in_common": common[:_MOST_LISTED], "apart": apart[:_MOST_LISTED]}


def _told_table(texts: Sequence[str]) -> np.ndarray:
    """Habits of the model, and beside them the tricks that hide a text from search.

    Tricks are told and not scored: as features of the model they raised no figure on the shared
    listings, where hardly anybody uses one (see docs/methods.md).
    """
    counts = np.array([list(tricks(text).values()) for text in texts], np.float64)
    roots = np.sqrt([max(len(text), 1) for text in texts])
    return np.column_stack([habit_table(texts), counts.reshape(-1, len(TRICKS)) / roots[:, None]])


def _share(background: np.ndarray, pair: np.ndarray, at_least: bool) -> np.ndarray:
    """Share of the background with a value at least (or at most) each text's: (2 × habits)."""
    if at_least:
        return np.stack([(background >= row[None]).mean(axis=0) for row in pair])
    return np.stack([(background <= row[None]).mean(axis=0) for row in pair])
