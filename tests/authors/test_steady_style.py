"""Style comes out the same, digit by digit, whatever runs it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from inktrace.authors.steady import (
    dense_scores,
    eigen,
    gram,
    inverse_root,
    products,
    weighted_gram,
    weighted_sums,
)
from inktrace.authors.themes import themes

RANDOM = np.random.default_rng(3)

STYLE = """
import hashlib, random
import numpy as np
from inktrace.authors.candidates import near_pairs
from inktrace.authors.style import style_space
random.seed(1)
words = [f"word{n}" for n in range(900)]
texts = [" ".join(random.choices(words, k=60)) + "!" * (n % 4) for n in range(700)]
space = style_space(texts, np.arange(0, 700, 2), 40)
pairs = near_pairs(space, 10)
found = [*pairs, space.features(*pairs), space.middle, space.spread, *space.dense.values()]
print(hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in found)).hexdigest())
"""


def test_style_does_not_depend_on_threads_or_processor():
    digests = set()
    for threads, kind in (("1", None), ("4", None), ("1", "Haswell"), ("2", "Prescott")):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        environment |= {"OPENBLAS_CORETYPE": kind} if kind else {}
        ran = subprocess.run(
            [sys.executable, "-c", STYLE], env=environment, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        digests.add(ran.stdout.strip())
    assert len(digests) == 1


@pytest.mark.parametrize("size", [(1, 3), (9, 5), (40, 7), (33, 1)])
def test_products_are_those_of_the_library(size):
    rows = RANDOM.normal(size=size).astype(np.float32)
    matrix = RANDOM.normal(size=(size[1], 6))
    weight = RANDOM.random(size[0])
    wide = rows.astype(np.float64)
    assert np.allclose(gram(rows), wide.T @ wide)
    assert np.allclose(products(rows, matrix), wide @ matrix, atol=1e-5)
    assert np.allclose(dense_scores(rows, rows.T), rows @ rows.T, atol=1e-5)
    assert np.allclose(weighted_gram(wide, wide, weight), (wide * weight[:, None]).T @ wide)
    assert np.allclose(weighted_sums(wide, matrix[:, 0]), wide @ matrix[:, 0])


@pytest.mark.parametrize("size", [1, 2, 17])
def test_eigenvectors_turn_a_matrix_into_its_diagonal(size):
    square = RANDOM.normal(size=(size, size))
    square = square @ square.T
    values, vectors = eigen(square)
    assert np.all(np.diff(values) <= 0)
    assert np.allclose(values, np.linalg.eigvalsh(square)[::-1])
    assert np.allclose(square @ vectors, vectors * values)


def test_dependent_columns_become_zeros():
    rows = RANDOM.normal(size=(30, 4)).astype(np.float32)
    rows[:, 2] = rows[:, 0]
    turned = products(rows, np.ascontiguousarray(inverse_root(gram(rows)).T))
    assert np.allclose(gram(turned), np.diag([1.0, 1.0, 0.0, 1.0]), atol=1e-5)


def test_themes_are_the_singular_value_decomposition():
    dense = (RANDOM.random((60, 90)) * (RANDOM.random((60, 90)) < 0.3)).astype(np.float32)
    twice = sparse.csr_matrix(np.vstack([dense, dense]))
    places, strength = themes(twice, np.arange(120), 119)
    _, wanted, axes = np.linalg.svd(twice.toarray().astype(np.float64), full_matrices=False)
    assert len(strength) == 60  # each text is there twice
    assert np.allclose(strength, wanted[:60], rtol=1e-4)
    inner = twice @ axes[:60].T
    assert np.allclose(places @ places.T, inner @ inner.T, atol=1e-3)


def test_texts_without_words_have_no_themes():
    places, strength = themes(sparse.csr_matrix((20, 30), dtype=np.float32), np.arange(20), 10)
    assert places.shape == (20, 0)
    assert len(strength) == 0
