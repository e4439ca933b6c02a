"""The audit log holds as long as nobody touches it, and says where it was touched."""

from __future__ import annotations

import errno
import json
import os

import pytest

from inktrace.audit import AuditLog
from inktrace.errors import WorkspaceError


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "audit.jsonl"
    audit = AuditLog(path)
    for number in range(5):
        audit.append("act", {"number": number, "text": "naïve ☂ = 1"})
    return path


def test_an_untouched_log_holds(log):
    assert AuditLog(log).check() == 5


def test_an_empty_log_holds(tmp_path):
    assert AuditLog(tmp_path / "audit.jsonl").check() == 0


@pytest.mark.parametrize("line", range(5))
def test_an_altered_line_is_named(log, line):
    lines = log.read_text().splitlines()
    entry = json.loads(lines[line])
    entry["details"]["number"] = 99
    lines[line] = json.dumps(entry, sort_keys=True)
    log.write_text("\n".join(lines) + "\n")
    with pytest.raises(WorkspaceError, match=f"line {line + 1} "):
        AuditLog(log).check()


@pytest.mark.parametrize(
    "change", [lambda ls: ls[1:], lambda ls: ls[:2] + ls[3:], lambda ls: ls[::-1]]
)
def test_removed_or_moved_lines_are_found(log, change):
    log.write_text("\n".join(change(log.read_text().splitlines())) + "\n")
    with pytest.raises(WorkspaceError, match="altered, removed or moved"):
        AuditLog(log).check()


def test_a_line_cut_short_by_a_crash_is_kept_aside_and_named(log):
    whole = log.read_text()
    log.write_text(whole + '{"action": "half')
    AuditLog(log)  # only looks, as `inktrace doctor` does
    assert log.read_text().startswith(whole)
    audit = AuditLog(log)
    audit.append("next", {})
    assert audit.check() == 7
    aside = json.loads(log.read_text().splitlines()[5])["details"]["cut_short_line_kept_in"]
    assert (log.parent / aside).read_text() == '{"action": "half'


def test_a_log_that_cannot_be_written_is_one_clear_error(tmp_path):
    folder = tmp_path / "audit.jsonl"
    audit = AuditLog(folder)
    folder.mkdir()
    with pytest.raises(WorkspaceError):
        audit.append("act", {})


def test_a_line_that_a_full_disk_cuts_short_is_taken_back(log, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    audit, whole = AuditLog(log), log.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        audit.append("act", {})
    assert log.read_bytes() == whole
