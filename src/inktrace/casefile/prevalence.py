"""From a likelihood ratio and a prevalence to a share of wrong answers, and back.

References: Aitken & Taroni 2004, Statistics and the Evaluation of Evidence, §3 (odds form of
Bayes' theorem).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

# Prior probabilities that a reader may hold instead of this workspace's own.
OTHER_PRIORS: Final = (0.0001, 0.001, 0.01, 0.1, 0.5)
_LEAST: Final = 1e-12


def posterior(log10_lr: float, prior: float) -> float:
    """The probability of the first proposition after evidence of that log10 likelihood ratio."""
    odds = log10_odds(prior) + log10_lr
    return float(1.0 / (1.0 + 10.0 ** min(-odds, 300.0)))


def log10_odds(probability: float) -> float:
    """log10 of a probability's odds, kept finite."""
    kept = min(max(probability, _LEAST), 1.0 - _LEAST)
    return math.log10(kept / (1.0 - kept))


def measured_log10_lr(error: float, prior: float) -> float:
    """The log10 LR that a measured error is worth: what takes `prior` to 1 − `error`.

    Decoys measure how often such a score is wrong where a share `prior` of the compared pairs is
    right. Divided by the prior odds, that is the strength of the evidence as measured. It is
    usually far below the computed LR, since it also holds what the model does not know.
    """
    return log10_odds(1.0 - error) - log10_odds(prior)


def share_right(notes: Mapping[str, Any]) -> float | None:
    """The share of compared pairs that decoys do not explain; `notes` of the run on such pairs."""
    pairs, decoys = notes.get("pairs"), notes.get("decoy_pairs_per_round")
    if not pairs or decoys is None:
        return None
    return min(max(1.0 - float(decoys) / float(pairs), 1.0 / float(pairs)), 1.0 - 1e-6)
