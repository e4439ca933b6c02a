"""Reading files that may be hostile: no links, no pipes, no more bytes than allowed."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO, Final

from inktrace.casefile.bag.findings import Unusable, why
from inktrace.errors import InputError

_CHUNK_BYTES: Final = 1 << 20


def opened(path: Path) -> BinaryIO:
    """A regular file opened for reading; a link, a pipe or a device raises OSError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a regular file")
    return os.fdopen(descriptor, "rb")


def bounded_bytes(path: Path, name: str, most: int) -> bytes:
    """The content of a package's file. Raises Unusable if unreadable or larger than `most`."""
    try:
        with opened(path) as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise Unusable(f"{name} cannot be read: {why(error)}.") from error
    if len(content) > most:
        raise Unusable(f"{name} is larger than {most:,} bytes.")
    return content


def file_sha256(path: Path, most: int) -> tuple[str, int]:
    """SHA-256 in hex and number of bytes; stops one byte past `most`. Raises OSError."""
    digest, left = hashlib.sha256(), most + 1
    with opened(path) as stream:
        while left and (chunk := stream.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            digest.update(chunk)
    return digest.hexdigest(), most + 1 - left


def json_object(content: bytes, name: str) -> dict[str, Any]:
    """A JSON object in ASCII without repeated keys. Raises Unusable if it is anything else."""
    try:
        document = json.loads(content.decode("ascii"), object_pairs_hook=no_repeats)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{name} is not a well-formed JSON document.") from error
    if not isinstance(document, dict):
        raise Unusable(f"{name} is not a JSON object.")
    return document


def json_bytes(document: dict[str, Any]) -> bytes:
    """The one way in which this package writes JSON: ASCII, indented, a line feed at the end."""
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def given_bytes(path: Path, what: str, most: int) -> bytes:
    """The content of a file that the user named. Raises InputError with what it should have been.

    Links are followed: this is the user's own file, not one of a package.
    """
    try:
        if not path.is_file():
            raise InputError("there is no such file", where=path, do=f"name {what}")
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"it cannot be read: {why(error)}", where=path) from error
    if len(content) > most:
        raise InputError(
            f"it is larger than {most:,} bytes and cannot be {what}", where=path, do=f"name {what}"
        )
    return content


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs, for a JSON reader. Raises ValueError where a key is repeated."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found
