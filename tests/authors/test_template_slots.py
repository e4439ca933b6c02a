"""What is fixed in a template, and what its users fill in."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.authors.slots import Slot, Template, template_slots

STEADY = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
FORM = "Room for {0} people near the {1} , {2} per week , clean and quiet"


def test_slots_stand_between_the_fixed_words() -> None:
    texts = [
        FORM.format("two", "park", "500"),
        FORM.format("two", "old market", "500").replace("Room", "ROOM"),
        FORM.format("three", "park", "700"),
    ]
    assert template_slots(texts) == Template(
        (
            "ROOM for",
            Slot((("two", 2), ("three", 1))),
            "people near the",
            Slot((("park", 2), ("old market", 1))),
            ",",
            Slot((("500", 2), ("700", 1))),
            "per week , clean and quiet",
        )
    )


def test_shown_on_one_line() -> None:
    texts = [FORM.format("two", "park", price) for price in ("500", "600", "", "700", "800")]
    assert template_slots(texts).shown() == (
        "Room for two people near the park , [–|500|…5 values] per week , clean and quiet"
    )


def test_equal_texts_have_no_slot_and_no_texts_no_template() -> None:
    assert template_slots(["Clean room.", "clean  ROOM."]).parts == ("Clean room .",)
    assert template_slots([]).parts == ()
    assert template_slots(["", ""]).parts == ()


def test_counts_may_be_given() -> None:
    found = template_slots({"a room for one": 3, "a room for two": 4})
    assert found.slots() == [Slot((("two", 4), ("one", 3)))]


def test_words_in_another_order_are_not_both_fixed() -> None:
    found = template_slots(["red green blue end", "green red blue end"])
    assert found.fixed_words() in (["red", "blue", "end"], ["green", "blue", "end"])


def test_texts_with_nothing_in_common_are_one_slot() -> None:
    found = template_slots(["one two", "three four"])
    assert found.parts == (Slot((("one two", 1), ("three four", 1))),)


WORDS = st.lists(st.sampled_from("room for two near the park and a a . ,".split()), max_size=9)


@STEADY
@given(st.lists(WORDS, min_size=1, max_size=6), st.randoms())
def test_every_text_is_the_fixed_words_with_one_value_in_each_slot(
    lines: list[list[str]], random: object
) -> None:
    texts = [" ".join(words) for words in lines]
    found = template_slots(texts)
    for slot in found.slots():
        assert sum(count for _, count in slot.values) == len(texts)
        assert len({value for value, _ in slot.values}) == len(slot.values)
    for text in texts:
        ends = {0}
        for part in found.parts:
            values = [part] if isinstance(part, str) else [value for value, _ in part.values]
            ends = {
                end + len(value.split())
                for end in ends
                for value in values
                if text.split()[end : end + len(value.split())] == value.split()
            }
        assert len(text.split()) in ends, (text, found)
    random.shuffle(texts)  # type: ignore[attr-defined]
    assert template_slots(texts) == found


def test_words_that_repeat_are_fixed_between_anchors() -> None:
    found = template_slots(["a , red , b , c", "a , blue , b , c", "a , sea green , b , c"])
    assert found.fixed_words() == "a , , b , c".split()


def test_long_texts_that_nest_deeply_are_read() -> None:
    words = [f"w{number}" for number in range(3000)]
    nested = words + words[1:-1][::-1]
    found = template_slots([" ".join(nested), " ".join([*nested, "end"])])
    assert found.slots()
