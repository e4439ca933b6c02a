"""What two texts have in common word for word or mark for mark, and how rare it is here."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np

from inktrace.authors.habits import MASK

MOST_SHARE: Final = 0.01  # what more texts than this hold is common and never listed
MOST_WORDS: Final = 2000  # of each text are compared; the rest of a longer one is left out
MOST_LISTED: Final = 20
_WORD: Final = re.compile(r"⟦[a-z]+⟧|[^\W_]+(?:['’][^\W_]+)*")
_TOKEN: Final = re.compile(r"⟦[a-z]+⟧|\w+|[^\w⟦]+|⟦")
# Stands for masked contact data: a word that says nothing.
_MASKED: Final = "⟦⟧"
_END: Final = "\x00"


@dataclass(frozen=True)
class Shared:
    """A sequence in both texts: what it is, how many texts of the corpus hold it, and where.

    `texts` is at least 2: each template of the corpus is there in one of its wordings only.

    `spans_a`, `spans_b`: (start, end) characters in each text.
    """

    sequence: str
    texts: int
    spans_a: tuple[tuple[int, int], ...]
    spans_b: tuple[tuple[int, int], ...]


class Holdings:
    """Counts the texts that hold a string, over all texts of a corpus."""

    def __init__(self, texts: Iterable[str]):
        """Join the texts once; each count is then a few searches in one string."""
        parts = [text.replace(_END, " ") for text in texts]
        self._ends = np.cumsum([len(part) + 1 for part in parts]).tolist()
        self._all = _END.join([*parts, ""])

    def count(self, wanted: str, most: int) -> int:
        """How many texts hold `wanted`; counting stops at `most` + 1."""
        found, place = 0, self._all.find(wanted)
        while place >= 0 and found <= most:
            found += 1
            place = self._all.find(wanted, self._ends[bisect.bisect_right(self._ends, place)])
        return found


class CountedTexts:
    """The texts of a corpus, made ready for counting once, however many pairs are compared."""

    def __init__(self, texts: Sequence[str]):
        """Nothing is made ready before it is needed."""
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @cached_property
    def words(self) -> Holdings:
        """Counts of word sequences, each with a space before and behind every word."""
        return Holdings(f" {' '.join(word for word, *_ in _words(text))} " for text in self._texts)

    @cached_property
    def marks(self) -> Holdings:
        """Counts of sequences as they stand."""
        return Holdings(_unmasked(text) for text in self._texts)


def most_texts(texts: int) -> int:
    """The largest number of texts that still counts as rare in a corpus of so many."""
    return math.floor(MOST_SHARE * texts)


def rare_words(first: str, second: str, texts: Sequence[str] | CountedTexts) -> list[Shared]:
    """Word sequences in both texts that at most one text in a hundred holds, rarest first.

    Sequences are as long as they can be; letter case and masked contact data do not count. In a
    corpus of fewer than 200 texts two texts are more than one in a hundred: nothing is listed.
    """
    most = most_texts(len(texts))
    a, b = _words(first), _words(second)
    # A number alone is a price or a size, not a way of writing.
    shared = _longest(
        [
            run
            for run in _common_runs([word for word, *_ in a], [word for word, *_ in b])
            if any(mark.isalpha() for word in run for mark in word)
        ],
        " ",
    )
    if most < 2 or not shared:
        return []
    holdings = _counted(texts).words
    found = []
    for sequence in shared:
        count = holdings.count(f" {' '.join(sequence)} ", most)
        if count <= most:
            spans = (_spans(a, sequence), _spans(b, sequence))
            found.append(Shared(" ".join(sequence), max(count, 2), *spans))
    return _rarest_first(found)


def rare_marks(first: str, second: str, texts: Sequence[str] | CountedTexts) -> list[Shared]:
    """Sequences with punctuation, line breaks or emoji in both texts, under the rule of rare words.

    Words and spaces in them count exactly as they stand, letter case too.
    """
    most = most_texts(len(texts))
    a, b = _tokens(first), _tokens(second)
    runs = {_trimmed(run) for run in _common_runs([t for t, *_ in a], [t for t, *_ in b])}
    shared = _longest([run for run in runs if any(_is_mark(piece) for piece in run)], "")
    if most < 2 or not shared:
        return []
    holdings = _counted(texts).marks
    found = []
    for run in shared:
        count = holdings.count("".join(run), most)
        if count <= most:
            spans = (_spans(a, run), _spans(b, run))
            found.append(Shared("".join(run), max(count, 2), *spans))
    return _rarest_first(found)


def _counted(texts: Sequence[str] | CountedTexts) -> CountedTexts:
    return texts if isinstance(texts, CountedTexts) else CountedTexts(texts)


def _words(text: str) -> list[tuple[str, int, int]]:
    return [
        (_folded(match.group()), match.start(), match.end())
        for match in islice(_WORD.finditer(text), MOST_WORDS)
    ]


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Words and what stands between them, exactly as written."""
    return [
        (_MASKED if MASK.fullmatch(match.group()) else match.group(), match.start(), match.end())
        for match in islice(_TOKEN.finditer(text), MOST_WORDS)
    ]


