"""`inktrace wallets evaluate` on a small world whose wallets are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from .running import inktrace

WORLD = ("authors=20", "ads=100", "transactions=1500", "coinjoins=12", "days=2")
FILES = {"chain": "chain.jsonl.zst", "first-seen": "first_seen.csv", "prices": "prices.csv",
         "tags": "tags.yaml"}  # fmt: skip
pytestmark = pytest.mark.xdist_group("cli_wallets_evaluate")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wallets") / "world"
    chosen = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder, "--seed", 7, *chosen)
    return folder


@pytest.fixture(scope="module")
def case(world: Path) -> Path:
    folder = world.parent / "case"
    inktrace("init", "--workspace", folder)
    for kind, name in FILES.items():
        inktrace("add", kind, world / name, "--workspace", folder)
    return folder


@pytest.fixture(scope="module")
def document(world: Path, case: Path) -> dict[str, Any]:
    truth = world / "truth" / "wallets.csv"
    words = ("wallets", "evaluate", "--truth", truth, "--workspace", case)
    told: dict[str, Any] = json.loads(inktrace(*words, "--out", case.parent / "figures", "--json"))
    return told


def test_clusters_with_coinjoins_join_no_strangers(document: dict[str, Any]) -> None:
    clusters = document["clusters"]
    assert clusters["pairs_together"] > 20
    assert clusters["precision"]["value"] >= 0.99
    assert 0 < clusters["recall"]["value"] < 1


def test_every_mix_has_a_verdict_and_no_payment_has(document: dict[str, Any]) -> None:
    against = document["coinjoins"]["against_truth"]
    assert against["several_owners"]["no"] == 0
    assert against["several_owners"]["yes"] > 0
    assert document["coinjoins"]["false_alarms"]["value"] <= 0.003
    assert "not recognised" in document["coinjoins"]["payjoin"]


def test_change_is_measured_one_by_one_and_together(document: dict[str, Any]) -> None:
    change = document["change"]
    assert change["payments_with_change"] > 500
    assert change["heuristics"]["own_script"]["precision"]["value"] == 1.0
    assert change["together"]["precision"]["value"] > 0.9
    assert change["together"]["by_agreeing"]


def test_json_and_pictures_are_written_and_the_same_again(
    world: Path, case: Path, document: dict[str, Any]
) -> None:
    figures = case.parent / "figures"
    stored = json.loads((figures / "evaluation.json").read_text())
    assert stored == document
    names = {path.name for path in figures.glob("*.svg")}
    assert names == {"change_precision.svg", "change_coverage.svg", "clusters.svg",
                     "coinjoins.svg"}  # fmt: skip
    for path in figures.glob("*.svg"):
        ElementTree.fromstring(path.read_text())  # noqa: S314 - written here
    before = {path.name: path.read_bytes() for path in figures.iterdir()}
    truth = world / "truth" / "wallets.csv"
    said = inktrace("wallets", "evaluate", "--truth", truth, "-w", case, "--out", figures)
    assert before == {path.name: path.read_bytes() for path in figures.iterdir()}
    assert "Clusters by co-spending" in said
    assert "PayJoins look like ordinary payments" in said


def test_without_truth_the_tags_actors_are_asked_for(case: Path) -> None:
    assert "none of the known addresses" in inktrace("wallets", "evaluate", "-w", case, expect=3)


def test_a_truth_that_cannot_be_used_is_refused(tmp_path: Path, case: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("address,name\na,b\n")
    said = inktrace("wallets", "evaluate", "--truth", bad, "-w", case, expect=3)
    assert "no column owner" in said
