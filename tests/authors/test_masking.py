"""No identifier survives masking, and masking changes nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.masking import masked, read_text
from inktrace.authors.phones import phones
from inktrace.authors.repair import folded, repaired

from .strategies import (
    ADS,
    ANY_TEXT,
    BAD_TEXTS,
    IDENTIFIERS,
    PLAIN_WORDS,
    REGIONS,
    SPELLINGS,
    STEADY,
)

NOBODY: frozenset[str] = frozenset()
MARK = re.compile("⟦[a-z]+⟧")


def read_and_masked(text: str) -> str:
    return masked(read_text(text, REGIONS, 400), NOBODY, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call 0917 555 1234 now!", "Call ⟦phone⟧ now!"),
        ("write ana@example.com.", "write ⟦email⟧."),
        ("see www.tidyhomes.com/a?b=1 please", "see ⟦url⟧ please"),
        ("telegram @tidy_ana9, thanks", "telegram ⟦handle⟧, thanks"),
        ("telegram: tidyana\nbye", "telegram: ⟦handle⟧\nbye"),
        ("pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa ok", "pay ⟦bitcoin⟧ ok"),
        ("booking 123456789012345678", "booking ⟦number⟧"),
        ("2 rooms, 500 per day", "2 rooms, 500 per day"),
        ("", ""),
    ],
)
def test_marks_stand_where_identifiers_stood(text: str, expected: str) -> None:
    assert read_and_masked(text) == expected


@STEADY
@given(ADS)
def test_masking_a_masked_text_changes_nothing(text: str) -> None:
    once = read_and_masked(text)
    again = read_text(once, REGIONS, 400)
    assert again.identifiers() == set()
    if repaired(once) == once:
        assert masked(again, NOBODY, ()) == once


@STEADY
@given(
    st.lists(st.sampled_from(PLAIN_WORDS), min_size=2, max_size=8),
    IDENTIFIERS,
    st.lists(st.sampled_from(PLAIN_WORDS), min_size=2, max_size=8),
)
def test_no_identifier_survives_and_all_else_stays(
    before: list[str], identifier: str, after: list[str]
) -> None:
    text = f"{' '.join(before)} {identifier} \n {' '.join(after)}"
    read = read_text(text, REGIONS, 400)
    result = masked(read, NOBODY, ())
    assert len(read.found) == 1, read.found
    assert MARK.search(result)
    assert result.startswith(" ".join(before))
    assert result.endswith(" ".join(after))
    kept = MARK.sub("", result).lower()
    assert not re.search(r"\d{3}|tidyana|tidy_ana|ana.cruz|example", folded(kept)[0])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_digit_of_a_number_survives_in_any_spelling(spelling: str) -> None:
    result = folded(read_and_masked(f"room {spelling} free"))[0]
    assert phones(result, REGIONS) == []
    assert not any(letter.isdigit() for letter in result)
    assert not re.search("zero|nine|siyam|nueve|cinco|lima", result)


@STEADY
@given(ANY_TEXT)
def test_places_are_in_order_and_inside_the_repaired_text(text: str) -> None:
    read = read_text(text, REGIONS, 400)
    assert read.text == repaired(text)
    last = 0
    for item in read.found:
        assert last <= item.start < item.end <= len(read.text)
        last = item.end


@STEADY
@given(ANY_TEXT, st.sampled_from(PLAIN_WORDS))
def test_names_and_places_go_with_the_rest(text: str, word: str) -> None:
    read = read_text(f"{text} \n Maria is in Cebu City, {word}", REGIONS, 400)
    result = masked(read, frozenset({"maria"}), ("Cebu City", None))
    assert "Maria" not in result.rpartition("\n")[2]
    assert "Cebu" not in result.rpartition("\n")[2]
    assert result.endswith(word)


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_no_text_stops_the_masking(name: str) -> None:
    text = BAD_TEXTS[name]
    result = read_and_masked(text)
    assert isinstance(result, str)
    if name == "html":
        assert "<" not in result
        assert "0917" not in result
    if name == "mixed scripts":
        assert "⟦phone⟧" in result
    if name in ("only digits", "digits apart"):
        assert result.strip(" -").startswith("⟦number⟧")
    if name in ("one letter", "one emoji", "family", "accents"):
        assert result == text


def test_one_number_gives_two_texts_the_same_mark_only() -> None:
    first = read_and_masked("Bright room near the park. Call 0917 555 1234.")
    second = read_and_masked("Maths tutoring at home, text +63 917 555 1234")
    other = read_and_masked("Maths tutoring at home, text +63 918 777 4321")
    assert second == other
    assert MARK.findall(first) == MARK.findall(second) == ["⟦phone⟧"]
