"""One file taken in as one transaction: its digest, its accepted rows and its rejects.

A file is stored whole or not at all. Whatever goes wrong while it is read, the workspace is
as it was before; whatever could not be used of a stored file is in `rejects`, with the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

import inktrace
from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams, as_values
from inktrace.progress import Progress, silent
from inktrace.schema import TABLES
from inktrace.sources.file_parts import FilePart, bytes_digest
from inktrace.sources.streams import (
    SourceStream,
    TruncatedStream,
    checked_size,
    open_plain,
    open_stream,
)

__all__ = [
    "Added",
    "Intake",
    "Meter",
    "Reject",
    "SourceStream",
    "TruncatedStream",
    "fetched",
    "intake",
    "open_stream",
]

_RAW_CHARACTERS: Final = 200
_REJECTS_PER_FLUSH: Final = 10_000
_HASH_BLOCK_BYTES: Final = 2**20
_TIMES_TOLD: Final = 40
_REJECT_COLUMNS: Final = ("row", "column", "reason", "raw")


class Reject(NamedTuple):
    """Where a row that could not be used stands, and why; row 0 is the file as a whole."""

    row: int
    column: str | None
    reason: str


@dataclass(frozen=True)
class Added:
    """What became of one file: how many rows were stored, already known, or rejected."""

    source: str
    path: str
    file_id: int
    sha256: str
    rows_accepted: int
    rows_repeated: int
    rows_rejected: int
    already_added: bool
    first_reject: Reject | None = None
    notes: tuple[str, ...] = ()  # what else is to be said of the file, one sentence each


@dataclass
class Intake:
    """One file being read inside one database transaction.

    The source counts `accepted` and `repeated` up and calls `reject`. Where `already_added`
    is true the same bytes were read before in the same way: store nothing, return `added()`.
    """

    engine: Engine
    file_id: int
    source: str
    path: Path
    params: SourceParams
    sha256: str
    size: int
    already_added: bool
    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
    first_reject: Reject | None = None
    notes: list[str] = field(default_factory=list)
    name: str = ""  # what the records call it, where it is no file: the URL of a node
    part: FilePart | None = None  # what is read, where that is not the whole file
    rows_met: int = 0  # rows of a file of lines, good or bad, those before its part included
    _waiting: list[tuple[int, str | None, str, str]] = field(default_factory=list)

    def store(self, table: str, rows: pa.Table) -> None:
        """Append a batch of rows to a table under this file's number.

        The rows go in as a stream that is used up: what is lent to a transaction as a whole
        stays in memory until its end, which a file larger than memory cannot afford.
        """
        names = ", ".join(f'"{name}"' for name in rows.schema.names)
        with self.engine.view("rows_to_store", used_up(rows)) as view:
            self.engine.execute(
                f'INSERT INTO "{table}" ({names}, file_id) SELECT {names}, ? FROM {view}',
                [self.file_id],
            )

    def reject(self, row: int, column: str | None, reason: str, raw: str | bytes) -> None:
        """Record that a row could not be used, why, and what stood there.

        `row` is 1 for the first data row and 0 for the whole file; `raw` is cut to 200
        characters, and bytes that are not UTF-8 are shown as `\\xNN`.
        """
        if self.first_reject is None:
            self.first_reject = Reject(row, column, reason)
        self._waiting.append((row, column, reason, shown(raw)))
        self.rejected += 1
        if len(self._waiting) >= _REJECTS_PER_FLUSH:
            self.flush()

    def reject_rows(self, rows: pa.Table) -> None:
        """Record many rejects: columns row (int64), column, reason and raw (strings)."""
        for row, column, reason, raw in zip(
            *(rows[name].to_pylist() for name in _REJECT_COLUMNS), strict=True
        ):
            self.reject(row, column, reason, "" if raw is None else raw)

    def flush(self) -> None:
        """Write the waiting rejects to the database."""
        if not self._waiting:
            return
        schema = TABLES["rejects"].arrow_schema()
        columns = zip(*self._waiting, strict=True)
        rows = pa.table(
            {
                name: pa.array(values, schema.field(name).type)
                for name, values in zip(_REJECT_COLUMNS, columns, strict=True)
            }
        )
        self._waiting.clear()
        named = pa.repeat(pa.scalar(self.source), rows.num_rows)
        self.store("rejects", rows.append_column("source", named))

    def added(self) -> Added:
        """The figures of this file so far."""
        return Added(
            self.source,
            self.name or shown_path(self.path),
            self.file_id,
            self.sha256,
            self.accepted,
            self.repeated,
            self.rejected,
            self.already_added,
            self.first_reject,
            tuple(self.notes),
        )


class Meter:
    """Tells of progress in bytes, a few dozen times in all however often it is asked."""

    def __init__(self, progress: Progress, what: str, total: int):
        """`total` is the size of the whole in bytes."""
        self._progress, self._what, self._total = progress, what, total
        self._next = 0.0

    def at(self, done: int) -> None:
        """Say that `done` bytes are used up, if that is news."""
        if done >= self._next or done >= self._total:
            self._progress(self._what, done, self._total)
            self._next = done + self._total / _TIMES_TOLD


@contextmanager
def intake(
    engine: Engine,
    source: str,
    path: Path,
    params: SourceParams,
    parameters: Mapping[str, Any],
    progress: Progress = silent,
    part: FilePart | None = None,
) -> Iterator[Intake]:
    """Take one file, or a part of one that grows, in: all of it, with its digest, or nothing.

    `parameters` says how the file is read (profile, options; JSON values); the limits of
    `params` are added to it. A file with the same bytes, source and parameters as one that
    was added before comes with `already_added` true, and nothing is written for it.

    Raises InputError for a folder, a missing, empty or unreadable file, and for a file that
    changed while it was being read.
    """
    size = checked_size(path)
    before = path.stat()
    if part is None:
        sha256 = _file_digest(path, size, progress)
    else:
        parameters = {**parameters, "bytes": [part.start, part.end]}
        size, sha256 = part.end - part.start, bytes_digest(path, part.start, part.end)
    manner = json.dumps({**parameters, "limits": as_values(params)}, sort_keys=True)
    earlier = engine.rows(
        "SELECT file_id, rows_accepted, rows_repeated, rows_rejected FROM source_files "
        "WHERE sha256 = ? AND source = ? AND parameters = ? ORDER BY file_id LIMIT 1",
        [sha256, source, manner],
    )
    if earlier:
        file_id, *counts = earlier[0]
        yield Intake(engine, file_id, source, path, params, sha256, size, True, *counts)
        return
    with engine.transaction():
        file = Intake(engine, _next_file_id(engine), source, path, params, sha256, size, False)
        file.part = part
        with _place_told(path):
            yield file
        file.flush()
        _refuse_change(file, before)
        _record(file, manner)


@contextmanager
def fetched(
    engine: Engine,
    source: str,
    name: str,
    params: SourceParams,
    parameters: Mapping[str, Any],
    data: Sequence[bytes],
) -> Iterator[Intake]:
    """Take in what came from no file: a node's blocks, a watch's notes; all or nothing.

    `name` says where it came from (a URL without credentials), `parameters` how it was asked
    for; the digest and size are of the bytes that came.
    """
    digest = hashlib.sha256()
    for part in data:
        digest.update(part)
    size = sum(map(len, data))
    with engine.transaction():
        file = Intake(
            engine, _next_file_id(engine), source, Path(), params, digest.hexdigest(), size, False
        )
        file.name = name
        yield file
        file.flush()
        _record(file, json.dumps({**parameters, "limits": as_values(params)}, sort_keys=True))


def _next_file_id(engine: Engine) -> int:
    return int(engine.rows("SELECT coalesce(max(file_id), 0) + 1 FROM source_files")[0][0])


@contextmanager
def _place_told(path: Path) -> Iterator[None]:
    """Name the file in an error that was raised where its name was not at hand."""
    try:
        yield
    except InputError as error:
        if error.where is None:
            raise InputError(error.what, where=path, do=error.do) from error
        raise


def used_up(rows: pa.Table) -> pa.RecordBatchReader:
    """The rows as a stream that can be read once and then holds nothing."""
    return pa.RecordBatchReader.from_batches(rows.schema, (batch for batch in rows.to_batches()))


def shown(raw: str | bytes) -> str:
    """The offending text as the reject table keeps it: 200 characters, always valid UTF-8."""
    if isinstance(raw, bytes):
        return raw[: 4 * _RAW_CHARACTERS].decode("utf-8", "backslashreplace")[:_RAW_CHARACTERS]
    return raw[:_RAW_CHARACTERS].encode("utf-8", "backslashreplace").decode()[:_RAW_CHARACTERS]


def shown_path(path: Path) -> str:
    """A path as text, whatever bytes are in its name."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _file_digest(path: Path, size: int, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    meter = Meter(progress, f"checking {path.name}", size)
    room = memoryview(bytearray(min(size, _HASH_BLOCK_BYTES) or 1))
    with open_plain(path) as file:
        while count := file.readinto(room):  # type: ignore[attr-defined]
            digest.update(room[:count])
            done += count
            meter.at(done)
    return digest.hexdigest()


def _refuse_change(file: Intake, before: os.stat_result) -> None:
    # The digest is taken before the rows are read; it vouches for them only if both saw
    # the same bytes.
    now, part = file.path.stat(), file.part
    if part is not None:
        changed = bytes_digest(file.path, part.start, part.end) != file.sha256
    else:
        changed = (now.st_size, now.st_mtime_ns, now.st_ino) != (
            before.st_size,
            before.st_mtime_ns,
            before.st_ino,
        )
    if changed:
        raise InputError(
            "the file changed while it was being read",
            where=file.path,
            do="wait until it is complete and add it again",
        )


def _record(file: Intake, manner: str) -> None:
    schema = TABLES["source_files"].arrow_schema()
    values = {
        "file_id": file.file_id,
        "source": file.source,
        "path": file.name or shown_path(file.path),
        "sha256": file.sha256,
        "bytes": file.size,
        "parameters": manner,
        "rows_accepted": file.accepted,
        "rows_repeated": file.repeated,
        "rows_rejected": file.rejected,
        "software_version": inktrace.__version__,
        "added_us": time.time_ns() // 1000,
    }
    file.engine.append("source_files", pa.Table.from_pylist([values], schema=schema))
