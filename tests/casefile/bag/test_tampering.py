"""Any touch of a package is named: a byte, a name, a file gone, a file more."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.casefile.bag.findings import shown
from inktrace.casefile.bag.layout import TIMESTAMP
from inktrace.casefile.bag.timestamp import attach_token
from inktrace.casefile.verify import verify_case

CHANGES = settings(max_examples=120, deadline=None)
NAMES = st.text(min_size=1, max_size=12).filter(
    lambda name: (
        not set(name) & set("/\0")
        and name not in (".", "..")
        and 0 < len(name.encode("utf-8", "replace")) < 200
        and name.isprintable()
    )
)


@pytest.fixture(scope="module")
def content(signed, authority, tmp_path_factory):
    """Everything in a signed and time-stamped bag: path → bytes."""
    folder = Path(shutil.copytree(signed, tmp_path_factory.mktemp("stamped") / "bag"))
    answer = authority.stamped(folder / "signature/statement.json", folder.parent / "answer")
    attach_token(folder, answer, [])
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def failures(content, folders=()):
    """The failing findings of a package with this content."""
    with tempfile.TemporaryDirectory() as root:
        for path in folders:
            (Path(root) / path).mkdir(parents=True)
        for path, what in content.items():
            (Path(root) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(root) / path).write_bytes(what)
        return [finding for finding in verify_case(Path(root)) if finding.holds is False]


def is_named(path, findings):
    """Whether a failing finding is of this path, or, for a list of digests, speaks of it."""
    spoken_of = path.endswith("sha256.txt") and any(path in f.sentence for f in findings)
    return spoken_of or shown(path) in {finding.name for finding in findings}


def test_the_untouched_package_holds(content):
    assert TIMESTAMP in content
    assert failures(content) == []


@CHANGES
@given(data=st.data())
def test_a_changed_byte_is_named(content, data):
    path = data.draw(st.sampled_from(sorted(content)))
    at = data.draw(st.integers(0, len(content[path]) - 1))
    by = data.draw(st.integers(1, 255))
    old = content[path]
    changed = old[:at] + bytes([old[at] ^ by]) + old[at + 1 :]
    assert is_named(path, failures({**content, path: changed}))


@CHANGES
@given(data=st.data())
def test_a_byte_more_or_less_is_named(content, data):
    path = data.draw(st.sampled_from(sorted(content)))
    at = data.draw(st.integers(0, len(content[path]) - 1))
    old = content[path]
    changed = old[:at] + data.draw(st.sampled_from([b"", old[at : at + 1] * 2])) + old[at + 1 :]
    assert is_named(path, failures({**content, path: changed}))


@CHANGES
@given(data=st.data())
def test_a_removed_file_is_named(content, data):
    path = data.draw(st.sampled_from(sorted(content)))
    assert is_named(path, failures({p: c for p, c in content.items() if p != path}))


@CHANGES
@given(data=st.data())
def test_a_renamed_file_is_named_twice(content, data):
    path = data.draw(st.sampled_from(sorted(content)))
    new = str(Path(path).with_name(data.draw(NAMES)))
    if new in content or (Path(new).parts[0] in ("data", "signature") and "/" not in new):
        return
    moved = {(new if p == path else p): c for p, c in content.items()}
    found = failures(moved)
    assert is_named(path, found)
    assert is_named(new, found)


@CHANGES
@given(
    folder=st.sampled_from(["", "data/", "data/exhibits/", "signature/", "new/", "data/new/"]),
    name=NAMES,
    is_folder=st.booleans(),
)
def test_an_added_file_or_empty_folder_is_named(content, folder, name, is_folder):
    path = folder + name
    if path in content or path in ("data", "signature", "data/exhibits"):
        return
    found = failures(content, [path]) if is_folder else failures({**content, path: b""})
    assert is_named(path, found)
