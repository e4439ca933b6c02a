"""A case folder: one database of rebuildable tables, exhibits, parameters, an audit log.

CASE/inktrace.duckdb   every table of schema.py
CASE/inktrace.toml     parameters that differ from their defaults
CASE/exhibits/         what is handed over or must be kept as it was
CASE/redaction.secret  from which the keys of redacted packages are derived; never handed over
CASE/audit.jsonl       who did what when; append-only, hash-chained
"""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from inktrace import __version__
from inktrace.audit import AuditLog
from inktrace.engine import Engine
from inktrace.errors import UsageError, WorkspaceError
from inktrace.params import Params
from inktrace.schema import SCHEMA_VERSION, TABLES
from inktrace.whole_file import whole_file

DATABASE: Final = "inktrace.duckdb"
PARAMETERS: Final = "inktrace.toml"
AUDIT: Final = "audit.jsonl"
EXHIBITS: Final = "exhibits"
_FORMAT: Final = "inktrace workspace"
_OLDEST_VERSION: Final = 1  # older ones are not upgraded


class Workspace:
    """An open case folder. Use in a `with` block."""

    def __init__(self, path: Path, engine: Engine):
        """Use `create_workspace` or `open_workspace` instead."""
        self.path = path
        self.engine = engine
        self.audit = AuditLog(path / AUDIT)
        self.params = _read_parameters(path / PARAMETERS)

    def set_parameters(self, values: Mapping[str, Any]) -> None:
        """Change parameters (`section.name` → value) and keep them in inktrace.toml.

        Raises UsageError for an unknown name or a value out of range; then nothing changes.
        """
        self.params = self.params.with_values(values)
        _write_parameters(self.path / PARAMETERS, self.params)
        self.audit.append("set parameters", {key: str(value) for key, value in values.items()})

    def close(self) -> None:
        """Write everything out and release the folder."""
        self.engine.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create_workspace(path: Path) -> Workspace:
    """Make a new case folder at `path` (which may exist, if it holds no workspace yet).

    Raises WorkspaceError if one is there already or the folder cannot be made.
    """
    if (path / DATABASE).exists():
        raise WorkspaceError("there is a workspace here already", where=path, do="use it as it is")
    partial = path / f"{DATABASE}.new"
    try:
        (path / EXHIBITS).mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"the folder cannot be made: {error.strerror}", where=path, do="choose another place"
        ) from error
    # The database is built under another name, so that a half-made one is never taken for real.
    with Engine(partial) as engine, engine.transaction():
        _make_tables(engine)
    partial.rename(path / DATABASE)
    workspace = open_workspace(path)
    workspace.audit.append(
        "create workspace", {"schema_version": SCHEMA_VERSION, "software_version": __version__}
    )
    return workspace


def open_workspace(path: Path) -> Workspace:
    """Open the case folder at `path`.

    One made by an older version gets the tables and columns that it lacks. Raises
    WorkspaceError if there is none, if another process has it open, or if its database is
    foreign or was made by a newer version.
    """
    database = path / DATABASE
    if not database.is_file():
        raise WorkspaceError(
            "this folder is not an Inktrace workspace",
            where=path,
            do="name one with --workspace, or make one with: inktrace init DIR",
        )
    if not os.access(database, os.R_OK | os.W_OK):
        raise WorkspaceError("no permission to read and write the database", where=database)
    engine = Engine(database)
    try:
        _check_version(engine, database)
        _add_missing_tables(engine)
        return Workspace(path, engine)
    except BaseException:
        engine.close()
        raise


def _make_tables(engine: Engine) -> None:
    _add_missing_tables(engine)
    facts = {"format": _FORMAT, "schema_version": SCHEMA_VERSION, "created_by": __version__}
    for name, value in facts.items():
        engine.execute("INSERT INTO workspace VALUES (?, ?)", [name, str(value)])


def _add_missing_tables(engine: Engine) -> None:
    """Make the tables that the program which made this workspace did not know of yet."""
    for table in TABLES.values():
        engine.execute(table.create_sql())


def _check_version(engine: Engine, database: Path) -> None:
    has_facts = engine.rows(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'workspace'"
    )
    facts: dict[str, str] = {}
    if has_facts[0][0]:
        with contextlib.suppress(WorkspaceError):
            facts = {row[0]: row[1] for row in _fact_rows(engine)}
    if facts.get("format") != _FORMAT:
        raise WorkspaceError(
            "this database was not made by Inktrace", where=database, do="choose another folder"
        )
    version = int(facts["schema_version"])
    if version > SCHEMA_VERSION:
        raise WorkspaceError(
            f"this workspace has schema version {version}; this program knows {SCHEMA_VERSION}",
            where=database,
            do="install the newer version of Inktrace",
        )
    if version < _OLDEST_VERSION:
        raise WorkspaceError(
            f"this workspace has the older schema version {version}, not {SCHEMA_VERSION}",
            where=database,
            do="make a new workspace and add the source files again",
        )
    if version < SCHEMA_VERSION:
        _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    """Add the columns that came later; what they say is unknown for older rows."""
    known = set(engine.rows("SELECT table_name, column_name FROM information_schema.columns"))
    with engine.transaction():
        for table in TABLES.values():
            there = {column for name, column in known if name == table.name}
            for column in table.columns if there else ():
                if column.name not in there:
                    engine.execute(table.add_column_sql(column))
        engine.execute(
            "UPDATE workspace SET value = ? WHERE name = 'schema_version'", [str(SCHEMA_VERSION)]
        )


def _fact_rows(engine: Engine) -> list[tuple[Any, ...]]:
    columns = {row[0] for row in engine.rows("SELECT column_name FROM (DESCRIBE workspace)")}
    if not {"name", "value"} <= columns:
        raise WorkspaceError("foreign table")
    return engine.rows("SELECT name, value FROM workspace")


def _read_parameters(path: Path) -> Params:
    if not path.exists():
        return Params()
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"the parameters cannot be read: {error}", where=path) from error
    values = {}
    for section, fields in sections.items():
        if not isinstance(fields, dict):
            raise UsageError(f"{section!r} stands outside any section", where=path)
        values.update({f"{section}.{name}": value for name, value in fields.items()})
    return Params().with_values(values)


def _write_parameters(path: Path, params: Params) -> None:
    lines = ["# Parameters that differ from their defaults. `inktrace params` lists them all.\n"]
    default = Params()
    for section in vars(params):
        mine, theirs = vars(getattr(params, section)), vars(getattr(default, section))
        changed = {name: value for name, value in mine.items() if value != theirs[name]}
        if changed:
            lines.append(f"\n[{section}]\n")
            # A JSON scalar is a TOML scalar for the types a parameter can have.
            lines += [f"{name} = {json.dumps(value)}\n" for name, value in changed.items()]
    advice = "check its permissions and the free space"
    with whole_file(path, "the parameters", advice) as partial:
        partial.write_text("".join(lines), encoding="utf-8")
