"""Who wrote what: texts to same-author likelihood ratios to author clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from inktrace.authors.stage import AUTHORS_STAGE, TEXTS_STAGE
from inktrace.stage import Stage

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from inktrace.engine import Relations
    from inktrace.params import AuthorsParams

__all__ = ["STAGES", "evaluate_authors", "score_pairs"]

STAGES: Final[tuple[Stage, ...]] = (TEXTS_STAGE, AUTHORS_STAGE)


def score_pairs(relations: Relations, pairs: pa.Table, params: AuthorsParams) -> pa.Table:
    """Same-author evidence for any pairs of ads; see `authors.scoring.score_pairs`."""
    from inktrace.authors.scoring import score_pairs as score

    return score(relations, pairs, params)


def evaluate_authors(
    log10_lr: np.ndarray,
    same_author: np.ndarray,
    *,
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """How well pair scores tell one author from two; see `authors.evaluation`."""
    from inktrace.authors.evaluation import evaluate_authors as evaluate

    return evaluate(log10_lr, same_author, weights=weights)
