"""A spool keeps what was flushed, whatever ends the watch, and gives it to the tables once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys

import pytest

from inktrace.errors import InputError, WorkspaceError
from inktrace.params import SourceParams
from inktrace.sources import watched
from inktrace.sources.first_seen import add_first_seen
from inktrace.sources.spool import Event, Note, Spool
from inktrace.sources.watched import add_spool
from tests.node.raw import transaction

LIMITS = SourceParams()
REGTEST = {"network": "regtest"}


def event(number, name="added", at_us=None, observer="http://a", **more):
    return Event(bytes([number]) * 32, name, at_us or number * 1000, observer, **more)


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / "spool") as made:
        made.add(facts=REGTEST)
        yield made


def test_what_was_flushed_outlives_a_kill(tmp_path):
    writing = (
        "import os, sys, pathlib\n"
        "from inktrace.sources.spool import Event, Spool\n"
        "spool = Spool(pathlib.Path(sys.argv[1]))\n"
        "for number in range(100):\n"
        "    spool.add([Event(bytes([number]) * 32, 'added', number, 'a')])\n"
        "    if number == 59: spool.flush()\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", writing, tmp_path / "spool"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(WorkspaceError, match="another watch"):
            Spool(tmp_path / "spool")
        process.send_signal(signal.SIGKILL)
    with Spool(tmp_path / "spool") as spool:
        assert spool.rows("SELECT count(*), max(at_us) FROM events") == [(60, 59)]
        assert spool.rows("SELECT count(*) FROM mempool") == [(60,)]


def test_the_mempool_it_remembers_follows_the_events(spool):
    spool.add([event(1), event(2), event(3), event(4)], raws=[(b"\3" * 32, b"raw")])
    spool.flush()
    spool.add([event(1, "removed"), event(2, "confirmed"), event(4, "removed"), event(4)])
    spool.flush()
    assert sorted(spool.held("http://a")) == [(b"\3" * 32, b"raw"), (b"\4" * 32, None)]


def test_each_event_is_moved_once_even_if_the_spool_could_not_forget_it(engine, spool, monkeypatch):
    spool.add([event(1), event(2)], [Note(5, None, "started", "…")])
    spool.flush()
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "forget", lambda *_: None)  # as if stopped just before it
        patch.setattr(watched, "_ROWS_PER_MOVE", 1)
        assert add_spool(engine, spool, LIMITS).rows_accepted == 2
    spool.add([event(3)])
    spool.flush()
    assert add_spool(engine, spool, LIMITS).rows_accepted == 1
    assert add_spool(engine, spool, LIMITS).already_added
    assert engine.rows("SELECT count(*), count(DISTINCT txid) FROM mempool_events") == [(3, 3)]
    assert engine.rows("SELECT count(*) FROM watch_log") == [(1,)]
    assert spool.rows("SELECT count(*) FROM events") == [(0,)]
    files = engine.rows("SELECT source, rows_accepted, length(sha256) FROM source_files")
    assert files == [("first-seen", 1, 64), ("first-seen", 1, 64), ("first-seen", 1, 64)]


def test_a_move_that_fails_leaves_everything_in_the_spool(engine, spool, monkeypatch):
    spool.add([event(1)])
    spool.flush()
    with monkeypatch.context() as patch:
        patch.setattr(watched, "_store_skew", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add_spool(engine, spool, LIMITS)
    assert engine.rows("SELECT count(*) FROM mempool_events") == [(0,)]
    assert add_spool(engine, spool, LIMITS).rows_accepted == 1


def test_the_earliest_time_wins_and_later_ones_are_kept(engine, spool):
    spool.add([event(1, at_us=100), event(1, at_us=70, observer="http://b"), event(2, at_us=1)])
    spool.add([event(1, "removed", 200), event(1, at_us=300)])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    spool.add([event(1, "removed", 400), event(1, at_us=500)])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    one = "FROM first_seen WHERE txid = from_hex(?)"
    txid = "01" * 32
    assert engine.rows(f"SELECT observer, first_seen_us {one} ORDER BY 2", [txid]) == [
        ("http://b", 70),
        ("http://a", 100),
    ]
    assert engine.rows(
        "SELECT event, event_us FROM mempool_events WHERE txid = from_hex(?) "
        "AND observer = 'http://a' ORDER BY file_id, \"row\"",
        [txid],
    ) == [
        ("added", 100),
        ("removed", 200),
        ("rebroadcast", 300),
        ("removed", 400),
        ("rebroadcast", 500),
    ]


def test_a_return_after_a_reorganisation_is_no_first_sight(engine, spool):
    spool.add([event(1, "unconfirmed", 50), event(1, "returned", 60)])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    assert engine.rows("SELECT count(*) FROM first_seen") == [(0,)]


def test_clock_and_uncertainty_come_along(engine, spool):
    spool.add([event(1, clock="node", uncertainty_us=9, clock_error_us=8, clock_offset_us=-7)])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    columns = "uncertainty_us, clock_error_us, clock_offset_us"
    assert engine.rows(f"SELECT {columns} FROM first_seen") == [(9, 8, -7)]
    assert engine.rows(f"SELECT clock, {columns} FROM mempool_events") == [("node", 9, 8, -7)]


def test_the_content_of_what_was_dropped_is_kept(engine, spool):
    txid, raw = transaction([("ab" * 32, 3)], [1234, 5])
    gone = bytes.fromhex(txid)
    spool.add([Event(gone, "added", 1, "http://a")], raws=[(gone, raw)])
    spool.add([Event(gone, "removed", 2, "http://a")])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    outputs = engine.rows("SELECT value_sat FROM outputs ORDER BY vout")
    assert outputs == [(1234,), (5,)]
    assert engine.rows("SELECT lower(hex(spent_txid)), spent_vout FROM inputs") == [("ab" * 32, 3)]
    assert spool.rows("SELECT count(*) FROM raw") == [(0,)]


def test_what_could_not_be_written_is_written_later(spool):
    spool.flush()
    spool.add([event(1)])
    full = spool.rows("PRAGMA page_count")[0][0]
    spool.rows(f"PRAGMA max_page_count = {full}")
    spool.add([event(2)], raws=[(b"big" * 10, bytes(100_000))])
    with pytest.raises(WorkspaceError, match="database or disk is full"):
        spool.flush()
    assert spool.rows("SELECT count(*) FROM events") == [(0,)]
    spool.rows("PRAGMA max_page_count = 1000000")
    spool.add([event(3)])
    spool.flush()
    assert spool.rows("SELECT at_us FROM events ORDER BY id") == [(1000,), (2000,), (3000,)]


def test_skew_between_observers_is_measured(engine, spool):
    for number in range(1, 10):
        spool.add([event(number, at_us=number * 1000)])
        spool.add([event(number, at_us=number * 1000 + 40 + number, observer="http://b")])
    spool.add([event(77, observer="http://b")])
    spool.flush()
    add_spool(engine, spool, LIMITS)
    rows = engine.rows(
        "SELECT observer, offset_us, error_us FROM watch_log WHERE event = 'skew' ORDER BY 1"
    )
    assert rows == [("http://a", 0, 0), ("http://b", 45, 2)]


def test_what_is_no_spool_is_refused(engine, tmp_path):
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE meta (x INTEGER)")
        other.execute("CREATE TABLE events (x INTEGER)")
    other.close()
    with pytest.raises(InputError, match="not an Inktrace spool"):
        add_first_seen(engine, path, LIMITS)
    path.write_bytes(b"SQLite format 3\0" + bytes(2000))
    with pytest.raises(InputError, match="not an Inktrace spool"):
        add_first_seen(engine, path, LIMITS)
