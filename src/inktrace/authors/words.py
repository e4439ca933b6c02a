"""The words of a text, cut once: a cheap look that spares most searches of most ads."""

from __future__ import annotations

import functools
import re
import sys
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

_WORD: Final = re.compile(r"[^\W_]+")
# ASCII with a space for all but letters and digits.
_SPACED: Final = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
_MOST_TEXTS: Final = 8
BLANK: Final = "\x01"  # stands for what was found: no letter, no space, no sign that people write


class Words:
    """The words of one text: in small letters, and where they begin and end.

    A word is a row of letters and digits. Where a letter is two in lower case, there may be more
    words than places.
    """

    def __init__(self, lowered: list[str], starts: list[int], ends: list[int]) -> None:
        self.lowered, self.starts, self.ends = lowered, starts, ends
        self.has_places = len(lowered) == len(starts)
        self._distinct: frozenset[str] | None = None
        self._longest = -1

    @property
    def distinct(self) -> frozenset[str]:
        """Each word once."""
        if self._distinct is None:
            self._distinct = frozenset(self.lowered)
        return self._distinct

    @property
    def longest(self) -> int:
        """Letters and digits of the longest word; 0 where there is none."""
        if self._longest < 0:
            self._longest = max(map(len, self.lowered), default=0)
        return self._longest

    def matches(self, pattern: re.Pattern[str], text: str, least: int) -> Iterator[re.Match[str]]:
        """Matches of a pattern of letters and digits, in words that have at least so many."""
        if self.longest >= least:
            for start, end in zip(self.starts, self.ends, strict=True):
                if end - start >= least:
                    yield from pattern.finditer(text, start, end)

    def starts_of(self, chosen: frozenset[str], text: str) -> list[int]:
        """Where those of the words begin that are among the chosen ones, in small letters."""
        places = zip(self.starts, self.ends, strict=True)
        lowered = self.lowered if self.has_places else [text[a:b].lower() for a, b in places]
        return [start for start, word in zip(self.starts, lowered, strict=True) if word in chosen]

    def matches_from(
        self, chosen: frozenset[str], pattern: re.Pattern[str], text: str
    ) -> Iterator[re.Match[str]]:
        """Matches of a pattern that begins with a chosen word, from the left, none in another."""
        last = 0
        for start in self.starts_of(chosen, text):
            match = pattern.match(text, start) if start >= last else None
            if match:
                last = match.end()
                yield match

    def between(self, spans: Iterable[tuple[int, int]], text: str) -> Words:
        """The words of the text outside spans of it (in order, apart); some lose their ends."""
        left = Words([], [], [])
        first = 0
        for start, end in (*spans, (len(text), len(text))):
            begin, stop = bisect_right(self.ends, first), bisect_left(self.starts, start)
            if begin < stop:
                lowered = self.lowered[begin:stop]
                starts, ends = self.starts[begin:stop], self.ends[begin:stop]
                if starts[0] < first or ends[-1] > start:
                    starts[0], ends[-1] = max(starts[0], first), min(ends[-1], start)
                    lowered[0] = text[starts[0] : ends[0]].lower()
                    lowered[-1] = text[starts[-1] : ends[-1]].lower()
                left.lowered += lowered
                left.starts += starts
                left.ends += ends
            first = end
        return left


class _Rest(NamedTuple):
    """A text of which spans were blanked: its words are what is left of the whole's."""

    whole: str
    words: Words
    spans: list[tuple[int, int]]


_KNOWN: Final[OrderedDict[str, Words | _Rest]] = OrderedDict()


def words_in(text: str) -> Words:
    """The words of a text; those of the last few texts are kept."""
    known = _KNOWN.get(text)
    if known is None:
        known = _kept(text, _cut(text))
    elif isinstance(known, _Rest):
        known = _kept(text, known.words.between(known.spans, known.whole))
    return known


def without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spans of it (in order, apart) blanked; its words need not be cut again."""
    parts, last = [], 0
    for start, end in spans:
        parts.append(text[last:start])
        parts.append(BLANK * (end - start))
        last = end
    parts.append(text[last:])
    blanked = "".join(parts)
    known = _KNOWN.get(text)
    if isinstance(known, Words) and known.has_places:
        _keep(blanked, _Rest(text, known, spans))
    return blanked


def _kept(text: str, words: Words) -> Words:
    _keep(text, words)
    return words


def _keep(text: str, words: Words | _Rest) -> None:
    _KNOWN[text] = words
    if len(_KNOWN) > _MOST_TEXTS:
        _KNOWN.popitem(last=False)


def _cut(text: str) -> Words:
    if text.isascii():
        spaced = text.encode("ascii").translate(_SPACED)
        edges = _edges(np.frombuffer(spaced, np.uint8) != ord(" "))
        return Words(spaced.lower().decode("ascii").split(), edges[::2], edges[1::2])
    lowered = text.lower()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    edges = _edges(_letters_and_digits()[codes])
    starts, ends = edges[::2], edges[1::2]
    if len(lowered) != len(text):
        return Words(_WORD.findall(lowered), starts, ends)
    return Words([lowered[a:b] for a, b in zip(starts, ends, strict=True)], starts, ends)


def _edges(inside: np.ndarray) -> list[int]:
    """Where words begin and end, by turns."""
    framed = np.zeros(len(inside) + 2, np.bool_)
    framed[1:-1] = inside
    edges: list[int] = (framed[1:] != framed[:-1]).nonzero()[0].tolist()
    return edges


@functools.cache
def _letters_and_digits() -> np.ndarray:
    """For each code point, whether it is part of a word."""
    return np.fromiter(map(str.isalnum, map(chr, range(sys.maxunicode + 1))), np.bool_)
