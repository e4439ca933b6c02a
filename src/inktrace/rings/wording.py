"""Which marks of wording a text carries, with the words that carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from inktrace.rings.lexicon import WORDING


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


_MARKS: Final = {
    mark: _compiled(pattern.rstrip() for patterns in languages.values() for pattern in patterns)
    for mark, languages in WORDING.items()
}
_AMOUNT: Final = re.compile(
    r"(?:(?P<mark>₱|php|p(?=\d)|\$|usd|€|£)\s?)?(?P<number>\d{1,3}(?:,\d{3})+|\d{2,6})(?:\.\d\d)?"
    r"(?:\s?(?P<unit>pesos?|piso|php|usd|dollars?|dolares|euros?))?(?![\d,]*\d)"
)
_CURRENCY: Final = {
    "₱": "PHP", "php": "PHP", "p": "PHP", "peso": "PHP", "pesos": "PHP", "piso": "PHP",
    "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "dolares": "USD",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP",
}  # fmt: skip


def marks_in(text: str) -> dict[str, str]:
    """Mark → the first words that carry it, for the marks that a text carries (small letters)."""
    lower = text.lower()
    found = {mark: pattern.search(lower) for mark, pattern in _MARKS.items()}
    return {mark: match.group().strip() for mark, match in found.items() if match is not None}


def amounts_in(text: str) -> list[tuple[str, int]]:
    """(currency, whole units) of the amounts that a text names with their currency."""
    found = []
    for match in _AMOUNT.finditer(text.lower()):
        word = match["mark"] or match["unit"]
        if word is not None:
            found.append((_CURRENCY[word], int(match["number"].replace(",", ""))))
    return found
