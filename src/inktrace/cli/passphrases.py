"""Passphrases of keys: from a file or the keyboard, never from a command's words."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from inktrace.errors import InputError, UsageError

PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="A file whose first line is the key's passphrase.",
        show_default="asked for at the keyboard",
    ),
]
_MOST_BYTES = 4096


def passphrase_from(file: Path | None) -> Callable[[], str]:
    """What asks for a key's passphrase when the key turns out to need one."""

    def ask() -> str:
        if file is not None:
            return _read(file)
        _refuse_unwatched()
        return getpass.getpass("Passphrase of the key: ")

    return ask


def new_passphrase(file: Path | None) -> str:
    """A passphrase for a new key: from the file, or typed twice. Raises UsageError if empty."""
    if file is not None:
        passphrase = _read(file)
    else:
        _refuse_unwatched()
        passphrase = getpass.getpass("Passphrase for the new key: ")
        if passphrase != getpass.getpass("The same again: "):
            raise UsageError("the two passphrases differ", do="try again")
    if not passphrase:
        raise UsageError(
            "the passphrase is empty",
            do="choose one, or say --no-passphrase to leave the key lying open",
        )
    return passphrase


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            line = stream.readline(_MOST_BYTES + 1)
        if len(line) > _MOST_BYTES:
            raise InputError(f"its first line is longer than {_MOST_BYTES} bytes", where=file)
        return line.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        # Not `from error`: a decoding error carries the bytes, which may be the passphrase.
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise InputError(f"the passphrase cannot be read: {reason}", where=file) from None


def _refuse_unwatched() -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is needed and nobody is at the keyboard",
            do="name a file that holds it with --passphrase-file",
        )
