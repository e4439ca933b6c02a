"""What two texts have in common is marked where it stands after redaction, or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.redaction.masking import Masker
from inktrace.casefile.redaction.profiles import PROFILES
from inktrace.casefile.redaction.pseudonyms import Pseudonyms
from inktrace.casefile.redaction.spans import moved_spans
from tests.casefile.redaction.test_masking import KNOWN


def place(text, piece):
    at = text.index(piece)
    return (at, at + len(piece))


@pytest.mark.parametrize("piece", ["taong gulang .", "ako poh si", "!!", "si ⟦name⟧"])
def test_a_span_follows_its_words(piece):
    old = "ako poh si ⟦name⟧ 29 taong gulang . (17)!!"
    new = "ako poh si ⟦name⟧ ⟦age-29944ad46522⟧ taong gulang . (⟦age-a33a809df25a⟧)!!"
    [(start, end)] = moved_spans([place(old, piece)], old, new)
    assert new[start:end] == piece


def test_a_span_over_a_replaced_part_reaches_over_the_mark():
    old, new = "ask (29)!! now", "ask (⟦age-1⟧)!! now"
    [(start, end)] = moved_spans([place(old, "(29)!!")], old, new)
    assert new[start:end] == "(⟦age-1⟧)!!"


def test_a_text_that_was_replaced_whole_bears_no_marks():
    assert moved_spans([(0, 3)], "abc def", "text-0123456789ab") == []
    assert moved_spans([(4, 6)], "ask 29", "ask ⟦age-1⟧") == []


@given(st.lists(st.sampled_from(["jessa ", "17 ", "by hand ", "⟦name⟧ ", "ana, ", "!! "])))
def test_no_span_ever_marks_other_words(pieces):
    old = "".join(pieces)
    new = Masker(PROFILES["standard"], Pseudonyms(bytes(32)), KNOWN).free_text(old, "ad1") or ""
    spans = [m.span() for m in re.finditer("by hand", old)]
    moved = moved_spans(spans, old, new)
    assert {new[start:end] for start, end in moved} <= {"by hand"}
    assert len(moved) == len(spans) or "⟦" in new
