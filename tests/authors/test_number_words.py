"""Numbers told in words, with repeats, tens, ornaments and letters for digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.masking import read_text
from inktrace.authors.number_words import plain_letters

from .strategies import ANY_TEXT, ONE_NUMBER, REGIONS, STEADY


def phones_in(text: str, regions: tuple[str, ...] = REGIONS) -> set[str]:
    found = read_text(text, regions, 400).identifiers()
    return {value for kind, value in found if kind == "phone"}


@pytest.mark.parametrize(
    "spelling",
    [
        "zero nine one seven triple five one two three four",
        "zero nine seventeen five fifty five twelve thirty four",
        "oh nine seventeen, five double five, one two three four",
        "zero nine hundred seventeen 555 1234",
        "0917 ✨ 555 🌸 1234",
        "0917 then 555 then 1234",
        "0917 tapos 555 tapos 1234",
        "0917 dash 555 dash 1234",
        "zer0 n1ne 0ne s3ven f1ve f1ve f1ve one two thr33 four",
        "09I7S551234",
        "plus 63 917 555 1234",
        "➕63 917 555 1234",
        "0 9 1 siete 555 uno dos tres kwatro",
        "⓪⑨①⑦ ⑤⑤⑤ ①②③④",
        "0️⃣9️⃣1️⃣7️⃣ 5️⃣5️⃣5️⃣ 1️⃣2️⃣3️⃣4️⃣",
        "\u202d0917\u200f-555\u200e-1234\u202c",
        "síero".replace("síero", "séro") + " nine one seven 5551234",
    ],
)
def test_one_number_told_in_words_or_ornaments_is_one_identifier(spelling: str) -> None:
    assert phones_in(f"my number {spelling} thanks") == {ONE_NUMBER}


@pytest.mark.parametrize(
    ("text", "regions", "number"),
    [
        ("two one three 4four7 88two1", ("US",), "+12134478821"),
        ("213💋447💋8821", ("US",), "+12134478821"),
        ("seis uno dos treinta y cuatro cincuenta y seis setenta y ocho", ("ES",), "+34612345678"),
        ("612 🌸 345 🌸 678", ("ES",), "+34612345678"),
        ("+65 8123 4477", REGIONS, "+6581234477"),
        ("0034 612 345 678", REGIONS, "+34612345678"),
    ],
)
def test_numbers_of_other_plans(text: str, regions: tuple[str, ...], number: str) -> None:
    assert phones_in(text, regions) == {number}


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 978-0-480-91352-4",
        "120 and 250 and then 3000",
        "25 ✨ 30 ✨ 4500 ✨ 12",
        "twenty thirty forty fifty sixty",
        "two hundred and three hundred, double bed, triple room",
        "ten of us, once or twice",
        "09492030 and others",
        "routes: 9, 18, 17, 150, 83 and the bus 3,7,8,29,33,46,48,400",
    ],
)
def test_numbers_that_reach_nobody(text: str) -> None:
    assert phones_in(text) == set()


def test_another_country_s_former_prefix_makes_no_number_abroad() -> None:
    """In Mexico 09 once dialled abroad: a Philippine number is not German there."""
    assert phones_in("0949 203 0809 1", ("MX",)) == set()
    assert phones_in("GCash 0949 203 0809", ("MX",)) == {"+639492030809"}


def test_a_pronoun_after_a_number_is_no_digit() -> None:
    read = read_text("0917 555 1234 | I teach", REGIONS, 400)
    assert read.text[read.found[0].start : read.found[0].end] == "0917 555 1234"


@STEADY
@given(ANY_TEXT)
def test_plain_letters_keep_their_places(text: str) -> None:
    assert len(plain_letters(text)) == len(text)


@STEADY
@given(st.text(alphabet="0917 double triple hundred forty then one✨️⃣SBZIOl\u200f-", max_size=80))
def test_no_mixture_of_words_and_digits_breaks_the_search(text: str) -> None:
    last = 0
    for item in read_text(text, REGIONS, 400).found:
        assert last <= item.start < item.end
        last = item.end
