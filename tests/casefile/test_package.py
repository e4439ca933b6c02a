"""A case package is whole or absent, the same every time, and tells of any touch."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import ibis
import pyarrow as pa
import pytest

from inktrace import casefile
from inktrace.casefile.package import build_case
from inktrace.casefile.redaction.gathered import Redaction
from inktrace.casefile.redaction.profiles import PROFILES
from inktrace.casefile.review_check import check_lead, check_review
from inktrace.casefile.verify import verify_case
from inktrace.errors import InputError, StageError, WorkspaceError
from inktrace.params import Params
from inktrace.progress import silent


def build(relations, out, **options):
    options.setdefault("redaction", Redaction(PROFILES["standard"], bytes(32)))
    return build_case(relations, "L-1", out, Params(), "9.9", silent, **options)


@pytest.fixture(scope="module")
def built(relations, tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "package"
    build(relations, folder)
    return folder


@pytest.fixture
def package(built, tmp_path):
    """A package of one's own, to be damaged."""
    return Path(shutil.copytree(built, tmp_path / "package"))


def page(package):
    return (package / "data" / "report.html").read_text(encoding="utf-8")


def rows(package, name):
    with (package / "data" / "exhibits" / f"{name}.csv").open(
        newline="", encoding="utf-8"
    ) as lines:
        return list(csv.DictReader(lines))


def test_the_summary_says_what_was_built(relations, tmp_path):
    summary = build(relations, tmp_path / "deep" / "package")
    assert (summary.ads, summary.links, summary.lead_id) == (3, 2, "L-1")
    assert len(list((tmp_path / "deep").iterdir())) == 1


def test_an_untouched_package_holds(package):
    findings = verify_case(package)
    assert len(findings) > 20
    assert [f.name for f in findings if not f.holds] == [
        "signature",
        "exhibits/chain",
        "exhibits/chain/unproven",
    ]
    assert [f.name for f in findings if f.holds is False] == []


def test_a_review_that_nobody_made_is_named(package, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(package, copy)
    case = copy / "data" / "case.json"
    case.write_text(case.read_text().replace('"reviewed": false', '"reviewed": true'))
    (found,) = check_review(copy)
    assert found.holds is False
    assert "0 judgements" in found.sentence
    assert [one.holds for one in check_review(package)] == [True]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [('"lead_id": "L-1"', '"lead_id": "L-2"', "the lead"), ("0123456789abcdef", "00", "the runs")],
)
def test_another_lead_or_run_than_the_exhibits_hold_is_named(package, tmp_path, old, new, what):
    copy = tmp_path / "copy"
    shutil.copytree(package, copy)
    case = copy / "data" / "case.json"
    assert old in case.read_text()
    case.write_text(case.read_text().replace(old, new))
    [found] = [one for one in check_lead(copy) if one.holds is False]
    assert f"do NOT agree on {what}." in found.sentence
    assert [one.holds for one in check_lead(package)] == [True, True]


def test_runs_in_another_order_are_the_same_runs(tmp_path):
    (tmp_path / "data" / "exhibits").mkdir(parents=True)
    (tmp_path / "data" / "case.json").write_text('{"run_ids": ["00aa", "11bb"]}')
    (tmp_path / "data" / "exhibits" / "runs.csv").write_text('"run_id"\n"11bb"\n"00aa"\n')
    assert [one.holds for one in check_lead(tmp_path)] == [None, True]


def test_two_builds_are_the_same_bytes(relations, package, tmp_path):
    build(relations, tmp_path / "again")
    ours = {p.relative_to(package): p.read_bytes() for p in package.rglob("*") if p.is_file()}
    again = tmp_path / "again"
    assert ours == {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}


def test_every_altered_missing_or_added_file_is_named(package):
    exhibits = package / "data" / "exhibits"
    (package / "data" / "report.html").write_bytes(b"x")
    (exhibits / "links.csv").unlink()
    (exhibits / "new.csv").write_text("x")
    failed = {f.name for f in verify_case(package) if f.holds is False}
    named = {"report.html", "exhibits/links.csv", "exhibits/new.csv"}
    assert failed == {f"data/{name}" for name in named}


def test_one_flipped_bit_anywhere_is_found(package):
    for path in sorted(package.rglob("*.csv"))[:6]:
        content = path.read_bytes()
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        assert [f.name for f in verify_case(package) if f.holds is False] == [
            path.relative_to(package).as_posix()
        ]
        path.write_bytes(content)


