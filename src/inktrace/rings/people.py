"""Who is advertised: names and ages that a text states of a person.

Wrong where a text names someone else (a client, a street), or writes a name in a way not known
here; so the number of people is an estimate and is called one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CUES: Final = (
    r"my name is|name is|i am|i'm|im|ask for|look for|this is|call me|ako po si|ako si|hanapin si|"
    r"kausapin si|kontakin si|pangalan ko po|pangalan ko|si"
)
_NAMED: Final = re.compile(rf"\b(?:{_CUES})\s+(?:ms\.? |ate |kuya )?([^\W\d_]{{2,14}})\b")
_NAME_AND_AGE: Final = re.compile(
    r"\b([^\W\d_]{2,14})(?:\s+(?:here|po ito|po|na))?[ ,(]{1,3}(?:age |aged |edad )?(\d{2})\b"
    r"(?=\s*(?:\)|[.!,|/\n-]|$|y\b|yo\b|y/o|yrs?\b|years?\b|taong|anyos|na po|po\b|and\b))"
)
_NAME_THEN_CUE: Final = re.compile(
    r"\b([^\W\d_]{2,14})\s+(?:here\b|po ang pangalan|po ito\b|will help)"
)
# Words that follow a cue without being a name.
_NO_NAMES: Final = frozenset(
    """
    a an the and at in on of to for you your ur u it is are am be we they here not no now new very
    so all just only also near with from open free looking available avail ready willing able age
    aged edad po ang ng sa na ay mga ito yan ko mo lang years year yrs old call text at least less
    than more over under about around before after day days hours hour room per price rate mr mrs
    ms ate kuya best good nice serious experienced skilled trained teaching living staying based
    located working
    """.split()
)
_AGE: Final = (
    re.compile(
        r"\b(?:i am|i'm|im|she is|he is|she's|he's|age|aged|edad|turning|only|just|ako ay)"
        r"\s+(\d{1,2})"
        r"\b(?!\s*(?:per|pesos|php|usd|%|minutes?|mins?|hours?|hrs?|km|days?|weeks?|months?|am\b|pm\b|:))"
    ),
    re.compile(
        r"\b(\d{1,2})\s*(?:-\s*)?(?:yo\b|y/o|y\.o\.?|yrs?\.?\s*old|years?\s*old|years?\s*of\s*age|"
        r"taong\s*gulang|anyos)"
    ),
)
# What makes a stated age somebody else's: a pupil's, a child's, a thing's.
_OF_OTHERS: Final = re.compile(
    r"\b(?:for|my|our|your|tutor|teach\w*|pupils?|students?|sons?|daughters?|kids?|child(?:ren)?|baby|"
    r"babies|ages|from|between|until|para sa|anak\w*|bata|estudyante|house|building|car|unit|since|"
    r"grade|experience|at least|minimum|over|above|than)\b[^.!?\n]{0,24}$"
)
_EXPERIENCE: Final = re.compile(
    r"^\s*(?:of\s+)?(?:experience|in (?:the )?(?:business|service|work))"
)
YOUNGEST_STATED: Final = 8
ADULT: Final = 18


@dataclass(frozen=True)
class People:
    """What one text says of the people it advertises."""

    names: frozenset[str]
    youngest: int | None  # stated age of a person advertised, where one is below 18


def people_in(text: str) -> People:
    """Names (lower case) and the youngest stated age under 18 of those a text advertises."""
    lower = text.lower()
    found = {
        match.group(1) for pattern in (_NAMED, _NAME_THEN_CUE) for match in pattern.finditer(lower)
    }
    found |= {
        match.group(1) for match in _NAME_AND_AGE.finditer(lower) if 10 <= int(match.group(2)) <= 79
    }
    ages = [
        int(match.group(1))
        for pattern in _AGE
        for match in pattern.finditer(lower)
        if _is_of_the_person(lower, match)
    ]
    young = [age for age in ages if YOUNGEST_STATED <= age < ADULT]
    return People(frozenset(found - _NO_NAMES), min(young, default=None))


def _is_of_the_person(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() :][:24]
    return not _OF_OTHERS.search(before) and not _EXPERIENCE.match(after)
