"""Signatures that OpenSSH checks, and what a reader is told of whose they are."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.bag.findings import Unusable
from inktrace.casefile.bag.keys import public_of
from inktrace.casefile.bag.signing import Signing, signature_findings, write_signature
from inktrace.casefile.bag.sshsig import NAMESPACE, signature_of, signer_of
from inktrace.casefile.bag.write import write_bag
from inktrace.casefile.verify import verify_case
from inktrace.cli.case_verify import _print
from inktrace.errors import InputError, WorkspaceError

from .conftest import NOON_US
from .test_keys import has_ssh, openssh

OTHER = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)


def held(findings):
    return {finding.name: finding.holds for finding in findings}


def test_a_signature_holds_and_whose_it_is_stays_open(signed, key):
    findings = held(signature_findings(signed, None))
    assert findings.pop("signer") is None
    assert all(findings.values())
    assert held(signature_findings(signed, public_of(key).fingerprint))["signer"] is True
    assert held(signature_findings(signed, public_of(OTHER).fingerprint))["signer"] is False


def test_the_statement_names_the_bag_the_lead_and_the_time(signed):
    statement = json.loads((signed / "signature" / "statement.json").read_text())
    digest = hashlib.sha256((signed / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert statement["tagmanifest_sha256"] == digest
    assert (statement["lead_id"], statement["reviewed"]) == ("L-1", False)
    assert statement["signed_at"] == "2026-01-01T12:00:00Z"


def test_an_unsigned_package_fails_only_where_a_signer_is_expected(unsigned, key):
    assert held(signature_findings(unsigned, None)) == {"signature": None}
    assert held(signature_findings(unsigned, public_of(key).fingerprint)) == {"signature": False}


def test_signing_leaves_the_bag_as_it_was(unsigned, signed):
    for path in unsigned.rglob("*"):
        if path.is_file():
            assert (signed / path.relative_to(unsigned)).read_bytes() == path.read_bytes()


def test_a_package_is_signed_once(bag, key):
    before = (bag / "signature" / "statement.json").read_bytes()
    with pytest.raises(InputError, match="signed already"):
        write_signature(bag, Signing(OTHER, None, NOON_US))
    assert (bag / "signature" / "statement.json").read_bytes() == before


@pytest.mark.parametrize("name", ["", "x" * 201, "line\nbreak", "\u202eevil"])
def test_a_name_that_cannot_be_shown_is_refused(unsigned, tmp_path, name):
    folder = Path(shutil.copytree(unsigned, tmp_path / "bag"))
    with pytest.raises(InputError, match="printable"):
        write_signature(folder, Signing(OTHER, name, NOON_US))
    assert not (folder / "signature").exists()


def test_a_full_disk_leaves_no_half_of_a_signature(unsigned, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(unsigned, tmp_path / "bag"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        write_signature(folder, Signing(OTHER, None, NOON_US))
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]
    assert not (folder / "signature").exists()


def test_new_digests_over_altered_files_do_not_help(bag, key):
    """Who alters a file and writes all manifests anew is found out by the signature."""
    payload = bag.with_name("payload")
    shutil.copytree(bag / "data", payload)
    (payload / "report.html").write_text("<p>reviewed")
    write_bag(payload, "L-1", "9.9")
    shutil.copytree(bag / "signature", payload / "signature")
    failed = [f.name for f in verify_case(payload) if f.holds is False]
    assert failed == ["tagmanifest-sha256.txt"]


def test_another_s_signature_is_told_from_the_expected_one(unsigned, tmp_path, key):
    folder = Path(shutil.copytree(unsigned, tmp_path / "bag"))
    write_signature(folder, Signing(OTHER, "J. Reyes", NOON_US))
    assert not [f for f in verify_case(folder) if f.holds is False]
    failed = [f.name for f in verify_case(folder, public_of(key).fingerprint) if f.holds is False]
    assert failed == ["signer"]


def test_a_signature_folder_that_is_a_link_is_refused(bag):
    (bag / "signature").rename(bag.with_name("elsewhere"))
    (bag / "signature").symlink_to(bag.with_name("elsewhere"))
    assert held(verify_case(bag))["signature"] is False


@given(st.binary(max_size=300))
def test_a_signature_holds_for_its_message_only(message):
    signature = signature_of(message, OTHER)
    assert signer_of(message, signature) == public_of(OTHER)
    with pytest.raises(Unusable):
        signer_of(message + b"x", signature)


@given(st.binary(max_size=400))
def test_any_bytes_are_no_signature(content):
    armoured = b"-----BEGIN SSH SIGNATURE-----\n" + content + b"-----END SSH SIGNATURE-----\n"
    for file in (content, armoured):
        with pytest.raises(Unusable):
            signer_of(b"message", file)


@has_ssh
def test_openssh_finds_our_signature_good(signed, key, tmp_path):
    words = ["-n", NAMESPACE, "-s", signed / "signature" / "statement.json.sig"]
    statement = (signed / "signature" / "statement.json").read_bytes()
    for message, good in ((statement, True), (statement + b" ", False)):
        done = subprocess.run(
            ["ssh-keygen", "-Y", "check-novalidate", *words],
            input=message,
            capture_output=True,
            check=False,
        )
        assert (done.returncode == 0) is good
    assert public_of(key).fingerprint in _verified(signed, key, words, tmp_path)


def _verified(signed, key, words, folder):
    """What `ssh-keygen -Y verify` says, to whom the key is known by name."""
    (folder / "allowed").write_text(f"reyes {public_of(key).line}")
    allowed = ["-f", folder / "allowed", "-I", "reyes"]
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", *allowed, *words],
        input=(signed / "signature" / "statement.json").read_bytes(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@has_ssh
@pytest.mark.parametrize("hash_name", ["sha512", "sha256"])
def test_a_signature_of_openssh_is_read(tmp_path, hash_name):
    (tmp_path / "key").write_bytes(openssh(OTHER))
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "message").write_bytes(b"message")
    options = ["-O", f"hashalg={hash_name}", "-n", NAMESPACE, "-f", tmp_path / "key"]
    words = ["ssh-keygen", "-q", "-Y", "sign", *options, tmp_path / "message"]
    subprocess.run(words, capture_output=True, check=True)
    signature = (tmp_path / "message.sig").read_bytes()
    assert signer_of(b"message", signature) == public_of(OTHER)
    if hash_name == "sha512":
        assert signature == signature_of(b"message", OTHER)


def test_who_made_a_package_is_said_last_where_nobody_checked_it(signed, key, capsys):
    _print(verify_case(signed, checks=[]))
    assert "Who made this package was not checked." in capsys.readouterr().out
    _print(verify_case(signed, public_of(key).fingerprint, checks=[]))
    assert "Who made this package was not checked." not in capsys.readouterr().out
