"""Phone numbers in texts, however written: spaced, spelt out, or with letters as digits."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import phonenumbers

from inktrace.authors.found import Found
from inktrace.authors.number_words import (
    JOINING,
    SHAPING,
    TOKEN,
    Piece,
    as_digits,
    digit_counts,
    has_too_many_letters,
    is_loose,
    plain_letters,
    shaped,
)
from inktrace.authors.repair import folded
from inktrace.authors.words import word_spans, words_of

_SEPARATORS: Final = r"[\s.\-()/*_~,+#•·–—'\"\[\]|:]{0,5}"
_GAP: Final = re.compile(_SEPARATORS)
# Words, flowers and other signs between the parts of one number, as they are between other words.
_ORNAMENT: Final = (
    r"[\s.\-()/*_~,+#•·–—'\"\[\]|:;=<>{}\\^!&%“”‘’`´°\u2010-\u2bff\u3000-\u303f"
    r"\U0001f000-\U0001faff]"
)
_LOOSE_GAP: Final = re.compile(
    rf"{_ORNAMENT}{{0,9}}(?:(?:{'|'.join(sorted(JOINING))})(?![A-Za-z]){_ORNAMENT}{{0,5}}){{0,2}}",
    re.IGNORECASE,
)
_PLUS_WORD: Final = re.compile(r"(?<![A-Za-z])plus[\s\-:]{0,3}\Z", re.IGNORECASE)
_MONEY: Final = r"(?:php|₱|\$|€|£|usd|eur|gbp|pesos?|p(?=\d))"
# Amounts, times of day, dates and measures look like pieces of a phone number: not read.
_NOT_PHONE: Final = re.compile(
    rf"(?<![A-Za-z\d]){_MONEY}\s?\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d\d)?"
    rf"|(?<![A-Za-z\d]){_MONEY}\s?\d{{1,7}}(?!\d)(?:\.\d\d(?!\d))?"
    r"|(?<![\d.\-+])\d{1,7}\s?(?:php|pesos?|piso|usd|eur|/\s?hr|/\s?hour|per\b)"
    r"|(?<![\d\-./])(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\d\-./])"
    r"|(?<![\d\-./])\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?![\d\-./])"
    r"|(?<!\d)\d{1,2}:\d\d(?!\d)"
    r"|(?<!\d)97[89][- ]\d{1,5}[- ]\d{1,7}[- ]\d{1,7}[- ][\dXx](?!\d)"  # books (ISBN)
    # Heights (5'4) and a body's or a garment's measures (34-24-35).
    r"|(?<![\d'’])[3-7]['’]\s?\d{1,2}(?![\d'’])"
    r"|(?<![\d\-])[2-5]\d-[2-5]\d-[2-5]\d(?![\d\-])",
    re.IGNORECASE,
)
_LEAST_DIGITS: Final = 7
_WHOLE_NUMBER: Final = 10
_CONTEXT: Final = 2  # words
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
    runs = [(first, zone, run) for first, zone in _readable(text) for run in _runs(zone[1])]
    lengths = [sum(len(piece.digits) for piece in run) for *_, run in runs]
    found: list[Found] = []
    checks = most_checks
    # Short runs first: a row of digits without end must not use up what one number needs.
    for place in sorted(range(len(runs)), key=lengths.__getitem__):
        if lengths[place] < _LEAST_DIGITS:
            continue
        first, (zone, _), run = runs[place]
        taken, checks = _numbers_in(run, zone, regions, checks)
        found.extend(
            replace(item, start=item.start + first, end=item.end + first) for item in taken
        )
    return sorted(found, key=lambda item: item.start)


def _readable(text: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Where each zone begins, its text in plain letters, and that with prices and dates blanked."""
    for first, last in _zones(text):
        zone = plain_letters(text[first:last])
        yield first, (zone, _NOT_PHONE.sub(lambda match: "\x01" * len(match.group()), zone))


def phone_field(value: str, regions: tuple[str, ...]) -> str | None:
    """The phone field of an ad as E.164, or nothing where it is no valid number."""
    numbers = [item.value for item in phones(folded(value)[0], regions) if item.kind == "phone"]
    return numbers[0] if numbers else None


