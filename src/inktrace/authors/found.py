"""What a search of a text gives: a place, a kind and a normal form; and how long that may be."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

_LONGEST: Final = 300


class Found(NamedTuple):
    """An identifier in a text: where (in the searched text), of what kind, and its normal form.

    `app`: the app, wallet service or remittance house named with it; several apart by spaces.
    """

    start: int
    end: int
    kind: str
    value: str
    app: str = ""


def bounded(value: str) -> str:
    """The value, or its first 300 characters and a digest: long ones differ and stay short.

    The digest is the first 16 hex digits of SHA-256 of the whole value in UTF-8.
    """
    if len(value) <= _LONGEST:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{value[:_LONGEST]}…{digest}"
