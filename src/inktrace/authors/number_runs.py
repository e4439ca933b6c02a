"""Rows of digits in texts that may be telephone numbers: where they stand and how they are cut."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from inktrace.authors.number_words import (
    JOINING,
    TOKEN,
    Piece,
    digit_counts,
    plain_letters,
    reading,
    shaped,
)
from inktrace.authors.words import BLANK, words_in

LEAST_DIGITS: Final = 7
_SEPARATORS: Final = r"[\s.\-()/*_~,+#•·–—'\"\[\]|:]{0,5}"
_GAP: Final = re.compile(_SEPARATORS)
# Words, flowers and other signs between the parts of one number, as they are between other words.
_ORNAMENT: Final = (
    r"[\s.\-()/*_~,+#•·–—'\"\[\]|:;=<>{}\\^!&%“”‘’`´°\u2010-\u2bff\u3000-\u303f"
    r"\U0001f000-\U0001faff]"
)
_LOOSE_GAP: Final = re.compile(
    rf"{_ORNAMENT}{{0,9}}(?:(?:{'|'.join(sorted(JOINING))})(?![A-Za-z]){_ORNAMENT}{{0,5}}){{0,2}}",
    re.IGNORECASE,
)
_LONGEST_GAP: Final = 60
_MONEY: Final = r"(?:php|₱|\$|€|£|usd|eur|gbp|pesos?|p(?=\d))"
# Amounts, times of day, dates and measures look like pieces of a phone number: not read.
_NOT_PHONE: Final = re.compile(
    rf"(?=[₱$€£pueg])(?<![A-Za-z\d]){_MONEY}\s?"
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d\d)?|\d{1,7}(?!\d)(?:\.\d\d(?!\d))?)"
    r"|(?=\d)(?<!\d)(?:"
    r"(?<![.\-+])\d{1,7}\s?(?:php|pesos?|piso|usd|eur|/\s?hr|/\s?hour|per\b)"
    r"|(?<![\-./])(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\d\-./])"
    r"|(?<![\-./])\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?![\d\-./])"
    r"|\d{1,2}:\d\d(?!\d)"
    r"|97[89][- ]\d{1,5}[- ]\d{1,7}[- ]\d{1,7}[- ][\dXx](?!\d)"  # books (ISBN)
    # Heights (5'4) and a body's or a garment's measures (34-24-35).
    r"|(?<!['’])[3-7]['’]\s?\d{1,2}(?![\d'’])"
    r"|(?<!-)[2-5]\d-[2-5]\d-[2-5]\d(?![\d\-]))",
    re.IGNORECASE,
)
_CONTEXT: Final = 2  # words


class Run(NamedTuple):
    """Pieces that may be parts of one number, in order.

    `first`: where the part of the text begins that was read, `zone`: that part in plain letters;
    the places of the pieces are in it.
    """

    first: int
    zone: str
    pieces: list[Piece]
    length: int  # digits of all pieces


def number_runs(text: str) -> Iterator[Run]:
    """Every run of a folded text that is long enough for a number, from the left."""
    for first, last in _zones(text):
        zone = plain_letters(text[first:last])
        for pieces in _pieces(_NOT_PHONE.sub(_blank, zone)):
            length = sum([len(piece.digits) for piece in pieces])
            if length >= LEAST_DIGITS:
                yield Run(first, zone, pieces, length)


def _blank(match: re.Match[str]) -> str:
    return BLANK * (match.end() - match.start())


def _zones(text: str) -> list[tuple[int, int]]:
    """Where words stand in a row that are long enough for a number, with two words either side.

    Prices are still among them: what stands around a number tells what it is.
    """
    words = words_in(text)
    counts = digit_counts(words.lowered)
    rows: list[tuple[int, int]] = []
    length, first, last = 0, 0, -1
    for place in (*(place for place, digits in enumerate(counts) if digits), len(counts) + 1):
        if place != last + 1:  # other words stand between
            if length >= LEAST_DIGITS:
                rows.append((max(0, first - _CONTEXT), min(len(counts) - 1, last + _CONTEXT)))
            length, first = 0, place
        if place < len(counts) and counts[place] > 0:
            length += counts[place]
        last = place
    if not rows:
        return []
    if not words.has_places:
        return [(0, len(text))]
    zones: list[tuple[int, int]] = []
    for begin, end in rows:
        start = 0 if begin == 0 else words.starts[begin]
        stop = len(text) if end == len(counts) - 1 else words.ends[end]
        if zones and start < zones[-1][1]:
            zones[-1] = (zones[-1][0], stop)
        else:
            zones.append((start, stop))
    return zones


def _pieces(text: str) -> Iterator[list[Piece]]:
    """The pieces of each run; wide gaps and other words part runs."""
    run: list[Piece] = []
    words: list[str] = []
    is_shaped = False
    end = 0
    for match in TOKEN.finditer(text):
        token = match.group()
        digits: str | None = token
        word, is_word, is_loose, is_joining, shapes = token, False, False, False, False
        if not token.isdigit():  # rows of digits need no look and are seldom seen twice
            word, digits, is_word, is_loose, is_joining, shapes = reading(token)
        if is_joining:
            continue
        start = match.start()
        gap = 0  # nothing much; 1 words or ornaments, -1 what parts numbers
        if run and digits is not None:
            gap = _gap(text[end:start]) if start - end <= _LONGEST_GAP else -1
        if run and (digits is None or gap < 0):
            yield shaped(run, words) if is_shaped else run
            run, words, is_shaped = [], [], False
        if digits is not None:
            end = match.end()
            run.append(Piece(digits, start, end, is_word, is_loose, gap > 0))
            words.append(word)
            is_shaped = is_shaped or shapes
    if run:
        yield shaped(run, words) if is_shaped else run


@functools.lru_cache(maxsize=16_384)
def _gap(between: str) -> int:
    if _GAP.fullmatch(between):
        return 0
    return 1 if _LOOSE_GAP.fullmatch(between) else -1
