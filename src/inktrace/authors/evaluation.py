"""How good same-author scores and clusters are: the figures every report quotes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

FALSE_POSITIVE_RATES: Final = (0.01, 0.001, 0.0001)


def evaluate_authors(
    log10_lr: np.ndarray, same_author: np.ndarray, *, weights: np.ndarray | None = None
) -> dict[str, Any]:
    """How well pair scores tell one author from two.

    `log10_lr` float64, `same_author` bool and optional population `weights`, one per pair.
    Returns pairs, auc, tpr_at_fpr (at 1%, 0.1%, 0.01%), cllr, cllr_min. Cllr: 0 = perfect,
    1 = says nothing; Cllr less Cllr-min is what better calibration alone could gain.
    References: Brümmer & du Preez 2006 (Cllr); Fawcett 2006 (ROC).
    """
    score = np.asarray(log10_lr, np.float64)
    same = np.asarray(same_author, bool)
    weight = np.ones(len(score)) if weights is None else np.asarray(weights, np.float64)
    if not same.any() or same.all():
        return {"pairs": len(score), "auc": None, "tpr_at_fpr": {}, "cllr": None, "cllr_min": None}
    positive = np.where(same, weight, 0.0) / weight[same].sum()
    negative = np.where(same, 0.0, weight) / weight[~same].sum()
    false, true = roc_curve(score, positive, negative)
    return {
        "pairs": len(score),
        "auc": round(float(np.trapezoid(true, false)), 5),
        "tpr_at_fpr": {
            f"{rate:g}": round(rate_at(false, true, rate), 5) for rate in FALSE_POSITIVE_RATES
        },
        "cllr": round(cllr(score, positive, negative), 5),
        "cllr_min": round(cllr(best_calibrated(score, same, positive, negative), positive,
                                negative), 5),
    }  # fmt: skip


def evaluate_clusters(cluster: np.ndarray, author: np.ndarray) -> dict[str, Any]:
    """Of pairs put together, how many have one author; of pairs with one author, how many
    were put together.

    Both arrays int64 (or str), one entry per ad.
    """
    _, c = np.unique(cluster, return_inverse=True)
    _, a = np.unique(author, return_inverse=True)
    both = np.unique(c.astype(np.int64) * (a.max(initial=0) + 1) + a, return_counts=True)[1]
    together, true = _pairs(np.bincount(c)), _pairs(np.bincount(a))
    right = _pairs(both)
    return {
        "pair_precision": round(right / together, 5) if together else None,
        "pair_recall": round(right / true, 5) if true else None,
        "clusters": int(c.max(initial=-1) + 1),
        "authors": int(a.max(initial=-1) + 1),
    }


def r_precision(scores: np.ndarray, author: np.ndarray) -> float:
    """Mean share of an author's R other texts among a text's R best: 1 = all found first.

    `scores`: symmetric (texts × texts); texts whose author has no other text are left out.
    """
    _, number, count = np.unique(author, return_inverse=True, return_counts=True)
    shares = []
    for row in np.flatnonzero(count[number] > 1):
        wanted = int(count[number[row]]) - 1
        line = scores[row].astype(np.float64).copy()
        line[row] = -np.inf
        best = np.lexsort((np.arange(len(line)), -line))[:wanted]
        shares.append(float((number[best] == number[row]).mean()))
    return float(np.mean(shares)) if shares else float("nan")


def _pairs(sizes: np.ndarray) -> float:
    return float((sizes.astype(np.float64) * (sizes - 1.0) / 2.0).sum())


def roc_curve(
    score: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """False and true-positive rates at each threshold, from (0, 0) up to (1, 1).

    `positive` and `negative`: weight of each pair in its class, 0 in the other, each summing to 1.
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    false = np.concatenate([[0.0], np.cumsum(negative[order])[ends]])
    true = np.concatenate([[0.0], np.cumsum(positive[order])[ends]])
    return false, true


def rate_at(false: np.ndarray, true: np.ndarray, rate: float) -> float:
    """The true-positive rate at the last threshold whose false-positive rate is allowed."""
    return float(true[np.searchsorted(false, rate, side="right") - 1])


def cllr(log10_lr: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """The cost of log likelihood ratios in bits: 0 = perfect, 1 = says nothing."""
    natural = log10_lr * np.log(10.0)
    cost = positive @ np.logaddexp(0.0, -natural) + negative @ np.logaddexp(0.0, natural)
    return float(0.5 * cost / np.log(2.0))


def best_calibrated(
    score: np.ndarray, same: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> np.ndarray:
    """The log10 likelihood ratios that pooling adjacent violators makes of the scores."""
    # Ranks, because only order counts and scores a rounding apart would be taken for one and two.
    _, rank = np.unique(score, return_inverse=True)
    share = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(
        rank.astype(np.float64), same.astype(float), sample_weight=positive + negative
    )
    share = np.clip(share, 1e-9, 1.0 - 1e-9)
    return np.asarray(np.log10(share / (1.0 - share)))
