"""Error rates of same-author scores, each with an interval over authors: figures and curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.authors.evaluation import (
    FALSE_POSITIVE_RATES,
    best_calibrated,
    cllr,
    rate_at,
    roc_curve,
)

ROUNDS: Final = 200
SEED: Final = 2017
LEAST_BIN_PAIRS: Final = 200  # a bin with fewer says too little to be held against anyone
MOST_GAP: Final = 0.03
_INTERVAL: Final = (2.5, 97.5)
_STATED_EDGES: Final = (
    *(0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0),
)
_PROBABILITY_THRESHOLDS: Final = (0.5, 0.8, 0.9, 0.95, 0.99)
_LR_THRESHOLDS: Final = (1.0, 2.0, 3.0, 4.0)
_CURVE_POINTS: Final = 300


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of texts of known authors: score, truth, weight in its class, the two authors.

    `log10_lr` and `weight` float64, `same` bool, authors int64; one entry per pair.
    """

    log10_lr: np.ndarray
    same: np.ndarray
    weight: np.ndarray
    first_author: np.ndarray
    second_author: np.ndarray

    def chosen(self, kept: np.ndarray) -> ScoredPairs:
        """Only the pairs of a mask, or of row numbers."""
        return ScoredPairs(
            self.log10_lr[kept],
            self.same[kept],
            self.weight[kept],
            self.first_author[kept],
            self.second_author[kept],
        )

    def has_both(self) -> bool:
        """Whether there are same-author pairs and pairs of different authors."""
        return bool(self.same.any() and not self.same.all())

    def class_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights of same-author and of different-author pairs, each summing to 1."""
        return _class_weights(self.weight, self.same)

    def resampled(self, rounds: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """`class_weights` with the authors drawn again with replacement, once per round.

        A pair of two authors counts as often as both were drawn, so that the interval tells how
        the figure would differ with other authors. Rounds that lack one kind are left out.
        References: Efron & Tibshirani 1993; for pairs, Poh, Martin & Bengio 2007.
        """
        authors, number = np.unique(
            np.concatenate([self.first_author, self.second_author]), return_inverse=True
        )
        first, second = number[: len(self.same)], number[len(self.same) :]
        same, other = np.flatnonzero(self.same), np.flatnonzero(~self.same)
        random = np.random.default_rng(seed)
        for _ in range(rounds):
            drawn = np.bincount(
                random.integers(0, len(authors), len(authors)), minlength=len(authors)
            ).astype(np.float64)
            positive, negative = np.zeros(len(number) // 2), np.zeros(len(number) // 2)
            positive[same] = self.weight[same] * drawn[first[same]]
            negative[other] = self.weight[other] * drawn[first[other]] * drawn[second[other]]
            if positive.any() and negative.any():
                yield positive / positive.sum(), negative / negative.sum()


def headline_figures(
    pairs: ScoredPairs, rounds: int = ROUNDS, seed: int = SEED
) -> dict[str, Any] | None:
    """AUC, TPR at each false-positive rate, Cllr and Cllr-min, with 95% intervals over authors.

    Each rate tells how many different-author pairs it was counted on (`false_pairs`): a rate
    that rests on a handful is known no better than that. None where one kind of pair is absent.
    """
    if not pairs.has_both():
        return None
    order = np.argsort(-pairs.log10_lr, kind="stable")
    pairs = pairs.chosen(order)
    positive, negative = pairs.class_weights()
    rates = _Rates(pairs.log10_lr)
    point = rates.of(positive, negative)
    drawn = np.array([rates.of(*weights) for weights in pairs.resampled(rounds, seed)])
    figures = [_with_interval(value, drawn, column) for column, value in enumerate(point)]
    least = cllr(
        best_calibrated(pairs.log10_lr, pairs.same, positive, negative), positive, negative
    )
    return {
        "same_pairs": int(pairs.same.sum()),
        "different_pairs": int((~pairs.same).sum()),
        "authors": len(np.unique(pairs.first_author[pairs.same])),
        "auc": figures[0],
        "tpr_at_fpr": {
            f"{rate:g}": {**figures[2 + place], "false_pairs": _false_pairs(pairs, negative, rate)}
            for place, rate in enumerate(FALSE_POSITIVE_RATES)
        },
        "cllr": figures[1],
        "cllr_min": round(least, 5),
    }


def reliability(
    pairs: ScoredPairs,
    probability: np.ndarray,
    prevalence: float,
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> list[dict[str, Any]]:
    """Stated probability against the share of same-author pairs, where they are `prevalence`.

    `probability` float64, one per pair. A bin is flagged if it holds at least 200 pairs of the
    sample and stated and observed differ by more than 0.03.
    """
    bins = np.clip(np.searchsorted(_STATED_EDGES, probability, side="right") - 1, 0,
                   len(_STATED_EDGES) - 2)  # fmt: skip
    size = len(_STATED_EDGES) - 1

    def observed(weights: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        same = prevalence * np.bincount(bins, weights[0], minlength=size)
        other = (1.0 - prevalence) * np.bincount(bins, weights[1], minlength=size)
        with np.errstate(invalid="ignore"):
            return np.asarray(same / (same + other))

    positive, negative = pairs.class_weights()
    point = observed((positive, negative))
    drawn = np.array([observed(weights) for weights in pairs.resampled(rounds, seed)])
    population = prevalence * positive + (1.0 - prevalence) * negative
    mass = np.bincount(bins, population, minlength=size)
    stated = np.bincount(bins, population * probability, minlength=size)
    counts = np.bincount(bins, minlength=size)
    same = np.bincount(bins, pairs.same, minlength=size)
    rows = []
    for place in np.flatnonzero((counts > 0) & (mass > 0)).tolist():
        mean = float(stated[place] / mass[place])
        figure = _with_interval(float(point[place]), drawn, place)
        gap = abs(float(point[place]) - mean)
        rows.append(
            {
                "from": _STATED_EDGES[place],
                "to": _STATED_EDGES[place + 1],
                "pairs": int(counts[place]),
                "same_pairs": int(same[place]),
                "stated": round(mean, 6),
                "observed": figure,
                "flagged": bool(counts[place] >= LEAST_BIN_PAIRS and gap > MOST_GAP),
            }
        )
    return rows


def predictive_values(
    pairs: ScoredPairs, probability: np.ndarray, prevalence: float
) -> list[dict[str, Any]]:
    """Of the pairs over a threshold, how many have one author where `prevalence` of all have.

    Both thresholds on the stated probability and on log10 LR. None = no pair is over it.
    """
    positive, negative = pairs.class_weights()
    rows = []
    for kind, score, thresholds in (
        ("probability", probability, _PROBABILITY_THRESHOLDS),
        ("log10_lr", pairs.log10_lr, _LR_THRESHOLDS),
    ):
        for threshold in thresholds:
            over = score >= threshold
            true, false = float(positive[over].sum()), float(negative[over].sum())
            named = prevalence * true + (1.0 - prevalence) * false
            rows.append(
                {
                    "on": kind,
                    "at_least": threshold,
                    "pairs": int(over.sum()),
                    "true_positive_rate": round(true, 6),
                    "false_positive_rate": round(false, 8),
                    "predictive_value": round(prevalence * true / named, 6) if named else None,
                }
            )
    return rows


def error_curves(pairs: ScoredPairs) -> dict[str, Any]:
    """ROC (which also gives the DET) and Tippett curves as lists of numbers.

    `roc`: false and true-positive rates; `tippett`: share of same-author and of different-author
    pairs whose log10 LR is greater than each value.
    """
    positive, negative = pairs.class_weights()
    false, true = roc_curve(pairs.log10_lr, positive, negative)
    kept = _spread(false, true)
    low, high = np.floor(pairs.log10_lr.min()) - 0.5, np.ceil(pairs.log10_lr.max()) + 0.5
    grid = np.linspace(low, high, round((high - low) * 20) + 1)
    return {
        "roc": {"fpr": _rounded(false[kept], 8), "tpr": _rounded(true[kept], 6)},
        "tippett": {
            "log10_lr": _rounded(grid, 4),
            "same": _rounded(_greater(pairs.log10_lr, positive, grid), 6),
            "different": _rounded(_greater(pairs.log10_lr, negative, grid), 8),
        },
    }


def _class_weights(weight: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    positive, negative = np.where(same, weight, 0.0), np.where(same, 0.0, weight)
    return positive / positive.sum(), negative / negative.sum()


class _Rates:
    """AUC, Cllr and the true-positive rates under many weightings of scores, highest first.

    Calibrated scores take few values, so weights are summed by value before anything else.
    """

    def __init__(self, log10_lr: np.ndarray):
        self._starts = np.flatnonzero(np.diff(log10_lr, prepend=np.inf))
        natural = log10_lr[self._starts] * np.log(10.0)
        self._cost = (np.logaddexp(0.0, -natural), np.logaddexp(0.0, natural))

    def of(self, positive: np.ndarray, negative: np.ndarray) -> list[float]:
        same = np.add.reduceat(positive, self._starts)
        other = np.add.reduceat(negative, self._starts)
        true, false = (np.append(0.0, np.cumsum(part)) for part in (same, other))
        cost = same @ self._cost[0] + other @ self._cost[1]
        return [
            float(np.trapezoid(true, false)),
            float(0.5 * cost / np.log(2.0)),
            *(rate_at(false, true, rate) for rate in FALSE_POSITIVE_RATES),
        ]


def _false_pairs(pairs: ScoredPairs, negative: np.ndarray, rate: float) -> int:
    """Different-author pairs at the top that together weigh no more than `rate`."""
    mine = negative[~pairs.same]
    return int(np.searchsorted(np.cumsum(mine), rate * (1.0 + 1e-9), side="right"))


def _with_interval(value: float, drawn: np.ndarray, column: int) -> dict[str, float]:
    known = drawn[:, column] if drawn.size else np.array([value])
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, _INTERVAL) if len(known) else (value, value)
    # In the far tail the drawn values can all lie on one side; the interval still holds the point.
    return {
        "value": round(value, 5),
        "low": round(min(float(low), value), 5),
        "high": round(max(float(high), value), 5),
    }


def _greater(score: np.ndarray, weight: np.ndarray, grid: np.ndarray) -> np.ndarray:
    order = np.argsort(score, kind="stable")
    above = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    return np.asarray(np.clip(above[np.searchsorted(score[order], grid, side="right")], 0.0, 1.0))


def _spread(false: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Points that keep the curve's shape on a plain and on a logarithmic axis alike."""
    plain = np.linspace(0.0, 1.0, _CURVE_POINTS)
    tail = np.logspace(-7.0, 0.0, _CURVE_POINTS)
    places = np.concatenate(
        [
            np.searchsorted(false, plain, side="right") - 1,
            np.searchsorted(false, tail, side="right") - 1,
            np.searchsorted(true, plain, side="left"),
            [0, len(false) - 1],
        ]
    )
    return np.unique(np.clip(places, 0, len(false) - 1))


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [float(value) for value in np.round(values, digits)]
