"""Writing habits as numbers: punctuation, letter case, layout, spelling, emoji, words.

Each habit is one column, measured on the masked text. Columns are put on a common scale by
their rank in the corpus, so that a habit counts by how unusual it is *here*.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy.stats import rankdata

MASK: Final = re.compile(r"⟦[a-z]+⟧")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"[.!?…]+(?:\s|$)|\n+")
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")

# Share of characters that a pattern takes; each is a habit people keep without thinking of it.
_PATTERNS: Final[dict[str, str]] = {
    "full_stop": r"\.(?!\.)",
    "comma": ",",
    "exclamation": "!",
    "exclamation_run": "!!+",
    "question": r"\?",
    "colon": ":",
    "semicolon": ";",
    "bracket": r"[()\[\]]",
    "hyphen": r"\w-\w",
    "dash": r"(?:\s-+\s|[–—])",
    "slash": "/",
    "ampersand": "&",
    "asterisk": r"[*•·~_=|>]",
    "quote": r"[\"“”„]",
    "curly_apostrophe": "’",
    "straight_apostrophe": "'",
    "ellipsis": r"\.\.+|…",
    "no_space_after_mark": r"[,.!?;:](?=[^\W\d_])",
    "space_before_mark": r" [,.!?;:]",
    "double_space": "  +",
    "space_at_line_end": r"[ \t]+(?=\n)",
    "line_break": r"\n",
    "blank_line": r"\n\s*\n",
    "bullet_line": r"(?:^|\n)\s*[-*•>·✓✔+]",
    "numbered_line": r"(?:^|\n)\s*\d+[.)]",
    "line_ends_bare": r"\w\s*(?=\n)",
    "digit": r"\d",
    "capital": r"[A-ZÀ-ÖØ-Þ]",
    "shouted_word": r"\b[A-Z]{3,}\b",
    "lower_sentence": r"[.!?]\s+[a-z]",
    "lower_i": r"\bi\b",
    "title_pair": r"\b[A-Z][a-z]+ [A-Z][a-z]+",
    "emoji": _EMOJI.pattern,
    "odd_letter": r"[^\x00-\x7f]",
    "stretched_letter": r"([A-Za-z])\1\1",
    "letter_with_digit": r"\b(?:[A-Za-z]+\d|\d+[A-Za-z])\w*",
    "texting": r"\b(?:u|ur|r|pls|plz|thx|tnx|txt|msg|b4|gr8|w/|n|d|aq|po|lng|nmn|kc|kau|nyo|yo)\b",
    "bare_contraction": r"\b(?:dont|cant|wont|isnt|im|ive|its|youre|thats|didnt|doesnt)\b",
    "contraction": r"\b\w+['’](?:s|t|re|ve|ll|d|m)\b",
    "and_so_on": r"\betc\b",
}
_COMPILED: Final = {
    name: re.compile(
        p, re.IGNORECASE if name in ("texting", "bare_contraction", "and_so_on") else 0
    )
    for name, p in _PATTERNS.items()
}


def _counter(name: str, pattern: re.Pattern[str]) -> Callable[[str], int]:
    """How often a pattern occurs; a look for a character that it needs comes first."""
    if len(pattern.pattern) == 1:
        return lambda text: text.count(pattern.pattern)
    if name in _NEEDS_LINES:
        return lambda text: len(pattern.findall(text)) if "\n" in text else 0
    if name in _NEEDS_ODD_LETTERS:
        return lambda text: 0 if text.isascii() else len(pattern.findall(text))
    return lambda text: len(pattern.findall(text))


_NEEDS_LINES: Final = frozenset(("space_at_line_end", "line_break", "blank_line", "line_ends_bare"))
_NEEDS_ODD_LETTERS: Final = frozenset(("emoji", "odd_letter"))
_COUNTERS: Final = tuple(_counter(name, pattern) for name, pattern in _COMPILED.items())
_SHAPE_NAMES: Final = (
    "word_length", "long_words", "short_words", "sentence_length", "line_length", "capital_words",
    "different_words", "words_once", "first_line_share", "ends_with_mark", "starts_lower",
)  # fmt: skip
HABIT_NAMES: Final = (*_PATTERNS, *_SHAPE_NAMES)


def habit_table(texts: Sequence[str]) -> np.ndarray:
    """How each text is punctuated, laid out, spelt and worded: float64 (texts × HABIT_NAMES).

    Rates are per square root of length: a habit seen twice in a short text and six times in a
    long one is about equally strong evidence.
    """
    table = np.zeros((len(texts), len(HABIT_NAMES)))
    for row, text in enumerate(texts):
        bare = MASK.sub(" ", text)
        scale = 1.0 / np.sqrt(max(len(bare), 1))
        counts = [count(bare) for count in _COUNTERS]
        table[row, : len(counts)] = np.asarray(counts) * scale
        table[row, len(counts) :] = _shape(bare)
    return table


def _shape(text: str) -> tuple[float, ...]:
    words = _WORD.findall(text)
    if not words:
        return (0.0,) * len(_SHAPE_NAMES)
    lengths = np.fromiter((len(word) for word in words), np.int64, len(words))
    distinct = Counter(word.lower() for word in words)
    lines = [line for line in text.split("\n") if line.strip()]
    sentences = max(1, sum(1 for _ in _SENTENCE_END.finditer(text)))
    # Distinct words grow with the root of the number of words (Guiraud), so divide by it.
    root = np.sqrt(len(words))
    stripped = text.strip()
    return (
        float(lengths.mean()),
        float((lengths >= 8).mean()),
        float((lengths <= 3).mean()),
        float(np.log1p(len(words) / sentences)),
        float(np.log1p(len(text) / max(1, len(lines)))),
        float(np.mean([word[0].isupper() for word in words])),
        float(len(distinct) / root),
        float(sum(1 for times in distinct.values() if times == 1) / root)
        if len(words) < 400
        else float(len(distinct) / root),
        float(len(lines[0]) / len(text)) if lines else 0.0,
        float(stripped[-1:] in ".!?…"),
        float(stripped[:1].islower()),
    )


def habit_ranks(table: np.ndarray) -> np.ndarray:
    """Each habit as its rank in this corpus, from -1 to 1: what is unusual here stands out.

    Ties share their mean rank, so a habit nobody has is 0 for everybody.
    """
    if len(table) == 0:
        return table
    ranks = rankdata(table, axis=0)
    return np.asarray((2.0 * ranks - len(table) - 1.0) / len(table))
