"""CSV text split into records, so that one bad record never takes its neighbours with it.

Where quoting is plain (RFC 4180) a whole block is split with array arithmetic; where it is
not, the block is walked record by record, and after a broken record reading resumes on the
line after the one it began on. An opening quote that never closes therefore costs one row, not
the rest of the file. The result does not depend on how the file is cut into blocks.

References: RFC 4180, Common Format and MIME Type for CSV Files (2005).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from inktrace.sources.text_blocks import KEPT_OF_LONG_LINE

__all__ = ["BadRecord", "CsvChunk", "csv_chunks", "fields_of", "first_record"]

_QUOTE: Final = 34
_LF: Final = 10
_CR: Final = 13
_LINE_END = re.compile(rb"[\r\n]")

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BadRecord:
    """A record that could not be split into the expected fields: its number, why, its text."""

    row: int
    reason: str
    raw: bytes


@dataclass
class CsvChunk:
    """Some records of a file: as text that any CSV reader splits alike, or split already.

    `rows` numbers the good records, 1 for the first record after the header; exactly one of
    `text` (their bytes) and `records` (their fields) is filled.
    """

    rows: Positions
    text: bytes = b""
    records: list[list[bytes]] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)


@dataclass(frozen=True)
class _Grammar:
    """The shapes of a record and a field for one delimiter."""

    delimiter: int
    record: re.Pattern[bytes]
    field: re.Pattern[bytes]
    unfinished: re.Pattern[bytes]

    @classmethod
    def of(cls, delimiter: str) -> _Grammar:
        mark = re.escape(delimiter.encode())
        quoted, bare = rb'"(?:[^"]++|"")*+"', rb'[^"\r\n' + mark + rb"][^\r\n" + mark + rb"]*+"
        one = rb"(?:" + quoted + rb"|" + bare + rb"|)"
        unfinished = rb'(?:"(?:[^"]++|"")*+"?|' + bare + rb")?\r?\Z"
        return cls(
            ord(delimiter),
            re.compile(one + rb"(?:" + mark + one + rb")*+(\r\n|\r|\n)"),
            re.compile(
                rb'(?:"((?:[^"]++|"")*+)"|([^\r\n' + mark + rb"]*+))(?:" + mark + rb"|[\r\n]|\Z)"
            ),
            re.compile(rb"(?:" + one + mark + rb")*+" + unfinished),
        )


def fields_of(record: bytes, delimiter: str) -> list[bytes]:
    """The fields of one well-formed record, its line end left out, quotes undone."""
    return _fields(record.rstrip(b"\r\n") + b"\n", _Grammar.of(delimiter))


def first_record(data: bytes, delimiter: str) -> tuple[list[bytes], int] | None:
    """The fields of the first record that is not empty, and where the next begins.

    None where no whole record is there yet.
    """
    grammar, position = _Grammar.of(delimiter), 0
    while (match := grammar.record.match(data, position)) is not None:
        end = match.end() + (match.group(1) == b"\r" and data[match.end() :][:1] == b"\n")
        if match.start(1) > position:
            return _fields(match.group(), grammar), end
        position = end
    return None


def csv_chunks(
    blocks: Iterator[bytes],
    delimiter: str,
    expected: int,
    limit: int,
    ended_early: Callable[[], bool] = lambda: False,
) -> Iterator[CsvChunk]:
    """The records of a CSV file after its header, in order, a block at a time.

    `expected` is the number of fields; records with another number, broken quoting, or more
    than `limit` bytes are in `bad`. Empty lines are no records. Where `ended_early` says at
    the end that the file was cut off, its last line is bad unless it has a line end.
    Memory: about three times the larger of `limit` and a block.
    """
    scanner = _Scanner(_Grammar.of(delimiter), expected, limit)
    rest = b""
    for block in blocks:
        rest += block
        if scanner.skipping:
            rest = scanner.skipped(rest)
        yield from scanner.chunks(rest, final=False)
        rest = scanner.rest
    if scanner.skipping or not rest:
        return
    whole = rest.rfind(b"\n") + 1 if ended_early() else len(rest)
    text, cut_off = rest[:whole], rest[whole:]
    yield from scanner.chunks(text if text.endswith(b"\n") else text + b"\n", final=True)
    if cut_off:
        yield scanner.cut_off(cut_off)


class _Scanner:
    """Where in the file the reading stands: the record number and what is left of a block."""

    def __init__(self, grammar: _Grammar, expected: int, limit: int):
        self.grammar, self.expected, self.limit = grammar, expected, limit
        self.row = 1
        self.rest = b""
        self.skipping = False

    def skipped(self, data: bytes) -> bytes:
        """What follows the line that is too long, once its end is found."""
        end = _LINE_END.search(data)
        if end is None:
            return b""
        self.skipping = False
        return data[end.end() :]

    def cut_off(self, line: bytes) -> CsvChunk:
        """The last line of a file that ends too early, as a bad record."""
        chunk = CsvChunk(np.zeros(0, np.int64))
        self._reject(chunk, "the file ends in the middle of this row", line)
        return chunk

    def chunks(self, data: bytes, *, final: bool) -> Iterator[CsvChunk]:
        """Split all whole records off `data`; what remains is left in `rest`."""
        self.rest = b""
        if not data:
            return
        plain = _plain_chunk(data, self)
        if plain is not None:
            self.rest = data[plain.end :]
            if plain.chunk.rows.size or plain.chunk.bad:
                yield plain.chunk
            if not final and len(self.rest) <= self.limit:
                return
            if not self.rest:
                return
            data = self.rest
        walked = CsvChunk(np.zeros(0, np.int64))
        position = self._walk(data, walked, final)
        self.rest = b"" if self.skipping else data[position:]
        if walked.rows.size or walked.bad:
            yield walked

    def _walk(self, data: bytes, chunk: CsvChunk, final: bool) -> int:
        """Split records off one by one; returns where the first unfinished one begins."""
        position = 0
        rows: list[int] = []
        while position < len(data):
            match = self.grammar.record.match(data, position)
            unsure = not final and (match is None or match.end() == len(data))
            if match is not None and unsure and match.group(1) != b"\r":
                unsure = False
            if unsure and self._may_go_on(data, position):
                break
            if match is None or match.end() - position > self.limit:
                position = self._give_up_line(data, position, chunk, match is not None)
                continue
            position = self._take(data, match, chunk, rows)
        chunk.rows = np.array(rows, np.int64)
        return position

    def _may_go_on(self, data: bytes, position: int) -> bool:
        if len(data) - position > self.limit:
            return False
        return self.grammar.unfinished.match(data, position) is not None

    def _take(self, data: bytes, match: re.Match[bytes], chunk: CsvChunk, rows: list[int]) -> int:
        """Keep a well-formed record, or reject it for its number of fields."""
        start, end = match.span()
        if match.start(1) == start:
            return end  # an empty line is no record
        fields = _fields(data[start:end], self.grammar)
        if len(fields) == self.expected:
            rows.append(self.row)
            chunk.records.append(fields)
            self.row += 1
            return end
        reason = f"{len(fields)} fields where the header has {self.expected}"
        lines = len(data[start : match.start(1)].splitlines()) - 1
        if lines:
            # Its quoted field runs over lines that may be rows of their own.
            reason += f", with a quoted field that runs over {lines + 1} lines"
            end = _line_after(data, start)
        self._reject(chunk, reason, data[start:end])
        return end

    def _give_up_line(self, data: bytes, position: int, chunk: CsvChunk, matched: bool) -> int:
        """Reject the line that a broken or too long record begins on; returns where it ends."""
        end = _line_after(data, position)
        if end < 0 or end - position > self.limit:
            start = data[position : position + KEPT_OF_LONG_LINE]
            self._reject(chunk, f"line of more than {self.limit} bytes", start)
            self.skipping = end < 0
            return len(data) if end < 0 else end
        unfinished = self.grammar.unfinished.match(data, position) is not None
        if matched or (unfinished and len(data) - position > self.limit):
            reason = f"a quoted field that does not end within {self.limit} bytes"
        elif unfinished:
            reason = "a quote is opened and never closed"
        else:
            reason = "a quote inside a quoted field is not doubled, or a quote is never closed"
        self._reject(chunk, reason, data[position:end])
        return end

    def _reject(self, chunk: CsvChunk, reason: str, raw: bytes) -> None:
        chunk.bad.append(BadRecord(self.row, reason, raw[:KEPT_OF_LONG_LINE].rstrip(b"\r\n")))
        self.row += 1


@dataclass(frozen=True)
class _Plain:
    chunk: CsvChunk
    end: int


def _plain_chunk(data: bytes, scanner: _Scanner) -> _Plain | None:
    """All whole records of a block at once, or None where its quoting is not plain."""
    cells = np.frombuffer(data, np.uint8)
    quotes, feeds = np.flatnonzero(cells == _QUOTE), np.flatnonzero(cells == _LF)
    ends = feeds[_outside(feeds, quotes)]
    if not ends.size:
        return _Plain(CsvChunk(np.zeros(0, np.int64)), 0) if not quotes.size else None
    cut = int(ends[-1]) + 1
    quotes = quotes[: np.searchsorted(quotes, cut)]
    cells = cells[:cut]
    if not _quotes_are_plain(cells, quotes, scanner.grammar.delimiter):
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    if _has_lone_returns(cells, quotes) or int((ends + 1 - starts).max()) > scanner.limit:
        return None
    marks = np.flatnonzero(cells == scanner.grammar.delimiter)
    marks = marks[_outside(marks, quotes)]
    counts = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
    blank = (ends == starts) | ((ends == starts + 1) & (cells[starts] == _CR))
    wrong = (counts != scanner.expected) & ~blank
    if wrong.any() and (wrong & _runs_over_lines(cells, quotes, ends)).any():
        return None
    return _Plain(_chosen(data[:cut], starts, ends, counts, blank, wrong, scanner), cut)


def _chosen(
    data: bytes,
    starts: Positions,
    ends: Positions,
    counts: Positions,
    blank: npt.NDArray[np.bool_],
    wrong: npt.NDArray[np.bool_],
    scanner: _Scanner,
) -> CsvChunk:
    """The good records' text and numbers, and the bad ones; moves the record number on."""
    rows = scanner.row + np.cumsum(~blank) - 1
    scanner.row += int((~blank).sum())
    bad = [
        BadRecord(
            int(rows[i]),
            f"{counts[i]} fields where the header has {scanner.expected}",
            data[starts[i] : min(ends[i], starts[i] + KEPT_OF_LONG_LINE)].rstrip(b"\r"),
        )
        for i in np.flatnonzero(wrong)
    ]
    good = ~(blank | wrong)
    if not good.all():
        kept = np.repeat(good, ends + 1 - starts)
        data = np.frombuffer(data, np.uint8)[kept].tobytes()
    return CsvChunk(rows[good].astype(np.int64), text=data, bad=bad)


