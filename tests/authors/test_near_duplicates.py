"""Text groups are those that comparing every text with every other would give."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from inktrace.authors.shingles import word_shingles
from inktrace.authors.templates import near_duplicates, text_groups
from inktrace.params import TextsParams

PARAMS = TextsParams()


def made_texts(count: int, seed: int) -> list[str]:
    """Texts of a small vocabulary, a third of them edited copies, some far and some near."""
    chance = random.Random(seed)
    words = [f"{a}{b}" for a in "bdgklmnprst" for b in ("a", "en", "ir", "o", "un")]
    texts: list[list[str]] = []
    for _ in range(count):
        if texts and chance.random() < 0.35:
            copy = list(chance.choice(texts))
            for _ in range(chance.randrange(12)):
                copy[chance.randrange(len(copy))] = chance.choice(words)
            texts.append(copy)
        else:
            texts.append(chance.choices(words, k=chance.randint(8, 80)))
    return [" ".join(words) for words in texts]


def all_pairs(texts: list[str]) -> sparse.coo_matrix:
    """Which texts overlap enough, from the overlap of every pair, by sets of strings."""
    size = PARAMS.shingle_words
    sets = []
    for text in texts:
        words = text.split()
        sets.append({tuple(words[k : k + size]) for k in range(max(1, len(words) - size + 1))})
    names = {name: place for place, name in enumerate(sorted(set().union(*sets)))}
    columns = [names[name] for one in sets for name in one]
    pointers = np.cumsum([0, *map(len, sets)])
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, pointers))
    both = (matrix @ matrix.T).tocoo()
    lengths = np.asarray([len(one) for one in sets])
    union = lengths[both.row] + lengths[both.col] - both.data
    alike = both.data >= PARAMS.template_overlap * union
    return sparse.coo_matrix(
        (np.ones(alike.sum()), (both.row[alike], both.col[alike])), shape=both.shape
    )


def same_grouping(first: list[str], second: np.ndarray) -> bool:
    pairs = set(zip(first, second.tolist(), strict=True))
    return len(pairs) == len(set(first)) == len(set(second.tolist()))


@pytest.mark.parametrize("seed", [1, 2])
def test_groups_are_those_of_all_pairs(seed: int) -> None:
    texts = made_texts(1500, seed)
    _, expected = connected_components(all_pairs(texts), directed=False)
    groups = text_groups([f"ad{n:04d}" for n in range(len(texts))], texts, PARAMS)
    assert 500 < len(set(groups)) < 1300  # many groups, and many texts in groups
    assert same_grouping(groups, expected)


def test_pairs_are_a_forest_of_links_that_hold() -> None:
    texts = sorted(set(made_texts(400, 3)))
    first, second = near_duplicates(texts, PARAMS.shingle_words, PARAMS.template_overlap)
    alike = all_pairs(texts).tocsr()
    assert np.all(np.asarray(alike[first, second]).ravel() == 1)
    count, _ = connected_components(
        sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=alike.shape), directed=False
    )
    assert count == len(texts) - len(first)


def test_many_near_copies_of_one_text_take_one_comparison_each() -> None:
    """50,000 wordings of one template: the work is counted in links, not in pairs."""
    base = made_texts(1, 4)[0].split() * 2
    texts = [" ".join([*base, f"extra{number}"]) for number in range(50_000)]
    first, _ = near_duplicates(texts, PARAMS.shingle_words, PARAMS.template_overlap)
    assert len(first) == len(texts) - 1


def test_all_ads_alike_are_one_group() -> None:
    text = made_texts(1, 5)[0]
    assert len(set(text_groups([f"{n}" for n in range(5000)], [text] * 5000, PARAMS))) == 1


def test_shingles_are_sets_and_the_same_wherever_a_text_stands() -> None:
    found = word_shingles(["a b c d", "b c", "a b c d a b c d", ""], 3)
    sets = [found.values[a:b] for a, b in zip(found.offsets, found.offsets[1:], strict=False)]
    assert [len(one) for one in sets] == [2, 1, 4, 1]
    assert set(sets[0]) < set(sets[2])
    assert all(np.all(np.diff(one.astype(object)) > 0) for one in sets)
    alone = word_shingles(["a b c d"], 3)
    assert alone.values.tolist() == sets[0].tolist()
