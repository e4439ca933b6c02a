"""Measure two more peers beside the authors room: general impostors, and a sentence embedding.

Run: .venv/bin/python evaluation/authors/peers.py [--within train]    (20 minutes of one core)
With --within, one half alone, its hosts cut in two: fitted and calibrated on each part's pairs for
the other's (10 minutes).
Same texts, same pairs, same halves of hosts as listings.py, each half once the measured one. Each
peer's scores are calibrated on the other half's hosts as Inktrace's are. Prints JSON for each:
AUC, TPR at 1%, 0.1%, 0.01% FPR, Cllr, Cllr-min, R-precision; and the same for a model that has the
peer as one more feature, beside the model without it, both fitted on whole texts of the other half.
The embedding needs packages that Inktrace does not (see sentence_embedding.py); it is skipped
where they are missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from impostors import impostor_shares
from listing_data import Listings, listings
from listings import test_pairs, workspace
from sentence_embedding import sentence_embeddings

from inktrace.authors import pair_model
from inktrace.authors.calibration import LengthCalibration, fitted_calibration
from inktrace.authors.candidates import near_pairs, unique_pairs
from inktrace.authors.corpus import corpus_style, read_corpus
from inktrace.authors.evaluation import evaluate_authors, r_precision
from inktrace.authors.kernels import dense_products
from inktrace.authors.pair_model import PairModel, blank_model, long_share
from inktrace.authors.style import StyleSpace
from inktrace.authors.training import TrainingPairs, fitted_model, training_pairs
from inktrace.params import Params

TRAINING_NEGATIVES = 100_000
NEAREST = 50  # texts among which R-precision of general impostors is looked at
COHORT = 2500


@dataclass(frozen=True)
class Half:
    """One half's texts in style space, and its pairs: for measuring and for training."""

    space: StyleSpace
    cohort: np.ndarray
    host: np.ndarray
    text_host: np.ndarray
    group: np.ndarray
    measured: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    training: TrainingPairs
    embedded: np.ndarray | None


def half_of_hosts(name: str) -> Half:
    """Read one half, measure its style, and draw its pairs (of text groups)."""
    data, params = listings(name), Params().authors
    corpus = read_corpus(workspace(data).relations(), params)
    space = corpus_style(corpus, params)
    group = corpus.group
    host, city = np.zeros(corpus.groups(), np.int64), np.zeros(corpus.groups(), np.int64)
    host[group], city[group] = data.host, data.city
    first, second, same, weight = test_pairs(data)
    near = near_pairs(space, params.neighbours)
    local = city[near[0]] == city[near[1]]
    near = (near[0][local], near[1][local])
    pairs = training_pairs(host, *near, TRAINING_NEGATIVES, city)
    cohort = np.sort(np.random.default_rng(1).permutation(corpus.groups())[:COHORT])
    return Half(
        space, cohort, host, data.host, group, (group[first], group[second], same, weight), pairs,
        embeddings(data, group),
    )  # fmt: skip


def embeddings(data: Listings, group: np.ndarray) -> np.ndarray | None:
    """The sentence embedding of each text group; None where its packages are not installed."""
    rows = sentence_embeddings(data.texts)
    if rows is None:
        return None
    made = np.zeros((int(group.max()) + 1, rows.shape[1]), np.float32)
    made[group] = rows
    return made


Peers = dict[str, tuple[np.ndarray, np.ndarray, float]]


def peer_scores(half: Half) -> Peers:
    """Of each peer: scores of the measured pairs, of the training pairs, and R-precision."""
    size = len(half.host)
    near = nearest(half.space)
    first = np.concatenate([half.measured[0], half.training.first, near[0]])
    second = np.concatenate([half.measured[1], half.training.second, near[1]])
    ends = np.cumsum([len(half.measured[0]), len(half.training.first)])

    def cut(scores: np.ndarray, by_rank: float) -> tuple[np.ndarray, np.ndarray, float]:
        return scores[: ends[0]], scores[ends[0] : ends[1]], by_rank

    low, high = unique_pairs(first, second, size)
    letters = half.space.matrices["letters"]
    shares = impostor_shares(letters, half.cohort, low, high)
    codes = np.minimum(first, second) * np.int64(size) + np.maximum(first, second)
    place = np.searchsorted(low * np.int64(size) + high, codes)
    # A text and itself (two of one template) are as near as can be.
    scores = np.where(first == second, 2.0, shares[np.minimum(place, len(shares) - 1)])
    square = np.full((size, size), -1.0, np.float32)
    square[near] = square[near[::-1]] = scores[ends[1] :]
    found = {"general_impostors": cut(scores, ranked(square, half))}
    if half.embedded is not None:
        rows = half.embedded
        likeness = rows @ rows.T
        found["sentence_embedding"] = cut(
            dense_products(rows, first, second), ranked(likeness, half)
        )
        middle, spread = standings(likeness, half.cohort)
        normed = 0.5 * ((likeness - middle) / spread + (likeness - middle.T) / spread.T)
        found["sentence_embedding_as_norm"] = cut(
            normed[first, second].astype(np.float64), ranked(normed, half)
        )
    return found


def nearest(space: StyleSpace) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of which one is among the other's nearest in letters."""
    letters = space.matrices["letters"]
    rows, columns = [], []
    for part in np.array_split(np.arange(letters.shape[0]), 10):
        likeness = (letters[part] @ letters.T).toarray()
        best = np.argpartition(likeness, -NEAREST - 1, axis=1)[:, -NEAREST - 1 :]
        rows.append(np.repeat(part, NEAREST + 1))
        columns.append(best.ravel())
    return unique_pairs(np.concatenate(rows), np.concatenate(columns), letters.shape[0])


