"""The language of each sentence, on sentences that the word lists were and were not made with."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors.language import language_of, sentence_languages

from .language_sentences import SENTENCES, sentences

LANGUAGES = {"en", "tl", "ceb", "es", "taglish", "mixed", "other", "none"}


def is_right(found: str, expected: str) -> bool:
    return found == expected or (expected == "mixed" and found == "taglish")


@pytest.mark.parametrize("held_out", [False, True], ids=["seen", "held out"])
def test_sentences_are_told_apart(held_out: bool) -> None:
    asked = sentences(held_out)
    right: Counter[str] = Counter()
    for sentence, language in asked:
        right[language] += is_right(language_of(sentence), language)
    assert len(asked) >= 60
    wrong = [
        (sentence, language, language_of(sentence))
        for sentence, language in asked
        if not is_right(language_of(sentence), language)
    ]
    assert sum(right.values()) >= 0.9 * len(asked), wrong
    for language in ("en", "tl", "ceb", "es", "mixed"):
        said = sum(1 for _, other in asked if other == language)
        assert right[language] >= 0.8 * said, (language, wrong)


def test_a_text_has_its_sentences_languages_in_order() -> None:
    text = (
        "Bright room for rent close to the station. May sariling banyo po ito!\n"
        "Naa mi kwarto nga pwede abangan | 500/700 • La cocina es muy buena"
    )
    assert sentence_languages(text) == [
        ("Bright room for rent close to the station.", "en"),
        ("May sariling banyo po ito!", "tl"),
        ("Naa mi kwarto nga pwede abangan", "ceb"),
        ("500/700", "none"),
        ("La cocina es muy buena", "es"),
    ]


def test_two_languages_in_turn_are_mixed() -> None:
    english, tagalog, spanish = (SENTENCES[name][0] for name in ("en", "tl", "es"))
    assert language_of(f"{english} {tagalog}") == "taglish"
    assert language_of(f"{english} {spanish}") == "mixed"
    assert language_of(f"{english} {english}") == "en"


def test_marks_of_masking_have_no_language() -> None:
    for mark in ("⟦phone⟧", "⟦place⟧", "⟦name⟧"):
        assert language_of(mark) == "none"
        assert language_of(f"May kwarto po {mark} kami dito {mark}") == "tl"


def test_cyrillic_letters_in_latin_words_do_not_hide_the_language() -> None:
    assert language_of("Thе rооm is сlеan and wе arе nеar") == "en"


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.text(max_size=200))
def test_sentences_hold_all_words_of_a_text(text: str) -> None:
    found = sentence_languages(text)
    assert {language for _, language in found} <= LANGUAGES
    assert language_of(text) in LANGUAGES
    kept = "".join(sentence for sentence, _ in found)
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()]
    assert (language_of(text) == "none") == all(name == "none" for _, name in found)
