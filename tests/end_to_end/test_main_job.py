"""The whole line on a small planted world: from files to a verified package, and through kills."""

from __future__ import annotations

import csv
import itertools
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import inktrace

COMMAND = [sys.executable, "-m", "inktrace"]
# A small world in which three quarters of the authors pay, so that little data holds much signal.
WORLD = ("authors=45", "ads=650", "transactions=9000", "days=5")
INPUTS = {
    "ads": "ads.csv",
    "chain": "chain.jsonl.zst",
    "first-seen": "first_seen.csv",
    "prices": "prices.csv",
    "tags": "tags.yaml",
}
pytestmark = pytest.mark.xdist_group("end_to_end")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("end_to_end") / "world"
    settings = [word for text in WORLD for word in ("--set", text)]
    _in_a_process("world", "make", "--out", folder, "--seed", 11, *settings)
    return folder


@pytest.fixture(scope="module")
def case(world):
    folder = world.parent / "case"
    _in_a_process("init", folder)
    for kind, name in INPUTS.items():
        _in_a_process("add", kind, world / name, "--workspace", folder)
    _in_a_process("run", "--workspace", folder)
    return folder


def _in_a_process(*words):
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def _exported(case, what, out):
    inktrace("export", what, "--format", "csv", "--out", out, "--workspace", case)
    with out.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_ad_has_an_author_and_every_address_a_wallet(case, world, tmp_path):
    authors = _exported(case, "authors", tmp_path / "authors.csv")
    with (world / "ads.csv").open(newline="") as lines:
        ads = {row["ad_id"] for row in csv.DictReader(lines)}
    assert {row["ad_id"] for row in authors} == ads
    assert len(authors) == len(ads)
    wallets = _exported(case, "wallets", tmp_path / "wallets.csv")
    outputs = _exported(case, "outputs", tmp_path / "outputs.csv")
    assert {row["address"] for row in outputs if row["address"]} <= {
        row["address"] for row in wallets
    }
    assert len({row["address"] for row in wallets}) == len(wallets)


def test_the_columns_are_those_that_outside_programs_rely_on(case, tmp_path):
    expected = {
        "authors": "ad_id,author_id,log10_lr",
        "links": "ad_id,txid,vout,value_sat,first_seen,payer_wallet_id,log10_lr,"
        "posterior_probability",
        "wallets": "address,wallet_id,service",
        "attributions": "author_id,wallet_id,ads_matched,log10_lr,q_value,is_service,"
        "error_probability",
        "leads": "lead_id,rank,score,author_ids,wallet_ids,people_estimate,places",
        "transactions": "txid,block_height,block_time,first_seen,is_coinbase",
        "inputs": "txid,vin,spent_txid,spent_vout,value_sat,address",
        "outputs": "txid,vout,value_sat,script_hex,script_type,address",
    }
    for what, columns in expected.items():
        out = tmp_path / f"{what}.csv"
        inktrace("export", what, "--out", out, "--workspace", case)
        assert out.read_text().splitlines()[0].replace('"', "").startswith(columns)


def test_what_is_named_is_mostly_right(case, world):
    found = json.loads(
        inktrace("evaluate", "--truth", world / "truth", "--json", "--workspace", case)
    )
    ours = found["attributions"]["inktrace"]
    assert ours["reported"] > 0
    assert ours["false_discovery_proportion"] <= 0.25
    assert found["authors"]["pair_precision"] >= 0.8


def test_a_second_run_does_nothing(case):
    assert "Nothing to do" in inktrace("run", "--workspace", case)


def test_adding_a_file_again_changes_nothing(case, world):
    assert "added before" in inktrace("add", "ads", world / "ads.csv", "--workspace", case)
    assert "Nothing to do" in inktrace("run", "--workspace", case)


def test_one_parameter_reruns_only_what_depends_on_it(case):
    changed = inktrace("run", "--set", "rings.link_q_value=0.04", "--json", "--workspace", case)
    assert [run["stage"] for run in json.loads(changed) if run["ran"]] == ["rings", "referrals"]
    inktrace("run", "--set", "rings.link_q_value=0.05", "--workspace", case)


def test_any_pairs_can_be_scored(case, world, tmp_path):
    with (world / "ads.csv").open(newline="") as lines:
        ids = [row["ad_id"] for row in csv.DictReader(lines)][:40]
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        "ad_id_a,ad_id_b\n" + "".join(f"{a},{b}\n" for a, b in itertools.pairwise(ids))
    )
    out = tmp_path / "scores.csv"
    inktrace("score", pairs, "--out", out, "--workspace", case)
    with out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["ad_id_a"], row["ad_id_b"]) for row in rows] == list(itertools.pairwise(ids))
    assert all(0 <= float(row["same_author_probability"]) <= 1 for row in rows)


def test_the_first_lead_makes_a_package_that_verifies_until_it_is_touched(case, tmp_path):
    leads = json.loads(inktrace("show", "leads", "--json", "--workspace", case))
    package = tmp_path / "package"
    inktrace("case", "build", leads[0]["lead_id"], "--out", package, "--workspace", case)
    inktrace("case", "verify", package)
    report = package / "data" / "report.html"
    text = report.read_text(encoding="utf-8")
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "<script" not in text
    report.write_text(text.replace("lead", "LEAD", 1), encoding="utf-8")
    inktrace("case", "verify", package, expect=3)


def test_a_kill_at_any_point_leaves_a_workspace_that_resumes(case, world, tmp_path):
    """kill -9 while files are added and while stages run, then carry on to the same bytes."""
    chance = random.Random(1)
    folder = tmp_path / "case"
    inktrace("init", folder)
    for kind, name in INPUTS.items():
        _killed(("add", kind, str(world / name)), folder, chance.uniform(0.3, 3))
        inktrace("add", kind, world / name, "--workspace", folder)
    for _ in range(5):
        _killed(("run",), folder, chance.uniform(1, 8))
        inktrace("doctor", "--workspace", folder)
    inktrace("run", "--workspace", folder)
    for what in ("authors", "links", "wallets", "attributions", "leads"):
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        _exported(case, what, first)
        _exported(folder, what, second)
        assert first.read_bytes() == second.read_bytes(), what


def _killed(words: tuple[str, ...], folder: Path, after_s: float) -> None:
    process = subprocess.Popen(
        [*COMMAND, *words, "--workspace", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + after_s
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
