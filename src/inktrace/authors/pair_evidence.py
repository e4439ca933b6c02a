"""What the text of two ads says of one author: style, or a shared template, never both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inktrace.authors.pair_model import PairModel, model_from_json
from inktrace.authors.style import StyleSpace

_CHUNK = 100_000  # pairs whose features are held in memory at once
# With fewer other texts nobody can say what is unusual, so style says nothing.
LEAST_COHORT = 30


@dataclass(frozen=True)
class PairEvidence:
    """Scores pairs of text groups with one model, template weight and prevalence."""

    space: StyleSpace
    model: PairModel
    template_log10_lr: float
    prior_probability: float

    def log10_lr(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """log10 likelihood ratio of each pair of text groups; the same group = same template."""
        lr = np.zeros(len(first))
        if self.space.cohort_size >= LEAST_COHORT:
            for start in range(0, len(first), _CHUNK):
                piece = slice(start, start + _CHUNK)
                lr[piece] = self.model.log10_lr(self.space.features(first[piece], second[piece]))
        template = first == second
        characters = self.space.length[first[template]]
        lr[template] = self.template_log10_lr * characters / (characters + 20.0)
        return np.round(lr, 6)

    def probability(self, log10_lr: np.ndarray) -> np.ndarray:
        """Probability of one author at the workspace's prevalence of same-author pairs."""
        odds = self.prior_log10_odds() + log10_lr
        return np.asarray(1.0 / (1.0 + 10.0**-odds))

    def prior_log10_odds(self) -> float:
        """log10 odds that two ads drawn at random have one author."""
        return float(np.log10(self.prior_probability / (1.0 - self.prior_probability)))

    def calibration_document(self) -> dict[str, Any]:
        """What, besides the model, turns features into probabilities."""
        return {
            "template_log10_lr": self.template_log10_lr,
            "prior_probability": self.prior_probability,
            "least_cohort": LEAST_COHORT,
            "cohort_size": self.space.cohort_size,
        }


def stored_evidence(
    space: StyleSpace, model: Mapping[str, Any], calibration: Mapping[str, Any]
) -> PairEvidence:
    """The evidence as a finished run stored it."""
    return PairEvidence(
        space,
        model_from_json(model),
        float(calibration["template_log10_lr"]),
        float(calibration["prior_probability"]),
    )