def test_the_library_of_another_house_finds_the_bag_valid(package):
    bag = bagit.Bag(str(package))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert "Bagging-Date" not in bag.info


def test_the_digests_are_in_the_form_that_stock_tools_read(package):
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (package / name).read_text().splitlines():
            digest, path = line.split("  ")
            assert hashlib.sha256((package / path).read_bytes()).hexdigest() == digest


def test_the_summary_s_digest_is_that_of_the_tag_manifest(relations, tmp_path):
    summary = build(relations, tmp_path / "package")
    content = (tmp_path / "package" / "tagmanifest-sha256.txt").read_bytes()
    assert hashlib.sha256(content).hexdigest() == summary.manifest_sha256


def test_a_lead_whose_source_rows_are_gone_is_refused(relations, tmp_path):
    kept = pa.Table.from_pylist([{"ad_id": "ad2"}])
    tables = {"ads": (relations["ads"].semi_join(ibis.memtable(kept), "ad_id"), "2 of the 3 ads")}
    outputs = relations["outputs"]
    tables["outputs"] = (outputs.filter(outputs.tx_id != 2), "1 of the 2 payments")
    for name, (rest, words) in tables.items():
        with pytest.raises(StageError, match=words):
            build(Without(relations, name, rest), tmp_path / "package")
    assert list(tmp_path.iterdir()) == []


class Without:
    """Relations of which one table has lost rows."""

    def __init__(self, relations, name, rest):
        self._relations, self._name, self._rest = relations, name, rest

    def __getitem__(self, name):
        return self._rest if name == self._name else self._relations[name]

    def __getattr__(self, name):
        return getattr(self._relations, name)


def test_an_unknown_lead_is_refused_and_known_ones_named(relations, tmp_path):
    with pytest.raises(StageError, match=r"L-2.*L-1"):
        build_case(relations, "L-2", tmp_path / "package", Params(), "9.9", silent)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(relations, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError):
        build(relations, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize("step", ["report_html", "write_bag", "write_zip"])
def test_a_full_disk_leaves_nothing_behind(relations, tmp_path, monkeypatch, step, as_zip):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    if step == "write_zip" and not as_zip:
        return
    monkeypatch.setattr(casefile.package, step, full)
    with pytest.raises(WorkspaceError, match="No space left"):
        build(relations, tmp_path / "package", as_zip=as_zip)
    assert list(tmp_path.iterdir()) == []


BUILD_IN_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from tests.casefile.conftest import _tables
from tests.casefile.test_package import build
import pyarrow as pa
from inktrace.engine import Engine
from inktrace.errors import WorkspaceError
tables = {name: pa.Table.from_pylist(rows) for name, rows in _tables().items() if rows}
with Engine.in_memory(tables) as engine:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
    try:
        build(engine.relations(), Path(sys.argv[1]) / "package")
    except WorkspaceError as error:
        print(error)
"""


def test_a_disk_that_takes_only_so_much_leaves_nothing_behind(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BUILD_IN_LITTLE_ROOM, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_zip_holds_what_the_folder_holds_and_is_the_same_every_time(relations, package, tmp_path):
    summary = build(relations, tmp_path / "one", as_zip=True)
    build(relations, tmp_path / "two.zip", as_zip=True)
    assert summary.directory == str(tmp_path / "one.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"package", "one.zip", "two.zip"}
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        for name in archive.namelist():
            folder, _, path = name.partition("/")
            assert folder == "L-1"
            assert archive.read(name) == (package / path).read_bytes()
    assert not [f for f in verify_case(tmp_path / "one.zip") if f.holds is False]


def test_a_zip_of_that_name_is_left_alone(relations, tmp_path):
    (tmp_path / "package.zip").write_text("mine")
    with pytest.raises(InputError, match="something here already"):
        build(relations, tmp_path / "package", as_zip=True)
    assert (tmp_path / "package.zip").read_text() == "mine"


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
        "H1: payments from the wallet bought ads of the group",
        "H2: they were for something else and fit by chance",
        "this one false",
        "extremely strong support",
        "q = 0.004",
        "3.1%",
    ):
        assert words in text
    assert "Portnoff et al. 2017" in text
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
