"""Pieces of numbers in texts: digits, letters written for digits, and number words."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final, NamedTuple

_UNITS: Final = {
    word: str(digit)
    for digit, words in enumerate(
        (
            "zero sero cero oh",
            "one isa uno",
            "two dalawa dos duha",
            "three tatlo tres tulo",
            "four apat cuatro kwatro kuwatro upat",
            "five lima cinco singko",
            "six anim seis sais unom",
            "seven pito siete syete siyete",
            "eight walo ocho otso",
            "nine siyam nueve nuwebe nuebe",
        )
    )
    for word in words.split()
}
# "once" is Spanish for eleven and an English word: not read.
_TEENS: Final = {
    word: str(number)
    for number, words in enumerate(
        (
            "ten diez sampu",
            "eleven",
            "twelve doce dose",
            "thirteen trece trese",
            "fourteen catorce katorse",
            "fifteen quince kinse",
            "sixteen dieciseis disisais",
            "seventeen diecisiete disisiyete",
            "eighteen dieciocho disiotso",
            "nineteen diecinueve disinuwebe",
        ),
        start=10,
    )
    for word in words.split()
}
_TENS: Final = {
    word: str(number * 10)
    for number, words in enumerate(
        (
            "twenty veinte bente dalawampu",
            "thirty treinta trenta tatlumpu",
            "forty fourty cuarenta kwarenta",
            "fifty cincuenta singkwenta",
            "sixty sesenta",
            "seventy setenta",
            "eighty ochenta otsenta",
            "ninety noventa nobenta",
        ),
        start=2,
    )
    for word in words.split()
}
_REPEATS: Final = {"double": 2, "doble": 2, "dobleng": 2, "triple": 3, "treble": 3, "tripleng": 3}
_HUNDREDS: Final = frozenset(("hundred",))
_NUMBERS: Final = _UNITS | _TEENS | _TENS
# Words that stand between the parts of one number.
JOINING: Final = frozenset(
    "and then tapos tas saka dash hyphen dot space slash luego guion punto at y".split()
)
# Words that only shape the digits beside them.
SHAPING: Final = frozenset(_REPEATS) | _HUNDREDS
GLUED: Final = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_GLUED_WORDS: Final = re.compile(GLUED)
_ONLY_WORDS: Final = re.compile(f"(?:{GLUED})+")
_LETTER_DIGITS: Final = str.maketrans("OoIlSsBZz", "001155822")
# Cebuano words that mean something else in Tagalog, and all tens.
_LOOSE_WORDS: Final = frozenset(("duha", "tulo", "upat", "unom", *_TEENS, *_TENS))
# Letters that stand for digits only where digits stand on both sides: O and I stand anywhere.
_RARE_LETTERS: Final = frozenset("SsBZz")
_MOST_RARE: Final = 3
_RARE: Final = (
    r"(?<![A-Za-z0-9])(?=[0-9OoIl]{1,40}[SsBZz])[0-9OoIl][0-9OoIlSsBZz]{0,40}\d(?![A-Za-z0-9])"
)
# Digits with letters standing for digits; or a word that may be a number word.
TOKEN: Final = re.compile(
    rf"{_RARE}"
    r"|(?:(?<![A-Za-z])[OoIl]{1,15})?\d(?:[0-9OoIl]{0,40}\d)?(?:[OoIl]{1,15}(?![A-Za-z]))?"
    # "I teach" is no digit, "I nine" may be.
    rf"|(?<![A-Za-z])(?!I['’]?\s+(?!(?i:{GLUED}))[A-Za-z]{{2}})[OoIl]{{1,4}}(?![A-Za-z])"
    r"|[A-Za-z]{2,60}"
)


class Piece(NamedTuple):
    """Digits that one token of a text stands for.

    `loose`: it is written so that only a whole telephone number makes it digits (9I7S5, forty).
    `apart`: so is what lies between it and the piece before ("then", a flower).
    """

    digits: str
    start: int
    end: int
    is_word: bool
    loose: bool = False
    apart: bool = False


class Reading(NamedTuple):
    """What one token stands for in a number: no digits (None) where it is another word.

    `is_joining`: such a word may part pieces; `shapes`: pieces beside it may change.
    """

    word: str
    digits: str | None
    is_word: bool
    loose: bool
    is_joining: bool
    shapes: bool


@functools.lru_cache(maxsize=65_536)
def reading(token: str) -> Reading:
    """What a token is to a number."""
    word = token.lower()
    is_shape = word in SHAPING
    digits = "" if is_shape else as_digits(token)
    if digits and has_too_many_letters(token):
        digits = None
    loose = digits is not None and (is_shape or is_loose(token))
    joins = digits is None and word in JOINING
    return Reading(word, digits, token.isalpha(), loose, joins, is_shape or word in _TENS)


def is_written_number(word: str) -> bool:
    """Whether a word is nothing but digits, letters for digits or number words (O9I7, zeronine)."""
    return (as_digits(word) or "").isdigit()


def digit_counts(words: list[str]) -> list[int]:
    """The most digits that each word (in small letters) may stand for; -1 where it may join."""
    if len(_COUNTS) > _MOST_COUNTS:
        _COUNTS.clear()
    return [_COUNTS[word] for word in words]


def _digit_count(word: str) -> int:
    if word in JOINING:
        return -1
    if word.isascii() and not word.isalpha():  # of letters and digits, one at least a digit
        return len(word)
    if any(letter.isdigit() for letter in word) or not word.strip("oil"):
        return len(word)
    if word in SHAPING:
        return 1
    return len(as_digits(word if word.isascii() else plain_letters(word)) or "")


class _Counts(dict[str, int]):
    """Word → the most digits it may stand for; filled on first sight."""

    def __missing__(self, word: str) -> int:
        self[word] = count = _digit_count(word)
        return count


_COUNTS: Final = _Counts()
_MOST_COUNTS: Final = 200_000


@functools.lru_cache(maxsize=65_536)
def as_digits(token: str) -> str | None:
    """The digits that a token stands for, or nothing where it is another word."""
    if token.isdigit():
        return token
    if any(letter.isdigit() for letter in token) or not token.strip("OoIl"):
        return token.translate(_LETTER_DIGITS)
    lowered = token.lower()
    if not _ONLY_WORDS.fullmatch(lowered):
        return None
    return "".join(_NUMBERS[word] for word in _GLUED_WORDS.findall(lowered))


@functools.lru_cache(maxsize=65_536)
def is_loose(token: str) -> bool:
    """Whether a token is digits only within a telephone number: tens, or S, B, Z for digits."""
    if token.isalpha():
        return any(word in _LOOSE_WORDS for word in _GLUED_WORDS.findall(token.lower()))
    return any(letter in _RARE_LETTERS for letter in token)


def has_too_many_letters(token: str) -> bool:
    """Whether a token of digits and letters is likelier a code than a number in disguise."""
    return sum(letter in _RARE_LETTERS for letter in token) > _MOST_RARE


def shaped(run: list[Piece], words: list[str]) -> list[Piece]:
    """Pieces with "forty five", "nine hundred seventeen" and "double seven" made one each.

    `words`: what each was read from, in small letters; shaping words have no digits.
    """
    pieces = list(zip(run, words, strict=True))
    done: list[Piece] = []
    place = 0
    while place < len(pieces):
        piece, word = pieces[place]
        after = pieces[place + 1][0] if place + 1 < len(pieces) else None
        taken = 1
        if word in _REPEATS:
            if after is None or not after.digits:
                place += 1
                continue
            first, rest = after.digits[0], after.digits[1:]
            piece = _joined(piece, after, first * _REPEATS[word] + rest, loose=True)
            taken = 2
        elif word in _TENS and after is not None and _is_unit(pieces[place + 1]):
            piece, taken = _joined(piece, after, piece.digits[0] + after.digits), 2
        elif word in _HUNDREDS:
            if done and len(done[-1].digits) == 1 and done[-1].is_word:
                piece, taken = _hundred(done.pop(), piece, pieces[place + 1 :])
            else:
                place += 1
                continue
        done.append(piece)
        place += taken
    return done


def _hundred(before: Piece, hundred: Piece, after: list[tuple[Piece, str]]) -> tuple[Piece, int]:
    """ "nine hundred" with what follows below a hundred: 900, 905 or 917; and the words taken."""
    following, word = after[0] if after else (None, "")
    if following is not None and following.is_word and word in _NUMBERS:
        if word in _TENS and len(after) > 1 and _is_unit(after[1]):
            ones = after[1][0]
            digits = before.digits + following.digits[0] + ones.digits
            return _joined(before, ones, digits, loose=True), 3
        digits = before.digits + following.digits.rjust(2, "0")
        return _joined(before, following, digits, loose=True), 2
    return _joined(before, hundred, before.digits + "00", loose=True), 1


def _is_unit(piece: tuple[Piece, str]) -> bool:
    return _UNITS.get(piece[1], "0") != "0"


def _joined(first: Piece, last: Piece, digits: str, loose: bool = False) -> Piece:
    loose = loose or first.loose or last.loose
    return Piece(digits, first.start, last.end, first.is_word, loose, first.apart)


_SPOILT: Final = {"o": "o0", "i": "i1", "e": "e3", "a": "a4", "t": "t7", "l": "l1"}


def _spoilt(word: str) -> str:
    return "".join(f"[{_SPOILT[letter]}]" if letter in _SPOILT else letter for letter in word)


_SPOILT_WORDS: Final = tuple(word for word in _UNITS if len(word) > 2)
_SPOILT_WORD: Final = re.compile(
    rf"(?<![A-Za-z])(?=[A-Za-z]*\d)(?=\d?[A-Za-z])(?:{'|'.join(map(_spoilt, _SPOILT_WORDS))})",
    re.IGNORECASE,
)
_MIXED: Final = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")  # in every spoilt word
_UNSPOILT: Final = re.compile("|".join(f"({_spoilt(word)})" for word in _SPOILT_WORDS))


def plain_letters(text: str) -> str:
    """The text with accents off its Latin letters and digits off its number words (f1ve).

    Every character keeps its place.
    """
    if not text.isascii():
        text = text.translate(_BARE)
    return _SPOILT_WORD.sub(_without_digits, text) if _MIXED.search(text) else text


def _without_digits(match: re.Match[str]) -> str:
    place = _UNSPOILT.fullmatch(match.group().lower())
    return match.group() if place is None else _SPOILT_WORDS[(place.lastindex or 1) - 1]


class _BareLetters(dict[int, str]):
    """Latin letter with an accent → the letter; filled on first sight."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        parts = unicodedata.normalize("NFD", letter)
        bare = parts[0] if len(parts) > 1 and parts[0].isascii() else letter
        self[code] = bare
        return bare


_BARE: Final = _BareLetters()
