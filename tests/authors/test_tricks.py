"""Tricks against plain search are counted, and ordinary writing in other scripts is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors.repair import repaired, tricks

NAMES = {"homoglyphs", "zero_width", "bidi", "keycaps", "fullwidth", "styled"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Clean room near the park", {}),
        ("", {}),
        ("Rооm for rеnt", {"homoglyphs": 3}),
        ("The сор is here", {"homoglyphs": 3}),
        ("Чистая комната рядом с парком, очень тихо", {}),
        ("Καθαρό δωμάτιο κοντά στο πάρκο", {}),
        ("r\u200bo\u200b\u200bom", {"zero_width": 3}),
        ("\u200b" * 5, {"zero_width": 5}),
        ("family 👨‍👩‍👧 welcome", {}),
        ("\u202e4321\u202c", {"bidi": 2}),
        ("call 0️⃣9️⃣ 1\u20e3", {"keycaps": 3}),
        ("Ｒｏｏｍ １２", {"fullwidth": 6}),
        ("𝐑𝐨𝐨𝐦 Ⓡⓞ 🅰", {"styled": 7}),
        ("café, niño, mañana 😀", {}),
        ("temiz odası", {}),
    ],
)
def test_tricks(text: str, found: dict[str, int]) -> None:
    assert tricks(text) == dict.fromkeys(NAMES, 0) | found


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_counted_and_ascii_has_none(text: str) -> None:
    counts = tricks(text)
    assert set(counts) == NAMES
    assert all(0 <= count <= len(text) for count in counts.values())
    assert not any(tricks(text.encode("ascii", "ignore").decode()).values())
    # One more of each is counted as one more.
    more = tricks(f"{text} a\u200bb \u202e Ａ 1\u20e3")
    for name in ("zero_width", "bidi", "fullwidth", "keycaps"):
        assert more[name] == counts[name] + 1


HARMLESS = "aZ 09.,!?'\n\t‘’“”–—…•₱😀✨🏠\ufe0f\u200d\u20e3"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(alphabet=HARMLESS, max_size=30))
def test_texts_that_need_no_repair_are_what_repair_would_give(text: str) -> None:
    # An accented letter sends the text through the full repair, a line of its own keeps it apart.
    assert repaired(text + "\né") == repaired(text) + "\né"
