"""How much more several pairs of texts say than one: evidence between two blocks of ads."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from inktrace.authors.clusters import Evidence

_SEED = 2021
_SIZES = ((1, 1), (1, 2), (1, 4), (2, 2), (2, 4), (4, 4))
# Start and limits of the gain per doubling of pairs; 0.3 was found on planted training worlds.
START_GAIN = 0.3
_LEAST_GAIN, _MOST_GAIN = 0.0, 0.6
_RIDGE = 0.02


def gained_evidence(
    mean: np.ndarray, pairs: np.ndarray, gain: float, most_log10_lr: float
) -> np.ndarray:
    """Evidence of a mean over several pairs: it grows by `gain` of itself per doubling.

    Pairs of texts of the same two blocks are far from independent, so it never grows as their
    sum would, and never beyond `most_log10_lr`: two people who copy one another do so in all
    their texts, and more of them prove nothing.
    """
    grown = mean * (1.0 + gain * np.log2(np.maximum(pairs, 1)))
    return np.asarray(np.clip(grown, -most_log10_lr, most_log10_lr))


def fitted_gain(
    label: np.ndarray, evidence: Evidence, prior_authors: float, most_log10_lr: float
) -> float:
    """The gain per doubling, from blocks cut out of labelled authors' own texts.

    Blocks of 1 to 4 texts of one known author, against blocks of two known authors; the gain
    under which they are best told apart and calibrated (logistic loss, classes balanced), leaning
    on the start value by as much as labels are few.
    """
    random = np.random.default_rng(_SEED)
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    starts = np.flatnonzero(np.diff(label[order], prepend=-2))
    ends = np.append(starts[1:], len(order))
    means, counts, truths = [], [], []
    authors = int((ends - starts >= 2).sum())
    if authors < 10:
        return START_GAIN
    for size_a, size_b in _SIZES:
        fit = np.flatnonzero(ends - starts >= size_a + size_b)
        enough = np.flatnonzero(ends - starts >= size_b)
        if len(fit) < 5:
            continue
        for same in (True, False):
            rows_a, rows_b = _drawn(starts, ends, fit, enough, size_a, size_b, same, random)
            a = order[np.repeat(rows_a, size_b, axis=1).ravel()]
            b = order[np.tile(rows_b, (1, size_a)).ravel()]
            lr = evidence(np.minimum(a, b), np.maximum(a, b)).reshape(len(rows_a), -1)
            means.append(lr.mean(axis=1))
            counts.append(np.full(len(rows_a), size_a * size_b))
            truths.append(np.full(len(rows_a), same))
    return _best_gain(
        np.concatenate(means), np.concatenate(counts), np.concatenate(truths), authors,
        prior_authors, most_log10_lr,
    )  # fmt: skip


def _drawn(
    starts: np.ndarray,
    ends: np.ndarray,
    fit: np.ndarray,
    enough: np.ndarray,
    size_a: int,
    size_b: int,
    same: bool,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (into the sorted labelled texts) of blocks of one author, or of two."""
    rounds = 3
    who = np.tile(fit, rounds)
    picks = [random.permutation(ends[a] - starts[a])[: size_a + size_b] + starts[a] for a in who]
    drawn = np.stack(picks)
    if same:
        return drawn[:, :size_a], drawn[:, size_a:]
    other = enough[random.integers(0, len(enough), len(who))]
    clash = other == who
    other[clash] = enough[(np.searchsorted(enough, other[clash]) + 1) % len(enough)]
    picks = [random.permutation(ends[b] - starts[b])[:size_b] + starts[b] for b in other]
    kept = other != who
    return drawn[kept, :size_a], np.stack(picks)[kept]


def _best_gain(
    mean: np.ndarray,
    pairs: np.ndarray,
    same: np.ndarray,
    authors: int,
    prior_authors: float,
    most_log10_lr: float,
) -> float:
    weight = np.where(same, 1.0 / same.sum(), 1.0 / (~same).sum())
    lean = _RIDGE + prior_authors / (authors + prior_authors) * 0.1
    best, least = START_GAIN, np.inf
    for gain in np.linspace(_LEAST_GAIN, _MOST_GAIN, 13):
        odds = gained_evidence(mean, pairs, float(gain), most_log10_lr) * np.log(10.0)
        chance = np.clip(expit(np.where(same, odds, -odds)), 1e-12, 1.0)
        loss = float(-(weight * np.log(chance)).sum()) + lean * (gain - START_GAIN) ** 2
        if loss < least - 1e-12:
            best, least = float(gain), loss
    return round(best, 4)
