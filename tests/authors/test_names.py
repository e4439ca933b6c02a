"""Names of people are learned from how texts introduce them; an ad's own place is covered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.names import called_names, name_spans, place_spans

from .strategies import ANY_TEXT, STEADY


@pytest.mark.parametrize(
    "text",
    ["Ask for Marisol today", "hanapin si Marisol po", "My name is Marisol.", "me llamo Marisol",
     "Marisol here, good evening", "it's Marisol again", "Marisol ang pangalan ko"],
)  # fmt: skip
def test_introduced_names_are_learned(text: str) -> None:
    assert called_names([text]) == {"marisol"}


def test_words_that_are_usually_small_are_no_names() -> None:
    texts = ["I am Available now", "i am available", "available daily", "very available"]
    assert called_names(texts) == frozenset()


def test_once_introduced_and_elsewhere_small_is_not_enough() -> None:
    assert called_names(["Ask for Rose", "fresh rose every day"]) == frozenset()
    texts = ["Ask for Rose", "ask for Rose", "Rose again", "one rose"]
    assert called_names(texts) == {"rose"}


def test_only_capitalised_uses_of_a_name_are_covered() -> None:
    text = "Rose and ROSE sell a rose, Rosemary too"
    assert [text[a:b] for a, b in name_spans(text, frozenset({"rose"}))] == ["Rose", "ROSE"]


@pytest.mark.parametrize(
    ("text", "places", "covered"),
    [
        ("in CEBU city and cebu", ("Cebu",), ["CEBU", "cebu"]),
        ("Cebu City, Cebu", ("Cebu City",), ["Cebu City"]),
        ("Cebuano food", ("Cebu",), []),
        ("a b", ("", None, "ab"), []),
        ("São Paulo (sp)", ("são paulo",), ["São Paulo"]),
        ("St. John's+ area", ("St. John's+",), ["St. John's+"]),
        # The capital dotted I grows in lower case; the place must be covered all the same.
        ("İİİ Cebu", ("Cebu",), ["Cebu"]),
    ],
)
def test_places(text: str, places: tuple[str | None, ...], covered: list[str]) -> None:
    assert sorted(text[a:b] for a, b in place_spans(text, places)) == sorted(covered)


@STEADY
@given(st.lists(ANY_TEXT, max_size=4), st.lists(st.text(max_size=12), max_size=2))
def test_any_texts_and_places(texts: list[str], places: list[str]) -> None:
    names = called_names(texts)
    assert all(name == name.lower() for name in names)
    for text in texts:
        for a, b in name_spans(text, names) + place_spans(text, places):
            assert 0 <= a < b <= len(text)


@STEADY
@given(
    st.lists(st.sampled_from(["Ask for Rose", "one rose", "si Ana po", "I am Here"]), max_size=8)
)
def test_the_order_of_texts_does_not_matter(texts: list[str]) -> None:
    assert called_names(texts) == called_names(texts[::-1])
