"""The hostile lead of the package tests, gathered once."""

from __future__ import annotations

import pytest

from inktrace.casefile.gather import gather_case
from inktrace.casefile.handoff import EXPORTS, write_handoff
from inktrace.casefile.handoff.content import content_of
from inktrace.engine import Engine
from inktrace.progress import silent
from tests.casefile import conftest as lead


@pytest.fixture(scope="session")
def facts():
    tables = {name: lead.table_of(rows) for name, rows in lead._tables().items() if rows}
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
