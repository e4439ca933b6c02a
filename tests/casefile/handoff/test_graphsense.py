"""GraphSense's own validator passes our TagPacks, and our check refuses whatever it refuses."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from inktrace.casefile.handoff.content import content_of
from inktrace.casefile.handoff.flat_validity import check_tagpack
from inktrace.casefile.handoff.invalid import Invalid
from inktrace.casefile.handoff.tagpack import tagpack_text
from inktrace.casefile.redaction.kinds import Kind
from inktrace.casefile.redaction.known import Known
from inktrace.casefile.redaction.profiles import PROFILES
from inktrace.casefile.redaction.redact import redacted

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

import fetch_tagpack_validator

# One worker: the validator is fetched once, and started once for all packs.
pytestmark = pytest.mark.xdist_group("tagpack")

HOLDING_ADDRESSES = [name for name, found in PROFILES.items() if found.keeps(Kind.ADDRESS)]
GOOD = [*HOLDING_ADDRESSES, "no-wallet", "hand-made"]
HAND_MADE = """\
title: t
creator: c
label: l
source: s
currency: BTC
network: BTC
confidence: heuristic
tags:
- address: 1BoatSLRHtKNngkdXEeobR76b53LETtpyT
"""
# What is changed in the pack above, and what the validator then complains of.
BROKEN = {
    "confidence": ("heuristic", "certain", "Undefined concept certain for confidence field"),
    "category": ("source: s", "source: s\ncategory: gossip", "Undefined concept gossip"),
    "unknown-field": ("source: s", "source: s\ncolour: red", "Field colour not allowed"),
    "tag-field": ("TtpyT", "TtpyT\n  colour: red", "Field colour not allowed"),
    "empty": ("TtpyT", "TtpyT\n  label:", "label must not be empty"),
    "no-source": ("source: s\n", "", "Mandatory tag field source missing"),
    "no-creator": ("creator: c\n", "", "Mandatory header field creator missing"),
    "no-address": ("address: 1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "label: x", "address missing"),
    "no-truth": ("source: s", "source: s\nis_cluster_definer: perhaps", "is_cluster_definer"),
    "no-date": ("source: s", "source: s\nlastmod: some day", "lastmod"),
    "repeated-key": ("source: s", "source: s\nsource: s", "Duplicate 'source' key"),
    "no-text": ("title: t", "title: 7", "title must be of type text"),
    "no-list": ("- address: 1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "  address: x", "tags"),
    "blank": ("label: l", 'label: " "', "Empty value in text field label"),
}


def broken(name):
    old, new, _ = BROKEN[name]
    assert old in HAND_MADE
    return HAND_MADE.replace(old, new, 1)


def ours(facts, content, name):
    """A pack as it is exported: under a profile, or of a lead that has no wallet."""
    if name == "no-wallet":
        return tagpack_text(dataclasses.replace(content, addresses=[]))
    seen = redacted(facts, PROFILES[name], b"a key that nobody can guess, 32.", Known())
    return tagpack_text(content_of(seen, "9.9"))


@pytest.fixture(scope="module")
def verdicts(facts, content, tmp_path_factory):
    """Per pack: `passed`, or the validator's complaint."""
    try:
        fetch_tagpack_validator.fetch(timeout_s=60)
    except fetch_tagpack_validator.CannotFetch as reason:
        pytest.skip(f"no TagPack validator here: {reason}")
    folder = tmp_path_factory.mktemp("tagpacks")
    packs = {name: broken(name) for name in BROKEN} | {"hand-made": HAND_MADE}
    packs |= {name: ours(facts, content, name) for name in GOOD[:-1]}
    for name, text in packs.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    # Whatever it asks of the network is refused: what it checks against is its own.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    said = subprocess.run(
        [*fetch_tagpack_validator.validator_command(), str(folder)],
        cwd=folder,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert said.returncode == 1, said.stderr
    assert f"/{len(packs)} TagPacks passed in" in said.stdout, said.stderr
    found = dict.fromkeys(packs, "")
    for line in said.stdout.splitlines():
        if line.startswith("PASSED: "):
            found[Path(line.removeprefix("PASSED: ")).stem] = "passed"
    # A refusal names no file; the refused stand in the order of their names, as they were read.
    complaints = [part.split("\nPASSED: ")[0] for part in said.stdout.split("FAILED: ")[1:]]
    refused = [name for name in sorted(packs) if found[name] != "passed"]
    return found | dict(zip(refused, complaints, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_graphsense_passes_our_packs(verdicts, name):
    assert verdicts[name] == "passed"


@pytest.mark.parametrize("name", BROKEN)
def test_graphsense_refuses_a_broken_pack_and_so_do_we(verdicts, name):
    assert BROKEN[name][2] in verdicts[name]
    with pytest.raises(Invalid):
        check_tagpack(broken(name).encode())
