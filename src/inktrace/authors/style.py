"""The style of every text of a workspace, and how alike two of them are.

A likeness is told against a cohort of other texts (AS-norm): raw cosine says two texts share
phrases; the normalised one says they share more than either does with the texts most like it,
which is what separates authors in the tail that counts (and raw cosine beside it added nothing
on held-out authors).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from inktrace.authors.habits import habit_ranks, habit_table
from inktrace.authors.vectors import VIEWS, bare_text, row_products, view_matrices

_MEASURES: Final = (*VIEWS, "habits")
FEATURES: Final = (
    *(f"{measure}_normalised" for measure in _MEASURES),
    "habit_difference",
    "shorter_length",
    "length_difference",
    "letters_normalised_by_length",
    "words_normalised_by_length",
)
_LEAST_SPREAD: Final = 1e-3


@dataclass(frozen=True)
class StyleSpace:
    """All texts in every view, with each text's standing against the cohort.

    `matrices` and `habits` have one row per text; `middle` and `spread` are (texts × measures):
    mean and standard deviation of the text's highest cohort scores. `length` is characters.
    """

    matrices: dict[str, sparse.csr_matrix]
    habits: np.ndarray
    habit_ranks: np.ndarray
    middle: np.ndarray
    spread: np.ndarray
    length: np.ndarray
    cohort_size: int

    def features(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """What speaks for one author of two texts: float64 (pairs × FEATURES), symmetric.

        References: AS-norm after Matejka et al., Interspeech 2017.
        """
        low, high = np.minimum(first, second), np.maximum(first, second)
        raw = [row_products(self.matrices[view], low, high) for view in VIEWS]
        # Summed row by row, so that a pair scores the same in whatever company it is scored.
        raw.append((self.habits[low] * self.habits[high]).sum(axis=1))
        normalised = [
            0.5 * (self._standing(low, k, score) + self._standing(high, k, score))
            for k, score in enumerate(raw)
        ]
        gap = np.abs(self.habit_ranks[low] - self.habit_ranks[high]).mean(axis=1)
        length = np.log1p(np.stack([self.length[low], self.length[high]]))
        shorter = length.min(axis=0)
        by_length = [normalised[k] * (shorter - 6.0) for k in (0, 1)]
        difference = np.abs(length[0] - length[1])
        return np.column_stack([*normalised, gap, shorter, difference, *by_length])

    def _standing(self, texts: np.ndarray, measure: int, score: np.ndarray) -> np.ndarray:
        return np.asarray((score - self.middle[texts, measure]) / self.spread[texts, measure])


def style_space(
    masked_texts: Sequence[str], cohort: np.ndarray, owner: np.ndarray, cohort_top: int
) -> StyleSpace:
    """Measure every text's style and its standing against the cohort.

    `cohort`: row numbers of the texts that serve as other authors; `owner`: int64 per text, texts
    with the same owner are never each other's cohort; `cohort_top`: how many of a text's highest
    cohort scores set its middle and spread.
    """
    texts = [bare_text(text) for text in masked_texts]
    matrices = view_matrices(texts)
    ranks = habit_ranks(habit_table(texts))
    sizes = np.sqrt(np.einsum("ij,ij->i", ranks, ranks))
    habits = ranks / np.maximum(sizes, 1e-12)[:, None]
    stands = [_standings(matrices[view], cohort, owner, cohort_top) for view in VIEWS]
    stands.append(_standings(sparse.csr_matrix(habits), cohort, owner, cohort_top))
    length = np.fromiter((len(text) for text in texts), np.float64, len(texts))
    middle = np.column_stack([middle for middle, _ in stands])
    spread = np.column_stack([spread for _, spread in stands])
    return StyleSpace(matrices, habits, ranks, middle, spread, length, len(cohort))


def _standings(
    matrix: sparse.csr_matrix, cohort: np.ndarray, owner: np.ndarray, top: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each row's highest scores against the cohort."""
    size = matrix.shape[0]
    middle, spread = np.zeros(size), np.ones(size)
    top = max(1, min(top, len(cohort) // 4))
    if len(cohort) < 8:
        return middle, spread
    others = matrix[cohort].T.tocsr()
    is_dense = matrix.nnz > 0.3 * size * max(matrix.shape[1], 1)
    dense_others = others.toarray() if is_dense else None
    for start in range(0, size, 1000):
        rows = slice(start, min(start + 1000, size))
        piece = matrix[rows]
        scores = (
            piece.toarray() @ dense_others
            if dense_others is not None
            else (piece @ others).toarray()
        )
        scores[owner[rows, None] == owner[cohort][None, :]] = -np.inf
        best = np.partition(scores, scores.shape[1] - top, axis=1)[:, -top:].astype(np.float64)
        kept = np.isfinite(best)
        count = np.maximum(kept.sum(axis=1), 1)
        best = np.where(kept, best, 0.0)
        mean = best.sum(axis=1) / count
        variance = (np.where(kept, (best - mean[:, None]) ** 2, 0.0)).sum(axis=1) / count
        middle[rows], spread[rows] = mean, np.sqrt(variance)
    # A text like nothing else has no spread of its own; it gets at least a tenth of the usual.
    usual = float(np.median(spread)) if size else 1.0
    return middle, np.maximum(spread, max(0.1 * usual, _LEAST_SPREAD))
