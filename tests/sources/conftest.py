"""An empty database, and the rejects that reading a file left in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inktrace.engine import Engine
from inktrace.schema import TABLES

Rejects = Callable[[], list[tuple[int, str | None, str]]]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table, NOT NULL columns included."""
    path = tmp_path_factory.mktemp("empty") / "case.duckdb"
    with Engine(path, threads=1) as made:
        for table in TABLES.values():
            made.execute(table.create_sql())
    return path


@pytest.fixture
def engine(empty_database: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of it, opened: making the tables anew takes longer than most tests."""
    shutil.copyfile(empty_database, tmp_path / "case.duckdb")
    with Engine(tmp_path / "case.duckdb", threads=1) as made:
        yield made


@pytest.fixture
def rejects(engine: Engine) -> Rejects:
    """Row, column and reason of every reject, in order of row."""

    def all_of_them() -> list[tuple[int, str | None, str]]:
        return engine.rows('SELECT "row", "column", reason FROM rejects ORDER BY file_id, "row"')

    return all_of_them
