"""A case package is whole or absent, the same every time, and tells of any touch."""

from __future__ import annotations

import csv
import re

import pytest

from inktrace import casefile
from inktrace.casefile import build_case, verify_case
from inktrace.errors import InputError, StageError, WorkspaceError
from inktrace.params import Params
from inktrace.progress import silent


def build(relations, out):
    return build_case(relations, "L-1", out, Params(), "9.9", silent)


@pytest.fixture
def package(relations, tmp_path):
    build(relations, tmp_path / "package")
    return tmp_path / "package"


def page(package):
    return (package / "report.html").read_text(encoding="utf-8")


def rows(package, name):
    with (package / "exhibits" / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_the_summary_says_what_was_built(relations, tmp_path):
    summary = build(relations, tmp_path / "deep" / "package")
    assert (summary.ads, summary.links, summary.lead_id) == (3, 2, "L-1")
    assert len(list((tmp_path / "deep").iterdir())) == 1


def test_an_untouched_package_holds(package):
    findings = verify_case(package)
    assert len(findings) > 20
    assert all(finding.holds for finding in findings)


def test_two_builds_are_the_same_bytes(relations, package, tmp_path):
    build(relations, tmp_path / "again")
    ours = {p.relative_to(package): p.read_bytes() for p in package.rglob("*") if p.is_file()}
    again = tmp_path / "again"
    assert ours == {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}


def test_every_altered_missing_or_added_file_is_named(package):
    (package / "report.html").write_bytes(b"x")
    (package / "exhibits" / "links.csv").unlink()
    (package / "exhibits" / "new.csv").write_text("x")
    failed = {f.name: f.sentence for f in verify_case(package) if not f.holds}
    assert set(failed) == {"report.html", "exhibits/links.csv", "exhibits/new.csv"}


def test_one_flipped_bit_anywhere_is_found(package):
    for path in sorted(package.rglob("*.csv"))[:6]:
        content = path.read_bytes()
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        assert [f.name for f in verify_case(package) if not f.holds] == [
            path.relative_to(package).as_posix()
        ]
        path.write_bytes(content)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"format": "inktrace case package", "files": 3}']
)
def test_a_broken_manifest_holds_nothing(package, text):
    (package / "manifest.json").write_text(text)
    assert not any(finding.holds for finding in verify_case(package))


def test_a_manifest_cannot_point_outside(package):
    manifest = package / "manifest.json"
    for outside in ("../secret", "/etc/passwd", "exhibits/../../x"):
        manifest.write_text(manifest.read_text().replace("exhibits/ads.csv", outside, 1))
        assert not all(finding.holds for finding in verify_case(package))


def test_an_unknown_lead_is_refused_and_known_ones_named(relations, tmp_path):
    with pytest.raises(StageError, match=r"L-2.*L-1"):
        build_case(relations, "L-2", tmp_path / "package", Params(), "9.9", silent)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(relations, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError):
        build(relations, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_full_disk_leaves_nothing_behind(relations, tmp_path, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(casefile.package, "report_html", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        build(relations, tmp_path / "package")
    assert list(tmp_path.iterdir()) == []


def test_hostile_text_stays_text(package):
    text = page(package)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert "\x07" not in text
    assert "Processor <b>" not in text


def test_nothing_is_fetched_and_nothing_runs(package):
    text = page(package).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|src=|@import|url\(|<link|javascript:", text)
    assert "default-src 'none'" in text


def test_the_page_says_what_it_must(package):
    text = page(package)
    assert "NOT REVIEWED" in text
    for words in (
        "H1: payments from the wallet bought these ads",
        "H2: the wallet is a stranger&#39;s",
        "this one false",
        "extremely strong support",
        "q = 0.004",
        "3.1%",
    ):
        assert words in text
    assert "kdd2017" in text
    assert text.count("<svg") >= 4  # timeline, two links, a delay law


def test_spreadsheets_are_not_tricked(package):
    assert [row["ad_id"] for row in rows(package, "ads")] == ["'=ad1", "ad2", "ad3"]


def test_exhibits_lead_back_to_the_source_rows(package):
    ads = rows(package, "ads")
    assert [(row["file_id"], row["row"]) for row in ads] == [("1", "1"), ("1", "2"), ("1", "3")]
    assert all(re.fullmatch("[0-9a-f]{64}", row["text_sha256"]) for row in ads)
    assert ads[0]["posted"] == "2024-01-01T00:00:00Z"
    assert {row["sha256"] for row in rows(package, "source_files")} >= {"1" * 64, "3" * 64}


def test_other_people_s_contact_data_stays_out(package):
    for path in package.rglob("*"):
        if path.is_file():
            assert b"639170000000" not in path.read_bytes(), path


def test_decoys_are_no_candidates(package):
    assert {row["ad_id"] for row in rows(package, "candidates")} == {"'=ad1", "ad2"}
