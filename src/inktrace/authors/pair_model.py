"""The same-author model: a weighted sum of features, learned here and leaning on a default."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from scipy.special import expit

from inktrace.authors.calibration import Calibration, LengthCalibration
from inktrace.authors.steady import inverse_root, weighted_gram, weighted_sums
from inktrace.authors.style import FEATURES
from inktrace.errors import StageError

DEFAULT_NAME: Final = "default_model.json"
# Text of this many characters carries half its face value of evidence.
_HALF_CHARACTERS: Final = 20.0
_LEAST_RANDOM: Final = 200
# log of the characters of the shorter text: below, weights for short texts; above, for long ones.
_NEAR_SHARES: Final = (0.01, 0.001)  # of strangers' pairs: beyond it, near weights begin, are whole
_NEAR_RIDGE: Final = 2.0  # near pairs are few, so their weights are pulled harder
_LEAST_NEAR: Final = 30
_SHORT, _LONG = float(np.log1p(60.0)), float(np.log1p(800.0))


@dataclass(frozen=True)
class PairModel:
    """Coefficients over standardised features, and calibrations to log10 likelihood ratios.

    `weights` has those of the features for long texts, then those for short ones, then one for
    being long: a pair of middling length lies between the two.
    `near_weights` (the same, then an intercept) come on top for pairs that look alike: not at all
    below log odds of `near_from`, wholly from `near_width` above it. What tells two strangers
    apart is not what tells an author from the one stranger in a thousand who writes like them.
    `calibrations` are (share, calibration) pairs whose shares sum to 1: how far the workspace's
    own calibration and the shipped one are believed. `null_middle` and `null_spread` are the
    median and the upper spread of raw scores of random pairs in the corpus at hand: scores are
    counted from there, so that a calibration made on one kind of text holds on another.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    near_from: float
    near_width: float
    near_weights: tuple[float, ...]
    null_middle: float
    null_spread: float
    calibrations: tuple[tuple[float, LengthCalibration], ...]
    trained_on: str

    def score(self, features: np.ndarray) -> np.ndarray:
        """Each pair's score: spreads of random pairs above their median."""
        return np.asarray((self._raw(features) - self.null_middle) / self.null_spread)

    def settled(self, random_features: np.ndarray) -> PairModel:
        """The model for the corpus that these random pairs come from.

        Notes: the tail of strangers' scores is heavier in one kind of text than in another, and the
        upper spread tells how heavy (with the lower one, stated chances on planted worlds were
        three times too high and on listings half too low). It holds while fewer than one random
        pair in twenty is by one author; beyond that, scores come out too low. With fewer than 200
        pairs the model stays as it is.
        """
        if len(random_features) < _LEAST_RANDOM:
            return self
        middle, high = np.quantile(self._raw(random_features), (0.5, 0.95))
        return dataclasses.replace(
            self,
            null_middle=float(round(middle, 9)),
            null_spread=float(round(max(high - middle, 1e-3), 9)),
        )

    def _raw(self, features: np.ndarray) -> np.ndarray:
        """Log odds of one author on balanced classes."""
        columns = _terms(features, self)
        # Added column by column, so that a pair's last digit does not depend on its neighbours.
        total = np.full(len(features), self.intercept)
        for column, weight in enumerate(self.weights):
            total += weight * columns[:, column]
        near = np.flatnonzero(total > self.near_from)
        more = np.full(len(near), self.near_weights[-1])
        for column, weight in enumerate(self.near_weights[:-1]):
            more += weight * columns[near, column]
        total[near] += more * self._nearness(total[near])
        return np.asarray(total)

    def _nearness(self, log_odds: np.ndarray) -> np.ndarray:
        return np.asarray(np.clip((log_odds - self.near_from) / self.near_width, 0.0, 1.0))

    def log10_lr(self, features: np.ndarray) -> np.ndarray:
        """Calibrated evidence of each pair, shrunk toward 0 where a text is short or missing."""
        score, long = self.score(features), long_share(features)
        lr = np.zeros(len(score))
        for share, calibration in self.calibrations:
            lr += share * calibration.log10_lr(score, long)
        characters = np.expm1(features[:, FEATURES.index("shorter_length")])
        return np.asarray(lr * characters / (characters + _HALF_CHARACTERS))

    def to_json(self) -> dict[str, Any]:
        """The model as a readable document, with the digest of its own content."""
        content = {"features": list(FEATURES), **dataclasses.asdict(self)}
        return {**content, "sha256": _digest(content)}


def _terms(features: np.ndarray, model: PairModel) -> np.ndarray:
    """Columns that the weights belong to: features as far as long, as far as short, how long."""
    scaled = standardised(features, model)
    share = long_share(features)[:, None]
    return np.column_stack([scaled * share, scaled * (1.0 - share), share])


def long_share(features: np.ndarray) -> np.ndarray:
    """How far each pair's shorter text counts as long: 0 at 60 characters, 1 at 800."""
    length = features[:, FEATURES.index("shorter_length")]
    return np.asarray(np.clip((length - _SHORT) / (_LONG - _SHORT), 0.0, 1.0))


def standardised(features: np.ndarray, model: PairModel) -> np.ndarray:
    """Features on the model's scale, each cut to ±10 so that no oddity decides alone."""
    scaled = (features - np.asarray(model.mean)) / np.asarray(model.scale)
    return np.asarray(np.clip(scaled, -10.0, 10.0))


