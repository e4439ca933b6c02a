"""Names and ages are those of the people advertised, not of pupils, children or things."""

from __future__ import annotations

import pytest

from inktrace.rings.people import people_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is Marie, I clean houses", {"marie"}),
        ("I am Ana and I am 34 years old", {"ana"}),
        ("si Bea po ang maglilinis", {"bea"}),
        ("Carla here, 29, tutor", {"carla"}),
        ("hanapin si Dina edad 31", {"dina"}),
        ("ask for Ella (27) or Fe (33)", {"ella", "fe"}),
        ("Gina po ang pangalan ko 40 anyos", {"gina"}),
        ("room for rent near the market, 24 hours water", set()),
        ("I am available now", set()),
        ("I am very experienced", set()),
        ("", set()),
        ("500 pesos only, call now", set()),
    ],
)
def test_names(text, names):
    assert people_in(text).names == names


@pytest.mark.parametrize(
    "text",
    [
        "I am 17 yrs old, I can clean and wash",
        "Hi, Ana here 16 y/o, ready to work as a helper",
        "ako po si Bea, 15 taong gulang",
        "turning 17 next month, can tutor math",
        "Carla, 14 anyos po",
        "she is 13 and does the laundry",
        "age 17",
        "I'm 17, hardworking",
    ],
)
def test_a_stated_age_under_18_is_seen(text):
    assert people_in(text).youngest is not None


@pytest.mark.parametrize(
    "text",
    [
        "tutor for 12 yr old pupils",
        "I teach children ages 7 to 15 years old",
        "my son is in grade 4 and 10 years old",
        "I am 34 years old with a daughter 9 years old",
        "the house is 15 years old, newly painted",
        "15 years of experience",
        "I am 45, with 16 years experience in repairs",
        "only 15 minutes from the market",
        "just 15 pesos per piece",
        "open from 8 am to 17:00",
        "aircon unit 12 years old but working",
        "looking for tutor for my 13 yo",
        "piano lessons for kids 8 years old and up",
        "must be at least 17 years old",
    ],
)
def test_other_numbers_are_no_ages_of_the_person(text):
    assert people_in(text).youngest is None
