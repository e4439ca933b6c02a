"""Who wrote what: texts to same-author likelihood ratios to author clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from inktrace.authors.stage import AUTHORS_STAGE, REFERRAL_TEXTS_STAGE, TEXTS_STAGE
from inktrace.stage import Stage

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from inktrace.engine import Relations
    from inktrace.params import AuthorsParams
    from inktrace.progress import Progress

__all__ = [
    "REFERRAL_TEXTS_STAGE",
    "STAGES",
    "evaluate_authors",
    "evaluate_workspace",
    "explained_author",
    "explained_pair",
    "score_pairs",
]

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


def evaluate_workspace(
    relations: Relations, params: AuthorsParams, labels: str, most_pairs: int, progress: Progress
) -> dict[str, Any]:
    """Error rates of a labelled workspace; see `authors.author_evaluation`."""
    from inktrace.authors.author_evaluation import evaluate_workspace as evaluate

    return evaluate(relations, params, labels, most_pairs, progress)


def explained_pair(
    relations: Relations, ad_id_a: str, ad_id_b: str, params: AuthorsParams
) -> dict[str, Any]:
    """What two ads say of one author; see `authors.explanation`."""
    from inktrace.authors.explanation import explained_pair as explained

    return explained(relations, ad_id_a, ad_id_b, params)


def explained_author(relations: Relations, author_id: str, params: AuthorsParams) -> dict[str, Any]:
    """Why the ads of a cluster are together; see `authors.explanation`."""
    from inktrace.authors.explanation import explained_author as explained

    return explained(relations, author_id, params)
