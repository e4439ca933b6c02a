"""A small signed bag, made without a workspace, and a time-stamp authority of our own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inktrace.casefile.bag.signing import Signing, write_signature
from inktrace.casefile.bag.write import case_json, write_bag

from .authority import Authority

NOON_US = 1_767_268_800_000_000


@pytest.fixture(scope="session")
def key():
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(scope="session")
def unsigned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bags") / "unsigned"
    (folder / "exhibits").mkdir(parents=True)
    (folder / "exhibits" / "ads.csv").write_text("ad_id\n1\n")
    (folder / "report.html").write_text("<p>NOT REVIEWED")
    case = {"lead_id": "L-1", "reviewed": False, "redaction": "none"}
    (folder / "case.json").write_bytes(case_json(**case, software_version="9.9", run_ids=["b"]))
    write_bag(folder, "L-1", "9.9")
    return folder


@pytest.fixture(scope="session")
def signed(unsigned, key):
    folder = Path(shutil.copytree(unsigned, unsigned.with_name("signed")))
    write_signature(folder, Signing(key, "J. Reyes", NOON_US))
    return folder


@pytest.fixture
def bag(signed, tmp_path):
    """A signed bag of one's own, to be damaged."""
    return Path(shutil.copytree(signed, tmp_path / "bag"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make time-stamps with")
    return Authority(tmp_path_factory.mktemp("authority"))
