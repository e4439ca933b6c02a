"""Measure the authors room on hosts that it was not trained on, beside its peers.

Run: .venv/bin/python evaluation/authors/listings.py [--swap]
Hosts are cut in two by hash; the shipped model was trained on one half (see train_default.py) and
is measured on the other. With --swap a model is trained on the other half and measured on the
first. Distinct texts only, contact details absent, negatives of the same city; a host's
same-author pairs weigh as ten at most, so that one busy host does not stand for all. Prints JSON:
AUC, TPR at 1%, 0.1%, 0.01% FPR, Cllr, Cllr-min, R-precision, reliability at the true share of
same-host pairs, share of the same-host pairs among the candidates, and precision and recall of
clusters. Peers on the same pairs: a KDD-2017-style logistic regression on differences of style,
plain cosine of character 3-5-grams, the same normalised against a cohort (AS-norm), an embedding
(themes of words), and groups of near-duplicates by MinHash.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

import numpy as np
import pyarrow as pa
from listing_data import Listings, listings
from sklearn.linear_model import LogisticRegression
from train_default import fitted

from inktrace.authors import author_stage
from inktrace.authors.author_stage import find_authors
from inktrace.authors.candidates import near_pairs
from inktrace.authors.corpus import corpus_style, read_corpus
from inktrace.authors.evaluation import evaluate_authors, evaluate_clusters, r_precision
from inktrace.authors.habits import habit_ranks, habit_table
from inktrace.authors.kernels import dense_products, row_products
from inktrace.authors.pair_evidence import PairEvidence, pair_evidence
from inktrace.authors.pair_model import PairModel, default_model
from inktrace.authors.random_pairs import random_pairs
from inktrace.authors.style import FEATURES, StyleSpace
from inktrace.authors.template_belief import labelled_templates, learned_beliefs
from inktrace.authors.text_stage import read_ads
from inktrace.authors.training import training_pairs
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

NEGATIVES = 400_000
PAIRS_PER_HOST = 10
CITIES = ("Dublin", "Edinburgh")


def workspace(data: Listings) -> Engine:
    """The listings as ads that went through stage `texts`, with no contact data at all."""
    count = len(data.texts)
    ads = pa.table(
        {
            "ad_id": pa.array([f"L{row:06d}" for row in range(count)], pa.string()),
            "text": pa.array(data.texts, pa.string()),
            "city": pa.array([CITIES[city] for city in data.city], pa.string()),
        }
    )
    engine = Engine.in_memory({"ads": ads})
    for name, table in read_ads(engine.relations(), Params().texts, silent).tables.items():
        engine.append(name, table)
    return engine


def test_pairs(data: Listings) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All same-host pairs and a random sample of same-city ones: first, second, same, weight."""
    random = np.random.default_rng(3)
    first, second = np.triu_indices(len(data.texts), 1)
    same = data.host[first] == data.host[second]
    rival = np.flatnonzero(~same & (data.city[first] == data.city[second]))
    chosen = np.sort(random.permutation(rival)[:NEGATIVES])
    positives = np.flatnonzero(same)
    rows = np.concatenate([positives, chosen])
    first, second, same = first[rows], second[rows], same[rows]
    weight = np.ones(len(rows))
    # Exactly: each host's pairs share the weight of at most ten.
    count = np.bincount(data.host[first[same]])[data.host[first[same]]]
    weight[same] = np.minimum(1.0, PAIRS_PER_HOST / count)
    return first, second, same, weight


