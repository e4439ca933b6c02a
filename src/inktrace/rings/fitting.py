"""Strengths of indicators fitted to what people judged of leads.

A logistic regression that is additive and monotone: no strength may be negative, so nothing that
speaks for a ring can ever lower a score. A ridge holds the strengths to those of the registry, so
few judgements move them little. Each judged lead is scored by a fit that has not seen it.

Wrong when only leads from the top of the list are judged: the points then tell these apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from inktrace.params import RingsParams
from inktrace.rings.points import Measured, Scores, scores_by_strengths
from inktrace.rings.registry import Values

FOLDS: Final = 5
_LN_10: Final = float(np.log(10))
_SEED: Final = 20_170_813


@dataclass(frozen=True)
class Judged:
    """Which leads were judged (row numbers, int64) and whether the verdict supports a ring."""

    rows: np.ndarray
    supports: np.ndarray

    def is_enough(self, params: RingsParams) -> bool:
        """Whether strengths may be fitted: enough judgements, a quarter of them each way."""
        count, yes = len(self.rows), int(self.supports.sum())
        return count >= params.least_judgements and 4 * min(yes, count - yes) >= count


def fitted_strengths(
    decades: Values, supports: np.ndarray, prior: Values, params: RingsParams
) -> Values:
    """Strengths ≥ 0, shape (indicators,), of `decades` (indicators, leads) and verdicts (bool).

    log odds = ln 10 × (constant + Σ strength × decades); the penalty is prior_judgements / 2 ×
    Σ (strength − prior)².
    """
    size = len(prior)
    rows = _LN_10 * np.vstack([decades, np.ones(decades.shape[1])])
    wanted = supports.astype(float)

    def loss(strengths: Values) -> tuple[float, Values]:
        odds = strengths @ rows
        away = strengths[:size] - prior
        value = float(np.logaddexp(0, odds).sum() - odds @ wanted)
        slope = rows @ (expit(odds) - wanted)
        slope[:size] += params.prior_judgements * away
        return value + params.prior_judgements / 2 * float(away @ away), slope

    bounds = [(0.0, None)] * size + [(None, None)]
    found = minimize(loss, np.append(prior, 0.0), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x[:size])


def scores_by_judgements(
    found: Measured, lead_ids: Sequence[str], judged: Judged, params: RingsParams
) -> Scores:
    """Scores of all leads by fitted strengths; judged ones by a fit without their fold."""
    decades, prior = found.decades[:, judged.rows], found.strengths
    strengths = np.repeat(
        fitted_strengths(decades, judged.supports, prior, params)[:, None], len(lead_ids), axis=1
    )
    fold = np.array([_fold(lead_ids[row]) for row in judged.rows.tolist()])
    for number in range(FOLDS):
        others = fold != number
        mine = judged.rows[~others]
        if len(mine):
            without = fitted_strengths(decades[:, others], judged.supports[others], prior, params)
            strengths[:, mine] = without[:, None]
    random = np.random.Generator(np.random.PCG64(_SEED))
    samples = []
    for _ in range(params.bootstrap_rounds):
        drawn = random.integers(len(judged.rows), size=len(judged.rows))
        samples.append(fitted_strengths(decades[:, drawn], judged.supports[drawn], prior, params))
    return scores_by_strengths(found, strengths, np.array(samples))


def _fold(lead_id: str) -> int:
    return int.from_bytes(hashlib.sha256(lead_id.encode()).digest()[:4], "big") % FOLDS
