"""Ed25519 keys in OpenSSH's formats: made, read, and named by their fingerprints."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inktrace.casefile.bag.reading import given_bytes
from inktrace.errors import InputError, WorkspaceError

KEY_TYPE: Final = "ssh-ed25519"
# A private Ed25519 key has some 450 bytes, a public one 80; RSA keys of any use stay below this.
_MOST_KEY_BYTES: Final = 16_384
_MAKE_ONE: Final = "make one with: inktrace keys new --out KEY"
_PRIVATE: Final = "a private Ed25519 key in OpenSSH's format"
_PUBLIC: Final = "a public Ed25519 key in OpenSSH's format (KEY.pub)"
_BEGIN_PRIVATE: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_RAW_BYTES: Final = 32


@dataclass(frozen=True)
class PublicKey:
    """A public Ed25519 key: its 32 raw bytes."""

    raw: bytes

    @property
    def blob(self) -> bytes:
        """The key as SSH sends it: its type and its bytes (RFC 8709)."""
        return ssh_string(KEY_TYPE.encode("ascii")) + ssh_string(self.raw)

    @property
    def line(self) -> str:
        """The key as one line of a .pub file, without a comment."""
        return f"{KEY_TYPE} {base64.b64encode(self.blob).decode('ascii')}\n"

    @property
    def fingerprint(self) -> str:
        """SHA256: and the digest of the key, as `ssh-keygen -l` prints it."""
        digest = hashlib.sha256(self.blob).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")

    def loaded(self) -> Ed25519PublicKey:
        """The key, ready to verify with."""
        return Ed25519PublicKey.from_public_bytes(self.raw)


def new_key(out: Path, passphrase: str | None) -> PublicKey:
    """Make a key: the private one at `out` (readable by its owner only), `out`.pub beside it.

    Without a passphrase the private key lies there in the clear. Raises InputError where one of
    the two files exists already, and WorkspaceError where they cannot be written; then neither
    is left.
    """
    public_path = out.with_name(f"{out.name}.pub")
    for path in (out, public_path):
        if path.exists() or path.is_symlink():
            raise InputError("there is a file here already", where=path, do="choose another name")
    key = Ed25519PrivateKey.generate()
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        protection = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection
    )
    public = public_of(key)
    try:
        _write_new(out, content, 0o600)
        try:
            _write_new(public_path, public.line.encode("ascii"), 0o644)
        except OSError:
            out.unlink()
            raise
    except OSError as error:
        raise WorkspaceError(
            f"the key cannot be written: {error.strerror or error}",
            where=out,
            do="check the folder, its permissions and the free space",
        ) from error
    return public


def read_private_key(path: Path, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """The private key in a file; `passphrase` is asked for one only if the key needs it.

    Raises InputError for a file that is no Ed25519 key in OpenSSH's format, and for a wrong
    passphrase. No error repeats the passphrase.
    """
    content = given_bytes(path, _PRIVATE, _MOST_KEY_BYTES)
    if not content.startswith(_BEGIN_PRIVATE):
        raise InputError(f"this is not {_PRIVATE}", where=path, do=_MAKE_ONE)
    try:
        key: object = serialization.load_ssh_private_key(content, None)
    except TypeError:  # it is protected
        key = _unlocked(content, path, passphrase().encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"this is not {_PRIVATE}", where=path, do=_MAKE_ONE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            "this key is of another kind; packages are signed with Ed25519",
            where=path,
            do=_MAKE_ONE,
        )
    return key


def read_public_key(path: Path) -> PublicKey:
    """The public key in a .pub file. Raises InputError if it holds anything else."""
    content = given_bytes(path, _PUBLIC, _MOST_KEY_BYTES)
    key = parsed_public_key(content)
    if key is None:
        raise InputError(f"this is not {_PUBLIC}", where=path, do="name a KEY.pub")
    return key


def parsed_public_key(content: bytes) -> PublicKey | None:
    """The key in the one line of a .pub file, a comment allowed; None if it is no such line."""
    words = content.split(b"\n")[0].split(None, 2)
    rest = content.split(b"\n", 1)[1:]
    if len(words) < 2 or words[0] != KEY_TYPE.encode("ascii") or any(part.strip() for part in rest):
        return None
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    return key_of_blob(blob)


def key_of_blob(blob: bytes) -> PublicKey | None:
    """The key in SSH's own form; None if it is not exactly an Ed25519 key."""
    key = PublicKey(blob[-_RAW_BYTES:])
    return key if len(blob) > _RAW_BYTES and key.blob == blob else None


def public_of(key: Ed25519PrivateKey) -> PublicKey:
    """The public half of a private key."""
    return PublicKey(key.public_key().public_bytes_raw())


def ssh_string(content: bytes) -> bytes:
    """Bytes with their length before them, in four bytes (RFC 4251, section 5)."""
    return len(content).to_bytes(4, "big") + content


def _unlocked(content: bytes, path: Path, passphrase: bytes) -> object:
    try:
        return serialization.load_ssh_private_key(content, passphrase)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:  # an empty one is a TypeError
        raise InputError(
            "the passphrase does not open this key", where=path, do="try again"
        ) from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that does not exist yet; nothing is left of it where that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
