"""Ids looked up in memory are those that the stored tables give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources import blocks, known_ids
from inktrace.sources.blocks import add_blocks, settle_blocks

from .bitcoin_reference import framed
from .chain_of_blocks import Chain, small_chain

LIMITS = SourceParams()
BULK = ("transactions", "scripts", "outputs", "inputs")


def write_files(folder: Path, chain: Chain) -> None:
    """Three files with an undo file for one of them; a block that stands in two of them."""
    folder.mkdir()
    for number, held in enumerate(([0, 1], [2, 1, 4], [3, 5])):
        data = b"".join(framed(chain.data[i]) for i in held)
        (folder / f"blk{number:05}.dat").write_bytes(data)
    (folder / "rev00002.dat").write_bytes(chain.undo(3) + chain.undo(5))


def rows(engine: Engine) -> dict[str, pa.Table]:
    return {name: engine.relations().arrow(name) for name in BULK}


def read_into(folder: Path, name: str, files: Path) -> dict[str, pa.Table]:
    with Engine(folder / f"{name}.duckdb", threads=1) as engine:
        for table in TABLES.values():
            engine.execute(table.create_sql())
        add_blocks(engine, files, LIMITS)
        assert not engine.beside
        return rows(engine)


@pytest.mark.parametrize("most_keys", [0, 15, 20, 30, 10_000])
def test_tables_do_not_depend_on_where_ids_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_keys: int
) -> None:
    write_files(tmp_path / "files", small_chain(6))
    monkeypatch.setattr(known_ids, "_MOST_KEYS", most_keys)
    in_memory = read_into(tmp_path, "memory", tmp_path / "files")
    monkeypatch.setattr(blocks, "remember_ids", lambda _: None)
    assert in_memory == read_into(tmp_path, "store", tmp_path / "files")
    assert in_memory["transactions"].num_rows == 51


def test_ids_of_a_file_that_was_not_stored_are_forgotten(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / "files", small_chain(6))
    whole = read_into(tmp_path, "whole", tmp_path / "files")
    monkeypatch.setattr(blocks, "_MANY_BYTES", 0)
    first, second, third = sorted((tmp_path / "files").glob("blk*"))
    add_blocks(engine, first, LIMITS, settle=False)
    assert engine.beside
    other = Failing(tmp_path / "files")
    with pytest.raises(InputError):
        add_blocks(engine, other.path, LIMITS, other.progress, settle=False)
    assert not engine.beside
    for path in (second, third):
        add_blocks(engine, path, LIMITS, settle=False)
    settle_blocks(engine)
    assert rows(engine) == whole


def test_rows_that_came_another_way_are_not_overlooked(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path / "files", small_chain(6))
    monkeypatch.setattr(blocks, "_MANY_BYTES", 0)
    first, second, _ = sorted((tmp_path / "files").glob("blk*"))
    add_blocks(engine, first, LIMITS, settle=False)
    engine.execute("INSERT INTO scripts VALUES (1000, 'x', 'nonstandard', NULL)")
    add_blocks(engine, second, LIMITS, settle=False)
    new, distinct = engine.rows("SELECT count(*), count(DISTINCT script_id) FROM scripts")[0]
    assert new == distinct


class Failing:
    """A file that changes while it is read, at the end."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "blk00009.dat"
        self.path.write_bytes((folder / "blk00001.dat").read_bytes())

    @property
    def progress(self) -> Callable[[str, int, int], None]:
        def grow(what: str, _done: int, _total: int) -> None:
            if what.startswith("reading"):
                with self.path.open("ab") as file:
                    file.write(b"\0")

        return grow
