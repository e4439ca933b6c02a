"""Zip files of packages: the same bytes every time, and hostile ones refused before unpacking."""

from __future__ import annotations

import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.casefile.bag import zip_read
from inktrace.casefile.bag.findings import Unusable
from inktrace.casefile.bag.zip_read import unpacked
from inktrace.casefile.bag.zip_write import write_zip
from inktrace.casefile.verify import verify_case
from inktrace.errors import InputError, WorkspaceError


@pytest.fixture(scope="module")
def zipped(signed, tmp_path_factory):
    out = tmp_path_factory.mktemp("zips") / "package.zip"
    write_zip(signed, "L-1", out)
    return out


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def archive(path, entries):
    """A zip file of (name or ZipInfo, content) pairs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that occur twice
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, content in entries:
                out.writestr(name, content)
    return path


def refused(path):
    findings = verify_case(path)
    assert [finding.holds for finding in findings] == [False]
    return findings[0].sentence


def test_a_zip_unpacks_to_what_went_in_and_is_gone_afterwards(signed, zipped):
    with unpacked(zipped) as folder:
        assert files(folder) == files(signed)
    assert not folder.exists()
    assert not [finding for finding in verify_case(zipped) if finding.holds is False]


def test_a_zip_made_by_another_program_holds_too(signed, tmp_path):
    entries = [("any name/", b""), ("any name/data/", b"")]
    entries += [(f"any name/{path}", content) for path, content in files(signed).items()]
    path = archive(tmp_path / "other.zip", entries)
    assert not [finding for finding in verify_case(path) if finding.holds is False]


def test_an_added_empty_folder_in_a_zip_is_named(signed, tmp_path):
    entries = [(f"p/{path}", content) for path, content in files(signed).items()]
    path = archive(tmp_path / "more.zip", [*entries, ("p/data/more/", b"")])
    assert [f.name for f in verify_case(path) if f.holds is False] == ["data/more"]


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "p/../../x",
        "p/a\\b",
        "C:/x",
        "p//x",
        "p/./x",
        "p/x\n",
        "p/\u202ex",
        "p/x.",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(tmp_path, name):
    path = archive(tmp_path / "hostile.zip", [("p/bagit.txt", b""), (name, b"x")])
    assert "could lead elsewhere" in refused(path)


@pytest.mark.parametrize("again", ["p/a", "p/A", "p/a/"])
def test_a_name_that_occurs_twice_is_refused(tmp_path, again):
    path = archive(tmp_path / "hostile.zip", [("p/a", b"1"), (again, b"2" * (again[-1] != "/"))])
    assert "twice" in refused(path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_is_refused(tmp_path, kind):
    entry = zipfile.ZipInfo("p/link")
    entry.external_attr = (kind | 0o777) << 16
    assert "special file" in refused(archive(tmp_path / "hostile.zip", [(entry, "/etc/passwd")]))


def test_a_file_that_is_also_a_folder_is_refused(tmp_path):
    path = archive(tmp_path / "hostile.zip", [("p/a", b"1"), ("p/a/b", b"2")])
    assert "malformed" in refused(path)


def test_a_bomb_is_refused_by_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_read, "MOST_ZIP_BYTES", 2**20)
    path = archive(tmp_path / "bomb.zip", [("p/a", bytes(2**20)), ("p/b", bytes(2**20))])
    assert path.stat().st_size < 5000
    assert "unpacks to more than" in refused(path)


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    path = archive(tmp_path / "bomb.zip", [("p/a", bytes(2**20))])
    content = bytearray(path.read_bytes())
    size = struct.pack("<L", 2**20)
    for at in (content.find(size), content.rfind(size)):
        content[at : at + 4] = struct.pack("<L", 10)
    path.write_bytes(content)
    refused(path)


def test_more_files_than_a_package_has_are_refused_before_the_list_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_read, "MOST_ZIPPED_FILES", 3)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    path = tmp_path / "many.zip"
    path.write_bytes(struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 4, 4, 0, 0, 0))
    assert "more than 3 files" in refused(path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x05\x06" + bytes(18), b"PK" * 500])
def test_what_is_no_zip_file_is_refused(tmp_path, content):
    (tmp_path / "file.zip").write_bytes(content)
    refused(tmp_path / "file.zip")


def test_a_full_disk_is_the_reader_s_and_no_fault_of_the_package(zipped, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zip_read, "_unpack_file", full)
    with pytest.raises(WorkspaceError, match=r"cannot be unpacked here: No space .*TMPDIR"):
        verify_case(zipped)


def test_two_folders_or_none_are_refused(tmp_path):
    for entries in ([("a/x", b""), ("b/x", b"")], [("x", b"")]):
        assert "one folder" in refused(archive(tmp_path / "hostile.zip", entries))


def test_a_package_too_large_for_a_zip_is_told(signed, tmp_path, monkeypatch):
    monkeypatch.setattr("inktrace.casefile.bag.zip_write.MOST_ZIPPED_FILES", 3)
    with pytest.raises(InputError, match="without --zip"):
        write_zip(signed, "L-1", tmp_path / "out.zip")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_of_a_zip_is_refused_or_changes_nothing_of_the_package(
    signed, zipped, tmp_path_factory, data
):
    content = zipped.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    by = data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("zips") / "changed.zip"
    path.write_bytes(content[:at] + bytes([content[at] ^ by]) + content[at + 1 :])
    try:
        with unpacked(path) as folder:
            same = files(folder) == files(signed)
    except Unusable:
        return
    assert same or [f for f in verify_case(path) if f.holds is False]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_package_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("zips") / "any.zip"
    path.write_bytes(content)
    refused(path)
