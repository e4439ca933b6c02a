"""The words of a text with parts blanked are those that are left, however it was cut."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.words import Words, without, words_in

from .strategies import STEADY

LETTERS = st.text(st.sampled_from("aB9_ .-\n\u00e9\u0130\u03a3\u4f60\U0001d7d8"), max_size=30)


def fields(words: Words) -> tuple[list[str], list[int], list[int]]:
    return words.lowered, words.starts, words.ends


@STEADY
@given(LETTERS)
def test_words_are_rows_of_letters_and_digits(text: str) -> None:
    found = [match.span() for match in re.finditer(r"[^\W_]+", text)]
    words = words_in(text)
    assert list(zip(words.starts, words.ends, strict=True)) == found
    assert words.lowered == re.findall(r"[^\W_]+", text.lower())


@STEADY
@given(LETTERS, st.lists(st.integers(0, 30), max_size=6, unique=True))
def test_words_that_are_left_are_those_of_the_blanked_text(text: str, cuts: list[int]) -> None:
    cuts = sorted(min(cut, len(text)) for cut in cuts)
    spans = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b]
    words_in(text)
    blanked = without(text, spans)
    carried = fields(words_in(blanked))
    fresh = [match.span() for match in re.finditer(r"[^\W_]+", blanked)]
    assert list(zip(*carried[1:], strict=True)) == fresh
    if "\u03a3" not in text:  # a sigma is written by what stands beside it
        assert carried[0] == re.findall(r"[^\W_]+", blanked.lower())
