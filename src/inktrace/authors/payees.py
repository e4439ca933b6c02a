"""Names that money is sent to through remittance houses."""

from __future__ import annotations

import re
from typing import Final

from inktrace.authors.apps import HOUSES, any_of, apps_in
from inktrace.authors.found import Found
from inktrace.authors.words import words_in

_HOUSE_WORDS: Final = frozenset(
    "western westernunion money moneygram cebuana palawan lhuillier lhuiller mlhuillier mlhuiller "
    "ml remitly lbc".split()
)
_FIRST_WORDS: Final = _HOUSE_WORDS | {"m"}
_HOUSE: Final = re.compile(rf"(?<!\w)(?:{any_of(HOUSES)})(?!\w)", re.IGNORECASE)
_WORD: Final = r"(?:[A-ZÀ-Þ][a-zß-ÿ]{1,20}|[A-ZÀ-Þ]{2,20}|[A-ZÀ-Þ]\.?)"
_LINK: Final = r"(?:(?:de|dela|del|la|las|los|DE|DELA|DEL|LA|De|Dela|Del|La|y) ){0,2}"
_PAYEE: Final = re.compile(
    r"(?<!\w)(?i:to|kay|para kay|payee|receiver(?:'s)?|recipient|beneficiary|name|pangalan|"
    r"a nombre de)(?i:\s+(?:name|is|ay|po))?\s?[:=\-]?\s?"
    rf"({_WORD}(?: {_LINK}{_WORD}){{1,4}})(?!\w)"
)
_REACH: Final = 60  # characters between the house and the name's end


def payees(text: str) -> list[Found]:
    """Full names after a remittance house and a word such as "to", "receiver" or "name".

    Names are shared by strangers, so a payee ties no ads together by himself.
    Notes: precision first. A name without such a word before it, or in small letters, is missed.
    """
    words = words_in(text)
    if _HOUSE_WORDS.isdisjoint(words.distinct):
        return []
    found = []
    for house in words.matches_from(_FIRST_WORDS, _HOUSE, text):
        near = text[house.end() : house.end() + _REACH]
        near = re.split(r"[\n\x01!?]|\. (?=[A-Z][a-z]+ [a-z])", near, maxsplit=1)[0]
        match = _PAYEE.search(near)
        if match:
            start, end = (house.end() + place for place in match.span(1))
            value = " ".join(match[1].lower().split())
            found.append(Found(start, end, "payee", value, apps_in(house.group())))
    return found
