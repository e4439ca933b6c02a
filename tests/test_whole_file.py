"""A file appears whole or not at all."""

from __future__ import annotations

import pytest

from inktrace.errors import WorkspaceError
from inktrace.whole_file import whole_file


def test_the_file_takes_its_name_when_the_block_ends(tmp_path):
    with whole_file(tmp_path / "a.txt") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "a.txt").exists()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.txt", "whole")]


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_trouble_leaves_the_old_file_and_nothing_else(tmp_path, trouble):
    path = tmp_path / "a.txt"
    path.write_text("old")
    expected = WorkspaceError if isinstance(trouble, OSError) else KeyboardInterrupt

    def write_half():
        with whole_file(path) as partial:
            partial.write_text("half")
            raise trouble

    with pytest.raises(expected):
        write_half()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.txt", "old")]


def test_the_error_says_what_cannot_be_written_where_and_why(tmp_path):
    path = tmp_path / "missing" / "a.txt"
    with (
        pytest.raises(WorkspaceError, match="the list cannot be written: No such file") as told,
        whole_file(path, "the list", "make the folder") as partial,
    ):
        partial.write_text("x")
    assert (told.value.where, told.value.do) == (str(path), "make the folder")
