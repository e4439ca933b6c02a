"""E-mail addresses, links and handles: which tie ads together, and which tie nobody."""

from __future__ import annotations

import pytest
from hypothesis import given

from inktrace.authors.contacts import emails, links
from inktrace.authors.handles import handles
from inktrace.authors.masking import read_text
from inktrace.authors.repair import folded

from .strategies import ANY_TEXT, REGIONS, STEADY


def found_in(text: str) -> set[tuple[str, str]]:
    return read_text(text, REGIONS, 400).identifiers()


@pytest.mark.parametrize(
    "text",
    [
        "ana.cruz@example.com",
        "ANA.CRUZ@EXAMPLE.COM",
        "ana.cruz @ example . com",
        "ana.cruz at example dot com",
        "ana.cruz (at) example (dot) com",
        "ana.cruz[at]example[dot]com",
        "ana.cruz arroba example punto com",
        "ana dot cruz at example dot com",
        "ana.cruz＠example．com",
        "ana.cruz\u200b@example.com",
        "аna.cruz@example.com",  # Cyrillic first letter
        "<ana.cruz@example.com>",
        "mailto:ana.cruz@example.com",
        "<a href='mailto:ana.cruz@example.com'>write</a>",
        "write to ana.cruz@example.com.",
        "ana.cruz&#64;example.com",
    ],
)
def test_one_address_in_every_spelling_is_one_identifier(text: str) -> None:
    assert found_in(text) == {("email", "ana.cruz@example.com")}


@pytest.mark.parametrize(
    "text", ["meet at the park", "a@b", "@", "ana@example", "at night. come by", "at 5 dot sharp"]
)
def test_what_is_no_address(text: str) -> None:
    assert emails(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://www.Rooms.example.com/List?id=7", ("url", "rooms.example.com/List?id=7")),
        ("http://rooms.example.com/", ("url", "rooms.example.com")),
        ("tidyhomes.com", ("url", "tidyhomes.com")),
        ("see tidyhomes.com/a, thanks", ("url", "tidyhomes.com/a")),
        ("youtu.example.com/watch?v=9&utm_source=z&fbclid=1#t",
         ("url", "youtu.example.com/watch?v=9")),
        ("https://t.me/tidy_ana", ("handle", "tidy_ana")),
        ("instagram.com/Tidy.Ana/?igshid=3", ("handle", "tidy.ana")),
        ("https://www.tiktok.com/@tidyana", ("handle", "tidyana")),
        ("facebook.com/groups/12", ("url", "facebook.com/groups/12")),
        ("wa.me/message/ABC", ("url", "wa.me/message/ABC")),
        ("wa.me/639175551234", ("phone", "+639175551234")),
    ],
)  # fmt: skip
def test_links(text: str, found: tuple[str, str]) -> None:
    assert found_in(text) == {found}


def test_pages_that_differ_only_in_what_is_asked_are_two() -> None:
    """Strangers' pages must not become one identifier that joins them."""
    first, second = "facebook.com/profile.php?id=1001", "facebook.com/profile.php?id=1002"
    assert found_in(first)
    assert not found_in(first) & found_in(second)
    a, b = "https://youtube.com/watch?v=aa", "https://youtube.com/watch?v=bb"
    assert found_in(a)
    assert not found_in(a) & found_in(b)
    c = "https://api.whatsapp.com/send?phone=639175551234"
    d = "https://api.whatsapp.com/send?phone=639185551234"
    assert found_in(c) == {("phone", "+639175551234")}
    assert found_in(d) == {("phone", "+639185551234")}


@pytest.mark.parametrize("host", ["facebook.com", "www.gmail.com", "https://google.com/", "t.me"])
def test_everybody_s_hosts_are_covered_but_tie_nobody(host: str) -> None:
    read = read_text(f"find us on {host} today", REGIONS, 400)
    assert read.identifiers() == set()
    assert host == "t.me" or [item.kind for item in read.found] == ["site"]


def test_a_missing_space_after_a_full_stop_is_no_host() -> None:
    assert links("very clean.in the city.it is quiet.no pets") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("telegram @tidy_ana", "tidy_ana"),
        ("Telegram id is @Tidyana", "tidyana"),
        ("viber po: tidy77", "tidy77"),
        ("line id: ana77", "ana77"),
        ("ig ana.cruz99", "ana.cruz99"),
        ("@ana_cruz", "ana_cruz"),
    ],
)
def test_handles(text: str, name: str) -> None:
    assert {item.value for item in handles(text)} == {name}
    assert found_in(text) == {("handle", name)}


@pytest.mark.parametrize(
    "text",
    ["line up here", "snap a photo", "signal is good here", "viber 12", "ig", "call me @ 5 pm",
     "message me on messenger anytime", "viber: available anytime"],
)  # fmt: skip
def test_words_that_name_nobody(text: str) -> None:
    assert handles(text) == []


def test_a_word_too_long_for_a_name_is_not_cut_into_one() -> None:
    """Else all who write long words that begin alike would share a handle."""
    assert handles("telegram @" + "a_" * 5_000) == []
    assert handles("telegram id: " + "a_" * 17) == []


@pytest.mark.parametrize(
    "text", ["telegram: tidyana", "FB = Maria", "viber id: tidyana, thanks", "find me @tidyana"]
)
def test_plain_words_in_a_handle_s_place_are_covered_but_tie_nobody(text: str) -> None:
    read = read_text(text, REGIONS, 400)
    assert [item.kind for item in read.found] == ["likely_handle"]
    assert read.identifiers() == set()


@STEADY
@given(ANY_TEXT)
def test_what_is_found_lies_in_the_text(text: str) -> None:
    searched = folded(text)[0]
    for finder in (emails, links, handles):
        for item in finder(searched):
            assert 0 <= item.start < item.end <= len(searched)
            assert item.value == item.value.strip()


@pytest.mark.parametrize("gap", range(180, 262))
def test_an_earlier_at_does_not_cut_an_address_short(gap: int) -> None:
    text = f"@ {'x ' * (gap // 2)}{'x' * (gap % 2)} mail lorna.davao[at]yahoo[dot]com[dot]ph now"
    assert [item.value for item in emails(text)] == ["lorna.davao@yahoo.com.ph"]
