"""Hostile characters become visible, and figures become honest sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.casefile.words import (
    duration,
    excerpt,
    false_discovery_sentence,
    own_error,
    probability,
    ratio,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ☂ é", "plain ☂ é"),
        ("a\u200bb", "a␣b"),
        ("\u202eabc", "␣RLO␣abc"),
        ("a\x00b\x1bc", "abc"),
        ("a\r\nb", "a\nb"),
        ("👩\u200d🔧", "👩\u200d🔧"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_what_is_visible_can_be_written_and_reorders_nothing(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not set(shown) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\x00")


def test_excerpts_say_what_is_left_out():
    assert excerpt("a" * 10, 4) == "aaaa… [6 more characters in the exhibits]"
    assert excerpt("aaaa", 4) == "aaaa"


@pytest.mark.parametrize(
    ("log10_lr", "words"),
    [
        (0.3, "about 2.0"),
        (2.0, "about 100"),
        (-1.0, "about 10 for the alternative"),
        (2.18, "about 150"),
        (9, "more than 1,000,000"),
    ],
)
def test_ratio(log10_lr, words):
    assert ratio(log10_lr) == words


def test_an_unmeasured_error_rate_is_not_passed_over():
    assert "must not be used" in false_discovery_sentence(None, 3)
    assert "5 in 100" in false_discovery_sentence(0.05, 20)
    assert "not nil" in false_discovery_sentence(0.0, 20)


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5.0 s"), (600, "10.0 min"), (-90_000, "-25.0 h")]
)
def test_duration(seconds, words):
    assert duration(seconds) == words


def test_the_error_of_one_is_short_and_never_nil():
    assert own_error(0.0312) == "3.1%"
    assert own_error(0.0) == own_error(0.0004) == "below 0.1%"
    assert own_error(None) == "not measured"


def test_a_probability_is_never_rounded_to_what_it_is_not():
    assert probability(0.9999) == "above 0.999"
    assert probability(0.00001) == "below 0.001"
    assert probability(0.25) == "0.250"
    assert (probability(0.0), probability(1.0)) == ("0.000", "1.000")
