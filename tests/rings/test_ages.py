"""Ages under 18 are seen in numbers, words, school and codes; what keeps the young away is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.rings.ages import ages_in


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("I am seventeen years old and can cook", 17),
        ("I'm only sixteen", 16),
        ("ako po si Bea, labing-pito anyos", 17),
        ("labimpitong taong gulang na po", 17),
        ("tengo diecisiete años", 17),
        ("ask for Ella (16)", 16),
        ("Carla here, 15", 15),
        ("she is 1️⃣7️⃣ yrs old", 17),
        ("１７ yo, helper", 17),
        ("age: 16", 16),
        ("Edad - 16", 16),
        ("AGE:17, new here", 17),
        ("my girls Lia and Mia, new in town, age 16", 16),
        ("our new girls are 16 and 17 years old", 16),
        ("girls 16-19 yrs old", 16),
        ("16 na taong gulang po", 16),
        ("labing anim na taong gulang", 16),
        ("she is 1\u200b6 and sweet", 16),
        ("she is six\u00adteen", 16),
        ("turning 18 next month", 17),
        ("wala pang 18", 17),
    ],
)
def test_an_age_in_numbers_or_words_is_stated(text, age):
    found = ages_in(text)
    assert found.youngest == age
    assert found.young_words


@pytest.mark.parametrize(
    "text",
    [
        "I am still in high school",
        "she is a high school student",
        "grade 10 pa lang po ako",
        "estudyante po ako ng high school",
        "soy menor de edad",
        "I am a minor",
    ],
)
def test_words_of_school_and_minority_imply_an_age(text):
    found = ages_in(text)
    assert found.youngest is None
    assert found.implied


@pytest.mark.parametrize(
    "text",
    [
        "no under 18",
        "18+ only",
        "must be over 18",
        "clients must be 18 years old and above",
        "you must be at least 18",
        "no one under 18 please",
        "if you are under 18 leave",
        "under 17 years old not allowed",
        "no minors",
        "we have no underage",
        "bawal ang 17 anyos pababa",
        "all of us are over 18 years old",
        "I am 18 years old",
        "I am eighteen",
        "height 17 hands",
        "size 17",
        "I am 17 km away",
        "only 15 slots left",
        "open until 17:00",
        "I am a high school teacher",
        "she is a high school graduate",
        "tutor for high school students",
        "grade 10 math lessons",
        "I teach seventeen pupils",
        "my daughters are 15 and 16 years old",
        "tutor for ages 9-12 years old",
        "page 16",
        "average: 16",
        "my daughter is 17 years old",
        "17 years in the business",
        "call 0917 123 4567",
        "",
    ],
)
def test_what_keeps_the_young_away_or_is_no_age_is_not_counted(text):
    found = ages_in(text)
    assert (found.youngest, found.implied) == (None, "")


def test_codes_of_published_lists_are_named_but_state_nothing():
    found = ages_in("good service 🍒 💗")
    assert found.codes == ("cherries", "growing heart")
    assert (found.youngest, found.implied) == (None, "")


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    found = ages_in(text)
    assert found.youngest is None or 8 <= found.youngest < 18


@given(st.integers(18, 79))
def test_no_adult_age_is_young(age):
    for text in (f"I am {age} years old", f"ask for Ana ({age})", f"edad {age}"):
        found = ages_in(text)
        assert found.youngest is None
        assert found.stated == {age}
