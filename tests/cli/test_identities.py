"""Identities through the command line: run, list, explain, export."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import inktrace

ADS = "ad_id,site,posted_at,text,phone,city\n" + "".join(
    f"a{n:02d},board.example,2024-01-{1 + n // 4:02d}T0{n % 4}:00Z,"
    f"Cleaning of houses number {n} call me,{'0917' + str(1234560 + n // 3)},Cebu\n"
    for n in range(24)
)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("identities")
    (folder / "ads.csv").write_text(ADS)
    inktrace("init", folder / "case")
    inktrace("add", "ads", folder / "ads.csv", "--workspace", folder / "case")
    inktrace("run", "identities", "--workspace", folder / "case")
    return folder / "case"


def test_an_identity_is_explained_by_its_id_and_by_an_ad_of_it(case):
    listed = json.loads(
        inktrace("show", "identities", "--limit", 99, "--json", "--workspace", case)
    )
    assert sum(row["ads"] for row in listed) == 24
    identity = listed[0]["identity_id"]
    by_id = json.loads(inktrace("identities", "explain", identity, "--json", "--workspace", case))
    by_ad = json.loads(
        inktrace("identities", "explain", by_id["ads"][0], "--json", "--workspace", case)
    )
    assert by_id == by_ad
    assert by_id["ads"]
    assert len(by_id["parts"]) == len(by_id["joins"]) + 1
    for join in by_id["joins"]:
        weights = [join["prior"], *(join[name] for name in by_id["weights"])]
        assert sum(weights) == pytest.approx(join["total"], abs=1e-5)
    words = inktrace("identities", "explain", identity, "--workspace", case)
    assert identity in words
    assert "for a person to review" in words


def test_an_unknown_identity_is_bad_usage(case):
    assert "no identity" in inktrace(
        "identities", "explain", "I-none", "--workspace", case, expect=2
    )


@pytest.mark.parametrize("name", ["identities", "identity-links", "identity-hubs"])
def test_exports_are_the_same_again(case, tmp_path, name):
    for out in ("one.csv", "two.csv"):
        inktrace("export", name, "--out", tmp_path / out, "--workspace", case)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    inktrace("show", name, "--workspace", case)
