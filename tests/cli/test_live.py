"""`inktrace live`: a feed taken in bit by bit gives what a batch gives, whatever interrupts it."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inktrace.cli.live import _Runner
from inktrace.params import LiveParams
from inktrace.progress import silent
from inktrace.schema import TABLES
from inktrace.workspace import open_workspace

from .running import inktrace

WORLD = ("authors=16", "ads=240", "transactions=2500", "days=2")
BAD = '{"ad_id": "no-site", "posted_at": "2024-01-01T00:00:00Z", "text": "x"}\n'
pytestmark = pytest.mark.xdist_group("cli_live")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with `empty`, a case without ads, and its ads: `first.csv` and lines."""
    folder = tmp_path_factory.mktemp("live")
    settings = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder / "world", "--seed", 5, *settings)
    inktrace("init", folder / "empty")
    for source, name in (("chain", "chain.jsonl.zst"), ("tags", "tags.yaml"),
                         ("first-seen", "first_seen.csv"), ("prices", "prices.csv")):  # fmt: skip
        inktrace("add", source, folder / "world" / name, "-w", folder / "empty")
    with open_workspace(folder / "empty") as case:
        case.set_parameters({"payments.decoy_rounds": 10, "live.settle_s": 0})
    with (folder / "world" / "ads.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / "first.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows[:120])
    lines = [json.dumps({k: v for k, v in row.items() if v}) + "\n" for row in rows[120:]]
    lines.insert(50, BAD)
    (folder / "second.jsonl").write_text("".join(lines).rstrip("\n"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def batch(made):
    """The tables of a case that took everything in at once."""
    case = made / "batch"
    shutil.copytree(made / "empty", case)
    files = made / "first.csv", made / "second.jsonl"
    inktrace("add", "ads", *files, "-w", case, expect=4)
    inktrace("run", "-w", case)
    return tables(case)


@pytest.fixture
def case(made, tmp_path):
    shutil.copytree(made / "empty", tmp_path / "case")
    (tmp_path / "feed").mkdir()
    return tmp_path / "case"


def tables(case: Path) -> dict[str, list]:
    """Every row of ads, rejects and results as stored, less the marks of files and runs."""
    names = [table.name for table in TABLES.values() if table.kind == "result"]
    with open_workspace(case) as opened:
        found = {}
        for name in ("ads", "rejects", *names):
            mark = "run_id" if name in names else "file_id"
            found[name] = opened.engine.query(
                f'SELECT * EXCLUDE ({mark}) FROM "{name}"'
            ).to_pylist()
        return found


def live(feed: Path, case: Path, *words, expect: int = 0) -> dict:
    said = inktrace("live", "--ads", feed, "-w", case, "--json", *words, expect=expect)
    return json.loads(said) if said else {}


def test_pieces_of_a_feed_give_the_tables_of_a_batch(made, batch, case, tmp_path):
    feed = tmp_path / "feed"
    shutil.copy(made / "first.csv", feed)
    first = live(feed, case, "--once")
    assert [file["rows_accepted"] for file in first["files"]] == [120]
    whole = (made / "second.jsonl").read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    grown = feed / "second.jsonl"
    grown.write_bytes(whole[: ends[29] + 40])  # thirty lines and a bit
    second = live(feed, case, "--once")
    assert [file["rows_accepted"] for file in second["files"]] == [30]
    assert live(feed, case, "--once") == {}
    grown.write_bytes(whole[: ends[60]])
    third = live(feed, case, "--once", expect=4)
    assert [(f["rows_accepted"], f["rows_rejected"]) for f in third["files"]] == [(30, 1)]
    grown.write_bytes(whole)  # its last line has no line end
    last = live(feed, case, "--once")
    assert [(f["rows_accepted"], f["rows_rejected"]) for f in last["files"]] == [(60, 0)]
    assert "wallets" not in last["stages"]
    now = tables(case)
    assert [row["row"] for row in now["rejects"]] == [51]
    assert now.keys() == batch.keys()
    for name in batch:
        assert now[name] == batch[name], name


def test_what_changed_is_told(made, batch, case, tmp_path):
    feed = tmp_path / "feed"
    shutil.copy(made / "first.csv", feed)
    named = {(c["author_id"], c["wallet_id"]) for c in live(feed, case, "--once")["changes"]}
    assert named
    shutil.copy(made / "second.jsonl", feed)
    for change in live(feed, case, "--once", expect=4)["changes"]:
        pair = change["author_id"], change["wallet_id"]
        if change["change"] == "named":
            assert pair not in named
            assert change["q_now"] <= 0.05
            named.add(pair)
        elif change["change"] == "renamed":
            named.remove((change["author_was"], change["wallet_id"]))
            named.add(pair)
        else:
            named.remove(pair)
    assert named == {
        (row["author_id"], row["wallet_id"])
        for row in batch["attributions"]
        if row["method"] == "inktrace" and row["q_value"] <= 0.05
    }


def started(feed: Path, case: Path, *words) -> subprocess.Popen:
    command = (sys.executable, "-m", "inktrace", "live", "--ads", feed, "-w", case, *words)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def acts(case: Path) -> str:
    return (case / "audit.jsonl").read_text(encoding="utf-8")


def until(true):
    end = time.monotonic() + 180
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("moment", ["first.csv", '"stage": "payments"'])
def test_a_kill_at_any_moment_is_made_up_for(made, batch, case, tmp_path, moment):
    feed = tmp_path / "feed"
    shutil.copy(made / "first.csv", feed)
    shutil.copy(made / "second.jsonl", feed)
    process = started(feed, case)
    until(lambda: moment in acts(case))
    process.kill()
    process.communicate()
    again = started(feed, case, "--once", "--json")
    out, err = again.communicate(timeout=180)
    # Right after the first file, the second one may or may not have been stored.
    files = json.loads(out)["files"]
    assert len(files) <= (moment == "first.csv")
    assert again.returncode == (4 if files else 0), err
    now = tables(case)
    for name in batch:
        assert now[name] == batch[name], name


def test_it_ends_by_interrupt_and_goes_on_where_it_was(made, case, tmp_path):
    feed = tmp_path / "feed"
    process = started(feed, case, "--json", "--every", "0.1")
    partial = feed / "first.csv.part"
    shutil.copy(made / "first.csv", partial)
    shutil.copy(made / "first.csv", feed / ".hidden.csv")
    time.sleep(0.5)
    partial.rename(feed / "first.csv")
    while not (line := json.loads(process.stdout.readline()))["files"]:
        pass
    assert [file["rows_accepted"] for file in line["files"]] == [120]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, err, out) == (0, "", "")
    assert live(feed, case, "--once") == {}
    with open_workspace(case) as opened:
        assert opened.engine.rows("SELECT count(*) FROM ads") == [(120,)]
        assert opened.audit.check()


def test_an_interrupt_that_is_dropped_still_ends_it(tmp_path, monkeypatch):
    runner = _Runner(tmp_path / "case", None, tmp_path / "spool", 0.05, True)

    def update(progress):
        with contextlib.suppress(KeyboardInterrupt):  # as when an object is cleared away
            runner.interrupt()

    monkeypatch.setattr(runner, "update", update)
    with pytest.raises(KeyboardInterrupt):
        runner.run(LiveParams(), 60, silent)


def test_a_file_that_cannot_be_used_keeps_no_other_out(made, case, tmp_path):
    feed = tmp_path / "feed"
    (feed / "a.csv").write_text("nothing,of,use\n1,2,3\n")
    (feed / "b.jsonl").write_text("this is no JSON\n")
    shutil.copy(made / "first.csv", feed / "c.csv")
    said = inktrace("live", "--ads", feed, "-w", case, "--once", expect=3)
    assert "b.jsonl" in said
    with open_workspace(case) as opened:
        assert opened.engine.rows("SELECT count(*) FROM ads") == [(120,)]


def test_a_feed_that_is_not_there_is_one_clear_line(case, tmp_path):
    said = inktrace("live", "--ads", tmp_path / "none", "-w", case, "--once", expect=3)
    assert "the feed cannot be read" in said
