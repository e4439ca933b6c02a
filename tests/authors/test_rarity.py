"""What is shared and rare is listed, with its count and places; what is common never is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors.author_evaluation import shingle_overlap
from inktrace.authors.habit_words import compared_habits
from inktrace.authors.rarity import Holdings, rare_marks, rare_words

A = "Bright room near the old mill, quiet house.. :: ask for the blue gate ⟦phone⟧"
B = "We let a room. ASK FOR the blue gate, :: ⟦phone⟧ near the old mill"
CROWD = [f"room number {n} near the river, call the house" for n in range(400)]


def test_rare_sequences_come_with_counts_and_places():
    texts = [A, B, "she said ask for the blue gate", *CROWD]
    found = {one.sequence: one for one in rare_words(A, B, texts)}
    assert set(found) == {"ask for the blue gate", "near the old mill"}
    gate = found["ask for the blue gate"]
    assert gate.texts == 3
    assert [A[start:end] for start, end in gate.spans_a] == ["ask for the blue gate"]
    assert [B[start:end] for start, end in gate.spans_b] == ["ASK FOR the blue gate"]


def test_what_more_than_one_text_in_a_hundred_holds_is_never_listed():
    common = [f"ask for the blue gate {n}" for n in range(4)]  # with A and B: 6 of 406
    texts = [A, B, *common, *CROWD]
    assert all("blue gate" not in one.sequence for one in rare_words(A, B, texts))
    assert any("old mill" in one.sequence for one in rare_words(A, B, texts))


def test_in_a_small_corpus_nothing_is_rare():
    assert rare_words(A, B, [A, B, *CROWD[:100]]) == []
    assert rare_marks(A, B, [A, B, *CROWD[:100]]) == []


def test_masked_contacts_are_never_shared():
    a, b = "qwertz ⟦phone⟧ uiop", "other ⟦phone⟧ words"
    assert rare_words(a, b, [a, b, *CROWD]) == []
    assert all("x" not in one.sequence for one in rare_marks(a, b, [a, b, *CROWD]))


def test_marks_are_compared_as_they_stand():
    a, b = "lovely view!!~ ask me", "no smokers!!~ thank you"
    found = rare_marks(a, b, [a, b, *CROWD])
    assert [one.sequence for one in found] == ["!!~ "] or [one.sequence for one in found] == ["!!~"]
    assert found[0].texts == 2
    start, end = found[0].spans_a[0]
    assert a[start:end] == found[0].sequence


def test_a_word_is_no_part_of_a_longer_word():
    a, b = "zart und start now", "the start now or zart"
    assert {one.sequence for one in rare_words(a, b, [a, b, *CROWD])} == {"start now", "zart"}


def test_a_text_of_one_word_over_and_over_is_told_once():
    a, b = "la " * 3000, "la, " + "la " * 2500
    found = rare_words(a, b, [a, b, *CROWD])
    assert len(found) == 1
    assert found[0].texts == 2


TEXT = st.text(alphabet="ab ,.!\n⟦phone⟧", max_size=40)


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT)
def test_every_listed_sequence_is_where_it_is_said_to_be(first, second):
    for one in rare_marks(first, second, [first, second, *CROWD]):
        for text, spans in ((first, one.spans_a), (second, one.spans_b)):
            assert spans
            assert all(text[start:end] == one.sequence for start, end in spans)
    for one in rare_words(first, second, [first, second, *CROWD]):
        assert one.spans_a
        assert one.spans_b


@given(st.lists(st.text(alphabet="abc", max_size=6), max_size=20),
       st.text(alphabet="abc", min_size=1, max_size=2))  # fmt: skip
def test_counts_are_those_of_a_plain_search(texts, wanted):
    holding = sum(1 for text in texts if wanted in text)
    assert Holdings(texts).count(wanted, 100) == holding
    assert Holdings(texts).count(wanted, 2) == min(holding, 3)


def test_unusual_habits_in_common_and_habits_apart():
    plain = [f"A room for rent, number {n}. Quiet house." for n in range(100)]
    loud = "ROOM!!! CHEAP!!! CALL!!!"
    both = compared_habits(loud, "FLAT!!! NICE!!! ASK!!!", [*plain, loud])
    assert "exclamation_run" in {one["habit"] for one in both["in_common"]}
    loudness = next(one for one in both["in_common"] if one["habit"] == "exclamation_run")
    assert loudness["side"] == "more"
    assert loudness["share"] == pytest.approx(1 / 101, abs=1e-6)
    apart = compared_habits(loud, plain[3], [*plain, loud])
    assert "exclamation_run" not in {one["habit"] for one in apart["in_common"]}
    assert apart["apart"]


def test_a_trick_that_both_use_is_told() -> None:
    plain = [f"A quiet room number {n} near the park." for n in range(99)]
    hidden = [
        "A qui\u0435t ro\u043em near the park.",
        "Call m\u0435 n\u043ew, a v\u0435ry good room.",
    ]
    both = compared_habits(*hidden, [*plain, *hidden])
    assert "homoglyphs" in {one["habit"] for one in both["in_common"]}
    one = compared_habits(hidden[0], plain[0], [*plain, *hidden])
    assert "homoglyphs" not in {found["habit"] for found in one["in_common"]}


def test_few_texts_make_no_habit_unusual():
    found = compared_habits("A!!!", "B!!!", ["a", "b", "c"])
    assert found["in_common"] == []
    assert found["apart"] == []


def test_overlap_of_word_triples_by_hand():
    texts = ["one two three four", "one two three five", "no", "One, two: three four!"]
    overlap = shingle_overlap(texts, np.array([0, 0, 0, 2]), np.array([1, 2, 3, 2]))
    assert overlap.tolist() == pytest.approx([1 / 3, 0.0, 1.0, 0.0])
