"""Which pairs of texts are worth scoring: each text's nearest neighbours in two views."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from inktrace.authors.style import StyleSpace


def near_pairs(space: StyleSpace, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts (first < second) of which one is among the other's nearest in style.

    Nearness is the mean cosine of letters and words, each text's own level (its cohort middle)
    taken off by ranking within the text. Two sorted int64 arrays.
    Notes: cost grows with the square of how many texts share an n-gram; n-grams in more than a
    fifth of the texts are no part of the letters view.
    """
    both = sparse.hstack(
        [space.matrices["letters"], space.matrices["words"]], format="csr", dtype=np.float32
    )
    size = both.shape[0]
    if size < 2 or both.nnz == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # One more than wanted: every text is its own nearest neighbour.
    nearest = sp_matmul_topn(both, both.T.tocsr(), top_n=neighbours + 1, n_threads=1).tocoo()
    first, second = nearest.row.astype(np.int64), nearest.col.astype(np.int64)
    return unique_pairs(first, second, size)


def unique_pairs(first: np.ndarray, second: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The pairs with the smaller number first, each once, sorted; a thing with itself is out."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    codes = np.unique(low[low < high] * np.int64(size) + high[low < high])
    return codes // size, codes % size