def _outside(positions: Positions, quotes: Positions) -> npt.NDArray[np.bool_]:
    """Whether each position lies outside quotes: an even number of quotes before it."""
    if not quotes.size:
        return np.ones(positions.size, np.bool_)
    outside: npt.NDArray[np.bool_] = np.searchsorted(quotes, positions) % 2 == 0
    return outside


def _quotes_are_plain(cells: npt.NDArray[np.uint8], quotes: Positions, delimiter: int) -> bool:
    """Whether every quote opens a field, closes one, or is doubled inside one."""
    opening, closing = quotes[0::2], quotes[1::2]
    if not opening.size:
        return True
    doubled = closing[:-1] + 1 == opening[1:]
    before = cells[np.maximum(opening - 1, 0)]
    begins = (opening == 0) | (before == delimiter) | (before == _LF) | (before == _CR)
    after = cells[closing + 1]  # the data ends in a line feed outside quotes
    finishes = (after == delimiter) | (after == _LF) | (after == _CR)
    begins[1:] |= doubled
    finishes[:-1] |= doubled
    return bool(begins.all() and finishes.all())


def _runs_over_lines(
    cells: npt.NDArray[np.uint8], quotes: Positions, ends: Positions
) -> npt.NDArray[np.bool_]:
    """Whether each record has a line end inside quotes."""
    breaks = np.flatnonzero((cells == _LF) | (cells == _CR))
    inner = breaks[~_outside(breaks, quotes)]
    counts: Positions = np.diff(np.searchsorted(inner, ends), prepend=0)
    return counts > 0


def _has_lone_returns(cells: npt.NDArray[np.uint8], quotes: Positions) -> bool:
    """Whether a carriage return outside quotes is not followed by a line feed."""
    returns = np.flatnonzero(cells == _CR)
    lone = returns[cells[np.minimum(returns + 1, cells.size - 1)] != _LF]
    return bool(lone.size and _outside(lone, quotes).any())


def _line_after(data: bytes, position: int) -> int:
    """Where the line that begins at `position` ends, its line end included; -1 if it does not."""
    end = _LINE_END.search(data, position)
    if end is None:
        return -1
    return end.end() + (data[end.start() : end.start() + 2] == b"\r\n")


def _fields(record: bytes, grammar: _Grammar) -> list[bytes]:
    """The fields of a record that matched the grammar, ending in a line end."""
    position = 0
    values: list[bytes] = []
    while True:
        match = grammar.field.match(record, position)
        if match is None:  # cannot happen for a record that matched
            return values
        quoted = match.group(1)
        values.append(match.group(2) if quoted is None else quoted.replace(b'""', b'"'))
        position = match.end()
        if record[position - 1 : position] in (b"\n", b"\r") or position >= len(record):
            return values
