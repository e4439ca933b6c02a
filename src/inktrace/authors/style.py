"""The style of every text of a workspace, and how alike two of them are.

A likeness is told against a cohort of other texts (AS-norm): raw cosine says two texts share
phrases; the normalised one says they share more than either does with the texts most like it,
which is what separates authors in the tail that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from inktrace.authors.habits import habit_ranks, habit_table
from inktrace.authors.kernels import dense_products, row_products, scores_against
from inktrace.authors.steady import dense_scores
from inktrace.authors.vectors import DENSE_VIEWS, THREADS, VIEWS, bare_text, text_views

_MEASURES: Final = (*VIEWS, *DENSE_VIEWS, "habits")
FEATURES: Final = (
    *(f"{measure}_normalised" for measure in _MEASURES),
    "habit_difference",
    "shorter_length",
    "length_difference",
)
_LEAST_SPREAD: Final = 1e-3
# The model was trained on texts of these lengths; a shorter or longer one counts as at the edge.
_LENGTHS: Final = (np.log1p(30.0), np.log1p(1500.0))
_LEAST_TOP, _TOP_SHARE = 8, 0.08
_ROWS: Final = 1000
_PAIRS: Final = 20_000


@dataclass(frozen=True)
class StyleSpace:
    """All texts in every view, with each text's standing against the cohort.

    `matrices`, `dense`, `habits` and `habit_ranks` have one row per text; `middle` and `spread`
    are (texts × measures): mean and standard deviation of the text's highest cohort scores.
    `length` is characters; `words` is for finding neighbours only.
    """

    matrices: dict[str, sparse.csr_matrix]
    words: sparse.csr_matrix
    dense: dict[str, np.ndarray]
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
        parts = [slice(start, start + _PAIRS) for start in range(0, len(low), _PAIRS)]
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(lambda part: self._features(low[part], high[part]), parts))
        return np.concatenate([np.zeros((0, len(FEATURES))), *found])

    def _features(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        raw = [row_products(self.matrices[view], low, high) for view in VIEWS]
        raw += [dense_products(self.dense[view], low, high) for view in DENSE_VIEWS]
        raw.append(dense_products(self.habits, low, high))
        normalised = [
            0.5 * (self._standing(low, k, score) + self._standing(high, k, score))
            for k, score in enumerate(raw)
        ]
        gap = np.abs(self.habit_ranks[low] - self.habit_ranks[high]).mean(axis=1)
        length = np.clip(np.log1p(np.stack([self.length[low], self.length[high]])), *_LENGTHS)
        shorter = length.min(axis=0)
        difference = np.abs(length[0] - length[1])
        return np.column_stack([*normalised, gap, shorter, difference])

    def _standing(self, texts: np.ndarray, measure: int, score: np.ndarray) -> np.ndarray:
        return np.asarray((score - self.middle[texts, measure]) / self.spread[texts, measure])


def style_space(masked_texts: Sequence[str], cohort: np.ndarray, cohort_top: int) -> StyleSpace:
    """Measure every text's style and its standing against the cohort.

    `cohort`: row numbers of the texts that serve as other authors, a text itself excepted;
    `cohort_top`: how many of a text's highest cohort scores, and at most a twelfth of the cohort,
    set its middle and spread.
    """
    texts = [bare_text(text) for text in masked_texts]
    with ThreadPoolExecutor(1) as aside:
        # Counting habits keeps the interpreter busy, the rest mostly the compiled loops.
        counted = aside.submit(habit_table, texts)
        views = text_views(texts)
        stands = [
            _standings(_sparse_scores(views.ngrams[view], cohort), cohort, len(texts), cohort_top)
            for view in VIEWS
        ]
        ranks = habit_ranks(counted.result()).astype(np.float32)
    sizes = np.sqrt(np.einsum("ij,ij->i", ranks, ranks))
    habits = ranks / np.maximum(sizes, 1e-12)[:, None]
    stands += [
        _standings(_dense_scores(rows, cohort), cohort, len(texts), cohort_top)
        for rows in (*(views.dense[view] for view in DENSE_VIEWS), habits)
    ]
    length = np.fromiter((len(text) for text in texts), np.float64, len(texts))
    middle = np.column_stack([middle for middle, _ in stands])
    spread = np.column_stack([spread for _, spread in stands])
    return StyleSpace(
        views.ngrams, views.words, views.dense, habits, ranks, middle, spread, length, len(cohort)
    )


Scores = Callable[[slice], np.ndarray]


def _sparse_scores(matrix: sparse.csr_matrix, cohort: np.ndarray) -> Scores:
    others = matrix[cohort].tocsc()
    return lambda rows: scores_against(matrix[rows], others)


def _dense_scores(matrix: np.ndarray, cohort: np.ndarray) -> Scores:
    others = np.ascontiguousarray(matrix[cohort].T)
    return lambda rows: dense_scores(matrix[rows], others)


def _standings(
    scores: Scores, cohort: np.ndarray, size: int, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each row's highest scores against the cohort."""
    if len(cohort) < _LEAST_TOP:
        return np.zeros(size), np.ones(size)
    top = min(most, max(_LEAST_TOP, round(_TOP_SHARE * len(cohort))))

    def standing(start: int) -> tuple[np.ndarray, np.ndarray]:
        rows = slice(start, min(start + _ROWS, size))
        found = scores(rows)
        found[np.arange(rows.start, rows.stop)[:, None] == cohort] = -np.inf
        best = np.partition(found, found.shape[1] - top, axis=1)[:, -top:].astype(np.float64)
        best.sort(axis=1)
        kept = np.isfinite(best)
        count = np.maximum(kept.sum(axis=1), 1)
        best = np.where(kept, best, 0.0)
        mean = best.sum(axis=1) / count
        variance = (np.where(kept, (best - mean[:, None]) ** 2, 0.0)).sum(axis=1) / count
        return mean, np.sqrt(variance)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(standing, range(0, size, _ROWS)))
    middle = np.concatenate([mean for mean, _ in found])
    spread = np.concatenate([deviation for _, deviation in found])
    # A text like nothing else has no spread of its own; it gets at least a tenth of the usual.
    usual = float(np.median(spread)) if size else 1.0
    return middle, np.maximum(spread, max(0.1 * usual, _LEAST_SPREAD))
