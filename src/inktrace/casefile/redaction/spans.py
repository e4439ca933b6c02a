"""Places in a text, found again in the same text after parts of it were replaced by marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_MARKS: Final = re.compile("(?:⟦[^⟦⟧]*⟧)+")
# How far on the text after a mark is looked for, and by how many of its characters: bounds work.
_FARTHEST: Final = 400
_MOST_COMPARED: Final = 60

Span = tuple[int, int]
Run = tuple[int, int, int]


def moved_spans(spans: Iterable[Span], old: str, new: str) -> list[Span]:
    """The spans (start, end) of `old` as spans of `new`, where marks ⟦…⟧ replaced parts of it.

    A span that touches a replaced part reaches over the whole mark. What cannot be placed for
    certain is left out: no mark is better than one in the wrong place.
    """
    if old == new:
        return list(spans)
    runs = _runs(old, new)
    moved = []
    for start, end in spans:
        held = [
            (max(start, at), min(end, at + size), there - at)
            for at, there, size in runs
            if start < at + size and end > at
        ]
        if held and _is_whole(held, start, end, runs):
            moved.append((held[0][0] + held[0][2], held[-1][1] + held[-1][2]))
    return moved


def _is_whole(held: list[tuple[int, int, int]], start: int, end: int, runs: list[Run]) -> bool:
    """Whether both ends lie in text that stayed, and the text was followed to the end of it."""
    last = runs[-1][0] + runs[-1][2]
    return held[0][0] == start and held[-1][1] == end and end <= last


def _runs(old: str, new: str) -> list[Run]:
    """Stretches that are the same in both, in order: (place in old, place in new, length)."""
    runs: list[Run] = []
    here = there = 0
    while here < len(old) and there < len(new):
        size = 0
        while (
            here + size < len(old)
            and there + size < len(new)
            and old[here + size] == new[there + size]
        ):
            size += 1
        opened = new.rfind("⟦", there, there + size)
        if there + size < len(new) and opened >= 0 and "⟧" not in new[opened : there + size]:
            size = opened - there  # the difference lies within a mark: step back before it
        if size:
            runs.append((here, there, size))
        here, there = here + size, there + size
        mark = _MARKS.match(new, there)
        if mark is None:
            break
        rest = _MARKS.search(new, mark.end())
        piece = new[mark.end() : rest.start() if rest else len(new)][:_MOST_COMPARED]
        found = old.find(piece, here, here + _FARTHEST + len(piece)) if piece else -1
        if found < 0:
            break
        here, there = found, mark.end()
    return runs
