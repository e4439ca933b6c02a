"""Text files as blocks of UTF-8 bytes, whatever their encoding, and split into lines.

A line longer than the limit is never held whole: its start is kept for the reject table and
the rest is read past.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from inktrace.errors import InputError
from inktrace.sources.streams import SourceStream, TruncatedStream

__all__ = ["BLOCK_BYTES", "KEPT_OF_LONG_LINE", "LineChunk", "TextFile", "line_chunks"]

BLOCK_BYTES: Final = 2**23
KEPT_OF_LONG_LINE: Final = 1024
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class LineChunk:
    """Whole lines, each with its line end, or the start of one line that is too long."""

    lines: bytes
    too_long: bytes = b""


class TextFile:
    """The text of a stream as blocks of UTF-8 bytes without byte order mark.

    A byte order mark decides the encoding; without one it is `encoding`, or UTF-8. Bytes that
    the encoding does not know become bytes that are not UTF-8, so that only the row which
    holds them is rejected. UTF-16 without a mark cannot be told from damage: name it.
    Compressed data that ends too early ends the blocks and is kept in `damage`.

    Raises InputError for an unknown encoding.
    """

    def __init__(self, stream: SourceStream, encoding: str | None, block_bytes: int = BLOCK_BYTES):
        """Read from `stream`, about `block_bytes` at a time."""
        self.damage: TruncatedStream | None = None
        self._stream, self._block_bytes = stream, block_bytes
        self._convert = _converter(encoding or "utf-8")

    def blocks(self) -> Iterator[bytes]:
        """The text, a block at a time."""
        pieces = self._pieces()
        first = next(pieces, b"")
        for mark, encoding in _BYTE_ORDER_MARKS:
            if first.startswith(mark):
                self._convert, first = _converter(encoding), first[len(mark) :]
                break
        yield self._convert(first, False)
        for piece in pieces:
            yield self._convert(piece, False)
        yield self._convert(b"", True)

    def _pieces(self) -> Iterator[bytes]:
        """Raw blocks; what was decompressed before a premature end is not lost."""
        waiting, size = [], 0
        try:
            while piece := self._stream.read1(self._block_bytes):
                waiting.append(piece)
                size += len(piece)
                if size >= self._block_bytes:
                    yield b"".join(waiting)
                    waiting, size = [], 0
        except TruncatedStream as damage:
            self.damage = damage
        if waiting:
            yield b"".join(waiting)


def _converter(encoding: str) -> Callable[[bytes, bool], bytes]:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # refuses codecs that do not make text, such as base64
    except (LookupError, ValueError):
        raise InputError(
            f"there is no text encoding {encoding!r}", do="give one such as utf-8, cp1252, utf-16"
        ) from None
    if name in ("utf-8", "ascii"):
        return lambda block, _final: block
    # Half a surrogate pair, or a byte without meaning, passes through as an impossible UTF-8
    # sequence and is found again when the row is checked.
    passing = "surrogatepass" if name.startswith(("utf-16", "utf-32")) else "surrogateescape"
    decoder = codecs.getincrementaldecoder(name)(passing)

    def convert(block: bytes, final: bool) -> bytes:
        try:
            return decoder.decode(block, final).encode("utf-8", passing)
        except UnicodeError as error:  # some codecs refuse without saying where
            if final and isinstance(error, UnicodeDecodeError):
                return b"\xff"  # a character cut off at the end of the file
            reason = error.reason if isinstance(error, UnicodeDecodeError) else error
            raise InputError(f"the file is not {encoding}: {reason}", do="name its encoding") from (
                None
            )

    return convert


def line_chunks(blocks: Iterator[bytes], limit: int) -> Iterator[LineChunk]:
    """Lines with their LF, a block at a time; the last one may lack it.

    A line of more than `limit` bytes comes as `too_long`, with its first 1,024 bytes only.
    """
    rest, skipping = b"", False
    for block in blocks:
        if skipping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, skipping = block[end + 1 :], False
        end = block.rfind(b"\n") + 1
        if end:
            yield from _checked_lines(rest + block[:end], limit)
            rest = block[end:]
        else:
            rest += block
        if len(rest) > limit:
            yield LineChunk(b"", rest[:KEPT_OF_LONG_LINE])
            rest, skipping = b"", True
    if rest:
        yield LineChunk(rest)


def _checked_lines(lines: bytes, limit: int) -> Iterator[LineChunk]:
    """The lines as one chunk, or around those that are too long although they were read."""
    start = 0
    while len(lines) - start > limit:
        # Only then can a line be too long; look for it from the start.
        good_end = start
        while (end := lines.find(b"\n", good_end) + 1) and end - 1 - good_end <= limit:
            good_end = end
        if good_end > start:
            yield LineChunk(lines[start:good_end])
        if not end:
            return
        yield LineChunk(b"", lines[good_end : good_end + KEPT_OF_LONG_LINE])
        start = end
    if start < len(lines):
        yield LineChunk(lines[start:])
