"""Phone numbers in texts, however written: spaced, spelt out, or with letters as digits."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import phonenumbers

from inktrace.authors.repair import folded

_NUMBER_WORDS: Final = {
    word: str(digit)
    for digit, words in enumerate(
        (
            "zero sero cero oh",
            "one isa uno",
            "two dalawa dos",
            "three tatlo tres",
            "four apat cuatro kwatro",
            "five lima cinco singko",
            "six anim seis sais",
            "seven pito siete syete",
            "eight walo ocho otso",
            "nine siyam nueve nuwebe",
        )
    )
    for word in words.split()
}
_GLUED_WORDS: Final = re.compile("|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)))
_ONLY_WORDS: Final = re.compile(f"(?:{_GLUED_WORDS.pattern})+")
_LETTER_DIGITS: Final = str.maketrans("OoIl", "0011")
# Digits with letters standing for digits; or a word that may be a number word.
_TOKEN: Final = re.compile(
    r"(?:(?<![A-Za-z])[OoIl]{1,15})?\d(?:[0-9OoIl]{0,40}\d)?(?:[OoIl]{1,15}(?![A-Za-z]))?"
    r"|(?<![A-Za-z])[OoIl]{1,4}(?![A-Za-z])|[A-Za-z]{2,60}"
)
# The same pieces without the words that stand for nothing: much faster to look for.
_LETTERED: Final = r"\d(?:[0-9OoIl]{0,40}\d)?(?:[OoIl]{1,15}(?![A-Za-z]))?"
_PIECE: Final = re.compile(
    rf"{_LETTERED}|(?<![A-Za-z])(?:[OoIl]{{1,15}}{_LETTERED}|[OoIl]{{1,4}}(?![A-Za-z])"
    rf"|(?i:{_GLUED_WORDS.pattern})+(?![A-Za-z]))"
)
_GAP: Final = re.compile(r"[\s.\-()/*_~,+#•·–—'\"\[\]|:]{0,5}")
_MONEY: Final = r"(?:php|₱|\$|€|£|usd|eur|gbp|pesos?|p(?=\d))"
# Amounts, times of day, dates and measures look like pieces of a phone number: not read.
_NOT_PHONE: Final = re.compile(
    rf"(?<![A-Za-z\d]){_MONEY}\s?\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d\d)?"
    rf"|(?<![A-Za-z\d]){_MONEY}\s?\d{{1,7}}(?!\d)(?:\.\d\d(?!\d))?"
    r"|(?<![\d.\-+])\d{1,7}\s?(?:php|pesos?|piso|usd|eur|/\s?hr|/\s?hour|per\b)"
    r"|(?<![\d\-./])(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\d\-./])"
    r"|(?<![\d\-./])\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?![\d\-./])"
    r"|(?<!\d)\d{1,2}:\d\d(?!\d)"
    # Heights (5'4) and a body's or a garment's measures (34-24-35).
    r"|(?<![\d'’])[3-7]['’]\s?\d{1,2}(?![\d'’])"
    r"|(?<![\d\-])[2-5]\d-[2-5]\d-[2-5]\d(?![\d\-])",
    re.IGNORECASE,
)
_LEAST_DIGITS: Final = 7
_MOST_DIGITS: Final = 15
_COUNTRY_CODES: Final = {
    "philippines": "PH", "united states": "US", "usa": "US", "united states of america": "US",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "ireland": "IE", "spain": "ES",
    "canada": "CA", "australia": "AU", "mexico": "MX", "germany": "DE", "france": "FR",
    "singapore": "SG", "malaysia": "MY", "thailand": "TH", "india": "IN", "netherlands": "NL",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """An identifier in a text: where (in the searched text), of what kind, and its normal form."""

    start: int
    end: int
    kind: str
    value: str


@dataclass(frozen=True)
class _Piece:
    digits: str
    start: int
    end: int
    is_word: bool


def region_of(country: str | None) -> str | None:
    """The two-letter region that `phonenumbers` knows a country by, if it knows it."""
    if not country:
        return None
    name = country.strip()
    if name.upper() in phonenumbers.SUPPORTED_REGIONS:
        return name.upper()
    return _COUNTRY_CODES.get(name.lower())


def phones(text: str, regions: tuple[str, ...], most_checks: int = 400) -> list[Found]:
    """Phone numbers of a folded text as E.164, and long digit strings that are none.

    `regions` are tried in order for numbers without country code. Kind is "phone", or "number"
    for seven or more digits that no region's plan allows: masked all the same, never evidence.
    Notes: wrong where sizes or room numbers stand in a row that happens to be a valid number. A
    row of round amounts is none, nor is a landline without the 0 that its country dials first.
    References: ITU-T E.164; number plans of libphonenumber.
    """
    if not _may_hold_number(text):
        return []
    readable = _NOT_PHONE.sub(lambda match: "\x01" * len(match.group()), text)
    found: list[Found] = []
    checks = most_checks
    for run in _runs(readable):
        if sum(len(piece.digits) for piece in run) < _LEAST_DIGITS:
            continue
        taken, checks = _numbers_in(run, text, regions, checks)
        found.extend(taken)
    return found


def phone_field(value: str, regions: tuple[str, ...]) -> str | None:
    """The phone field of an ad as E.164, or nothing where it is no valid number."""
    numbers = [item.value for item in phones(folded(value)[0], regions) if item.kind == "phone"]
    return numbers[0] if numbers else None


def is_written_number(word: str) -> bool:
    """Whether a word is nothing but digits, letters for digits or number words (O9I7, zeronine)."""
    return (_as_digits(word) or "").isdigit()


def _may_hold_number(text: str) -> bool:
    """Whether there is a run of pieces long enough for a number: prices are still among them."""
    length = last = 0
    for match in _PIECE.finditer(text):
        start, end = match.span()
        # A piece has at most as many digits as letters.
        length = end - start + (length if _GAP.fullmatch(text, last, start) else 0)
        if length >= _LEAST_DIGITS:
            return True
        last = end
    return False


def _runs(text: str) -> Iterator[list[_Piece]]:
    run: list[_Piece] = []
    for match in _TOKEN.finditer(text):
        digits = _as_digits(match.group())
        if digits is None:
            if run:
                yield run
            run = []
            continue
        piece = _Piece(digits, match.start(), match.end(), match.group().isalpha())
        if run and not _GAP.fullmatch(text, run[-1].end, piece.start):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


@functools.lru_cache(maxsize=65_536)
def _as_digits(token: str) -> str | None:
    if token.isdigit():
        return token
    if any(letter.isdigit() for letter in token) or not token.strip("OoIl"):
        return token.translate(_LETTER_DIGITS)
    lowered = token.lower()
    if not _ONLY_WORDS.fullmatch(lowered):
        return None
    return "".join(_NUMBER_WORDS[word] for word in _GLUED_WORDS.findall(lowered))


def _numbers_in(
    run: list[_Piece], text: str, regions: tuple[str, ...], checks: int
) -> tuple[list[Found], int]:
    """Split one run of digits into phone numbers, longest first, from the left."""
    found: list[Found] = []
    first, unread = 0, 0
    while first < len(run):
        last, value, used = _longest_number(run, first, text, regions, checks)
        checks -= used
        if value is None:
            first += 1
            continue
        found.extend(_leftover(run[unread:first]))
        found.append(Found(_plus_start(run[first], text), run[last].end, "phone", value))
        first = unread = last + 1
    found.extend(_leftover(run[unread:]))
    return found, checks


def _longest_number(
    run: list[_Piece], first: int, text: str, regions: tuple[str, ...], checks: int
) -> tuple[int, str | None, int]:
    ends, digits = [], ""
    for last in range(first, len(run)):
        digits += run[last].digits
        if len(digits) > _MOST_DIGITS + 2:
            break
        if len(digits) >= _LEAST_DIGITS:
            ends.append((last, digits))
    plus = _plus_start(run[first], text) < run[first].start
    used = 0
    for last, tried in reversed(ends):
        if used >= checks:
            break
        if not plus and _are_amounts(run[first : last + 1]):
            continue
        used += 1
        value = valid_number(tried, plus, regions)
        if value is not None:
            return last, value, used
    return first, None, used


def _are_amounts(pieces: list[_Piece]) -> bool:
    """Whether all pieces are round: "250 500 750 1000" is a list of prices."""
    return len(pieces) > 1 and all(
        piece.digits[0] != "0" and int(piece.digits) % 50 == 0 for piece in pieces
    )


def _plus_start(piece: _Piece, text: str) -> int:
    before = text[max(0, piece.start - 3) : piece.start]
    place = before.rfind("+")
    return piece.start if place < 0 else piece.start - len(before) + place


def _leftover(pieces: list[_Piece]) -> list[Found]:
    digits = "".join(piece.digits for piece in pieces)
    if len(digits) < _LEAST_DIGITS or all(piece.is_word for piece in pieces):
        return []
    return [Found(pieces[0].start, pieces[-1].end, "number", digits)]


@functools.lru_cache(maxsize=65_536)
def valid_number(digits: str, plus: bool, regions: tuple[str, ...]) -> str | None:
    """The digits as E.164 if they are a valid number abroad (`plus`) or in one of the regions."""
    tries: list[tuple[str, str | None]] = (
        [("+" + digits, None)] if plus else [(digits, region) for region in regions]
    )
    if not plus and digits.startswith("00"):
        tries.append(("+" + digits[2:], None))
    for text, region in tries:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) and not _lacks_trunk_digit(text, region, number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _lacks_trunk_digit(text: str, region: str | None, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a landline is written without the 0 that people of its country write first."""
    if region is None or phonenumbers.ndd_prefix_for_region(region, True) != "0":
        return False
    if text.startswith(("0", str(number.country_code))):
        return False
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE)