def standings(likeness: np.ndarray, cohort: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread (columns) of each text's 200 highest likenesses with the cohort."""
    others = likeness[:, cohort].copy()
    others[cohort, np.arange(len(cohort))] = -np.inf
    top = np.partition(others, -200, axis=1)[:, -200:]
    return top.mean(axis=1, keepdims=True), top.std(axis=1, keepdims=True)


def ranked(square: np.ndarray, half: Half) -> float:
    """R-precision of scores of all pairs of groups, over texts as in listings.py."""
    return r_precision(square[np.ix_(half.group, half.group)], half.text_host)


def calibrated(train: Half, scores: np.ndarray, most_log10_lr: float) -> LengthCalibration:
    """A peer's calibration by the other half's hosts, for long and for short texts."""
    pairs = train.training
    long = long_share(train.space.features(pairs.first, pairs.second))
    lines = []
    for part in (long, 1.0 - long):
        told, weight = part > 0, part * pairs.weight
        negatives = float(weight[~pairs.same].sum() / pairs.weight[~pairs.same].min()) / 3.0
        most = 10.0**most_log10_lr
        support = (min(float(part[pairs.same].sum()) / 3.0, most), min(negatives, most))
        lines.append(fitted_calibration(scores[told], pairs.same[told], weight[told], support))
    return LengthCalibration(*lines)


@contextmanager
def one_more_feature(name: str | None) -> Iterator[None]:
    """Let models have one more feature, at the end, while this lasts."""
    before = pair_model.FEATURES
    pair_model.FEATURES = before if name is None else (*before, name)  # type: ignore[misc]
    try:
        yield
    finally:
        pair_model.FEATURES = before  # type: ignore[misc]


def fused(
    train: Half, test: Half, name: str | None, extra: tuple[np.ndarray, np.ndarray] | None
) -> dict[str, Any]:
    """Figures on one half of a model fitted on the other, with a peer's scores or without."""
    most = Params().authors.most_log10_lr
    first, second, same, weight = test.measured
    told = train.space.features(train.training.first, train.training.second)
    asked = test.space.features(first, second)
    if extra is not None:
        told, asked = np.column_stack([told, extra[0]]), np.column_stack([asked, extra[1]])
    with one_more_feature(name):
        fit = fitted_model(told, train.training, blank_model(told), 0.0, most)
        model = settled(fit.model, asked, same)
        lr = model.log10_lr(asked)
    return figures(lr, same, weight)


def settled(model: PairModel, asked: np.ndarray, same: np.ndarray) -> PairModel:
    """The model for the half at hand, by a sample of its strangers' pairs (one city)."""
    rows = np.flatnonzero(~same)[::20]
    return model.settled(asked[rows])


def figures(lr: np.ndarray, same: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """What is printed of one way of scoring."""
    told = evaluate_authors(lr, same, weights=weight)
    return {key: told[key] for key in ("auc", "tpr_at_fpr", "cllr", "cllr_min")}


Scored = tuple[Half, Peers]


def of_part(scored: Scored, number: int) -> Scored:
    """The pairs among one of two parts of a half's hosts; R-precision stays that of the half."""
    half, peers = scored
    mixed = np.arange(half.host.max() + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    part = ((mixed >> np.uint64(40)) % np.uint64(2))[half.host] == number
    measured = part[half.measured[0]] & part[half.measured[1]]
    training = part[half.training.first] & part[half.training.second]
    first, second, same, weight = (values[measured] for values in half.measured)
    columns = {k: getattr(half.training, k)[training] for k in TrainingPairs.__annotations__}
    found = {k: (m[measured], t[training], ranks) for k, (m, t, ranks) in peers.items()}
    pairs = TrainingPairs(**columns)
    return replace(half, measured=(first, second, same, weight), training=pairs), found


def compared(told: Scored, asked: Scored) -> dict[str, Any]:
    """Every figure on `asked`, with what is fitted or calibrated taken from `told`."""
    first, second, same, weight = asked[0].measured
    long = long_share(asked[0].space.features(first, second))
    found: dict[str, Any] = {"inktrace_whole_texts": fused(told[0], asked[0], None, None)}
    for name, (measured, _, ranks) in asked[1].items():
        training = told[1][name][1]
        line = calibrated(told[0], training, Params().authors.most_log10_lr)
        alone = figures(measured, same, weight)
        calibrated_lr = line.log10_lr(measured, long)
        alone["cllr"] = evaluate_authors(calibrated_lr, same, weights=weight)["cllr"]
        found[name] = alone | {"r_precision": round(ranks, 4)}
        found[f"inktrace_and_{name}"] = fused(told[0], asked[0], name, (training, measured))
    return found


def main() -> None:
    """Print every figure as JSON."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--within", choices=("train", "test"), help="one half only, cut in two")
    within = options.parse_args().within
    scored = {}
    for name in (within,) if within else ("train", "test"):
        half = half_of_hosts(name)
        scored[name] = (half, peer_scores(half))
        if half.embedded is None:
            print("sentence embedding: not installed, skipped", file=sys.stderr)
    if within:
        parts = [of_part(scored[within], number) for number in (0, 1)]
        whole, peers = scored[within]
        _, _, same, weight = whole.measured
        alone = {k: figures(m, same, weight) | {"r_precision": r} for k, (m, _, r) in peers.items()}
        printed = {"all, not calibrated": alone, "part 0": compared(parts[1], parts[0])}
        printed["part 1"] = compared(parts[0], parts[1])
    else:
        printed = {
            "measured on test": compared(scored["train"], scored["test"]),
            "measured on train": compared(scored["test"], scored["train"]),
        }
    print(json.dumps(printed, indent=1, default=float))


if __name__ == "__main__":
    main()
