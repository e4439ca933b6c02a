"""Who is advertised: names and ages that a text states of a person.

Wrong where a text names someone else (a client, a street), or writes a name in a way not known
here; so the number of people is an estimate and is called one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from inktrace.rings.ages import Ages, ages_in, numbers_like_ages

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
    located working ya yah yall ye me him her them us our everyone everybody anyone anybody someone
    somebody all people friends guys sir maam mam madam ko mo niya siya sila kami tayo kayo ninyo
    namin natin lahat sinuman tao
    """.split()
)


_ROUND_THE_CLOCK: Final = re.compile(r"\b24 ?/ ?7\b")


@dataclass(frozen=True)
class People:
    """What one text says of the people it advertises."""

    names: frozenset[str]
    ages: Ages

    @property
    def youngest(self) -> int | None:
        """The youngest stated age of a person advertised, where one is below 18."""
        return self.ages.youngest


def people_in(text: str) -> People:
    """Names (lower case) and ages of those a text advertises."""
    lower = text.lower()
    found = {
        match.group(1) for pattern in (_NAMED, _NAME_THEN_CUE) for match in pattern.finditer(lower)
    }
    found |= {
        match.group(1) for match in _NAME_AND_AGE.finditer(lower) if 10 <= int(match.group(2)) <= 79
    }
    return People(frozenset(found - _NO_NAMES), ages_in(text))


def people_to_hide(text: str) -> tuple[frozenset[str], frozenset[int]]:
    """Names (lower case) and ages that may be somebody's: too many rather than too few.

    Where `people_in` counts only ages of those advertised, this takes any number written as one.
    """
    plain = _ROUND_THE_CLOCK.sub(" ", text)
    beside_names = {
        int(match.group(2))
        for match in _NAME_AND_AGE.finditer(plain.lower())
        if match.group(1) not in _NO_NAMES
    }
    return people_in(plain).names, numbers_like_ages(plain) | frozenset(beside_names)
