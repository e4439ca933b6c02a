"""How far a growing file of ads was read, so that it is read on from there after any stop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.sources.file_parts import FilePart, bytes_digest, whole_lines_end
from inktrace.sources.intake import Intake, shown_path

__all__ = ["FeedProgress", "feed_progress", "next_part", "store_progress"]

_MARK_BYTES: Final = 4096


@dataclass(frozen=True)
class FeedProgress:
    """What was read of a file; see the table feed_files."""

    bytes_read: int = 0
    rows_met: int = 0
    mark_sha256: str = ""


def feed_progress(engine: Engine, path: Path) -> FeedProgress:
    """How far a file was read before; nowhere where it never was."""
    rows = engine.rows(
        "SELECT bytes_read, rows_met, mark_sha256 FROM feed_files WHERE path = ? "
        "ORDER BY file_id DESC LIMIT 1",
        [_key(path)],
    )
    return FeedProgress(*rows[0]) if rows else FeedProgress()


def next_part(path: Path, before: FeedProgress, longest: int) -> FilePart | None:
    """The whole lines that were not read yet; none where there are none.

    A file that is shorter now, or is another before where it was read to, is read from its
    start: what of it is known counts as repeats.
    """
    start, rows = before.bytes_read, before.rows_met
    if start and (path.stat().st_size < start or _mark(path, start) != before.mark_sha256):
        start, rows = 0, 0
    end = whole_lines_end(path, start, longest)
    return FilePart(start, end, rows) if end > start else None


def store_progress(file: Intake, part: FilePart) -> None:
    """Remember that a part was read; to be called inside the transaction that stores it."""
    row = {
        "path": [_key(file.path)],
        "bytes_read": [part.end],
        "rows_met": [file.rows_met],
        "mark_sha256": [_mark(file.path, part.end)],
    }
    file.engine.append("feed_files", pa.table(row), file_id=file.file_id)


def _key(path: Path) -> str:
    return shown_path(path.resolve())


def _mark(path: Path, end: int) -> str:
    return bytes_digest(path, max(0, end - _MARK_BYTES), end)
