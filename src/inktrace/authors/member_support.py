"""What holds an ad in its cluster, and how much of it would have to go for the ad to fall out."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.authors.cluster_evidence import gained_evidence
from inktrace.authors.corpus import Corpus
from inktrace.authors.pair_evidence import PairEvidence
from inktrace.params import AuthorsParams

_MOST_OTHERS: Final = 64


def member_support(
    corpus: Corpus, evidence: PairEvidence, rows: np.ndarray, gain: float, params: AuthorsParams
) -> list[dict[str, Any] | None]:
    """Of each ad of a cluster: its mean evidence with the other texts, and the least that would do.

    `rows`: the cluster's ads. None for an ad whose text is the only one. Keys: texts (compared
    with; at most 64, evenly taken), mean_log10_lr, least_mean_log10_lr (below it style alone would
    not join the ad; none where no mean would do), mean_without_best_log10_lr (without the one
    text most like it; none where there is one text only), holds and holds_without_best.
    """
    groups = np.unique(corpus.group[rows])
    # Ads of one text share its answer: a cluster can be thousands of postings of few texts.
    of_group = {own: _support(evidence, own, groups, gain, params) for own in groups.tolist()}
    return [of_group[own] for own in corpus.group[rows].tolist()]


def _support(
    evidence: PairEvidence, own: int, groups: np.ndarray, gain: float, params: AuthorsParams
) -> dict[str, Any] | None:
    others = groups[groups != own]
    if not len(others):
        return None
    chosen = others[np.unique(np.linspace(0, len(others) - 1, _MOST_OTHERS).astype(np.int64))]
    lr = np.sort(evidence.log10_lr(np.minimum(own, chosen), np.maximum(own, chosen)))
    least = _least_mean(evidence, len(lr), gain, params)
    without = float(lr[:-1].mean()) if len(lr) > 1 else None
    least_without = _least_mean(evidence, len(lr) - 1, gain, params) if len(lr) > 1 else None
    return {
        "texts": len(lr),
        "mean_log10_lr": round(float(lr.mean()), 6),
        "least_mean_log10_lr": least,
        "holds": least is not None and float(lr.mean()) >= least,
        "mean_without_best_log10_lr": None if without is None else round(without, 6),
        "holds_without_best": (
            without is not None and least_without is not None and without >= least_without
        ),
    }


def _least_mean(
    evidence: PairEvidence, pairs: int, gain: float, params: AuthorsParams
) -> float | None:
    """The mean evidence at which a join is just allowed; none where the bound forbids it."""
    wanted = np.log10(1.0 / params.most_join_error - 1.0) - evidence.prior_log10_odds()
    if wanted > params.most_log10_lr:
        return None
    count = np.array([min(pairs, params.sampled_pairs)])
    growth = float(gained_evidence(np.array([1e-3]), count, gain, params.most_log10_lr)[0]) / 1e-3
    return round(float(wanted / growth), 6)
