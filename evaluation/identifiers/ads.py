"""Ads with what is in them: the hand-made files read, and the form that all sets have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_KINDS: Final = {"p": "phone", "e": "email", "u": "url", "b": "bitcoin_address",
                 "t": "tron_address", "x": "ethereum_address"}  # fmt: skip
_APP_KINDS: Final = {"h": "handle", "c": "payment_handle", "n": "payee"}
HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Truth:
    """One identifier that a careful reader sees in an ad; `app` is empty where none is named."""

    kind: str
    value: str
    app: str = ""


@dataclass(frozen=True)
class Ad:
    """One ad: its text, the two-letter country where it names one, and what is in it."""

    text: str
    country: str | None
    truths: frozenset[Truth]


def hand_made(part: str) -> list[Ad]:
    """The ads of hand_made_a.txt or hand_made_b.txt, in order."""
    whole = (HERE / f"hand_made_{part}.txt").read_text("utf-8")
    body = whole.partition("\n\n")[2]
    return [_ad(block.splitlines()) for block in re.split(r"\n\s*\n", body.strip())]


def _ad(lines: list[str]) -> Ad:
    country = lines.pop(0)[1:] if re.fullmatch(r"@[A-Z]{2}", lines[0]) else None
    text = "\n".join(line for line in lines if not line.startswith("="))
    text = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    truths: set[Truth] = set()
    for line in lines:
        if line.startswith("="):
            truths.update(_truths(line[1], line[2:].strip()))
    return Ad(text, country, frozenset(truths))


def _truths(letter: str, rest: str) -> set[Truth]:
    if letter in _KINDS:
        return {Truth(_KINDS[letter], rest)}
    app, _, value = rest.partition(" ")
    if letter == "g":  # a number that is paid is rung too
        return {Truth("phone", value), Truth("payment_handle", value, app)}
    return {Truth(_APP_KINDS[letter], value, "" if app == "-" else app)}
