"""Telephone numbers are found however they are written, and other numbers are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.found import Found
from inktrace.authors.masking import read_text
from inktrace.authors.number_words import is_written_number
from inktrace.authors.phones import (
    phone_field,
    phones,
    region_of,
    valid_number,
)

from .strategies import ANY_TEXT, ONE_NUMBER, REGIONS, SPELLINGS, STEADY


def found_in(text: str, regions: tuple[str, ...] = REGIONS) -> set[tuple[str, str]]:
    return read_text(text, regions, 400).identifiers()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("around", ["{}", "Room free, call {} thanks", "Salamat po!\n{}\n😀"])
def test_one_number_in_every_spelling_is_one_identifier(spelling: str, around: str) -> None:
    assert found_in(around.format(spelling)) == {("phone", ONE_NUMBER)}


def written(digits: str, gaps: list[str], words: list[bool]) -> str:
    names = "zero one two three four five six seven eight nine".split()
    parts = []
    for digit, gap, word in zip(digits, gaps, words, strict=True):
        parts.append(f" {names[int(digit)]} " if word else digit + gap)
    return "".join(parts)


@STEADY
@given(
    st.from_regex(r"09(?:17|18|27|39)[0-9]{7}", fullmatch=True),
    st.lists(st.sampled_from(("", "", "", " ", "-", ".", "\u200b")), min_size=11, max_size=11),
    st.lists(st.booleans(), min_size=11, max_size=11),
)
def test_separators_and_number_words_do_not_matter(
    digits: str, gaps: list[str], words: list[bool]
) -> None:
    text = f"please call {written(digits, gaps, words)} today"
    assert ("phone", "+63" + digits[1:]) in found_in(text), text


@pytest.mark.parametrize(
    ("text", "regions", "numbers"),
    [
        ("0917 555 1234 / 0918 555 1234", REGIONS, {"+639175551234", "+639185551234"}),
        ("09175551234 09185551234", REGIONS, {"+639175551234", "+639185551234"}),
        ("(202) 456-1111 x", ("US",), {"+12024561111"}),
        ("+44 20 7946 0958", REGIONS, {"+442079460958"}),
        ("020 7946 0958", ("GB",), {"+442079460958"}),
        ("call (032) 412 3456", ("PH",), {"+63324123456"}),
        ("3 beds, P500 per hour, 0917 555 1234, 2 baths", REGIONS, {"+639175551234"}),
        ("open 9:30 to 10:00, 0917 555 1234", REGIONS, {"+639175551234"}),
        ("0917 five five five 1234 only", REGIONS, {"+639175551234"}),
    ],
)
def test_numbers_of_several_plans(text: str, regions: tuple[str, ...], numbers: set[str]) -> None:
    assert found_in(text, regions) == {("phone", number) for number in numbers}


@pytest.mark.parametrize(
    "text",
    [
        "rates 1500 2000 2500",
        "250 500 750 1000",
        "200 300 5000",
        "dress 34-24-35, height 5'4 110 lbs",
        "deposit 5000, rent 2500/month, 12x14 room",
        "from 2024-01-15 to 2024-02-15",
        "on 15/01/2024 and 16/01/2024",
        "php 1,500,000 or PHP 1500",
        "Monday 9-5 Tuesday 10-6 Wednesday 8-12",
        "one of two, one by one, for you two",
        "order 12345678",
        "32 412 3456",
        "1234567890123456789012345",
    ],
)
def test_prices_dates_and_measures_are_no_telephone(text: str) -> None:
    assert not {kind for kind, _ in found_in(text)} & {"phone"}


def test_long_numbers_are_covered_but_tie_nobody() -> None:
    read = read_text("booking 123456789012345678 thanks", REGIONS, 400)
    assert [item.kind for item in read.found] == ["number"]
    assert read.identifiers() == set()


@STEADY
@given(ANY_TEXT)
def test_what_is_found_lies_in_the_text_in_order(text: str) -> None:
    last = 0
    for item in phones(text, REGIONS):
        assert last <= item.start < item.end <= len(text)
        assert item.kind in ("phone", "number")
        assert item.kind == "number" or valid_number(item.value[1:], True, ()) == item.value
        last = item.end


def test_work_on_a_text_of_digits_is_bounded() -> None:
    text = "09175551234 " * 50
    few = phones(text, REGIONS, 10)
    assert sum(item.kind == "phone" for item in few) <= 10
    assert sum(item.kind == "phone" for item in phones(text, REGIONS)) == 50


@pytest.mark.parametrize(
    "value", ["０９１７ ５５５ １２３４", "0917\u2011555\u20111234", "O9I75551234"]
)
def test_the_phone_field_is_read_like_a_text(value: str) -> None:
    assert phone_field(value, REGIONS) == ONE_NUMBER


@pytest.mark.parametrize("value", ["", "n/a", "12", "911", "0000000000", "x" * 10_000])
def test_a_phone_field_without_a_number_is_none(value: str) -> None:
    assert phone_field(value, REGIONS) is None


@pytest.mark.parametrize(
    ("country", "region"),
    [("PH", "PH"), ("ph", "PH"), (" Philippines ", "PH"), ("UK", "GB"), ("", None), (None, None),
     ("Atlantis", None), ("XX", None)],
)  # fmt: skip
def test_countries_by_code_and_name(country: str | None, region: str | None) -> None:
    assert region_of(country) == region


@pytest.mark.parametrize("word", ["0917", "O9I7", "zero", "ZeroNine", "pito"])
def test_words_that_stand_for_digits(word: str) -> None:
    assert is_written_number(word)


@pytest.mark.parametrize("word", ["ana9", "room", "tidy_ana", "oneway", ""])
def test_words_that_do_not(word: str) -> None:
    assert not is_written_number(word)


def test_a_found_identifier_says_where_it_stood() -> None:
    text = "call 0917 555 1234 now"
    assert phones(text, REGIONS) == [Found(5, 18, "phone", ONE_NUMBER)]
