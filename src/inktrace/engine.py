"""Where set-wise work runs: an embedded DuckDB file, reached through ibis expressions.

The only module that imports the database. Stages get `Relations` (read-only, restricted to
what they declared); sources and the pipeline get `Engine`.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from inktrace.errors import StageError, WorkspaceError, WorkspaceTakenError
from inktrace.schema import TABLES
from inktrace.whole_file import whole_file

__all__ = ["Engine", "Relations"]

_SYSTEM_ERRORS: Final = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EIO,
    errno.EISDIR,
)


class Relations:
    """The tables a stage may read, as ibis expressions or Arrow data."""

    def __init__(self, backend: Any, allowed: Sequence[str]):
        self._backend = backend
        self._allowed = frozenset(allowed)

    def __getitem__(self, name: str) -> ir.Table:
        """The named table as an ibis expression. Raises StageError if it was not declared."""
        if name not in self._allowed:
            raise StageError(f"table {name!r} is not among what this stage declared to read")
        return self._backend.table(name)

    def collect(self, expression: ir.Table) -> pa.Table:
        """Run an expression and bring its rows here."""
        with _failures_told():
            return cast(pa.Table, self._backend.to_pyarrow(expression))

    def arrow(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of a table (or some of its columns), in key order where it has a key."""
        table = self[name]
        picked = table.select(*columns) if columns is not None else table
        order = [key for key in TABLES[name].key if columns is None or key in columns]
        return self.collect(picked.order_by(order) if order else picked)


class Engine:
    """One open database: a workspace's file, or memory for tests and worlds."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        memory_limit: str | None = None,
        threads: int | None = None,
    ):
        """Open the database. Raises WorkspaceError if it is locked or not a database.

        `beside` is for what follows from the stored rows and is dear to make again; it is
        emptied when a transaction is rolled back.
        """
        self.beside: dict[str, object] = {}
        target = ":memory:" if path is None else str(path)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        if threads is not None:
            config["threads"] = threads
        try:
            self._connection = duckdb.connect(target, config=config)
        except duckdb.Error as error:
            raise _open_error(path, error) from error
        # Progress is told by us, never drawn by the database into someone's terminal.
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET TimeZone = 'UTC'")
        # What is added is written out as soon as it makes a whole group of rows: waiting for
        # five of them, the default, takes memory and gains nothing.
        self._connection.execute("SET write_buffer_row_group_count = 1")
        self._backend = ibis.duckdb.from_connection(self._connection)

    @classmethod
    def in_memory(cls, tables: Mapping[str, pa.Table]) -> Engine:
        """A database in memory holding the given tables; missing columns are filled with nulls.

        All tables of schema.py exist; those not given are empty. For tests and evaluation.
        """
        engine = cls()
        for table in TABLES.values():
            engine.execute(table.create_sql().replace(" NOT NULL", ""))
        for name, rows in tables.items():
            engine.append(name, rows)
        return engine

    def relations(self, names: Sequence[str] | None = None) -> Relations:
        """A read-only view restricted to the named tables (default: all of schema.py)."""
        return Relations(self._backend, tuple(TABLES) if names is None else names)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement. Raises WorkspaceError where disk or memory is used up."""
        with _failures_told():
            self._connection.execute(sql, list(values))

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one query and bring its rows as Python tuples; for few rows only."""
        with _failures_told():
            return self._connection.execute(sql, list(values)).fetchall()

    def query(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        """Run one query and bring its rows as Arrow data."""
        with _failures_told():
            return self._connection.sql(sql, params=list(values)).to_arrow_table()

    def batches(self, sql: str, size: int = 100_000) -> pa.RecordBatchReader:
        """Run one query and stream its rows, `size` at a time."""
        # An own cursor, so that other statements may run while the rows are read.
        return self._connection.cursor().sql(sql).to_arrow_reader(size)

    def copy_out(self, sql: str, path: Path, options: str) -> int:
        """Write a query's rows straight to a file, in the database's own COPY format.

        The path appears only when the file is whole. Returns the number of rows.
        Raises WorkspaceError where it cannot be written.
        """
        with whole_file(path) as partial:
            quoted = str(partial).replace("'", "''")
            copy = f"COPY ({sql}) TO '{quoted}' ({options})"
            try:
                written = self._connection.execute(copy).fetchone()
            except duckdb.IOException as error:
                raise OSError(_reason(error)) from error
        return int(written[0]) if written else 0

    @contextlib.contextmanager
    def view(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> Iterator[str]:
        """Lend Arrow data to SQL under a name for the length of a `with` block."""
        self._connection.register(name, rows)
        try:
            yield name
        finally:
            # After a failed statement this fails too, and would hide the real error.
            with contextlib.suppress(duckdb.Error):
                self._connection.unregister(name)

    def append(self, table: str, rows: pa.Table | ir.Table, **constants: Any) -> int:
        """Add rows to a table by column name; constants fill columns (run_id, file_id).

        Returns the number of rows added.
        """
        if isinstance(rows, pa.Table):
            # As a stream: a table lent inside a transaction is held in memory until it ends.
            stream = pa.RecordBatchReader.from_batches(rows.schema, rows.to_batches())
            with self.view("appended_rows", stream):
                return self._insert(
                    table, "SELECT * FROM appended_rows", rows.schema.names, constants
                )
        sql = str(ibis.to_sql(rows, dialect="duckdb"))
        return self._insert(table, sql, list(rows.columns), constants)

    def _insert(
        self, table: str, select: str, columns: Sequence[str], constants: Mapping[str, Any]
    ) -> int:
        names = ", ".join(f'"{name}"' for name in (*columns, *constants))
        picked = ", ".join([*(f'"{name}"' for name in columns), *("?" for _ in constants)])
        with _failures_told():
            added = self._connection.execute(
                f'INSERT INTO "{table}" ({names}) SELECT {picked} FROM ({select})',
                list(constants.values()),
            ).fetchone()
        return int(added[0]) if added else 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: commit at the end of the `with` block, roll back on any exception."""
        self.execute("BEGIN TRANSACTION")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self.beside.clear()
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def limited_memory(self, size: str) -> Iterator[None]:
        """Keep the database's own memory below a size (as "400MB") for a `with` block.

        What does not fit goes to temporary files beside the database.
        """
        before = self.rows("SELECT current_setting('memory_limit')")[0][0]
        self.execute(f"SET memory_limit = '{size}'")
        try:
            yield
        finally:
            with contextlib.suppress(duckdb.Error):
                self._connection.execute(f"SET memory_limit = '{before}'")

    def close(self) -> None:
        """Write everything out and close the file."""
        with _failures_told():
            self._connection.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextlib.contextmanager
