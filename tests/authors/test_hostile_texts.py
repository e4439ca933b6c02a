"""Reading a text takes work in proportion to its length, whatever was written to slow it down."""

from __future__ import annotations

import time

import pytest

from inktrace.authors.language import sentence_languages
from inktrace.authors.masking import masked, read_text
from inktrace.authors.names import called_names
from inktrace.authors.repair import tricks
from inktrace.authors.slots import template_slots
from inktrace.authors.templates import text_groups
from inktrace.params import TextsParams

REGIONS = ("PH", "US")
PARAMS = TextsParams()

# Each is repeated to the wanted length.
PATTERNS = [
    "a",
    "A",
    "a.",
    "(",
    "1 ",
    "0123456789",
    "<a href=",
    "<a ",
    "</",
    "<!--",
    " ",
    "\n",
    "@",
    "a@a.",
    "www.",
    " at ",
    "a dot ",
    "(at)",
    "one",
    "Il0",
    "⟦",
    "telegram ",
    "fb:",
    "fb at ",
    "a-",
    "a.com/",
    "si ",
    "Ana  ",
    "&#",
    "Ã©",
    "\u0301",
    "\u200b",
    "\u202e",
    "1,",
    "$1,111",
    "+",
    "bc1q",
    "É",
    "ма",
    "a.com/?utm_a&",
    "|",
    "😀",
    "double ",
    "one hundred ",
    "0 then ",
    "f1ve ",
    "0S",
    "1✨",
    "a dot com ",
    "a dot com slash ",
    "www . a . ",
    "hxxp://",
    "[.]",
    "snap me ",
    "venmo ",
    "gcash ",
    "gcash 09175551234 ",
    "cashapp $a",
    "western union to Ana ",
    "T1",
    "0xa",
    "05a",
]
FRAMES = ["{}", "si{}x", "⟦{}⟧", "telegram{}", "1{}1"]


def read(text: str) -> None:
    """Everything that this stage does with one text."""
    seen = masked(read_text(text, REGIONS, PARAMS.phone_checks), frozenset({"ana"}), ("Cebu", None))
    called_names([text])
    sentence_languages(seen)
    tricks(text)
    text_groups(["a", "b"], [seen, seen + " x"], PARAMS)
    template_slots([seen, seen + " x"])


def seconds(text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start


@pytest.mark.parametrize("pattern", PATTERNS)
def test_work_grows_with_length_only(pattern: str) -> None:
    """Eight times the text may take 24 times the work, not the 64 times of a search gone wild."""
    small, large = (pattern * (size // len(pattern)) for size in (3_000, 24_000))
    read(small[:200])
    for frame in FRAMES if len(pattern) == 1 else FRAMES[:1]:
        # What is quick needs no comparison: a search gone wild takes seconds here.
        if seconds(frame.format(large)) > 0.5:
            few, many = (
                min(seconds(frame.format(text)) for _ in range(3)) for text in (small, large)
            )
            assert many < 24 * few + 0.5, frame


@pytest.mark.parametrize(
    "text",
    ["a" * 10_000_000, "😀" * 1_000_000, "0123456789" * 10_000],
    ids=["10 MB of one letter", "a million emoji", "100,000 digits"],
)
def test_huge_texts_are_read(text: str) -> None:
    found = read_text(text, REGIONS, PARAMS.phone_checks)
    assert len(found.text) == len(text)
    assert not found.identifiers()


def test_direction_marks_do_not_hide_a_number_and_stay_in_the_text() -> None:
    found = read_text("call \u202e0917\u202c 555 1234 now", REGIONS, PARAMS.phone_checks)
    assert found.identifiers() == {("phone", "+639175551234")}
    assert masked(found, frozenset(), ()).replace("\u202e", "") == "call ⟦phone⟧ now"
