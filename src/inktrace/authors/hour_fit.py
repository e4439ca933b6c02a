"""Fitting what hours say: shares of the habits, and how far their evidence is believed."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import logsumexp

from inktrace.authors.posting_hours import (
    DEFAULT_SHARES,
    HOURS,
    SHARPNESS,
    HourEvidence,
    HourModel,
    Sittings,
    counted,
    habit_log_prior,
)
from inktrace.params import AuthorsParams

LEAST_HALF: Final = 2  # sittings in each half of an author
_MOST_AUTHORS: Final = 500  # whose halves are all compared with one another
_ROUNDS: Final = 50
# Fitted on half of the authors of Debian changelogs (evaluation/authors/posting_hours.py).
DEFAULT_SCALE: Final = 0.95
_SCALES: Final = np.linspace(0.0, 1.2, 25)


def shipped_hours(params: AuthorsParams) -> HourModel:
    """The model for workspaces with few known authors: weak, and capped low."""
    return HourModel(DEFAULT_SHARES, DEFAULT_SCALE, params.unfitted_hour_log10_lr, 0)


def fitted_hours(found: Sittings, evidence: HourEvidence, params: AuthorsParams) -> HourModel:
    """The model fitted on the sittings of known authors, leaning on the shipped one.

    `found`: of authors known by contact data. Scale: least Cllr of early against late halves, one
    author's against two authors'. Cap: of n authors, a likelihood ratio beyond n / 3 was never
    tried (rule of three). With fewer than `authors.least_authors` of both halves, as shipped.
    """
    early, late, _ = halves(found, evidence)
    authors = len(early)
    if authors < params.least_authors:
        return shipped_hours(params)
    shares = _fitted_shares(found, evidence, params.prior_authors)
    trial = HourEvidence(
        evidence.habits, HourModel(shares, 1.0, np.inf, authors), evidence.most_sittings
    )
    lr = all_against_all(trial, early, late)
    most = float(np.clip(np.log10(authors / 3.0), 0.0, params.most_hour_log10_lr))
    scale = _fitted_scale(lr, authors, params.prior_authors)
    return HourModel(shares, scale, round(most, 6), authors)


def halves(found: Sittings, evidence: HourEvidence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log likelihoods of each author's earlier and later sittings, and the author of each row.

    Authors with fewer than two sittings in a half are left out, and of many authors an even
    choice is kept. Sittings are numbered in order of time.
    """
    rows = found.first_rows()
    author, code = found.author[rows], found.code[rows]
    names, place, size = np.unique(author, return_inverse=True, return_counts=True)
    starts = np.cumsum(size) - size
    later = np.arange(len(author)) - starts[place] >= size[place] // 2
    kept = np.flatnonzero(size >= 2 * LEAST_HALF)
    if len(kept) > _MOST_AUTHORS:
        kept = kept[np.linspace(0, len(kept) - 1, _MOST_AUTHORS).astype(np.int64)]
    once = Sittings(author, author, found.sitting[rows], code, np.ones(len(rows)))
    counts = counted(once, 2 * place + later, 2 * len(names), evidence.habits.shape[0])
    return (
        evidence.log_likelihood(counts[2 * kept]),
        evidence.log_likelihood(counts[2 * kept + 1]),
        names[kept],
    )


def all_against_all(evidence: HourEvidence, early: np.ndarray, late: np.ndarray) -> np.ndarray:
    """log10 LR of every early half against every late one; one author's lie on the diagonal."""
    return np.stack([evidence.log10_lr(row[None], late) for row in early])


def _fitted_shares(
    found: Sittings, evidence: HourEvidence, prior_authors: float
) -> tuple[float, ...]:
    """Shares of the habits among the authors (expectation maximisation), the prior's as pseudo-
    authors."""
    rows = found.first_rows()
    names, place = np.unique(found.author[rows], return_inverse=True)
    once = Sittings(found.author[rows], place, rows, found.code[rows], np.ones(len(rows)))
    counts = counted(once, place, len(names), evidence.habits.shape[0])
    told = evidence.log_likelihood(counts)
    sizes = np.array([HOURS if sharp else 1 for sharp in SHARPNESS])
    edges = np.cumsum(sizes) - sizes
    start = np.asarray(DEFAULT_SHARES) * max(prior_authors, 1.0)
    shares = np.asarray(DEFAULT_SHARES)
    for _ in range(_ROUNDS):
        joint = told + habit_log_prior(tuple(shares))
        belief = np.exp(joint - logsumexp(joint, axis=1, keepdims=True)).sum(axis=0)
        shares = np.add.reduceat(belief, edges) + start
        shares /= shares.sum()
    return tuple(float(round(share, 6)) for share in shares)


def _fitted_scale(lr: np.ndarray, authors: int, prior_authors: float) -> float:
    """The scale of least Cllr, the shipped one weighing as much as `prior_authors` would."""
    same = np.diag(lr) * np.log(10.0)
    other = lr[~np.eye(authors, dtype=bool)] * np.log(10.0)
    costs = [
        0.5 * (np.logaddexp(0.0, -scale * same).mean() + np.logaddexp(0.0, scale * other).mean())
        + prior_authors / authors * 0.1 * (scale - DEFAULT_SCALE) ** 2
        for scale in _SCALES
    ]
    return float(round(_SCALES[int(np.argmin(costs))], 6))
