"""The language of an ad by its little words."""

from __future__ import annotations

import pytest
from hypothesis import given

from inktrace.authors.language import language_of

from .strategies import ANY_TEXT, BAD_TEXTS, STEADY

LANGUAGES = {"en", "tl", "ceb", "es", "taglish", "mixed", "other", "none"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bright room for rent, close to the park and with a view", "en"),
        ("May kwarto po kami dito, malapit sa palengke, salamat", "tl"),
        ("Hello po, the room is available na, just text me lang po", "taglish"),
        ("Se alquila una habitación muy luminosa con vista para el parque", "es"),
        ("Schöne Wohnung mit Balkon, nicht weit und ruhig", "other"),
        ("Ok", "en"),
        ("", "none"),
        ("12345 😀 !!", "none"),
        ("⟦phone⟧ ⟦name⟧ ⟦url⟧", "none"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


@STEADY
@given(ANY_TEXT)
def test_case_and_layout_do_not_matter(text: str) -> None:
    assert language_of(text) in LANGUAGES
    assert language_of(f"\n\n  {text} !!") == language_of(text)
    if text.isascii():
        assert language_of(text.upper()) == language_of(text)


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_any_text_has_an_answer(name: str) -> None:
    assert language_of(BAD_TEXTS[name]) in LANGUAGES
