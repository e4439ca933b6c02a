"""The fields of one row of the chain exhibits, each of the kind that is asked for or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Fields", "Refused"]


class Refused(ValueError):
    """A row that does not hold; the message is a sentence's end."""


class Fields:
    """A row's fields, each of the kind that is asked for or refused."""

    def __init__(self, row: Any):
        if not isinstance(row, dict):
            raise Refused("is no object")
        self._row: Mapping[str, Any] = row

    def __contains__(self, name: str) -> bool:
        return name in self._row

    def optional_number(self, name: str) -> int | None:
        return None if self._row.get(name) is None else self.number(name)

    def text(self, name: str) -> str:
        value = self._row.get(name)
        if not isinstance(value, str):
            raise Refused(f"has no text {name}")
        return value

    def number(self, name: str) -> int:
        value = self._row.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
            raise Refused(f"has no whole number {name}")
        return value

    def data(self, name: str) -> bytes:
        return _bytes(self.text(name), name)

    def digest(self, name: str) -> str:
        if len(self.data(name)) != 32:
            raise Refused(f"has a {name} that is no hash of 32 bytes")
        return self.text(name)

    def branch(self, name: str) -> list[bytes]:
        value = self._row.get(name)
        if not isinstance(value, list) or len(value) > 64:
            raise Refused(f"has no list {name}")
        steps = [_bytes(one, name) if isinstance(one, str) else b"" for one in value]
        if any(len(one) != 32 for one in steps):
            raise Refused(f"has a {name} with a step that is no hash of 32 bytes")
        return [one[::-1] for one in steps]


def _bytes(text: str, name: str) -> bytes:
    try:
        made = bytes.fromhex(text)
    except ValueError:
        raise Refused(f"has a {name} that is no hexadecimal text") from None
    if made.hex() != text:
        raise Refused(f"has a {name} that is not written in lower-case hex without spaces")
    return made
