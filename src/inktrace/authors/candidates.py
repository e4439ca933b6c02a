"""Which pairs of texts are worth scoring: each text's nearest neighbours in words and in themes."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from inktrace.authors.kernels import csr_of, dense_products
from inktrace.authors.style import StyleSpace
from inktrace.authors.vectors import THREADS

_RARE: Final = 400  # an n-gram in more texts than this finds nobody
_EXACT: Final = 16_000  # up to so many texts every pair is looked at in the themes
_PROBES: Final = 8
_SWEEPS: Final = 4
_WIDER: Final = 3


def near_pairs(space: StyleSpace, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts (first < second) of which one is among the other's nearest in style.

    Half of a text's neighbours are those with which it shares most rare n-grams of letters and
    words, the other half those nearest in the themes of the corpus. Two sorted int64 arrays.
    Notes: the first search costs at most 400 steps for each n-gram of a text. The second is exact
    up to 16,000 texts; beyond, texts are compared within the eight nearest of about √N cells, so
    its (small) cost grows with N√N. Deterministic.
    References: inverted file search after Sivic & Zisserman 2003.
    """
    size = len(space.length)
    if size < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    half = max(1, neighbours // 2)
    by_words, by_themes = _by_rare_ngrams(space, half), _by_themes(space, half)
    first = np.concatenate([by_words[0], by_themes[0]])
    second = np.concatenate([by_words[1], by_themes[1]])
    return unique_pairs(first, second, size)


def unique_pairs(first: np.ndarray, second: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The pairs with the smaller number first, each once, sorted; a thing with itself is out."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    codes = np.unique(low[low < high] * np.int64(size) + high[low < high])
    return codes // size, codes % size


def _by_rare_ngrams(space: StyleSpace, count: int) -> tuple[np.ndarray, np.ndarray]:
    matrices = (space.matrices["letters"], space.words, space.matrices["word_pairs"])
    rare = sparse.hstack([_rare_columns(matrix) for matrix in matrices], format="csr")
    rare.indices, rare.indptr = rare.indices.astype(np.int32), rare.indptr.astype(np.int64)
    if rare.nnz == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # One more than wanted: every text is its own nearest neighbour.
    nearest = sp_matmul_topn(rare, rare.T.tocsr(), top_n=count + 1, n_threads=THREADS).tocoo()
    return nearest.row.astype(np.int64), nearest.col.astype(np.int64)


def _rare_columns(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    spread = np.bincount(matrix.indices, minlength=matrix.shape[1])
    kept = spread <= _RARE
    place = np.cumsum(kept) - 1
    inside = kept[matrix.indices]
    pointers = np.concatenate([[0], np.cumsum(inside)])[matrix.indptr]
    columns = place[matrix.indices[inside]]
    return csr_of(pointers, columns, matrix.data[inside], int(kept.sum()))


def _by_themes(space: StyleSpace, count: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.concatenate([space.dense["fine_themes"], space.dense["broad_themes"]], axis=1)
    if len(rows) <= _EXACT:
        pieces = np.array_split(np.arange(len(rows)), max(1, len(rows) // 1000))
        found = [_nearest(rows, piece, np.arange(len(rows)), count) for piece in pieces]
    else:
        found = [_nearest(rows, *cell, count) for cell in _cells(rows)]
    return (np.concatenate([first for first, _ in found]),
            np.concatenate([second for _, second in found]))  # fmt: skip


def _nearest(
    rows: np.ndarray, asked: np.ndarray, among: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    most = min(count + 1, len(among))
    wide = min(_WIDER * most, len(among))
    # The fast product rounds as threads and processor suit it. So it chooses more than are
    # wanted, and the choice among these is by sums that come out the same everywhere.
    likeness = rows[asked] @ rows[among].T
    best = np.argpartition(likeness, len(among) - wide, axis=1)[:, len(among) - wide :]
    best.sort(axis=1)
    exact = dense_products(rows, np.repeat(asked, wide), among[best.ravel()]).reshape(-1, wide)
    order = np.argsort(-exact, axis=1, kind="stable")[:, :most]
    return np.repeat(asked, most), among[np.take_along_axis(best, order, axis=1).ravel()]


def _cells(rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each cell's texts, and the texts of the cells around it (k-means on unit vectors)."""
    cells = round(len(rows) ** 0.5)
    centres = rows[np.linspace(0, len(rows) - 1, cells).astype(np.int64)].copy()
    sample = rows[:: max(1, len(rows) // (50 * cells))]
    for _ in range(_SWEEPS):
        owner = _owners(sample, centres)
        sums = np.zeros_like(centres)
        np.add.at(sums, owner, sample)
        lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
        alive = lengths > 1e-6  # an empty cell stays where it was
        centres[alive] = sums[alive] / lengths[alive][:, None]
    owner = _owners(rows, centres)
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(cells + 1))
    around = np.argsort(-(centres @ centres.T), axis=1, kind="stable")[:, :_PROBES]
    members = [order[starts[cell] : starts[cell + 1]] for cell in range(cells)]
    return [
        (piece, np.concatenate([members[near] for near in around[cell]]))
        for cell in range(cells)
        for piece in _pieces(members[cell])
    ]


def _pieces(members: np.ndarray) -> list[np.ndarray]:
    return [members[start : start + 1000] for start in range(0, len(members), 1000)]


def _owners(rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [
            np.argmax(rows[start : start + 5000] @ centres.T, axis=1)
            for start in range(0, len(rows), 5000)
        ]
    )
