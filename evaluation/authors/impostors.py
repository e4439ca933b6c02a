"""General impostors: is a pair alike even when only some of its features are looked at?

References: Koppel & Winter, JASIST 2014; Kestemont et al., Expert Systems with Applications 2016.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from inktrace.authors.kernels import csr_of
from inktrace.compiled import compiled

ROUNDS = 50
FEATURE_SHARE = 0.5  # Koppel & Winter: half of the features in each round
CANDIDATES = 250  # of the cohort, the most alike to each text are its possible impostors
IMPOSTORS = 25  # of those, drawn in each round
_SEED = 2014
_TIE = 1e-3


def impostor_shares(
    matrix: sparse.csr_matrix, cohort: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Share of rounds in which a pair is more alike than either is to its impostors, float64.

    `matrix`: TF-IDF of character n-grams, rows of texts; `cohort`: rows that serve as impostors;
    `first`, `second`: rows of the pairs, never equal. Each round keeps a random half of the n-grams
    and compares by min-max likeness; both sides count for half. Plain likeness, at a thousandth of
    its size, breaks ties: else a hundred steps would be too few to tell the tail.
    """
    random = np.random.default_rng(_SEED)
    texts = matrix.shape[0]
    possible = _possible(matrix, cohort)
    share, plain = np.zeros(len(first)), np.zeros(len(first))
    rows = np.repeat(np.arange(texts), IMPOSTORS)
    for _ in range(ROUNDS):
        part = _some_columns(matrix, random.random(matrix.shape[1]) < FEATURE_SHARE)
        drawn = np.argpartition(random.random(possible.shape), IMPOSTORS, axis=1)[:, :IMPOSTORS]
        others = np.take_along_axis(possible, drawn, axis=1).ravel()
        best = _min_max(part, rows, others).reshape(texts, IMPOSTORS).max(axis=1)
        likeness = _min_max(part, first, second)
        # Equal counts: the partner may be among the impostors drawn.
        share += 0.5 * (likeness >= best[first]) + 0.5 * (likeness >= best[second])
        plain += likeness
    return np.asarray((share + _TIE * plain) / ROUNDS)


def _possible(matrix: sparse.csr_matrix, cohort: np.ndarray) -> np.ndarray:
    """The texts of the cohort that are most alike to each text, itself excepted."""
    others, found = matrix[cohort].T.tocsc(), []
    for part in np.array_split(np.arange(matrix.shape[0]), 10):
        likeness = (matrix[part] @ others).toarray()
        likeness[part[:, None] == cohort] = -1.0
        found.append(cohort[np.argpartition(likeness, -CANDIDATES, axis=1)[:, -CANDIDATES:]])
    return np.concatenate(found)


def _some_columns(matrix: sparse.csr_matrix, kept: np.ndarray) -> sparse.csr_matrix:
    inside = kept[matrix.indices]
    pointers = np.concatenate([[0], np.cumsum(inside)])[matrix.indptr]
    return csr_of(pointers, matrix.indices[inside], matrix.data[inside], matrix.shape[1])


def _min_max(matrix: sparse.csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sum of the smaller values over the sum of the larger ones, for pairs of rows."""
    sums = np.asarray(matrix.sum(axis=1), np.float64).ravel()
    smaller = _smaller(
        matrix.indptr.astype(np.int64), matrix.indices, matrix.data.astype(np.float32),
        first.astype(np.int64), second.astype(np.int64),
    )  # fmt: skip
    return np.asarray(smaller / np.maximum(sums[first] + sums[second] - smaller, 1e-12))


@compiled("float64[:](int64[:], int32[:], float32[:], int64[:], int64[:])")
def _smaller(
    pointers: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    sums = np.zeros(len(first), np.float64)
    for pair in range(len(first)):
        i, i_end = pointers[first[pair]], pointers[first[pair] + 1]
        j, j_end = pointers[second[pair]], pointers[second[pair] + 1]
        total = 0.0
        while i < i_end and j < j_end:
            if columns[i] == columns[j]:
                total += min(values[i], values[j])
                i += 1
                j += 1
            elif columns[i] < columns[j]:
                i += 1
            else:
                j += 1
        sums[pair] = total
    return sums