def _is_mark(piece: str) -> bool:
    return piece != " " and not any(mark.isalnum() for mark in piece)


def _trimmed(run: tuple[str, ...]) -> tuple[str, ...]:
    start = 1 if run[0] == " " else 0
    end = len(run) - 1 if run[-1] == " " else len(run)
    return run[start:end]


def _folded(word: str) -> str:
    return _MASKED if word.startswith("⟦") else word.casefold().replace("’", "'")


def _common_runs(a: list[str], b: list[str]) -> list[tuple[str, ...]]:
    """All sequences of words in both lists that cannot be made longer where they stand."""
    number = {word: place for place, word in enumerate(sorted(set(a) | set(b)))}
    first = np.array([number[word] if word != _MASKED else -1 for word in a], np.int64)
    second = np.array([number[word] if word != _MASKED else -2 for word in b], np.int64)
    found: set[tuple[str, ...]] = set()
    before = np.zeros(len(second) + 1, np.int64)
    # before[j + 1]: length of the run that ends at the previous word of a and word j of b.
    for place in range(len(first) + 1):
        now = np.zeros_like(before)
        if place < len(first):
            now[1:] = np.where(second == first[place], before[:-1] + 1, 0)
        goes_on = np.append(now[1:] > 0, False)
        for end in np.flatnonzero((before > 0) & ~goes_on):
            found.add(tuple(a[place - int(before[end]) : place]))
        before = now
    return sorted(found)


def _spans(
    words: list[tuple[str, int, int]], sequence: tuple[str, ...]
) -> tuple[tuple[int, int], ...]:
    size = len(sequence)
    return tuple(
        (words[at][1], words[at + size - 1][2])
        for at in range(len(words) - size + 1)
        if all(words[at + step][0] == sequence[step] for step in range(size))
    )


def _unmasked(text: str) -> str:
    return MASK.sub("x", text)


def _longest(runs: list[tuple[str, ...]], edge: str) -> list[tuple[str, ...]]:
    """Sequences that are no part of a longer one: it is at least as rare, so it alone is told.

    `edge` joins and surrounds the pieces, so that a word is never part of another word.
    """
    kept: list[tuple[str, ...]] = []
    joined: list[str] = []
    for run in sorted(runs, key=lambda one: (-len(one), -len(edge.join(one)), one)):
        text = f"{edge}{edge.join(run)}{edge}"
        if not any(text in longer for longer in joined):
            kept.append(run)
            joined.append(text)
    return kept


def _rarest_first(found: list[Shared]) -> list[Shared]:
    order = sorted(found, key=lambda one: (one.texts, -len(one.sequence), one.sequence))
    return order[:MOST_LISTED]
