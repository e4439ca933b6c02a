"""One regtest node for all tests that leave its chain usable, and a maker of further ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inktrace.engine import Engine
from inktrace.schema import TABLES
from tests.node.regtest import Regtest, why_no_node


@pytest.fixture(scope="session")
def node_is_here() -> None:
    """Skips where the node's packages cannot be had."""
    if reason := why_no_node():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def new_node(
    node_is_here: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Regtest]]:
    """Starts nodes, and ends them all after the module."""
    made: list[Regtest] = []
    numbers = itertools.count()

    def start(*options: str) -> Regtest:
        one = Regtest(tmp_path_factory.mktemp(f"node{next(numbers)}"), options)
        made.append(one)
        return one.start()

    yield start
    for one in made:
        one.remove()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database file with every table."""
    with Engine(tmp_path / "case.duckdb", threads=1) as made:
        for table in TABLES.values():
            made.execute(table.create_sql())
        yield made


@pytest.fixture
def rejects(engine: Engine) -> Callable[[], list[tuple[int, str | None, str]]]:
    """Row, column and reason of every reject, in order of row."""
    return lambda: engine.rows(
        'SELECT "row", "column", reason FROM rejects ORDER BY file_id, "row"'
    )
