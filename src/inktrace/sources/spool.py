"""What a watch saw, written to disk at once, until it is moved into the workspace.

One SQLite file beside the workspace's database, so that the workspace stays free for others
while a watch runs. It is written in one transaction every `flush_s`: a kill loses what was
seen since the last one, and most of that is in the nodes' mempools when the watch starts
again. Kept here too is which transactions each node's mempool held, and their bytes, so that
a watch that starts again tells a re-broadcast from what was there all the time.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from inktrace.errors import InputError, WorkspaceError

__all__ = ["Event", "Note", "Spool", "is_spool"]

_FORMAT: Final = "inktrace watch 1"
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_ENTERS: Final = ("added", "returned")
_LEAVES: Final = ("removed", "replaced", "confirmed")
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, txid BLOB NOT NULL, event TEXT NOT NULL,
    at_us INTEGER NOT NULL, observer TEXT NOT NULL, other BLOB, clock TEXT NOT NULL,
    uncertainty_us INTEGER NOT NULL, clock_error_us INTEGER, clock_offset_us INTEGER);
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, observer TEXT,
    event TEXT NOT NULL, offset_us INTEGER, error_us INTEGER, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mempool (
    observer TEXT, txid BLOB, PRIMARY KEY (observer, txid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS raw (txid BLOB PRIMARY KEY, raw BLOB NOT NULL) WITHOUT ROWID;
"""


class Event(NamedTuple):
    """What a node's mempool did with a transaction; columns as in `mempool_events`."""

    txid: bytes
    event: str
    at_us: int
    observer: str
    other: bytes | None = None
    clock: str = "ours"
    uncertainty_us: int = 0
    clock_error_us: int | None = None
    clock_offset_us: int | None = None


class Note(NamedTuple):
    """What befell the watch; columns as in `watch_log`."""

    at_us: int
    observer: str | None
    event: str
    detail: str
    offset_us: int | None = None
    error_us: int | None = None


class Spool:
    """The file of one watch. Safe to use from several threads; use in a `with` block."""

    def __init__(self, path: Path, *, beside: bool = False):
        """Open the file, or make it.

        With `beside`, what a watch has on disk is read and forgotten while it goes on writing.
        Only who has the workspace open may do that: then no two move the same rows.

        Raises WorkspaceError where another watch writes it or it cannot be written, InputError
        where it is some other file.
        """
        self.path = path
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._notes: list[Note] = []
        self._raws: list[tuple[bytes, bytes]] = []
        self._facts: dict[str, str] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._claim = None if beside else _claimed(path)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise WorkspaceError(
                f"the spool cannot be opened: {error}", where=path, do="check its permissions"
            ) from error
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_TABLES)
            self._database.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", [_FORMAT])
            self._database.execute(
                "INSERT OR IGNORE INTO meta VALUES ('id', ?)", [uuid.uuid4().hex]
            )
            found = self._database.execute("SELECT value FROM meta WHERE name = 'format'")
            if found.fetchone() != (_FORMAT,):
                raise InputError("this is not an Inktrace spool", where=path)
        except sqlite3.Error as error:
            self.close()
            raise InputError(f"this is not an Inktrace spool: {error}", where=path) from error
        except BaseException:
            self.close()
            raise

    def add(
        self,
        events: Iterable[Event] = (),
        notes: Iterable[Note] = (),
        raws: Iterable[tuple[bytes, bytes]] = (),
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """Take in what was seen; it is on disk after the next `flush`, all or nothing of it."""
        with self._lock:
            self._events += events
            self._notes += notes
            self._raws += raws
            self._facts.update(facts or {})

    def flush(self) -> None:
        """Write what was taken in to disk. Raises WorkspaceError where that fails."""
        with self._lock:
            if not (self._events or self._notes or self._raws or self._facts):
                return
            with self._failures_told():
                self._write()
            self._events, self._notes, self._raws, self._facts = [], [], [], {}

    @contextlib.contextmanager
    def _failures_told(self) -> Iterator[None]:
        """Undo a half-done write, and say in our words why it failed."""
        try:
            yield
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise WorkspaceError(
                f"the spool could not be read or written: {error}",
                where=self.path,
                do="free disk space and try again; nothing that was on disk is lost",
            ) from error

    def _write(self) -> None:
        run = self._database.executemany
        self._database.execute("BEGIN IMMEDIATE")
        run(
            "INSERT INTO events (txid, event, at_us, observer, other, clock, uncertainty_us, "
            "clock_error_us, clock_offset_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._events,
        )
        run(
            "INSERT INTO notes (at_us, observer, event, detail, offset_us, error_us) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            self._notes,
        )
        run("INSERT OR IGNORE INTO raw VALUES (?, ?)", self._raws)
        last = {(e.observer, e.txid): e.event for e in self._events if e.event != "unconfirmed"}
        held = [key for key, event in last.items() if event in _ENTERS]
        left = [key for key, event in last.items() if event in _LEAVES]
        run("INSERT OR IGNORE INTO mempool VALUES (?, ?)", held)
        run("DELETE FROM mempool WHERE observer = ? AND txid = ?", left)
        run(
            "DELETE FROM raw WHERE txid = ?",
            [(txid,) for (_, txid), event in last.items() if event == "confirmed"],
        )
        run("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(self._facts.items()))
        self._database.execute("COMMIT")

    def fact(self, name: str) -> str | None:
        """A fact kept in the file: its id, network, each node's last block."""
        found = self.rows("SELECT value FROM meta WHERE name = ?", [name])
        return found[0][0] if found else None

    def held(self, observer: str) -> Iterator[tuple[bytes, bytes | None]]:
        """The transactions that a node's mempool held when last seen, with bytes if known."""
        yield from self.rows(
            "SELECT m.txid, r.raw FROM mempool AS m LEFT JOIN raw AS r USING (txid) "
            "WHERE m.observer = ?",
            [observer],
        )

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows on disk that a query finds."""
        with self._lock, self._failures_told():
            return self._database.execute(sql, list(values)).fetchall()

    def forget(self, last_event: int, last_note: int) -> None:
        """Drop what is in the workspace by now, up to these ids."""
        with self._lock, self._failures_told():
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "DELETE FROM raw WHERE txid IN (SELECT txid FROM events WHERE id <= ? "
                "AND event IN ('removed', 'replaced')) AND txid NOT IN (SELECT txid FROM mempool) "
                "AND txid NOT IN (SELECT txid FROM events WHERE id > ?)",
                [last_event, last_event],
            )
            self._database.execute("DELETE FROM events WHERE id <= ?", [last_event])
            self._database.execute("DELETE FROM notes WHERE id <= ?", [last_note])
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._database.close()
        if self._claim is not None:
            os.close(self._claim)

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            self.close()


def is_spool(path: Path) -> bool:
    """Whether a file is an SQLite database, as a spool is."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
    except OSError:
        return False


def _claimed(path: Path) -> int:
    """A lock on the spool that ends with the process, however it ends."""
    import fcntl  # where there is none (Windows), only this fails

    claim = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(claim)
        raise WorkspaceError(
            "another watch writes this spool", where=path, do="wait for it to end, or stop it"
        ) from error
    return claim
