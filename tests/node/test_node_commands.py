"""`inktrace add node` and `inktrace watch` as a person runs them, against a real node."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inktrace.cli.main import main
from inktrace.errors import WorkspaceError
from inktrace.sources.spool import Spool
from inktrace.workspace import create_workspace, open_workspace
from tests.node.fake_service import service
from tests.node.raw import transaction

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node")]
COMMAND = [sys.executable, "-m", "inktrace"]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def node(new_node):
    # rpcauth of Bitcoin Core for the user ana and the password above.
    import hmac

    digest = hmac.new(b"salt", PASSWORD.encode(), "sha256").hexdigest()
    one = new_node(f"-rpcauth=ana:salt${digest}")
    one.mature_coins(6)
    return one


@pytest.fixture
def case(tmp_path):
    create_workspace(tmp_path / "case").close()
    return tmp_path / "case"


@pytest.fixture
def inktrace(monkeypatch, capsys):
    """Runs a command in this process: (exit status, standard output, standard error)."""

    def run(*words, **environment):
        monkeypatch.setattr(sys, "argv", ["inktrace", *map(str, words)])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code or 0
        return (status, *capsys.readouterr())

    return run


def pay(node):
    coin = node.coins.pop()
    txid, raw = transaction([coin[:2]], [coin[2] - 1000])
    node.send(raw)
    return txid


def test_blocks_come_by_user_and_password_and_no_record_holds_the_password(node, case, inktrace):
    words = ("add", "node", node.url, "--to", 5, "--user", "ana", "--workspace", case)
    status, out, err = inktrace(*words, "--json", INKTRACE_NODE_PASSWORD=PASSWORD)
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert (told["blocks_stored"], told["last_height"]) == (6, 5)
    _, again, _ = inktrace(*words)
    assert "0 blocks stored" in again
    assert "6 were stored before" in again
    status, out, err = inktrace(*words, INKTRACE_NODE_PASSWORD="wrong horse")
    assert status == 3
    assert "refuses the cookie or password" in err
    assert "horse" not in out + err
    kept = b"".join(path.read_bytes() for path in case.rglob("*") if path.is_file())
    assert node.url.encode() in kept
    assert b"battery" not in kept


@pytest.mark.parametrize("command", [("add", "node"), ("watch",)])
def test_each_bad_start_is_one_line(node, case, tmp_path, inktrace, command):
    wrong = tmp_path / "cookie"
    wrong.write_text("__cookie__:00ff00ff")
    with service(lambda *_: (200, "text/html", b"<html>")) as web:
        for words, status, says in [
            ((node.url, "--cookie", wrong), 3, "refuses the cookie"),
            ((node.url, "--cookie", tmp_path / "none"), 2, "cannot be read"),
            ((web,), 3, "HTML came"),
            (("http://ana:secret@127.0.0.1:1",), 2, "not taken"),
            (("http://192.0.2.1:8332",), 2, "another machine"),
        ]:
            found, _, err = inktrace(*command, *words, "--workspace", case)
            assert found == status, err
            assert says in err
            assert err.count("\n") == 1
            assert "00ff00ff" not in err
            assert "secret" not in err


def started(node, case, *words):
    watch = subprocess.Popen(
        [*COMMAND, "watch", node.url, "--cookie", node.cookie, "--workspace", case, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return watch


def until(true):
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def spooled(case: Path, sql: str):
    """Rows of the spool, read beside the watch that writes it."""
    import sqlite3
    from contextlib import closing

    path = case / "watch" / "spool.sqlite"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.Error:
        return []


def test_a_killed_watch_loses_nothing_that_the_node_still_holds(node, case):
    watch = started(node, case)
    until(lambda: spooled(case, "SELECT 1 FROM meta WHERE name LIKE 'right %'"))
    first = pay(node)
    until(lambda: len(spooled(case, "SELECT 1 FROM events")) == 1)
    # The case is free for others while a watch runs.
    until(lambda: not is_taken(case))
    watch.kill()
    watch.communicate()
    second = pay(node)
    watch = started(node, case)
    until(lambda: len(spooled(case, "SELECT 1 FROM events")) == 2)
    third = pay(node)
    until(lambda: len(spooled(case, "SELECT 1 FROM events")) == 3)
    watch.send_signal(signal.SIGTERM)
    out, err = watch.communicate(timeout=120)
    assert (watch.returncode, err) == (0, "")
    assert "3 mempool events were recorded" in out
    with open_workspace(case) as opened:
        rows = opened.engine.rows("SELECT lower(hex(txid)), observer FROM first_seen")
        assert sorted(rows) == sorted((txid, node.url) for txid in (first, second, third))
        assert opened.engine.rows("SELECT value FROM workspace WHERE name = 'network'")
        assert opened.engine.rows("SELECT min(\"row\") FROM watch_log WHERE event = 'started'")
    with Spool(case / "watch" / "spool.sqlite") as spool:
        assert spool.rows("SELECT count(*) FROM events") == [(0,)]


def is_taken(case):
    try:
        open_workspace(case).close()
    except WorkspaceError:
        return True
    return False


def test_a_watch_ends_after_the_time_it_was_given(node, case, inktrace):
    watched = ("watch", node.url, "--cookie", node.cookie, "--workspace", case)
    status, out, err = inktrace(*watched, "--for", 0.5, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["nodes"] == [node.url]
