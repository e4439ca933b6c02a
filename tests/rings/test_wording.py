"""Marks are carried by words that are shown; amounts need a currency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.rings.lexicon import WORDING
from inktrace.rings.wording import amounts_in, marks_in


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Our helpers are new, choose from many", "offers_others"),
        ("mga kasambahay namin", "offers_others"),
        ("Ask for the manager", "management"),
        ("tumawag sa manager namin", "management"),
        ("She is kind", "third_person"),
        ("she stays with us", "restricted"),
        ("hatid-sundo po", "restricted"),
        ("Now hiring, no experience needed", "recruitment"),
        ("buscamos personal", "recruitment"),
        ("here until sunday", "touring"),
        ("a licensed agency", "agency"),
        ("Mayor's permit no. 12", "agency"),
        ("reviews of helpers", "directory"),
    ],
)
def test_a_mark_is_seen_with_its_words(text, mark):
    words = marks_in(text)[mark]
    assert words
    assert words in text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "My name is Ana, I clean houses",
        "review classes for college entrance tests",
        "room for rent, own bathroom",
        "presyo po ay 500 piso",
    ],
)
def test_plain_ads_carry_no_mark(text):
    assert marks_in(text) == {}


def test_amounts_are_read_with_their_currency_only():
    assert amounts_in("₱1,500 or 300 pesos, P500, $40, call 0917 123 4567, 20 minutes") == [
        ("PHP", 1500),
        ("PHP", 300),
        ("PHP", 500),
        ("USD", 40),
    ]


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert set(marks_in(text)) <= set(WORDING)
    assert all(amount >= 0 for _, amount in amounts_in(text))
