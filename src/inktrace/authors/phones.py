"""Phone numbers in texts, however written: spaced, spelt out, or with letters as digits."""

from __future__ import annotations

import functools
import itertools
import re
from typing import Final

import phonenumbers

from inktrace.authors.found import Found
from inktrace.authors.number_runs import LEAST_DIGITS, Run, number_runs
from inktrace.authors.number_words import Piece
from inktrace.authors.repair import folded

_PLUS_WORD: Final = re.compile(r"(?<![A-Za-z])plus[\s\-:]{0,3}\Z", re.IGNORECASE)
_WHOLE_NUMBER: Final = 10
# After which digits North Americans (3, 3, 4) and Europeans (3, 3, 3) leave a gap.
_CUTS: Final = (frozenset((3, 6, 10)), frozenset((1, 4, 7, 11)), frozenset((3, 6, 9)))
_MOST_DIGITS: Final = 15
_COUNTRY_CODES: Final = {
    "philippines": "PH", "united states": "US", "usa": "US", "united states of america": "US",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "ireland": "IE", "spain": "ES",
    "canada": "CA", "australia": "AU", "mexico": "MX", "germany": "DE", "france": "FR",
    "singapore": "SG", "malaysia": "MY", "thailand": "TH", "india": "IN", "netherlands": "NL",
}  # fmt: skip


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
    found: list[Found] = []
    checks = most_checks
    # Short runs first: a row of digits without end must not use up what one number needs.
    for run in sorted(number_runs(text), key=lambda run: run.length):
        taken, checks = _numbers_in(run, regions, checks)
        found.extend(taken)
    return sorted(found, key=lambda item: item.start)


def phone_field(value: str, regions: tuple[str, ...]) -> str | None:
    """The phone field of an ad as E.164, or nothing where it is no valid number."""
    numbers = [item.value for item in phones(folded(value)[0], regions) if item.kind == "phone"]
    return numbers[0] if numbers else None


def _numbers_in(run: Run, regions: tuple[str, ...], checks: int) -> tuple[list[Found], int]:
    """Split one run of digits into phone numbers, longest first, from the left."""
    found: list[Found] = []
    pieces, length = run.pieces, run.length
    first, unread = 0, 0
    while length >= LEAST_DIGITS:  # digits from `first` on
        last, value, used = _longest_number(pieces, first, run.zone, regions, checks)
        checks -= used
        if value is not None:
            found.extend(_leftover(pieces[unread:first], run.first))
            start = _plus_start(pieces[first], run.zone) + run.first
            found.append(Found(start, pieces[last].end + run.first, "phone", value))
            unread = last + 1
        length -= sum(len(piece.digits) for piece in pieces[first : last + 1])
        first = last + 1
    found.extend(_leftover(pieces[unread:], run.first))
    return found, checks


def _longest_number(
    run: list[Piece], first: int, text: str, regions: tuple[str, ...], checks: int
) -> tuple[int, str | None, int]:
    """The last piece of the longest number from a piece on, its E.164 form, and checks used."""
    ends: list[tuple[int, str, bool]] = []
    digits, is_odd = "", False
    for last in range(first, len(run)):
        piece = run[last]
        digits += piece.digits
        if len(digits) > _MOST_DIGITS + 2:
            break
        is_odd = is_odd or piece.loose or (piece.apart and last > first)
        if len(digits) >= LEAST_DIGITS:
            ends.append((last, digits, is_odd))
    if not ends:
        return first, None, 0
    plus = _plus_start(run[first], text) < run[first].start
    used = 0
    for last, tried, is_odd in reversed(ends):
        if used >= checks:
            break
        if not plus and not _may_be_number(run[first : last + 1], tried, is_odd, text):
            continue
        used += 1
        value = valid_number(tried, plus, regions)
        if value is not None:
            return last, value, used
    return first, None, used


def _may_be_number(pieces: list[Piece], digits: str, is_odd: bool, text: str) -> bool:
    """Whether pieces are set out as a number may be; `is_odd`: in disguise, or apart."""
    if is_odd and not _is_laid_out(pieces, digits):
        return False
    return digits[0] == "0" or not (_are_amounts(pieces) or _is_list(pieces, text))


def _are_amounts(pieces: list[Piece]) -> bool:
    """Whether all pieces are round: "250 500 750 1000" is a list of prices."""
    return len(pieces) > 1 and all(
        piece.digits[0] != "0" and piece.digits.endswith(("00", "50")) for piece in pieces
    )


def _is_list(pieces: list[Piece], text: str) -> bool:
    """Whether commas part four or more numbers of several lengths: "buses 9, 18, 17, 150, 83"."""
    if len(pieces) < 4:
        return False
    if all(len(piece.digits) == 1 for piece in pieces):
        return False
    return all(
        "," in text[before.end : after.start] for before, after in itertools.pairwise(pieces)
    )


def _is_laid_out(pieces: list[Piece], digits: str) -> bool:
    """Whether pieces that stand apart, or in disguise, are set out as a telephone number is.

    It begins with 0, is all words, is one token, or is cut where people cut numbers.
    """
    if digits[0] == "0" or all(piece.is_word for piece in pieces):
        return True
    if len(pieces) == 1 and len(digits) >= _WHOLE_NUMBER:
        return True
    ends, length = set(), 0
    for piece in pieces:
        length += len(piece.digits)
        ends.add(length)
    return any(cuts <= ends and max(cuts) == length for cuts in _CUTS)


def _plus_start(piece: Piece, text: str) -> int:
    """Where a number begins, with the plus sign before it or the word."""
    place = text.rfind("+", max(0, piece.start - 3), piece.start)
    if place >= 0:
        return place
    before = text[max(0, piece.start - 10) : piece.start]
    word = _PLUS_WORD.search(before) if "plus" in before.lower() else None
    return piece.start - len(before) + word.start() if word else piece.start


def _leftover(pieces: list[Piece], first: int) -> list[Found]:
    """Long rows of digits that are no telephone number: only those that stand plainly together."""
    found: list[Found] = []
    if sum([len(piece.digits) for piece in pieces]) < LEAST_DIGITS:
        return found
    row: list[Piece] = []
    for piece in [*pieces, None]:
        if piece is not None and not piece.loose and (not row or not piece.apart):
            row.append(piece)
            continue
        digits = "".join(part.digits for part in row)
        if len(digits) >= LEAST_DIGITS and not all(part.is_word for part in row):
            found.append(Found(row[0].start + first, row[-1].end + first, "number", digits))
        row = [piece] if piece is not None and not piece.loose else []
    return found


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
        if _dials_abroad_oddly(text, region, number):
            continue
        if phonenumbers.is_valid_number(number) and not _lacks_trunk_digit(text, region, number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _dials_abroad_oddly(text: str, region: str | None, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number is another country's only by a prefix such as Mexico's former 09."""
    if region is None or text.startswith(("00", "011")):
        return False
    return bool(number.country_code != phonenumbers.country_code_for_region(region))


def _lacks_trunk_digit(text: str, region: str | None, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a landline is written without the 0 that people of its country write first."""
    if region is None or phonenumbers.ndd_prefix_for_region(region, True) != "0":
        return False
    if text.startswith(("0", str(number.country_code))):
        return False
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE)
