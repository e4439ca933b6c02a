"""Ages that a text states or implies of the people it advertises.

Wrong where a text writes an age in a way not known here, and where a number that fits the forms
below is no age. What keeps the young away ("18+ only", "no one under 18") is not counted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from inktrace.rings.lexicon import AGE_WORDS, KEEPS_AWAY, NOT_YET_18, YOUTH, YOUTH_CODES

YOUNGEST_STATED: Final = 8
ADULT: Final = 18
_OLDEST_STATED: Final = 79
# The box of a keycap, and marks that are not seen.
_UNSEEN: Final = re.compile(
    "[\ufe0f\u20e3\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_NUMBER: Final = {
    written: str(age)
    for words in AGE_WORDS.values()
    for word, age in words.items()
    for written in (word, word.replace("-", " "))
}
_WORD: Final = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted(_NUMBER, key=len, reverse=True))
    # In Tagalog a number takes -ng before what it counts.
    + r")(?:ng)?(?![\w-])"
)
_NO_AGE: Final = (
    r"(?!\s*(?:per|pesos|php|usd|%|minutes?|mins?|hours?|hrs?|km|kilos?|days?|weeks?|months?|am\b|"
    r"pm\b|o'?clock|feet|ft\b|inches|cm\b|slots?|rooms?|pcs|pieces|left|stars?|of\b|:|\.\d|/\d))"
)
_YEARS: Final = (
    r"(?:yo\b|y/o|y\.o\.?|yrs?\.?\s*old|years?\s*(?:old|young)|years?\s*of\s*age|"
    r"(?:na\s+)?taong\s*gulang|anyos|años\b(?! de exp))"
)
_AGE: Final = (
    re.compile(
        r"\b(?:(?:i am|i'm|im|she is|he is|she's|he's|turning|ako ay|tengo|tiene)\s+|"
        r"(?:age|aged|edad)\s*[:=–-]?\s*)"
        rf"(?:only |just |still |barely |lang |po )*(\d{{1,2}})\b{_NO_AGE}"
    ),
    re.compile(rf"\b(\d{{1,2}})\s*(?:-\s*)?{_YEARS}"),
    # The first of two: "16-19 yrs old", "16 and 17 years old".
    re.compile(rf"\b(\d{{1,2}})\s?(?:-|–|to|and|&|at|o|y|a)\s?\d{{1,2}}\s*(?:-\s*)?{_YEARS}"),
    # A name that a cue brings in, then the number: "ask for Ella (27)", "Carla here, 29".
    re.compile(
        r"\b(?:ask for|look for|this is|my name is|name is|si|hanapin si|kausapin si)\s+"
        r"[^\W\d_]{2,14}[ ,(]{1,3}(\d{2})\b(?=\s*(?:\)|[.!,|/\n-]|$|po\b|na po|and\b))"
    ),
    re.compile(
        r"\b[^\W\d_]{2,14}\s+(?:here|po ito)[ ,(]{1,3}(\d{2})\b(?=\s*(?:\)|[.!,|/\n-]|$|po\b))"
    ),
)
# What makes a stated age somebody else's: a pupil's, a child's, a thing's.
_OF_OTHERS: Final = re.compile(
    # But "my girls" are whom somebody advertises.
    r"\b(?:for|(?:my|our)(?! (?:\w+ )?(?:girls|ladies|models|staff|workers|talents)\b)|your|tutor|"
    r"teach\w*|pupils?|students?|sons?|daughters?|kids?|child(?:ren)?|baby|"
    r"babies|ages|from|between|until|para sa|para|anak\w*|bata|estudyante|hij[oa]s?|niñ[oa]s?|"
    r"house|"
    r"building|car|unit|since|grade|experience|at least|minimum|over|above|below|under|than|"
    r"must be|should be|height|size|clients?)\b[^.!?\n]{0,24}$"
)
_EXPERIENCE: Final = re.compile(
    r"^\s*(?:of\s+)?(?:experience|in (?:the )?(?:business|service|work))|"
    r"^\s*(?:\+|and (?:up|above)|pataas)"
)
_YOUTH: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(p for patterns in YOUTH.values() for p in patterns)})(?!\w)"
)
_NOT_YET: Final = re.compile(rf"(?<!\w)(?:{'|'.join(NOT_YET_18)})(?!\w)")
_KEPT_AWAY: Final = re.compile(KEEPS_AWAY)
_NOT_FOR_THEM: Final = re.compile(r"^\s*(?:not allowed|not accepted|bawal|please leave|stay away)")


@dataclass(frozen=True)
class Ages:
    """What a text says of ages; words are as found, in small letters."""

    stated: frozenset[int]  # of people advertised, 8 to 79
    youngest: int | None  # the least of them where it is under 18; 17 for "turning 18"
    young_words: str  # that state it, or nothing
    implied: str  # words that imply an age under 18, or nothing
    codes: tuple[str, ...]  # emoji of published lists, by name, sorted


def ages_in(text: str) -> Ages:
    """Stated ages, and stated or implied ages under 18, of the people a text advertises."""
    codes = tuple(sorted(name for mark, name in YOUTH_CODES.items() if mark in text))
    plain = _plain(text)
    numbers = _WORD.sub(lambda found: _NUMBER[found.group(1)], plain)
    stated: dict[int, str] = {}
    for pattern in _AGE:
        for match in pattern.finditer(numbers):
            age = int(match.group(1))
            if YOUNGEST_STATED <= age <= _OLDEST_STATED and _is_of_the_person(numbers, match):
                stated.setdefault(age, match.group().strip())
    for match in _NOT_YET.finditer(plain):
        if _is_of_the_person(plain, match) and not _is_kept_away(plain, match):
            stated.setdefault(ADULT - 1, match.group())
    # Whoever turns 18 is not 18 yet.
    young = min((age for age in stated if age < ADULT), default=None)
    implied = next((m.group() for m in _YOUTH.finditer(plain) if not _is_kept_away(plain, m)), "")
    return Ages(
        stated=frozenset(stated),
        youngest=young,
        young_words="" if young is None else stated[young],
        implied=implied,
        codes=codes,
    )


def numbers_like_ages(text: str) -> frozenset[int]:
    """Every number written as an age is, whoever's it is: for what must hide ages, not count them.

    Wrong where `ages_in` is, and more often: a pupil's age and years of experience are in it too.
    """
    plain = _plain(text)
    numbers = _WORD.sub(lambda found: _NUMBER[found.group(1)], plain)
    found = {int(match.group(1)) for pattern in _AGE for match in pattern.finditer(numbers)}
    turning = {ADULT} if _NOT_YET.search(plain) else set()
    return frozenset(age for age in found | turning if age <= _OLDEST_STATED)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).lower().replace("’", "'")


def _is_of_the_person(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() :][:24]
    return not (_OF_OTHERS.search(before) or _EXPERIENCE.match(after) or _is_kept_away(text, match))


def _is_kept_away(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() :][:24]
    return bool(_KEPT_AWAY.search(before) or _NOT_FOR_THEM.match(after))
