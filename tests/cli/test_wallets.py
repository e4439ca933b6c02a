"""`inktrace wallets` on a small world."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from .running import inktrace

WORLD = ("authors=20", "ads=200", "transactions=2000", "days=1")
pytestmark = pytest.mark.xdist_group("cli_wallets")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wallets")
    settings = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", folder / "world", "--seed", 5, *settings)
    inktrace("init", folder / "case")
    for source, name in (("chain", "chain.jsonl.zst"), ("tags", "tags.yaml"),
                         ("first-seen", "first_seen.csv")):  # fmt: skip
        inktrace("add", source, folder / "world" / name, "-w", folder / "case")
    return folder / "case"


@pytest.fixture(scope="module")
def story(case):
    """The largest wallet that is no service."""
    inktrace("run", "wallets", "-w", case)
    listed = json.loads(inktrace("show", "wallets", "--limit", 100, "-w", case, "--json"))
    largest = next(row for row in listed if row["service"] is None)
    return json.loads(inktrace("wallets", "show", largest["wallet_id"], "-w", case, "--json"))


def test_a_wallet_is_the_same_by_number_and_by_address(case, story):
    by_address = inktrace(
        "wallets", "show", story["addresses"][-1]["address"], "-w", case, "--json"
    )
    assert json.loads(by_address) == story
    assert story["joins_total"] == story["scripts"] - 1 == len(story["addresses"]) - 1
    paid = sum(row["in_sat"] for row in story["flows"])
    assert paid > 0


def test_it_is_told_in_words_and_drawn(case, story, tmp_path):
    picture = tmp_path / "wallet.svg"
    said = inktrace("wallets", "show", story["wallet_id"], "--svg", picture, "-w", case)
    assert f"Wallet {story['wallet_id']}: {story['scripts']} addresses" in said
    assert story["joins"][0]["txid"] in said
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - our own


def test_the_path_between_two_addresses(case, story):
    ends = [row["address"] for row in (story["addresses"][0], story["addresses"][-1])]
    found = json.loads(inktrace("wallets", "path", *ends, "-w", case, "--json"))
    assert found["kind"] == "co_spend"
    assert [found["steps"][0]["address"], found["steps"][-1]["address"]] == ends
    said = inktrace("wallets", "path", *ends, "-w", case)
    assert found["steps"][1]["txid"] in said


def test_a_path_between_wallets_is_named_as_payments(case, story):
    service = next(row for row in story["services"] if row["direction"] == "pays it")
    words = ("wallets", "path", service["wallet_id"], story["wallet_id"], "-w", case)
    found = json.loads(inktrace(*words, "--json"))
    assert (found["kind"], len(found["steps"])) == ("payments", 2)
    assert "nothing of common ownership" in inktrace(*words)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("99999999", "there is no wallet 99999999"),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyU", "its checksum fails"),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "no stored transaction pays or spends"),
        ("BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ", "address bc1qar0srrr7xfkvy5l643lydnw9"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", "its checksum fails"),
        ("'; DROP TABLE wallets; --", "neither a wallet's number nor a valid address"),
        ("", "neither a wallet's number nor a valid address"),
        ("½", "neither a wallet's number nor a valid address"),
    ],
)
def test_a_word_that_names_no_wallet_is_one_clear_line(case, story, word, says):
    assert says in inktrace("wallets", "show", word, "-w", case, expect=2)
