"""What is wrong outside (files, disk, keyboard) costs one line, the right status, and no more."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inktrace.audit import AuditLog

COMMAND = [sys.executable, "-m", "inktrace"]
HEADER = "ad_id,site,posted_at,text\n"


def inktrace(*words, **options):
    settings = {"capture_output": True, "text": True, "check": False, **options}
    return subprocess.run([*COMMAND, *map(str, words)], **settings)


def told(done, status):
    """The lines of an error, after checking that there is no more than one for each file."""
    assert done.returncode == status, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert all(line.startswith("inktrace: ") for line in lines), done.stderr
    return lines


@pytest.fixture
def case(tmp_path):
    assert inktrace("init", tmp_path / "case").returncode == 0
    return tmp_path / "case"


def doctor(case):
    return json.loads(inktrace("doctor", "--json", "--workspace", case).stdout)


def test_bad_files_do_not_keep_the_others_out(case, tmp_path):
    (tmp_path / "one.csv").write_text(HEADER + "1,s,1700000000,room\n2,s,never,room\n")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "two.csv").write_text(HEADER + "3,s,1700000000,room\n")
    names = ("one.csv", "missing.csv", "empty.csv", ".", "two.csv")
    lines = told(inktrace("add", "ads", *names, "--workspace", case, cwd=tmp_path), 3)
    assert [line.split(": ")[1] for line in lines] == [
        "one.csv, row 2, column posted_at",
        "missing.csv",
        "empty.csv",
        ".",
    ]
    assert doctor(case) | {"stages": None} == {
        "audit_entries": 3,
        "source_files": 2,
        "stages": None,
    }


def test_each_file_of_a_blocks_folder_is_told_of_and_audited(case, tmp_path):
    from tests.sources.chain_of_blocks import small_chain, write_core_files

    folder = tmp_path / "blocks"
    folder.mkdir()
    write_core_files(folder, small_chain(2))
    (folder / "blk00001.dat").write_bytes(b"no block at all" * 10)
    done = inktrace("add", "blocks", folder, "--workspace", case)
    (line,) = told(done, 3)
    assert "blk00001.dat" in line
    assert "blk00000.dat" in done.stdout
    assert doctor(case)["audit_entries"] == 2


def _little_room():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_full_disk_costs_one_line_and_loses_nothing(case, tmp_path):
    """A limit on file sizes stands in for a disk that fills up in the middle of a commit."""
    path = tmp_path / "ads.csv"
    rows = "".join(f"{i},s,{1_700_000_000 + i},{os.urandom(40).hex()}\n" for i in range(3_000))
    path.write_text(HEADER + rows)
    failed = inktrace("add", "ads", path, "--workspace", case, preexec_fn=_little_room)
    (line,) = told(failed, 3)
    assert "could not be written" in line
    assert doctor(case)["source_files"] == 0
    done = inktrace("add", "ads", path, "--workspace", case)
    assert "3,000 accepted" in done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written_is_told(case):
    with Path("/dev/full").open("w") as full:
        done = inktrace(
            "show", "runs", "--json", "--workspace", case,
            capture_output=False, stdout=full, stderr=subprocess.PIPE,
        )  # fmt: skip
    (line,) = told(done, 3)
    assert "No space left" in line


def test_a_stop_from_the_keyboard_leaves_nothing_half_done(case, tmp_path):
    path = tmp_path / "ads.csv"
    path.write_text(HEADER + "".join(f"{i},s,1700000000,room {i}\n" for i in range(400_000)))
    process = subprocess.Popen(
        [*COMMAND, "add", "ads", path, "--workspace", case],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not _has_open(process.pid, path):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130, said
    assert said.splitlines() == ["inktrace: stopped; nothing half-done was kept"]
    assert doctor(case)["source_files"] == 0
    assert AuditLog(case / "audit.jsonl").check() == 1


def _has_open(pid, path):
    try:
        return any(one.readlink() == path for one in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
