"""Numbering plans are read as `phonenumbers` reads them, digit for digit."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from inktrace.authors.number_plans import valid_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = range(11)  # every kind of number that the library knows


def by_the_library(digits: str, plus: bool, regions: tuple[str, ...]) -> str | None:
    """The same answer from the library's own functions."""
    tries: list[tuple[str, str | None]] = [(digits, region) for region in regions]
    if plus:
        tries = [("+" + digits, None)]
    elif digits.startswith("00"):
        tries.append(("+" + digits[2:], None))
    for text, region in tries:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        own = phonenumbers.country_code_for_region(region) if region else number.country_code
        if number.country_code != own and not text.startswith(("00", "011")):
            continue
        if phonenumbers.is_valid_number(number) and not lacks_trunk_digit(text, region, number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def lacks_trunk_digit(text: str, region: str | None, number: phonenumbers.PhoneNumber) -> bool:
    if region is None or phonenumbers.ndd_prefix_for_region(region, True) != "0":
        return False
    if text.startswith(("0", str(number.country_code))):
        return False
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE


def written(region: str, chance: random.Random) -> tuple[str, bool]:
    """An example of the region, often spoilt, as somebody may dial it; and whether with a plus."""
    examples = (phonenumbers.example_number_for_type(region, kind) for kind in TYPES)
    example = chance.choice([one for one in examples if one])
    digits = list(phonenumbers.national_significant_number(example))
    for _ in range(chance.choice((0, 0, 1, 2))):
        digits[chance.randrange(len(digits))] = str(chance.randrange(10))
    if chance.random() < 0.1:
        digits.insert(chance.randrange(len(digits)), "0")
    code = str(example.country_code)
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or "0"
    prefixes = ("", trunk, "0", "1", code, code + "0", "00" + code, "011" + code, "09", "15")
    plus = chance.random() < 0.2
    return (code if plus else chance.choice(prefixes)) + "".join(digits), plus


@pytest.mark.parametrize("asked", [("PH", "US"), ("GB",), ("MX", "IT"), ("AR",), ("ZZ", "BR"), ()])
def test_plans_and_the_library_agree(asked: tuple[str, ...]) -> None:
    chance = random.Random(4)
    valid = 0
    for _ in range(250):
        region = chance.choice((*asked, *REGIONS[:3], chance.choice(REGIONS)))
        if region not in REGIONS:
            continue
        digits, plus = written(region, chance)
        regions = asked if chance.random() < 0.5 else (region,)
        expected = by_the_library(digits, plus, regions)
        assert valid_number(digits, plus, regions) == expected, (digits, plus, regions)
        valid += expected is not None
    assert valid > 30  # agreeing that nothing is a number would say little


@pytest.mark.parametrize(
    ("digits", "plus", "regions", "number"),
    [
        ("09175551234", False, ("PH",), "+639175551234"),
        ("9175551234", False, ("PH",), "+639175551234"),
        ("639175551234", False, ("PH",), "+639175551234"),
        ("00639175551234", False, ("US",), "+639175551234"),
        ("12024561111", False, ("CA",), "+12024561111"),
        ("0612345678", False, ("IT",), "+390612345678"),  # the 0 is part of the number
        ("323456789", False, ("PH",), None),  # a landline without its 0
        ("0323456789", False, ("PH",), "+63323456789"),
        ("999175551234", True, (), None),  # no country has the code 999
        ("00", False, ("PH",), None),
    ],
)
def test_numbers_as_people_dial_them(
    digits: str, plus: bool, regions: tuple[str, ...], number: str | None
) -> None:
    assert valid_number(digits, plus, regions) == number
