"""Texts are repaired without losing what people typed, and folding knows where letters stood."""

from __future__ import annotations

import itertools

import ftfy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.repair import folded, repaired

from .strategies import ANY_TEXT, BAD_TEXTS, SPELLINGS, STEADY


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CafÃ© near the park", "Café near the park"),
        ("Tom &amp; Ana", "Tom & Ana"),
        ("a<br>b<BR />c", "a\nb\nc"),
        ("<p>one</p><p>two</p>", "one\ntwo\n"),
        ("<b>big</b> <i class='x'>room</i>", "big room"),
        ('<a href="tel:0917">call</a>', " tel:0917 call"),
        ("<!-- hidden -->shown", "shown"),
        ("&lt;br&gt;room &lt;b&gt;free&lt;/b&gt;", "\nroom free"),
        ("a\r\nb\rc", "a\nb\nc"),
        # Habits of the writer: kept.
        ("“quoted” ﬁne ｗｉｄｅ", "“quoted” ﬁne ｗｉｄｅ"),
        ("I <3 it, 5 < 6 and 7 > 2", "I <3 it, 5 < 6 and 7 > 2"),
        ("<ana@example.com>", "<ana@example.com>"),
        ("<call 0917 555 1234>", "<call 0917 555 1234>"),
        ("<<< best room >>>", "<<< best room >>>"),
    ],
)
def test_damage_is_repaired_and_habits_are_kept(typed: str, meant: str) -> None:
    assert repaired(typed) == meant


@STEADY
@given(ANY_TEXT)
def test_repairing_plain_texts_twice_changes_nothing_more(text: str) -> None:
    once = repaired(text)
    if "<" not in text and "&" not in text:
        assert repaired(once) == once


@STEADY
@given(st.one_of(ANY_TEXT, st.text(alphabet="aé０🅾\u200b\u0301\u202eⅣ½ﬁ\x00", max_size=40)))
def test_positions_of_a_folded_text_lead_back(text: str) -> None:
    plain, places = folded(text)
    if places is None:
        assert len(plain) == len(text)
        places_list = list(range(len(text) + 1))
    else:
        places_list = places.tolist()
    assert len(places_list) == len(plain) + 1
    assert places_list[-1] == len(text)
    assert all(a < b for a, b in itertools.pairwise(places_list))
    for letter, place in zip(plain, places_list, strict=False):
        # Each kept letter is what the letter at its place folds to by itself.
        assert folded(text[place])[0] == letter


@STEADY
@given(ANY_TEXT)
def test_folding_is_stable_and_drops_the_invisible(text: str) -> None:
    once = folded(text)[0]
    assert folded(once)[0] == once
    assert not set(once) & set("\u200b\u200d\u202e\u2066\ufeff\ufe0f\u20e3\x00")


def test_look_alike_letters_and_dashes_are_read_as_latin() -> None:
    assert folded("Тоm ０７ ⑤ 🅰🅱 а\u200bb")[0] == "Tom 07 5 AB ab"
    assert folded("a\u2010b\u2011c\u2012d\u2013e\u2014f\u2212g\u30fch")[0] == "a-b-c-d-e-f-g-h"


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_no_text_stops_the_reader(name: str) -> None:
    text = BAD_TEXTS[name]
    plain, places = folded(repaired(text))
    assert places is None or len(places) == len(plain) + 1


def test_every_spelling_folds_to_plain_ascii() -> None:
    assert all(folded(spelling)[0].isascii() for spelling in SPELLINGS)


@STEADY
@given(
    st.text(
        st.sampled_from(
            "aZ9 .\n\u2019\u201c\u201d\u2022\u00e1\u00c3\u00e2"
            "\u0431\u03b1\u00b1\u20ac\ufeff\uff11\u200b"
        )
    )
)
def test_what_is_passed_over_is_what_the_library_would_leave(text: str) -> None:
    plain = ftfy.TextFixerConfig(
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        normalization=None,
        explain=False,
    )
    assert repaired(text) == (text if text.isascii() else ftfy.fix_text(text, plain))
