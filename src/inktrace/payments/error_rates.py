"""How often a score this high belongs to nobody: q-values from decoys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import chi2, nbinom
from sklearn.isotonic import IsotonicRegression

from inktrace.payments.times import Floats, Ints

_UNREPORTED: Final = 0.5
# Above this p-value, that all pairs are false is not ruled out.
_SURELY_SOMETHING: Final = 0.01


def q_values(targets: Floats, decoys: Floats, rounds: int) -> Floats:
    """Smallest false-discovery rate at which each target would be reported.

    Parameters: scores of the real round, pooled scores of all decoy rounds, number of decoy
    rounds. Returns one q-value per target, never falling as the score falls.

    Notes: q(S) = min over thresholds T ≤ S of ((1 + decoys ≥ T) / rounds) / (targets ≥ T), at
    most 1. The one added decoy keeps a short list from claiming certainty. Right where decoys
    score like false targets; the stage's notes carry checks of that.

    References: Elias & Gygi 2007; Levitsky et al. 2017 (the added one).
    """
    if not len(targets) or rounds < 1:
        return np.ones(len(targets))
    order = np.argsort(-targets, kind="stable")
    ranked = targets[order]
    at_least = len(decoys) - np.searchsorted(np.sort(decoys), ranked, side="left")
    # Equal scores stand or fall together: each counts all targets that are not lower.
    reported = np.searchsorted(-ranked, -ranked, side="right")
    rate = np.minimum((1.0 + at_least) / rounds / reported, 1.0)
    best = np.minimum.accumulate(rate[::-1])[::-1]
    made = np.empty(len(targets))
    made[order] = best
    return made


def picked_by_chance(log10_lr: Floats, wallets: int) -> Floats:
    """Probability that a pair is false, if one of so many wallets is the author's payer.

    Decoys measure how often false pairs score so high. Where nothing shows that any pair is true
    (`chance_of_nothing`), this holds each single pair to the prior odds of one in `wallets` as
    well, so that the best of a case without any payment is no name.

    Notes: an author may have no wallet or several; the prior is a round figure for that.
    """
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + 10.0**log10_lr / max(wallets, 1)))


def chance_of_nothing(targets: Floats, decoys: Floats, rounds: int) -> float:
    """p-value that all targets are false: that they are one more round of decoys.

    Parameters as in `q_values`. At each score that 1, 2, 4, … targets reach, their number is
    compared with what the decoys foretell of one round (negative binomial: Poisson counts whose
    rate the decoys have told, one decoy added); the smallest p-value times the number of scores.
    """
    if not len(targets) or rounds < 1:
        return 1.0
    ranked = np.sort(targets)[::-1]
    counts = 2 ** np.arange(int(np.log2(len(ranked))) + 1)
    at_least = len(decoys) - np.searchsorted(np.sort(decoys), ranked[counts - 1], side="left")
    tails = nbinom.sf(counts - 1, at_least + 1, rounds / (rounds + 1.0))
    return float(min(1.0, tails.min() * len(counts)))


def error_probabilities(targets: Floats, decoys: Floats, rounds: int, q_value: Floats) -> Floats:
    """Probability that each single target is false, from the decoys that score about as high.

    Parameters as in `q_values`, with those q-values: a q-value is the mean over all that score
    higher, so no single target is surer than it. The share of decoys at a score is fitted as a
    never rising function of the score (isotonic regression), which needs no bins.

    References: Efron 2001 (local false discovery rate).
    """
    if not len(targets) or rounds < 1:
        return np.ones(len(targets))
    scores = np.concatenate([targets, decoys])
    is_decoy = np.repeat([0.0, 1.0], [len(targets), len(decoys)])
    weight = np.where(is_decoy > 0, 1.0 / rounds, 1.0)
    fitted = IsotonicRegression(increasing=False, out_of_bounds="clip")
    share = fitted.fit(scores, is_decoy, sample_weight=weight).predict(targets)
    local = np.minimum(share / np.maximum(1.0 - share, 1e-12), 1.0)
    return np.asarray(np.maximum(local, q_value))


@dataclass(frozen=True)
class Competitors:
    """What pairs of one kind (private wallets or services) are held against.

    `decoys` are the scores of all decoy rounds together. `wallets` is the number of wallets from
    which a payer was picked, 0 for services: nobody is accused by them. A pair likelier than
    `most_error_probability` to be false has that probability as its q-value.
    """

    decoys: Floats
    rounds: int
    wallets: int
    most_error_probability: float

    def held_to_prior_odds(self, targets: Floats) -> bool:
        """Whether all targets may be false, so that each must outweigh its prior odds."""
        nothing = chance_of_nothing(targets, self.decoys, self.rounds)
        return bool(self.wallets) and nothing > _SURELY_SOMETHING

    def by_decoys(self, targets: Floats) -> Floats:
        """q-value of each target (score), as far as decoys and prior odds tell it."""
        found = q_values(targets, self.decoys, self.rounds)
        if self.held_to_prior_odds(targets):
            found = np.maximum(found, picked_by_chance(targets, self.wallets))
        return found

    def rates(self, targets: Floats, strays: Floats) -> tuple[Floats, Floats]:
        """q-value and error probability of each target (score), given that of strays.

        A pair is false if its wallet pays for none of its ads, which decoys measure, or pays for
        ads that are not the author's (`stray_probabilities`). To the first rate the mean of
        the second is added, over all pairs that are as sure; and no pair is carried by surer
        ones: one that is too likely to be false by itself has that probability as its q-value.
        """
        found = self.by_decoys(targets)
        local = error_probabilities(targets, self.decoys, self.rounds, found)
        probability = 1.0 - (1.0 - local) * (1.0 - strays)
        found = np.minimum(found + _mean_of_surer(strays, probability), 1.0)
        too_likely = probability > self.most_error_probability
        return np.where(too_likely, np.maximum(found, probability), found), probability


def _mean_of_surer(strays: Floats, probability: Floats) -> Floats:
    """Per pair, the mean of `strays` over all pairs that are not likelier to be false.

    Never falling as pairs get likelier to be false; equally likely ones stand together.
    """
    order = np.argsort(probability, kind="stable")
    ranked = probability[order]
    upto = np.searchsorted(ranked, ranked, side="right")
    means = np.maximum.accumulate(np.cumsum(strays[order])[upto - 1] / np.maximum(upto, 1))
    made = np.empty(len(strays))
    made[order] = means
    return made


def null_checks(rounds_of: Ints, scores: Floats, q_value: Floats, rounds: int) -> dict[str, Any]:
    """Whether decoy rounds behave like one another and like the false part of the real round.

    Parameters: round, score and q-value of each pair (real and decoy), number of decoy rounds.

    Gives, at the scores that one and ten decoys a round reach, the pairs of every round (the
    real one first) and the p-value that the decoy rounds are draws of one Poisson rate; and the
    real pairs that q-values leave unreported (q > 0.5) beside the mean of the decoy rounds. Many
    fewer left-overs than decoys: q-values are too cautious. Many more: they are too bold.
    """
    is_decoy = rounds_of > 0
    ranked = np.sort(scores[is_decoy])[::-1]
    counts = {}
    for expected in (1, 10):
        if rounds > 1 and expected * rounds <= len(ranked):
            high = rounds_of[scores >= ranked[expected * rounds - 1]]
            by_round = np.bincount(high, minlength=rounds + 1)
            counts[f"{expected}_a_round"] = {
                "log10_lr": round(float(ranked[expected * rounds - 1]), 3),
                "pairs_by_round": [int(count) for count in by_round],
                "same_rate_p_value": round(_same_rate(by_round[1:]), 4),
            }
    return {
        "decoy_pairs_per_round": round(float(is_decoy.sum()) / max(rounds, 1), 2),
        "real_pairs_unreported": int((~is_decoy & (q_value > _UNREPORTED)).sum()),
        "decoys": counts,
    }


def _same_rate(counts: Ints) -> float:
    """p-value of the dispersion of counts under one Poisson rate (chi-squared, upper tail)."""
    mean = counts.mean()
    return float(chi2.sf(((counts - mean) ** 2).sum() / mean, len(counts) - 1))
