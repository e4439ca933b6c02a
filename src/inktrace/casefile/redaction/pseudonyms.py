"""Keyed pseudonyms: one value has one within a package, and without the key no value is told."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from inktrace.errors import StageError

# 48 bits: among 100,000 values two share one with a chance of 2 in 100,000, and then it is told.
_DIGITS: Final = 12


class Pseudonyms:
    """HMAC-SHA-256 (RFC 2104) of values under one key, cut short and checked for collisions."""

    def __init__(self, key: bytes):
        """`key`: at least 16 bytes that nobody can guess; else small spaces could be tried out."""
        if len(key) < 16:
            raise ValueError("the key is too short to hide anything")
        self._key = key
        self._known: dict[str, str] = {}  # pseudonym → what it stands for
        self._made: dict[tuple[str, str], str] = {}

    def name(self, kind: str, value: str) -> str:
        """Such as "phone-3fa91c04be27"."""
        made = self._made.get((kind, value))
        return (
            made
            if made is not None
            else self._kept(kind, value, f"{kind}-{self._hex(kind, value)}")
        )

    def marked(self, prefix: str, value: str) -> str:
        """The pseudonym of an id such as "A-cc86283a36" under its own prefix."""
        kind = f"id {prefix}"
        made = self._made.get((kind, value))
        return (
            made if made is not None else self._kept(kind, value, prefix + self._hex("id", value))
        )

    def number(self, kind: str, value: int) -> int:
        """A number of up to 15 digits in a number's place."""
        made = self._made.get((kind, str(value)))
        if made is None:
            digits = str(int(self._hex(kind, str(value)), 16))
            made = self._kept(kind, str(value), f"{kind} {digits}")
        return int(made.rpartition(" ")[2])

    def digest(self, value: str) -> str:
        """All 64 hex digits, in the place of another digest."""
        return self._whole("digest", value).hex()

    def _kept(self, kind: str, value: str, pseudonym: str) -> str:
        meant = f"{kind}\0{value}"
        if self._known.setdefault(pseudonym, meant) != meant:
            raise StageError(
                f"two values would share the pseudonym {pseudonym}",
                do="name another key with --redaction-key",
            )
        self._made[kind, value] = pseudonym
        return pseudonym

    def _hex(self, kind: str, value: str) -> str:
        return self._whole(kind, value).hex()[:_DIGITS]

    def _whole(self, kind: str, value: str) -> bytes:
        # The kind goes first, so that a phone and a handle of the same digits are not alike.
        content = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, content, hashlib.sha256).digest()
