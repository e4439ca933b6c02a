"""Near-duplicate texts are one template, whatever the order of the ads."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.templates import near_duplicates, text_groups
from inktrace.params import TextsParams

from .strategies import ANY_TEXT, STEADY

PARAMS = TextsParams()
WORDS = "bright quiet room near park desk kitchen clean weekly linen bus garden calm sunny".split()
LONG = (
    "Bright and quiet room near the park, with a desk, fast internet and a shared kitchen. "
    "Fresh linen every week, the bus stops at the door, and the garden is calm in the evening."
)


def groups(*texts: str) -> list[str]:
    return text_groups([f"ad{n}" for n in range(len(texts))], texts, PARAMS)


def shingle_sets(texts: list[str]) -> list[set[str]]:
    """A plain second reading of what a shingle is, for texts of lower-case words."""
    made = []
    for text in texts:
        words = text.split()
        size = PARAMS.shingle_words
        made.append({" ".join(words[k : k + size]) for k in range(max(1, len(words) - size + 1))})
    return made


def test_other_numbers_marks_case_and_punctuation_are_the_same_template() -> None:
    first = LONG + " 500 per night, call ⟦phone⟧ or ⟦name⟧."
    second = LONG.upper().replace(",", " -") + " 750.50 per night!! call ⟦email⟧ or"
    assert len(set(groups(first, second, LONG))) == 1


def test_other_words_are_another_template() -> None:
    other = "Maths and physics tutoring in the evening at your home or online, all school levels."
    assert len(set(groups(LONG, other))) == 2


def test_short_texts_stand_alone_even_when_equal() -> None:
    assert len(set(groups("call me now", "call me now", "", "", "😀", "😀"))) == 6


def test_equal_long_texts_are_one_group_named_by_its_smallest_ad() -> None:
    names = text_groups(["b", "a", "c"], [LONG, LONG, "short"], PARAMS)
    assert names[0] == names[1] != names[2]
    assert names[:1] == text_groups(["a"], [LONG], PARAMS)
    assert all(re.fullmatch("T-[0-9a-f]{10}", name) for name in names)


def test_no_ads_no_groups() -> None:
    assert text_groups([], [], PARAMS) == []


TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=6, max_size=14).map(" ".join),
    min_size=2, max_size=12, unique=True,
)  # fmt: skip


@STEADY
@given(TEXTS)
def test_pairs_are_exactly_alike_enough(texts: list[str]) -> None:
    """Every pair reported overlaps enough, and overlapping texts end in one group."""
    sets = shingle_sets(texts)
    first, second = near_duplicates(texts, PARAMS.shingle_words, PARAMS.template_overlap)
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        assert len(sets[a] & sets[b]) >= PARAMS.template_overlap * len(sets[a] | sets[b]) - 1e-9
    group = groups(*texts)
    for a in range(len(texts)):
        for b in range(a):
            # Well above the threshold, where MinHash practically never misses a pair.
            if len(sets[a] & sets[b]) >= 0.75 * len(sets[a] | sets[b]):
                assert group[a] == group[b], (texts[a], texts[b])


@STEADY
@given(st.lists(st.one_of(ANY_TEXT, TEXTS.map(" ".join)), max_size=8), st.randoms())
def test_the_order_of_ads_does_not_matter(texts: list[str], random: object) -> None:
    ids = [f"ad{n}" for n in range(len(texts))]
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = dict(zip(ids, text_groups(ids, texts, PARAMS), strict=True))
    shuffled = text_groups([ids[k] for k in order], [texts[k] for k in order], PARAMS)
    assert [straight[ids[k]] for k in order] == shuffled


@pytest.mark.parametrize("copies", [2, 50])
def test_lightly_edited_copies_are_one_group(copies: int) -> None:
    """A shingle whose hash was the least under every seed once hid one copy from the others."""
    words = (LONG + " " + LONG.replace("room", "flat")).split()
    texts = [" ".join([*words, f"extra{'x' * n}"]) for n in range(copies)]
    assert len(set(groups(*texts))) == 1


def test_near_duplicates_of_nothing() -> None:
    for texts in ([], ["one"]):
        first, second = near_duplicates(texts, 3, 0.5)
        assert first.dtype == second.dtype == np.int64
        assert not len(first)
