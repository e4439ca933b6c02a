"""Keys that OpenSSH reads, for their owner only, and clear words about what is no such key."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.bag.keys import (
    PublicKey,
    new_key,
    parsed_public_key,
    public_of,
    read_private_key,
    read_public_key,
)
from inktrace.errors import InputError, WorkspaceError

SECRET = "correct horse ☃"
has_ssh = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here"
)


def unasked():
    raise AssertionError("no passphrase is needed")


def openssh(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "officer.key"
    return path, new_key(path, SECRET)


def test_a_key_opens_with_its_passphrase(made):
    path, public = made
    assert public_of(read_private_key(path, lambda: SECRET)) == public
    assert read_public_key(path.with_name("officer.key.pub")) == public
    assert path.stat().st_mode & 0o777 == 0o600
    assert SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize("wrong", ["", "correct horse", "x" * 5000])
def test_a_wrong_passphrase_is_told_and_not_repeated(made, wrong):
    with pytest.raises(InputError, match="passphrase does not open this key") as caught:
        read_private_key(made[0], lambda: wrong)
    assert "correct horse" not in str(caught.value)


def test_a_key_without_a_passphrase_asks_for_none(tmp_path):
    public = new_key(tmp_path / "key", None)
    assert public_of(read_private_key(tmp_path / "key", unasked)) == public


@pytest.mark.parametrize("taken", ["key", "key.pub"])
def test_nothing_is_ever_overwritten(tmp_path, taken):
    (tmp_path / taken).write_text("mine")
    with pytest.raises(InputError, match="a file here already"):
        new_key(tmp_path / "key", None)
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "mine"


@pytest.mark.parametrize("room_for", [0, 1])
def test_a_full_disk_leaves_no_half_of_a_key(tmp_path, monkeypatch, room_for):
    written = []

    def full(descriptor):
        written.append(descriptor)
        if len(written) > room_for:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("inktrace.casefile.bag.keys.os.fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        new_key(tmp_path / "key", None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be written"):
        new_key(tmp_path / "no" / "key", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (openssh(rsa_key(65537, 2048)), "of another kind"),
        (openssh(generate_private_key(SECP256R1())), "of another kind"),
        (
            Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            "is not a private Ed25519 key",
        ),
        (b"", "is not a private Ed25519 key"),
        (b"\x00\xff garbage", "is not a private Ed25519 key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "is not a private Ed25519 key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n" * 1000, "larger than"),
    ],
    ids=["rsa", "ecdsa", "pem", "empty", "garbage", "cut", "huge"],
)
def test_other_keys_are_refused(tmp_path, content, words):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_private_key(tmp_path / "key", unasked)


def test_a_missing_key_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_private_key(tmp_path / "key", unasked)
    with pytest.raises(InputError, match="no such file"):
        read_public_key(tmp_path / "key.pub")


@pytest.mark.parametrize(
    "content", [b"", b"ssh-rsa AAAA", b"ssh-ed25519", b"ssh-ed25519 AAAA", b"\xff" * 40]
)
def test_other_public_keys_are_refused(tmp_path, content):
    (tmp_path / "key.pub").write_bytes(content)
    with pytest.raises(InputError, match="is not a public Ed25519 key"):
        read_public_key(tmp_path / "key.pub")


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["\n", " a comment\n", " c"]))
def test_a_public_key_s_line_leads_back_to_it(raw, ending):
    key = PublicKey(raw)
    assert parsed_public_key(key.line.rstrip("\n").encode() + ending.encode()) == key


@given(st.binary(max_size=200))
def test_any_bytes_are_a_public_key_or_none(content):
    assert parsed_public_key(content) is None
    assert parsed_public_key(b"ssh-ed25519 " + content) is None


@has_ssh
def test_openssh_reads_the_key_and_agrees_on_its_fingerprint(made):
    path, public = made
    told = subprocess.run(
        ["ssh-keygen", "-y", "-P", SECRET, "-f", path], capture_output=True, text=True, check=True
    )
    assert told.stdout.split()[:2] == public.line.split()
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{path}.pub"], capture_output=True, text=True, check=True
    )
    assert told.stdout.split()[1] == public.fingerprint


@has_ssh
def test_a_key_of_openssh_is_read(tmp_path):
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", SECRET, "-f", tmp_path / "key"]
    subprocess.run(words, check=True)
    key = read_private_key(tmp_path / "key", lambda: SECRET)
    assert public_of(key) == read_public_key(tmp_path / "key.pub")
