"""Hostile folders: links, pipes, odd paths, too much of anything; and what further checks see."""

from __future__ import annotations

import hashlib
import os

import bagit
import pytest

from inktrace.casefile.bag import contents
from inktrace.casefile.bag.checks import further_findings
from inktrace.casefile.bag.contents import bag_findings
from inktrace.casefile.bag.findings import Finding, Unusable, intact
from inktrace.casefile.bag.sums import read_sums, sums_bytes
from inktrace.casefile.verify import verify_case
from inktrace.errors import InputError, StageError


def failed(folder):
    return {f.name: f.sentence for f in bag_findings(folder) if f.holds is False}


def test_an_untouched_bag_holds(bag):
    assert failed(bag) == {}
    bagit.Bag(str(bag)).validate()


@pytest.mark.parametrize("path", ["data/report.html", "bagit.txt", "manifest-sha256.txt"])
def test_a_link_in_the_place_of_a_file_is_refused(bag, path):
    (bag / path).rename(bag.parent / "elsewhere")
    (bag / path).symlink_to(bag.parent / "elsewhere")
    assert path in failed(bag)


def test_a_link_in_the_place_of_a_folder_is_refused(bag):
    (bag / "data" / "exhibits").rename(bag.parent / "elsewhere")
    (bag / "data" / "exhibits").symlink_to(bag.parent / "elsewhere")
    assert "behind a link" in failed(bag)["data/exhibits/ads.csv"]


@pytest.mark.parametrize("path", ["data/report.html", "tagmanifest-sha256.txt", "data/new"])
def test_a_pipe_is_named_and_never_waited_for(bag, path):
    (bag / path).unlink(missing_ok=True)
    os.mkfifo(bag / path)
    assert path in failed(bag)


@pytest.mark.parametrize("name", [b"\xff", b"a\nb", b"\x1b[2J", "\u202egpj".encode()])
def test_a_name_that_could_trick_a_terminal_is_shown_harmlessly(bag, name):
    (bag / "data" / os.fsdecode(name)).touch()
    ((shown, sentence),) = failed(bag).items()
    assert shown.startswith("data/")
    assert sentence.isprintable()
    sentence.encode("utf-8")


def test_a_package_with_more_bytes_than_allowed_is_not_read_to_the_end(bag, monkeypatch):
    monkeypatch.setattr(contents, "MOST_BYTES", 300)
    assert "goes beyond" in " ".join(failed(bag).values())


def test_a_folder_with_too_many_files_is_left_unread(bag, monkeypatch):
    monkeypatch.setattr(contents, "MOST_FILES", 2)
    assert set(failed(bag)) == {"bag"}


def test_a_huge_manifest_is_refused(bag, monkeypatch):
    monkeypatch.setattr(contents, "MOST_MANIFEST_BYTES", 100)
    assert "larger than" in failed(bag)["manifest-sha256.txt"]


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "data/../../x", "data/a\\b", "data/%0A", "", "data/ x"]
)
def test_a_manifest_cannot_point_outside(bag, path):
    (bag / "manifest-sha256.txt").write_text(f"{'0' * 64}  {path}\n")
    assert "manifest-sha256.txt" in failed(bag)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"0" * 64 + b"  data/a",
        b"0" * 64 + b" data/a\n",
        b"A" * 64 + b"  data/a\n",
        b"0" * 64 + b"  data/a\r\n",
        b"0" * 64 + b"  data/b\n" + b"0" * 64 + b"  data/a\n",
        (b"0" * 64 + b"  data/a\n") * 2,
        b"0" * 64 + b"  data/A\n" + b"0" * 64 + b"  data/a\n",
    ],
)
def test_a_list_of_digests_has_one_form_only(content):
    with pytest.raises(Unusable):
        read_sums(content, "list")


def test_a_list_of_digests_leads_back_to_itself():
    digests = {f"data/{n}": hashlib.sha256(b"%d" % n).hexdigest() for n in range(20)}
    assert read_sums(sums_bytes(digests), "list") == digests


def test_what_is_no_package_is_told(tmp_path):
    for name in ("nothing", "link"):
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to(tmp_path)
        with pytest.raises(InputError, match="neither a folder nor a zip file"):
            verify_case(tmp_path / name)
    assert not intact(verify_case(tmp_path))


def _even_digits(directory):
    """The report has an even number of digits."""
    assert (directory / "data").is_dir()
    yield Finding("digits", True, "It has.", "even digits")


def _broken(directory):
    """The chain proofs lead to their headers."""
    raise StageError("there is no header")


def test_further_checks_run_on_intact_files_only(bag):
    def run():
        return {f.name: f.holds for f in verify_case(bag, checks=(_even_digits, _broken))}

    assert run()["digits"] is True
    assert run()["broken"] is False
    (bag / "data" / "report.html").write_text("x")
    assert run()["even digits"] is None
    assert run()["broken"] is None


def test_a_check_says_what_it_could_not_check(bag):
    (finding,) = further_findings(bag, True, [_broken])
    assert finding.sentence == (
        "The chain proofs lead to their headers. It cannot be checked: there is no header."
    )


def test_a_check_that_a_file_nests_too_deep_for_fails_in_words(signed):
    def deep(root):
        """What is nested."""
        raise RecursionError("too deep")

    [finding] = further_findings(signed, True, [deep])
    assert finding.holds is False
    assert "cannot be checked: too deep" in finding.sentence