def kdd2017_scores(
    train: Listings, data: Listings, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """A KDD-2017-style model: logistic regression on differences of stylometric features."""
    ranks = habit_ranks(habit_table(train.texts))
    empty = np.zeros(0, np.int64)
    pairs = training_pairs(train.host, empty, empty, 100_000, train.city)
    gaps = np.abs(ranks[pairs.first] - ranks[pairs.second])
    model = LogisticRegression(class_weight="balanced", max_iter=500).fit(gaps, pairs.same)
    ranks = habit_ranks(habit_table(data.texts))
    return np.concatenate(
        [
            model.decision_function(np.abs(ranks[first[part]] - ranks[second[part]]))
            for part in np.array_split(np.arange(len(first)), 20)
        ]
    )


def all_scores(space: StyleSpace, evidence: PairEvidence) -> np.ndarray:
    """Scores of all pairs, for R-precision."""
    size = len(space.length)
    first, second = np.triu_indices(size, 1)
    scores = np.zeros((size, size), np.float32)
    for part in np.array_split(np.arange(len(first)), max(1, len(first) // 400_000)):
        lr = evidence.model.score(space.features(first[part], second[part]))
        scores[first[part], second[part]] = scores[second[part], first[part]] = lr
    return scores


def reliability(
    lr: np.ndarray, same: np.ndarray, weight: np.ndarray, share: float
) -> list[dict[str, float]]:
    """Stated probability against observed share of one author, ten bins, at a true share."""
    mass = np.where(same, share * weight / weight[same].sum(), 0.0)
    mass[~same] = (1.0 - share) / (~same).sum()
    stated = 1.0 / (1.0 + (1.0 - share) / share * 10.0**-lr)
    bin_of = np.minimum((stated * 10).astype(int), 9)
    return [
        {
            "pairs": int((bin_of == k).sum()),
            "stated": round(float((mass * stated)[bin_of == k].sum() / mass[bin_of == k].sum()), 3),
            "observed": round(float((mass * same)[bin_of == k].sum() / mass[bin_of == k].sum()), 3),
        }
        for k in range(10)
        if (bin_of == k).any()
    ]


def candidate_recall(space: StyleSpace, host: np.ndarray, neighbours: int) -> dict[str, float]:
    """Share of the same-host pairs that are candidates, all pairs alike and ten a host at most."""
    first, second = near_pairs(space, neighbours)
    count = np.bincount(host).astype(float)
    pairs = count * (count - 1) / 2
    right = host[first] == host[second]
    weight = np.minimum(1.0, PAIRS_PER_HOST / np.maximum(pairs, 1.0))
    found = np.bincount(host[first[right]], minlength=len(count))
    return {
        "candidates_per_text": round(2.0 * len(first) / len(host), 1),
        "of_all_pairs": round(float(found.sum() / pairs.sum()), 4),
        "ten_a_host": round(float((found * weight).sum() / (pairs * weight).sum()), 4),
    }


def main() -> None:
    """Print every figure as JSON."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--swap", action="store_true", help="train on the test half instead")
    halves = ("test", "train") if options.parse_args().swap else ("train", "test")
    train, data, params = listings(halves[0]), listings(halves[1]), Params().authors
    model: PairModel = default_model()
    if halves[0] == "test":
        model = dataclasses.replace(fitted("test", []).model, trained_on="test hosts")
        author_stage.default_model = lambda: model
    engine = workspace(data)
    corpus = read_corpus(engine.relations(), params)
    space = corpus_style(corpus, params)
    model = model.settled(space.features(*random_pairs(len(space.length))))
    # Texts that fall into one template score as a template, in the product and here.
    group = corpus.group
    nothing = labelled_templates(group, np.full(len(group), -1), corpus.several_sites)
    evidence = pair_evidence(
        space,
        model,
        corpus.several_sites,
        learned_beliefs(nothing, params),
        params.prior_probability,
        params.most_log10_lr,
    )
    first, second, same, weight = test_pairs(data)
    a, b = group[first], group[second]
    lr = evidence.log10_lr(a, b)
    features = space.features(a, b)
    names = list(FEATURES)
    peers = {
        "kdd2017": kdd2017_scores(train, data, first, second),
        "cosine": row_products(space.matrices["letters"], a, b),
        "as_norm": features[:, names.index("letters_normalised")],
        "embedding": dense_products(space.dense["broad_themes"], a, b),
        "minhash_templates": (a == b).astype(float),
    }
    found = find_authors(engine.relations(), params, silent)
    authors = found.tables["authors"].to_pydict()
    cluster = np.asarray(authors["author_id"])
    row = np.asarray([int(ad_id[1:]) for ad_id in authors["ad_id"]])
    host = np.zeros(corpus.groups(), np.int64)
    host[group] = data.host
    count = np.bincount(data.host).astype(float)
    share = float((count * (count - 1)).sum() / (len(data.host) * (len(data.host) - 1.0)))
    scores = all_scores(space, evidence)[np.ix_(group, group)]
    figures: dict[str, Any] = {
        "texts": len(data.texts),
        "same_host_share": share,
        "inktrace": evaluate_authors(lr, same, weights=weight)
        | {"r_precision": round(r_precision(scores, data.host), 4)},
        "reliability": reliability(lr, same, weight, share),
        "candidates": {k: candidate_recall(space, host, k) for k in (params.neighbours, 200)},
        "clusters": evaluate_clusters(cluster, data.host[row]) | dict(found.notes),
    }
    for name, score in peers.items():
        told = evaluate_authors(score, same, weights=weight)
        figures[name] = {key: told[key] for key in ("auc", "tpr_at_fpr", "cllr_min")}
    print(json.dumps(figures, indent=1, sort_keys=True, default=float))


if __name__ == "__main__":
    main()
