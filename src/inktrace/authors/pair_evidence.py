"""What the text of two ads says of one author: style, or a shared template, never both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inktrace.authors.pair_model import PairModel, model_from_json
from inktrace.authors.style import StyleSpace
from inktrace.authors.template_belief import (
    TemplateBelief,
    belief_documents,
    beliefs_from_json,
    template_log10_lr,
)

_CHUNK = 100_000  # pairs whose features are held in memory at once
# With fewer other texts nobody can say what is unusual, so style says nothing.
LEAST_COHORT = 30


@dataclass(frozen=True)
class PairEvidence:
    """Scores pairs of text groups with one model, evidence of templates and prevalence.

    `template_log10_lr`: float64 per text group, what two ads of it say; `templates`: the beliefs
    that it comes from.
    """

    space: StyleSpace
    model: PairModel
    template_log10_lr: np.ndarray
    templates: tuple[TemplateBelief, ...]
    prior_probability: float

    def log10_lr(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """log10 likelihood ratio of each pair of text groups; the same group = same template."""
        lr = np.zeros(len(first))
        for start in range(0, len(first), _CHUNK):
            piece = slice(start, start + _CHUNK)
            features = self.space.features(first[piece], second[piece])
            lr[piece] = style_log10_lr(features, self.model, self.space.cohort_size)
        template = first == second
        lr[template] = self.template_log10_lr[first[template]]
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
            "templates": belief_documents(self.templates),
            "prior_probability": self.prior_probability,
            "least_cohort": LEAST_COHORT,
            "cohort_size": self.space.cohort_size,
        }


def style_log10_lr(features: np.ndarray, model: PairModel, cohort_size: int) -> np.ndarray:
    """What features say of pairs of different texts; nothing where few texts are known."""
    if cohort_size < LEAST_COHORT:
        return np.zeros(len(features))
    return np.round(model.log10_lr(features), 6)


def pair_evidence(
    space: StyleSpace,
    model: PairModel,
    several_sites: np.ndarray,
    templates: tuple[TemplateBelief, ...],
    prior_probability: float,
    most_log10_lr: float,
) -> PairEvidence:
    """The evidence for a corpus; `several_sites`: bool per text group."""
    plain = PairEvidence(space, model, np.zeros(0), templates, prior_probability)
    lr = template_log10_lr(
        templates, several_sites, space.length, plain.prior_log10_odds(), most_log10_lr
    )
    return dataclasses.replace(plain, template_log10_lr=lr)


def stored_evidence(
    space: StyleSpace,
    several_sites: np.ndarray,
    model: Mapping[str, Any],
    calibration: Mapping[str, Any],
    most_log10_lr: float,
) -> PairEvidence:
    """The evidence as a finished run stored it."""
    return pair_evidence(
        space,
        model_from_json(model),
        several_sites,
        beliefs_from_json(calibration["templates"]),
        float(calibration["prior_probability"]),
        most_log10_lr,
    )
