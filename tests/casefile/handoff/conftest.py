"""The hostile lead of the package tests, gathered once."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.casefile.gather import gather_case
from inktrace.casefile.handoff import EXPORTS, write_handoff
from inktrace.casefile.handoff.content import content_of
from inktrace.engine import Engine
from inktrace.progress import silent
from tests.casefile import conftest as lead


@pytest.fixture(scope="session")
def facts():
    rows = lead._tables()
    for script in rows["scripts"]:
        # Long enough for a reader that knows what an address of Bitcoin looks like.
        script["address"] = f"bc1q{str(script['script_id']) * 38}"
    tables = {name: _table(given) for name, given in rows.items() if given}
    with Engine.in_memory(tables) as engine:
        return gather_case(engine.relations(), "L-1", silent)


@pytest.fixture(scope="session")
def content(facts):
    return content_of(facts, "9.9")


@pytest.fixture(scope="session")
def made(content):
    return {export.file_name: export.made(content) for export in EXPORTS.values()}


@pytest.fixture
def folder(facts, tmp_path):
    write_handoff(facts, "9.9", tmp_path / "exports")
    return tmp_path / "exports"


def _table(rows):
    # Arrow takes the columns of the first row alone; the service stands in the second.
    columns = {name: None for row in rows for name in row}
    return pa.Table.from_pylist([{**columns, **row} for row in rows])
