"""A workspace opens only when it is whole, ours, and of this version."""

from __future__ import annotations

import subprocess
import sys

import pytest

from inktrace.engine import Engine
from inktrace.errors import UsageError, WorkspaceError
from inktrace.schema import SCHEMA_VERSION, TABLES
from inktrace.workspace import DATABASE, PARAMETERS, create_workspace, open_workspace


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "case"
    create_workspace(path).close()
    return path


def test_a_new_workspace_has_every_table_empty(folder):
    with open_workspace(folder) as case:
        for name, table in TABLES.items():
            expected = 3 if name == "workspace" else 0
            assert case.engine.rows(f'SELECT count(*) FROM "{name}"') == [(expected,)]
            assert case.engine.query(f'SELECT * FROM "{name}"').schema.names == [
                c.name for c in table.columns
            ]
        assert case.audit.check() == 1
        assert (folder / "exhibits").is_dir()


def test_an_older_workspace_gets_the_tables_that_it_lacks(folder):
    with open_workspace(folder) as case:
        case.engine.execute("DROP TABLE tag_conflicts")
        case.engine.execute("INSERT INTO payers VALUES (1, 2, 'run')")
    with open_workspace(folder) as case:
        assert case.engine.rows("SELECT count(*) FROM tag_conflicts") == [(0,)]
        assert case.engine.rows("SELECT count(*) FROM payers") == [(1,)]


def test_making_one_twice_is_refused(folder):
    with pytest.raises(WorkspaceError, match="already"):
        create_workspace(folder)


def test_a_half_made_database_is_replaced(tmp_path):
    (tmp_path / f"{DATABASE}.new").write_bytes(b"left by a crash")
    create_workspace(tmp_path).close()
    open_workspace(tmp_path).close()


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "cannot be opened"), (b"x" * 5000, "cannot be opened"), (None, "not an Inktrace")],
)
def test_what_is_no_workspace_is_refused(tmp_path, content, says):
    if content is not None:
        (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(WorkspaceError, match=says):
        open_workspace(tmp_path)


def test_another_program_s_database_is_refused(tmp_path):
    with Engine(tmp_path / DATABASE) as engine:
        engine.execute("CREATE TABLE workspace (a INTEGER)")
    with pytest.raises(WorkspaceError, match="not made by Inktrace"):
        open_workspace(tmp_path)


@pytest.mark.parametrize(("step", "says"), [(1, "newer version"), (-SCHEMA_VERSION, "make a new")])
def test_another_schema_version_is_refused(folder, step, says):
    with Engine(folder / DATABASE) as engine:
        engine.execute(
            "UPDATE workspace SET value = ? WHERE name = 'schema_version'",
            [str(SCHEMA_VERSION + step)],
        )
    with pytest.raises(WorkspaceError, match=says):
        open_workspace(folder)


def test_a_workspace_of_the_first_version_gets_what_it_lacks(folder):
    with Engine(folder / DATABASE) as engine:
        engine.execute("DROP TABLE block_files")
        engine.execute("ALTER TABLE blocks DROP COLUMN on_best_chain")
        engine.execute(
            "INSERT INTO blocks (block_hash, block_time_us, previous_hash, transactions, file_id, "
            "\"row\") VALUES ('aa', 1, 'bb', 1, 1, 1)"
        )
        engine.execute("UPDATE workspace SET value = '1' WHERE name = 'schema_version'")
    for _ in range(2):
        with open_workspace(folder) as case:
            assert case.engine.rows("SELECT block_hash, on_best_chain FROM blocks") == [
                ("aa", None)
            ]
            assert case.engine.rows("SELECT count(*) FROM block_files") == [(0,)]
            version = "SELECT value FROM workspace WHERE name = 'schema_version'"
            assert case.engine.rows(version) == [(str(SCHEMA_VERSION),)]


def test_an_older_workspace_gets_what_it_lacks(folder):
    with open_workspace(folder) as case:
        case.engine.execute("DROP TABLE mempool_events")
        case.engine.execute("ALTER TABLE first_seen DROP COLUMN clock_error_us")
        case.engine.execute(
            "INSERT INTO first_seen (txid, first_seen_us, file_id, \"row\") VALUES ('x', 1, 1, 1)"
        )
        case.engine.execute("UPDATE workspace SET value = '1' WHERE name = 'schema_version'")
    with open_workspace(folder) as case:
        assert case.engine.rows("SELECT count(*) FROM mempool_events") == [(0,)]
        assert case.engine.rows("SELECT first_seen_us, clock_error_us FROM first_seen") == [
            (1, None)
        ]


def test_a_second_process_is_told_to_wait(folder):
    script = (
        "import sys; from pathlib import Path; from inktrace.workspace import open_workspace\n"
        "from inktrace.errors import WorkspaceError\n"
        "try: open_workspace(Path(sys.argv[1]))\n"
        "except WorkspaceError as error: print(error)\n"
    )
    with open_workspace(folder):
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
        )
    assert "another process has this workspace open" in done.stdout


def test_parameters_are_kept(folder):
    with open_workspace(folder) as case:
        case.set_parameters({"sources.earliest_year": "1999"})
    with open_workspace(folder) as case:
        assert case.params.sources.earliest_year == 1999
        case.set_parameters({"sources.earliest_year": 1995})
    assert "earliest_year" not in (folder / PARAMETERS).read_text()


@pytest.mark.parametrize("text", ["not toml [", "loose = 1", "[sources]\nno_such = 1\n"])
def test_a_parameter_file_with_mistakes_is_refused(folder, text):
    (folder / PARAMETERS).write_text(text)
    with pytest.raises(UsageError):
        open_workspace(folder)
    # The refusal must not keep the database locked.
    (folder / PARAMETERS).unlink()
    open_workspace(folder).close()


def _insert_and_fail(engine):
    with engine.transaction():
        engine.execute("INSERT INTO workspace VALUES ('x', 'y')")
        raise ZeroDivisionError


def test_a_transaction_that_fails_leaves_nothing(folder):
    with open_workspace(folder) as case:
        with pytest.raises(ZeroDivisionError):
            _insert_and_fail(case.engine)
        assert case.engine.rows("SELECT count(*) FROM workspace") == [(3,)]


@pytest.mark.parametrize("damage", ["flipped", "cut"])
def test_a_damaged_database_is_not_taken_for_a_locked_one(folder, damage):
    database = folder / DATABASE
    data = bytearray(database.read_bytes())
    for place in (4_200, 8_300, len(data) // 2):
        data[place] ^= 255
    database.write_bytes(data if damage == "flipped" else data[:10_000])
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_workspace(folder)