def _zones(text: str) -> list[tuple[int, int]]:
    """Where words stand in a row that are long enough for a number, with two words either side.

    Prices are still among them: what stands around a number tells what it is.
    """
    counts = digit_counts(words_of(text))
    if max(counts, default=0) <= 0:
        return []
    rows: list[tuple[int, int]] = []
    first, length = 0, 0
    for place, digits in enumerate([*counts, 0]):
        if digits > 0:
            length += digits
        elif digits == 0:
            if length >= _LEAST_DIGITS:
                rows.append((max(0, first - _CONTEXT), min(len(counts), place + _CONTEXT) - 1))
            first, length = place + 1, 0
    if not rows:
        return []
    spans = word_spans(text)
    if len(spans) != len(counts):  # a letter that is two in lower case
        return [(0, len(text))]
    zones: list[tuple[int, int]] = []
    for begin, end in rows:
        start = 0 if begin == 0 else spans[begin][0]
        stop = len(text) if end == len(spans) - 1 else spans[end][1]
        if zones and start < zones[-1][1]:
            zones[-1] = (zones[-1][0], stop)
        else:
            zones.append((start, stop))
    return zones


def _runs(text: str) -> Iterator[list[Piece]]:
    """Pieces that may be parts of one number, in order; wide gaps and other words part runs."""
    run: list[tuple[Piece, str]] = []
    for match in TOKEN.finditer(text):
        word, (start, end) = match.group(), match.span()
        lowered = word.lower()
        shapes = lowered in SHAPING
        digits = "" if shapes else as_digits(word)
        if digits is None or (digits and has_too_many_letters(word)):
            if lowered not in JOINING and run:
                yield shaped(run)
                run = []
            continue
        apart = False
        if run and not _GAP.fullmatch(text, run[-1][0].end, start):
            apart = _LOOSE_GAP.fullmatch(text, run[-1][0].end, start) is not None
            if not apart:
                yield shaped(run)
                run = []
        loose = shapes or is_loose(word)
        run.append((Piece(digits, start, end, word.isalpha(), loose, apart), lowered))
    if run:
        yield shaped(run)


def _numbers_in(
    run: list[Piece], text: str, regions: tuple[str, ...], checks: int
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
    run: list[Piece], first: int, text: str, regions: tuple[str, ...], checks: int
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
        pieces = run[first : last + 1]
        if not plus and (
            _are_amounts(pieces) or _is_list(pieces, text) or not _is_laid_out(pieces, tried)
        ):
            continue
        used += 1
        value = valid_number(tried, plus, regions)
        if value is not None:
            return last, value, used
    return first, None, used


def _are_amounts(pieces: list[Piece]) -> bool:
    """Whether all pieces are round: "250 500 750 1000" is a list of prices."""
    return len(pieces) > 1 and all(
        piece.digits[0] != "0" and int(piece.digits) % 50 == 0 for piece in pieces
    )


def _is_list(pieces: list[Piece], text: str) -> bool:
    """Whether commas part four or more numbers of several lengths: "buses 9, 18, 17, 150, 83"."""
    if len(pieces) < 4 or pieces[0].digits[0] == "0":
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
    if not any(piece.loose for piece in pieces) and not any(piece.apart for piece in pieces[1:]):
        return True
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
    before = text[max(0, piece.start - 3) : piece.start]
    place = before.rfind("+")
    if place >= 0:
        return piece.start - len(before) + place
    before = text[max(0, piece.start - 10) : piece.start]
    word = _PLUS_WORD.search(before) if "plus" in before.lower() else None
    return piece.start - len(before) + word.start() if word else piece.start


def _leftover(pieces: list[Piece]) -> list[Found]:
    """Long rows of digits that are no telephone number: only those that stand plainly together."""
    found: list[Found] = []
    row: list[Piece] = []
    for piece in [*pieces, None]:
        if piece is not None and not piece.loose and (not row or not piece.apart):
            row.append(piece)
            continue
        digits = "".join(part.digits for part in row)
        if len(digits) >= _LEAST_DIGITS and not all(part.is_word for part in row):
            found.append(Found(row[0].start, row[-1].end, "number", digits))
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
