"""One file, one transaction: stored whole with its digest, or not at all."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.ads import add_ads
from inktrace.sources.intake import Meter, TruncatedStream, intake, open_stream, shown

DATA = random.Random(7).randbytes(3000) + b"benign " * 200_000


def take(engine: Engine, path: Path, **parameters: object) -> object:
    with intake(engine, "ads", path, SourceParams(), parameters) as file:
        if not file.already_added:
            file.reject(1, "text", "wrong", b"\xff raw")
            file.accepted = 3
        return file.added()


def test_a_file_is_recorded_with_its_digest_and_rejects(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_bytes(DATA)
    added = take(engine, path)
    digest = hashlib.sha256(DATA).hexdigest()
    recorded = engine.rows("SELECT file_id, sha256, bytes, rows_accepted FROM source_files")
    assert recorded == [(1, digest, len(DATA), 3)]
    assert (added.sha256, added.rows_rejected, added.already_added) == (digest, 1, False)  # type: ignore[attr-defined]
    assert engine.rows("SELECT raw FROM rejects") == [("\\xff raw",)]


def test_the_same_bytes_are_read_again_only_in_another_way(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_bytes(b"x")
    take(engine, path)
    again = take(engine, path)
    assert (again.already_added, again.rows_accepted) == (True, 3)  # type: ignore[attr-defined]
    assert take(engine, path, profile="other").already_added is False  # type: ignore[attr-defined]
    assert engine.rows("SELECT count(*) FROM source_files") == [(2,)]


def test_an_exception_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_bytes(b"x")

    def fail_midway() -> None:
        with intake(engine, "ads", path, SourceParams(), {}) as file:
            file.reject(1, None, "wrong", "")
            file.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()
    assert engine.rows("SELECT count(*) FROM rejects") == [(0,)]
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


KILLED_MIDWAY = """
import os, signal, sys
from pathlib import Path
from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources import ads

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

engine = Engine(Path(sys.argv[1]))
for table in TABLES.values():
    engine.execute(table.create_sql())
ads.settle_repeats = die
ads.add_ads(engine, Path(sys.argv[2]), SourceParams())
"""


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    path, database = tmp_path / "ads.csv", tmp_path / "killed.duckdb"
    path.write_text("ad_id,site,posted_at,text\n1,s,1700000000,room\n2,s,never,room\n")
    command = [sys.executable, "-c", KILLED_MIDWAY, str(database), str(path)]
    ended = subprocess.run(command, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    with Engine(database) as again:
        for table in ("ads", "rejects", "source_files"):
            assert again.rows(f"SELECT count(*) FROM {table}") == [(0,)]
        assert add_ads(again, path, SourceParams()).rows_accepted == 1


def test_a_file_that_changes_meanwhile_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_bytes(b"x")
    with (
        pytest.raises(InputError, match="changed"),
        intake(engine, "ads", path, SourceParams(), {}),
    ):
        path.write_bytes(b"xy")
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


def test_what_is_no_readable_file_is_refused_in_one_line(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, what in (
        ("", "folder"),
        ("absent", "no such file"),
        ("empty", "empty"),
        ("pipe", "not a regular file"),
    ):
        with pytest.raises(InputError, match=what) as caught:
            take(engine, tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(tmp_path) in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_told(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="no permission"):
        take(engine, path)


COMPRESSORS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


@pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)
class TestCompressed:
    """Each compression: read, joined, cut off and damaged."""

    def test_members_are_joined(self, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "data"
        path.write_bytes(compress(DATA[:1000]) + compress(DATA[1000:]))
        with open_stream(path) as stream:
            assert stream.read() == DATA
            assert stream.position == stream.size == path.stat().st_size

    @pytest.mark.parametrize("missing", [1, 3, 400])
    def test_an_early_end_is_told(
        self, compress: Callable[[bytes], bytes], tmp_path: Path, missing: int
    ) -> None:
        path = tmp_path / "data"
        path.write_bytes(compress(DATA)[:-missing])
        with open_stream(path) as stream, pytest.raises(TruncatedStream, match="too early"):
            stream.read()

    def test_damage_is_told(self, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
        path = tmp_path / "data"
        damaged = bytearray(compress(DATA))
        damaged[1500] ^= 0xFF
        path.write_bytes(damaged)
        with open_stream(path) as stream, pytest.raises(InputError, match="damaged"):
            stream.read()


def test_raw_is_cut_and_always_text() -> None:
    assert shown("é" * 500) == "é" * 200
    assert shown("\ud800") == "\\ud800"
    assert len(shown(b"\xff" * 900)) == 200


def test_progress_is_told_a_few_dozen_times() -> None:
    told: list[float] = []

    def listen(_what: str, done: float, _total: float | None) -> None:
        told.append(done)

    meter = Meter(listen, "reading", 10_000)
    for done in range(10_001):
        meter.at(done)
    assert told[-1] == 10_000
    assert len(told) < 50
