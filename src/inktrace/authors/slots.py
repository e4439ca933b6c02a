"""What is fixed in a template and what its users fill in."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"⟦[a-z]{1,12}⟧|[^\W_]+|[^\w\s]|_")
_DEEPEST: Final = 20  # how often what lies between anchors is looked through for more

Span = tuple[int, int]


@dataclass(frozen=True)
class Slot:
    """A place of a template where texts differ: each distinct filling and how many texts have it.

    Most frequent first, then by spelling; "" where a text has nothing there.
    """

    values: tuple[tuple[str, int], ...]

    def shown(self, most: int = 3) -> str:
        """The filling in brackets: all of up to `most` values, else the first and their number."""
        words = [value or "–" for value, _ in self.values]
        if len(words) <= most:
            return f"[{'|'.join(words)}]"
        return f"[{'|'.join(words[: most - 1])}|…{len(words)} values]"


@dataclass(frozen=True)
class Template:
    """Fixed stretches of words and slots, in the order of the text."""

    parts: tuple[str | Slot, ...]

    def fixed_words(self) -> list[str]:
        """The words and marks that every text has, in order."""
        return [word for part in self.parts if isinstance(part, str) for word in part.split(" ")]

    def slots(self) -> list[Slot]:
        """The slots, in order."""
        return [part for part in self.parts if isinstance(part, Slot)]

    def shown(self) -> str:
        """The template on one line: `Room for [one|two] near ⟦place⟧`."""
        return " ".join(part if isinstance(part, str) else part.shown() for part in self.parts)


def template_slots(texts: Sequence[str] | Mapping[str, int]) -> Template:
    """The fixed words of near-duplicate texts, and between them the slots with their values.

    Given texts, or texts with how often each occurs. Anchors are the words that each text has
    exactly once and in one order, then those of the stretches between them; from anchors the fixed
    words grow as far as all texts agree.
    Case and layout are not told apart. Notes: every text must agree, so one stranger among the
    texts leaves few fixed words; work and memory grow with the number of words.
    """
    counted = Counter(texts) if not isinstance(texts, Mapping) else texts
    read = [(_TOKEN.findall(text), counted[text]) for text in sorted(counted)]
    if not read:
        return Template(())
    lowered = [tuple(token.lower() for token in tokens) for tokens, _ in read]
    fixed = _fixed(lowered, [(0, len(line)) for line in lowered], _DEEPEST)
    parts: list[str | Slot] = []
    stretch: list[str] = []
    last = [-1] * len(lowered)
    for places in [*fixed, [len(line) for line in lowered]]:
        values: Counter[str] = Counter()
        for (tokens, times), start, end in zip(read, last, places, strict=True):
            values[" ".join(tokens[start + 1 : end])] += times
        if set(values) != {""}:
            if stretch:
                parts.append(" ".join(stretch))
            parts.append(Slot(tuple(sorted(values.items(), key=lambda item: (-item[1], item[0])))))
            stretch = []
        stretch.extend(read[0][0][places[0] : places[0] + 1])
        last = places
    return Template(tuple([*parts, " ".join(stretch)] if stretch else parts))


def _anchors(lines: list[tuple[str, ...]]) -> list[str]:
    """Words that every line has once, and of these the longest series in one order."""
    common: set[str] | None = None
    for line in lines:
        once = {word for word, times in Counter(line).items() if times == 1}
        common = once if common is None else common & once
    anchors = [word for word in lines[0] if word in (common or ())]
    for line in lines[1:]:
        place = {word: position for position, word in enumerate(line)}
        anchors = _in_order(anchors, [place[word] for word in anchors])
    return anchors


def _in_order(words: list[str], places: list[int]) -> list[str]:
    """The longest series of words whose places rise (patience sorting)."""
    tops: list[int] = []
    last_of: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        pile = bisect.bisect_left(tops, place)
        before.append(last_of[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            last_of.append(index)
        else:
            tops[pile] = place
            last_of[pile] = index
    series = []
    index = last_of[-1] if last_of else -1
    while index >= 0:
        series.append(words[index])
        index = before[index]
    return series[::-1]


def _fixed(lines: list[tuple[str, ...]], spans: list[Span], deeper: int) -> list[list[int]]:
    """The place in each line of every word that all lines share within the spans, in order."""
    before, after = _agreed(lines, spans)
    found = [[start + step for start, _ in spans] for step in range(before)]
    ending = [[end - step for _, end in spans] for step in range(after, 0, -1)]
    inner = [(start + before, end - after) for start, end in spans]
    pieces = [line[start:end] for line, (start, end) in zip(lines, inner, strict=True)]
    anchors = _anchors(pieces) if deeper else []
    if anchors:
        where = [{word: place for place, word in enumerate(piece)} for piece in pieces]
        last = [start for start, _ in inner]
        for anchor in anchors:
            places = [start + place[anchor] for (start, _), place in zip(inner, where, strict=True)]
            found.extend(_fixed(lines, list(zip(last, places, strict=True)), deeper - 1))
            found.append(places)
            last = [place + 1 for place in places]
        ends = [end for _, end in inner]
        found.extend(_fixed(lines, list(zip(last, ends, strict=True)), deeper - 1))
    return found + ending


def _agreed(lines: list[tuple[str, ...]], spans: list[tuple[int, int]]) -> tuple[int, int]:
    """How many words after the last anchor, and before the next, all lines share."""
    room = min(end - start for start, end in spans)
    first = lines[0]
    start, end = spans[0]
    before = 0
    while before < room and all(
        line[span[0] + before] == first[start + before]
        for line, span in zip(lines, spans, strict=True)
    ):
        before += 1
    after = 0
    while after < room - before and all(
        line[span[1] - 1 - after] == first[end - 1 - after]
        for line, span in zip(lines, spans, strict=True)
    ):
        after += 1
    return before, after
