from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.engine import Engine

from .planted import planted_tables


@pytest.fixture(scope="session")
def planted():
    tables = {name: pa.Table.from_pylist(rows) for name, rows in planted_tables().items() if rows}
    with Engine.in_memory(tables) as engine:
        yield engine.relations()
