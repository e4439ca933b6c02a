"""Training pairs from known authors, author-disjoint folds, fitting, and measured error rates."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.authors.calibration import Calibration, LengthCalibration, fitted_calibration
from inktrace.authors.evaluation import evaluate_authors
from inktrace.authors.pair_model import PairModel, fitted_weights, long_share

FOLDS: Final = 3
_PAIRS_PER_AUTHOR: Final = 10
_LEAST_RIDGE: Final = 0.01  # best of 0.001 to 0.1 on held-out authors of the shared listings
_SEED: Final = 2017


@dataclass(frozen=True)
class TrainingPairs:
    """Pairs of texts of known authors: rows, truth, weight in the population, authors."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray
    weight: np.ndarray
    first_author: np.ndarray
    second_author: np.ndarray
    random: np.ndarray  # drawn at random among different authors
    corpus: np.ndarray  # number of the corpus a pair is from

    def authors(self) -> int:
        """Authors with two texts or more."""
        return len(np.unique(self.first_author[self.same]))


def training_pairs(
    author: np.ndarray,
    near_first: np.ndarray,
    near_second: np.ndarray,
    most_negatives: int,
    place: np.ndarray | None = None,
    sure: np.ndarray | None = None,
) -> TrainingPairs:
    """Same-author and different-author pairs among texts whose author is known.

    `author`: int64 per text, -1 = unknown. Same-author pairs: at most 10 an author. Different:
    half drawn at random, half among the nearest neighbours (hard ones); each kind weighted back
    to its share of all pairs, so that the sample stands for the population. With `place`, random
    negatives are drawn within one place; with `sure` (bool per text), only among texts of which
    the labels tell reliably that two authors are two.
    """
    random = np.random.default_rng(_SEED)
    known = np.flatnonzero(author >= 0)
    first, second = _same_pairs(author, known, random)
    same_count = len(first)
    apart = known if sure is None else known[sure[known]]
    usable = np.zeros(len(author), bool)
    usable[apart] = True
    near = usable[near_first] & usable[near_second]
    near &= author[near_first] != author[near_second]
    hard = _at_most(np.flatnonzero(near), most_negatives // 2, random)
    a, b = _random_pairs(author, apart, most_negatives // 2, place, random)
    # A near pair is already in the other half, where it weighs what it should.
    size = np.int64(len(author))
    fresh = ~np.isin(a * size + b, near_first * size + near_second)
    a, b = a[fresh], b[fresh]
    population = max(len(apart) * (len(apart) - 1) / 2.0, 1.0)
    hard_weight = float(near.sum()) / max(len(hard), 1)
    random_weight = max(population - float(near.sum()), 1.0) / max(len(a), 1)
    rows = np.concatenate([first, near_first[hard], a])
    columns = np.concatenate([second, near_second[hard], b])
    weight = np.concatenate(
        [np.ones(same_count), np.full(len(hard), hard_weight), np.full(len(a), random_weight)]
    )
    same = np.zeros(len(rows), bool)
    same[:same_count] = True
    drawn = np.arange(len(rows)) >= same_count + len(hard)
    corpus = np.zeros(len(rows), np.int64)
    return TrainingPairs(rows, columns, same, weight, author[rows], author[columns], drawn, corpus)


def _same_pairs(
    author: np.ndarray, known: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    if not len(known):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = known[np.argsort(author[known], kind="stable")]
    starts = np.flatnonzero(np.diff(author[order], prepend=-2))
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        count = end - start
        if count < 2:
            continue
        if count <= 5:
            a, b = np.triu_indices(count, 1)
        else:
            a = random.integers(0, count, 2 * _PAIRS_PER_AUTHOR)
            b = (a + random.integers(1, count, len(a))) % count
            pairs = np.unique(np.sort(np.stack([a, b], 1), axis=1), axis=0)
            a, b = random.permutation(pairs)[:_PAIRS_PER_AUTHOR].T
        firsts.append(order[start + a])
        seconds.append(order[start + b])
    return np.concatenate(firsts), np.concatenate(seconds)


def _random_pairs(
    author: np.ndarray,
    known: np.ndarray,
    count: int,
    place: np.ndarray | None,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    if len(known) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    a = known[random.integers(0, len(known), 3 * count)]
    b = known[random.integers(0, len(known), 3 * count)]
    kept = author[a] != author[b]
    if place is not None:
        kept &= place[a] == place[b]
    pairs = np.sort(np.stack([a[kept], b[kept]], 1), axis=1)
    pairs = np.unique(pairs, axis=0)
    pairs = random.permutation(pairs)[:count]
    return pairs[:, 0], pairs[:, 1]


def _at_most(rows: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= count else np.sort(random.permutation(rows)[:count])


@dataclass(frozen=True)
class Fit:
    """A fitted model and what author-disjoint cross-validation says of it."""

    model: PairModel
    metrics: dict[str, Any]


def fitted_model(
    features: np.ndarray,
    pairs: TrainingPairs,
    prior: PairModel,
    prior_authors: float,
    most_log10_lr: float,
) -> Fit:
    """Fit coefficients and calibration; measure both on authors the fit never saw.

    `features`: (pairs × FEATURES) of `pairs`. `prior_authors`: how many authors of its own a
    workspace needs before it is believed as much as the prior; 0 ignores the prior's calibration.
    """
    authors = max(pairs.authors(), 1)
    share = authors / (authors + prior_authors)
    fold_a, fold_b = _fold_of(pairs.first_author), _fold_of(pairs.second_author)
    score = np.full(len(features), np.nan)
    ridge = _LEAST_RIDGE / max(share, 1e-3)
    tests = []
    for fold in range(FOLDS):
        train, test = (fold_a != fold) & (fold_b != fold), (fold_a == fold) & (fold_b == fold)
        model = fitted_weights(
            features[train], pairs.same[train], pairs.weight[train], prior, ridge
        )
        tests.append(test)
        for corpus in np.unique(pairs.corpus):
            here = pairs.corpus == corpus
            settled = model.settled(features[here & train & pairs.random])
            score[here & test] = settled.score(features[here & test])
    held_out = np.isfinite(score)
    metrics = _metrics(score, features, pairs, prior, share, most_log10_lr, tests)
    model = fitted_weights(features, pairs.same, pairs.weight, prior, ridge)
    model = model.settled(features[pairs.random & (pairs.corpus == 0)])
    own = _calibrations(score, features, pairs, held_out, most_log10_lr)
    model = _blended(model, own, prior, share)
    return Fit(model, {**metrics, "authors": pairs.authors(), "own_share": round(share, 4)})


def _calibrations(
    score: np.ndarray,
    features: np.ndarray,
    pairs: TrainingPairs,
    chosen: np.ndarray,
    most_log10_lr: float,
) -> LengthCalibration:
    """Calibrations of the chosen pairs' scores, for long texts and for short ones."""
    score, same, weight = score[chosen], pairs.same[chosen], pairs.weight[chosen]
    long = long_share(features[chosen])
    return LengthCalibration(
        _calibration(score, same, weight, long, most_log10_lr),
        _calibration(score, same, weight, 1.0 - long, most_log10_lr),
    )


def _calibration(
    score: np.ndarray, same: np.ndarray, weight: np.ndarray, part: np.ndarray, most_log10_lr: float
) -> Calibration:
    """Calibration of the pairs as far as each takes part."""
    most, told = 10.0**most_log10_lr, part > 0
    if not (told & same).any() or not (told & ~same).any():
        return Calibration((0.0,), (0.0,))
    # Every near pair is in the sample, so the tail is known down to one pair of the population; of
    # what was never seen in n pairs, up to 3/n may still be (the rule of three).
    population = float((weight * part)[~same].sum() / weight[~same].min()) / 3.0
    support = (min(float(part[same].sum()) / 3.0, most), min(population, most))
    return fitted_calibration(score[told], same[told], (weight * part)[told], support)


def _blended(model: PairModel, own: LengthCalibration, prior: PairModel, share: float) -> PairModel:
    inherited = [((1.0 - share) * part, c) for part, c in prior.calibrations if share < 1.0]
    return dataclasses.replace(model, calibrations=((share, own), *inherited))


def _metrics(
    score: np.ndarray,
    features: np.ndarray,
    pairs: TrainingPairs,
    prior: PairModel,
    share: float,
    most_log10_lr: float,
    tests: list[np.ndarray],
) -> dict[str, Any]:
    """Error rates where both the coefficients and the calibration come from other authors."""
    lr, long = np.full(len(score), np.nan), long_share(features)
    for test in tests:
        rest = np.isfinite(score) & ~test
        if not pairs.same[rest].any() or pairs.same[rest].all():
            continue
        own = _calibrations(score, features, pairs, rest, most_log10_lr)
        lr[test] = share * own.log10_lr(score[test], long[test])
        for part, calibration in prior.calibrations:
            lr[test] += (1.0 - share) * part * calibration.log10_lr(score[test], long[test])
    told = np.isfinite(lr)
    if not pairs.same[told].any() or pairs.same[told].all():
        return {"pairs": 0}
    return evaluate_authors(lr[told], pairs.same[told], weights=pairs.weight[told])


def _fold_of(author: np.ndarray) -> np.ndarray:
    # Scrambled, so that neighbouring numbers do not fall into one fold by turns.
    mixed = (author.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray((mixed >> np.uint64(40)) % np.uint64(FOLDS)).astype(np.int64)