def model_from_json(document: Mapping[str, Any]) -> PairModel:
    """Read a model back. Raises StageError if it was altered or was made for other features."""
    content = json.loads(json.dumps({k: v for k, v in document.items() if k != "sha256"}))
    if tuple(content.pop("features", ())) != FEATURES:
        raise StageError("the author model was made for other features", do="run authors again")
    if _digest({"features": list(FEATURES), **content}) != document.get("sha256"):
        raise StageError("the author model was altered: its digest does not match")
    calibrations = tuple(
        (float(share), LengthCalibration(**{name: _line(line) for name, line in lines.items()}))
        for share, lines in content["calibrations"]
    )
    numbers = {name: tuple(content[name]) for name in ("mean", "scale", "weights", "near_weights")}
    return PairModel(
        **numbers,
        intercept=content["intercept"],
        near_from=content["near_from"],
        near_width=content["near_width"],
        null_middle=content["null_middle"],
        null_spread=content["null_spread"],
        calibrations=calibrations,
        trained_on=content["trained_on"],
    )


def _line(content: Mapping[str, Any]) -> Calibration:
    return Calibration(tuple(content["scores"]), tuple(content["log10_lrs"]))


def default_model() -> PairModel:
    """The model that ships with Inktrace, for workspaces with few labels of their own."""
    text = resources.files("inktrace.authors").joinpath(DEFAULT_NAME).read_text("utf-8")
    return model_from_json(json.loads(text))


def fitted_weights(
    features: np.ndarray,
    same: np.ndarray,
    weight: np.ndarray,
    prior: PairModel,
    ridge: float,
) -> PairModel:
    """Logistic regression on standardised features, pulled toward the prior's coefficients.

    `weight` makes the sample stand for the population; both classes then weigh the same.
    `ridge`: strength of that pull; the loss is the mean over each class. Calibrations are the
    prior's.
    """
    x = np.column_stack([_terms(features, prior), np.ones(len(same))])
    importance = _balanced(same, weight)
    centre = np.array([*prior.weights, prior.intercept])
    beta = _logistic(x, same, importance, centre, ridge, np.zeros(len(same)))
    odds = weighted_sums(x, beta)
    model = dataclasses.replace(prior, weights=_rounded(beta[:-1]), intercept=_rounded(beta)[-1])
    return _with_near_weights(model, x, odds, same, importance, prior, ridge)


def _with_near_weights(
    model: PairModel,
    x: np.ndarray,
    odds: np.ndarray,
    same: np.ndarray,
    importance: np.ndarray,
    prior: PairModel,
    ridge: float,
) -> PairModel:
    """Weights on top for the pairs that look most alike, where both kinds weigh the same again."""
    start, full = _upper_quantiles(odds[~same], importance[~same], _NEAR_SHARES)
    model = dataclasses.replace(
        model, near_from=float(round(start, 9)), near_width=float(round(max(full - start, 0.1), 9))
    )
    near = np.flatnonzero(odds > model.near_from)
    same, importance = same[near], importance[near]
    if min(same.sum(), (~same).sum()) < _LEAST_NEAR:
        return dataclasses.replace(model, near_weights=prior.near_weights)
    # Among strangers as rare as authors, odds are lower by this much.
    rarity = np.log(importance[same].sum() / importance[~same].sum())
    gate = model._nearness(odds[near])[:, None]
    centre = np.asarray(prior.near_weights)
    beta = _logistic(
        x[near] * gate, same, _balanced(same, importance), centre, _NEAR_RIDGE * ridge,
        odds[near] - rarity,
    )  # fmt: skip
    return dataclasses.replace(model, near_weights=_rounded(beta))


def _logistic(
    x: np.ndarray,
    same: np.ndarray,
    importance: np.ndarray,
    centre: np.ndarray,
    ridge: float,
    offset: np.ndarray,
) -> np.ndarray:
    """Coefficients of least logistic loss, pulled toward `centre`.

    Notes: Newton's method on a convex loss; it has one solution and no randomness. Its sums have
    one order, so that the same labels give the same weights on every machine.
    """
    beta, one = centre.copy(), np.ones(len(x))
    for _ in range(50):
        p = expit(weighted_sums(x, beta) + offset)
        slope = importance * (p - same)
        gradient = weighted_gram(slope[:, None], x, one)[0] + ridge * (beta - centre)
        curvature = weighted_gram(x, x, importance * p * (1 - p)) + ridge * np.eye(len(beta))
        root = inverse_root(curvature)
        step = weighted_sums(np.ascontiguousarray(root.T), weighted_sums(root, gradient))
        beta = beta - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(beta)


def _upper_quantiles(
    values: np.ndarray, weight: np.ndarray, shares: tuple[float, ...]
) -> list[float]:
    """The values that these shares of the weight lie above."""
    order = np.argsort(-values, kind="stable")
    above = np.cumsum(weight[order]) / max(float(weight.sum()), 1e-12)
    places = np.minimum(np.searchsorted(above, shares), len(order) - 1)
    return [float(values[order[place]]) for place in places]


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(round(value, 9)) for value in values)


def blank_model(features: np.ndarray) -> PairModel:
    """A model that knows only the features' scale; the start of training a default."""
    mean = tuple(float(value) for value in features.mean(axis=0))
    scale = tuple(float(value) for value in np.maximum(features.std(axis=0), 1e-6))
    flat = Calibration((0.0,), (0.0,))
    none = (0.0,) * (2 * len(FEATURES) + 1)
    return PairModel(
        mean, scale, weights=none, intercept=0.0, near_from=0.0, near_width=1.0,
        near_weights=(*none, 0.0), null_middle=0.0, null_spread=1.0,
        calibrations=((1.0, LengthCalibration(flat, flat)),), trained_on="nothing",
    )  # fmt: skip


def _balanced(same: np.ndarray, weight: np.ndarray) -> np.ndarray:
    importance = np.where(same, weight, 0.0) / max(float(weight[same].sum()), 1e-12)
    importance += np.where(~same, weight, 0.0) / max(float(weight[~same].sum()), 1e-12)
    return importance


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
