"""Part of a file of lines that grows: where its whole new lines end, their bytes and digest."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from inktrace.sources.streams import SourceStream, open_plain

__all__ = ["FilePart", "bytes_digest", "open_part", "whole_lines_end"]

_BLOCK_BYTES: Final = 2**16


@dataclass(frozen=True)
class FilePart:
    """Whole lines: the bytes from `start` to before `end`; `rows` rows stand before them."""

    start: int
    end: int
    rows: int = 0


def open_part(path: Path, part: FilePart) -> SourceStream:
    """The bytes of a part, as they are. Raises InputError where the file cannot be read."""
    file = open_plain(path)
    file.seek(part.start)
    return SourceStream(_Part(file, part), part.end - part.start)


def bytes_digest(path: Path, start: int, end: int) -> str:
    """Hex SHA-256 of the bytes from `start` to before `end`, or to where the file ends."""
    digest, left = hashlib.sha256(), end - start
    with closing(open_plain(path)) as file:
        file.seek(start)
        while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def whole_lines_end(path: Path, start: int, longest: int) -> int:
    """Where the last whole line from `start` on ends; `start` where there is none.

    A last line without line end is whole where it is a JSON object of at most `longest` bytes:
    no beginning of an object is an object, so nothing but white space can follow. What else
    stands there is waited for.
    """
    with closing(open_plain(path)) as file:
        size = file.seek(0, io.SEEK_END)
        end = _last_line_end(file, start, size)
        if size - end <= longest:
            file.seek(end)
            if _is_object(file.read(size - end) or b""):
                return size
    return end


def _last_line_end(file: BinaryIO, start: int, size: int) -> int:
    """One past the last line feed between `start` and `size`, looked for from behind."""
    high = size
    while high > start:
        low = max(start, high - _BLOCK_BYTES)
        file.seek(low)
        found = (file.read(high - low) or b"").rfind(b"\n")
        if found >= 0:
            return low + found + 1
        high = low
    return start


def _is_object(line: bytes) -> bool:
    if not line.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


class _Part(io.RawIOBase):
    """Reads no further than the part's end."""

    def __init__(self, file: BinaryIO, part: FilePart):
        self._file, self._part = file, part

    @property
    def position(self) -> int:
        return self._file.tell() - self._part.start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        room = min(len(buffer), self._part.end - self._file.tell())
        return cast(io.RawIOBase, self._file).readinto(memoryview(buffer)[:room]) or 0

    def close(self) -> None:
        self._file.close()
        super().close()