def _failures_told() -> Iterator[None]:
    """Turn a full disk or memory, met anywhere in the database, into one clear error."""
    try:
        yield
    except duckdb.Error as error:
        if not _is_failure(error):
            raise
        raise WorkspaceError(
            f"the database could not be written: {_reason(error)}",
            do="free disk space or memory and run the command again; nothing was lost",
        ) from error


def _is_failure(error: duckdb.Error) -> bool:
    """Whether the machine failed, rather than a statement being wrong.

    A commit that cannot be written is a TransactionException; after one that half failed,
    every statement is refused with a FatalException until the file is opened again.
    """
    if isinstance(error, duckdb.TransactionException):
        return "Failed to commit: Could not" in str(error)
    kinds = duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException
    return isinstance(error, kinds)


def _open_error(path: Path | None, error: duckdb.Error) -> WorkspaceError:
    text = _first_line(error)
    if os.strerror(errno.ENOSPC) in text:
        return WorkspaceError(
            "the disk is full", where=path, do="free disk space and run the command again"
        )
    if "set lock" in text:
        return WorkspaceTakenError(
            "another process has this workspace open", where=path, do="wait for it to end"
        )
    return WorkspaceError(
        f"this file cannot be opened as an Inktrace database: {text}",
        where=path,
        do="if it was made by a newer version, update; else restore it from a copy",
    )


def _reason(error: Exception) -> str:
    """What the system said, out of the database's long account of it."""
    known = (os.strerror(number) for number in _SYSTEM_ERRORS)
    return next((said for said in known if said in str(error)), _first_line(error))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
