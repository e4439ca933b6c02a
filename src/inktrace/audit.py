"""The audit log: one line per act, each carrying the digest of the line before it.

Changing, removing or reordering a line breaks the chain from there on. The log is only ever
appended to; a last line cut short by a crash is kept beside it and named in an entry.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inktrace.errors import WorkspaceError
from inktrace.units import MICROSECONDS_PER_SECOND, iso_time

_FIRST: Final = "0" * 64


class AuditLog:
    """An append-only, hash-chained JSON Lines file."""

    def __init__(self, path: Path):
        """Open the log at `path`, setting aside a last line that a crash cut short."""
        self._path = path
        try:
            aside = self._set_aside_partial_line()
        except OSError as error:
            raise WorkspaceError(
                f"the audit log cannot be used: {error.strerror}",
                where=path,
                do="check its permissions and the free space",
            ) from error
        if aside is not None:
            # At once: the program that opens the log next would not know of it.
            self._append("recovered", {"cut_short_line_kept_in": aside})

    def append(self, action: str, details: Mapping[str, Any]) -> None:
        """Write one act; it is on disk when this returns."""
        self._append(action, details)

    def check(self) -> int:
        """Number of entries, after recomputing every digest.

        Raises WorkspaceError naming the first line that does not hold.
        """
        previous = _FIRST
        count = 0
        if not self._path.exists():
            return 0
        with self._path.open(encoding="utf-8") as lines:
            for count, line in enumerate(lines, start=1):
                previous = self._checked(line, count, previous)
        return count

    def _append(self, action: str, details: Mapping[str, Any]) -> None:
        try:
            self._write_entry(action, details)
        except OSError as error:
            raise WorkspaceError(
                f"the audit log cannot be written: {error.strerror}", where=self._path
            ) from error

    def _write_entry(self, action: str, details: Mapping[str, Any]) -> None:
        sequence, previous = self._last()
        entry = {
            "sequence": sequence + 1,
            "time": iso_time(time.time_ns() // 1000 // MICROSECONDS_PER_SECOND * 1_000_000),
            "action": action,
            "details": dict(details),
            "previous": previous,
        }
        entry["hash"] = _digest(entry)
        line = json.dumps(entry, sort_keys=True, ensure_ascii=True) + "\n"
        with self._path.open("ab", buffering=0) as out:
            end = out.seek(0, os.SEEK_END)
            try:
                if out.write(line.encode()) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(out.fileno())
            except OSError:
                # A full disk takes part of a line; what is left must still be a whole log.
                out.truncate(end)
                raise

    def _last(self) -> tuple[int, str]:
        if not self._path.exists() or self._path.stat().st_size == 0:
            return 0, _FIRST
        with self._path.open("rb") as lines:
            lines.seek(max(0, self._path.stat().st_size - 2**20))
            entry = self._parsed(lines.read().splitlines()[-1].decode(), "the last line")
        return int(entry["sequence"]), str(entry["hash"])

    def _checked(self, line: str, number: int, previous: str) -> str:
        entry = self._parsed(line, f"line {number}")
        stated = entry.pop("hash", None)
        holds = (
            entry.get("sequence") == number
            and entry.get("previous") == previous
            and stated == _digest(entry)
        )
        if not holds:
            raise WorkspaceError(
                f"line {number} of the audit log was altered, removed or moved", where=self._path
            )
        return str(stated)

    def _parsed(self, line: str, place: str) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            raise WorkspaceError(f"{place} of the audit log is not JSON", where=self._path)
        return entry

    def _set_aside_partial_line(self) -> str | None:
        if not self._path.exists():
            return None
        content = self._path.read_bytes()
        whole, newline, rest = content.rpartition(b"\n")
        if not rest:
            return None
        aside = self._path.with_name(
            f"{self._path.name}.cut-{hashlib.sha256(rest).hexdigest()[:8]}"
        )
        aside.write_bytes(rest)
        with self._path.open("r+b") as out:
            out.truncate(len(whole) + len(newline))
        return aside.name


def _digest(entry: Mapping[str, Any]) -> str:
    canonical = json.dumps(entry, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
