"""The key of a package's pseudonyms: derived, so that two builds agree, and never written."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.reading import given_bytes
from inktrace.errors import InputError, WorkspaceError

_SECRET_FILE: Final = "redaction.secret"  # noqa: S105 - its name
_SECRET_BYTES: Final = 32
_LEAST_BYTES: Final = 32
_MOST_BYTES: Final = 4096
_CONTEXT: Final = b"inktrace redaction 1"
_FINGERPRINT_DIGITS: Final = 16


def package_key(folder: Path, lead_id: str, profile: str) -> bytes:
    """The key for one lead and profile, from the secret of the workspace in `folder`.

    The secret is made at first use and readable by its owner only; a workspace that lost it makes
    another, and with it other pseudonyms. Raises WorkspaceError where it cannot be read or made.
    """
    return _derived(_secret(folder / _SECRET_FILE), lead_id, profile)


def shared_key(path: Path, profile: str) -> bytes:
    """The key for one profile, from a file: the same for all leads, so that packages can be joined.

    Raises InputError for a file that cannot be read or is too short to be a key.
    """
    content = given_bytes(path, "a redaction key", _MOST_BYTES).strip()
    if len(content) < _LEAST_BYTES:
        raise InputError(
            f"a redaction key has at least {_LEAST_BYTES} bytes",
            where=path,
            do="make one that nobody can guess: head -c 32 /dev/urandom | base64 > FILE",
        )
    return _derived(content, "", profile)


def fingerprint(key: bytes) -> str:
    """16 hex digits that tell keys apart and tell nothing of them."""
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:_FINGERPRINT_DIGITS]


def _derived(secret: bytes, lead_id: str, profile: str) -> bytes:
    # No byte of an id or a name is 0, so no two of them read alike.
    words = (_CONTEXT, lead_id.encode("utf-8"), profile.encode("utf-8"))
    return hmac.new(secret, b"\0".join(words), hashlib.sha256).digest()


def _secret(path: Path) -> bytes:
    try:
        if not path.exists() and not path.is_symlink():
            _make(path)
        content = path.read_bytes()
    except OSError as error:
        raise WorkspaceError(
            f"the secret for redaction cannot be read or made: {error.strerror or error}",
            where=path,
            do="check the folder, its permissions and the free space",
        ) from error
    try:
        secret = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != _SECRET_BYTES:
        raise WorkspaceError(
            "this is not the secret that was made for redaction",
            where=path,
            do="put the file back as it was, or move it away for new pseudonyms",
        )
    return secret


def _make(path: Path) -> None:
    """Write a new secret under its name only when it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(f"{secrets.token_hex(_SECRET_BYTES)}\n")
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
