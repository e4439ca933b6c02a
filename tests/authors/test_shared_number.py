"""What stylometry sees of a text does not depend on whose number stands in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.language import language_of
from inktrace.authors.masking import masked, read_text

from .strategies import PLAIN_WORDS, REGIONS, SPELLINGS, STEADY

WORDS = st.lists(st.sampled_from(PLAIN_WORDS), min_size=1, max_size=10).map(" ".join)
NUMBERS = st.from_regex(r"09(?:17|18|27|39)[0-9]{7}", fullmatch=True)


def seen(text: str) -> str:
    return masked(read_text(text, REGIONS, 400), frozenset(), ())


@STEADY
@given(WORDS, WORDS, NUMBERS, NUMBERS)
def test_any_two_numbers_leave_the_same_text(a: str, b: str, one: str, other: str) -> None:
    assert seen(f"{a} {one} | {b}") == seen(f"{a} {other} | {b}")
    assert seen(f"{a} {one} | {b}") == f"{a} ⟦phone⟧ | {b}"


@STEADY
@given(WORDS, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_any_two_spellings_leave_the_same_letters(text: str, one: str, other: str) -> None:
    """Brackets and words around a number are left; nothing of the number is."""

    def plain(spelling: str) -> str:
        left = seen(f"{text}, {spelling} !")
        return left.translate({ord(c): None for c in "()\u202c\u202e"}).replace("viber: ", "")

    assert plain(one).replace("tel:", "") == plain(other).replace("tel:", "")


@STEADY
@given(WORDS, NUMBERS)
def test_a_number_does_not_change_the_language(text: str, number: str) -> None:
    assert language_of(seen(f"{text} {number}")) == language_of(text)
