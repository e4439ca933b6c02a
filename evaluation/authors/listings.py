"""Measure the authors room on the untouched half of the real listings, beside two peers.

Run: .venv/bin/python evaluation/authors/listings.py
Hosts are cut in two by hash; the shipped model was trained on the training hosts (see
train_default.py), the test hosts were never looked at. Distinct texts only, contact details
absent, negatives of the same city; a host's same-author pairs weigh as ten at most, so that one
busy host does not stand for all. Prints JSON: AUC, TPR at 1%, 0.1%, 0.01% FPR, Cllr, Cllr-min,
R-precision, and precision and recall of clusters; the peers are plain cosine of character
3-5-grams and a KDD-2017-style logistic regression on style differences.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
from listing_data import Listings, listings
from sklearn.linear_model import LogisticRegression

from inktrace.authors.author_stage import find_authors
from inktrace.authors.corpus import corpus_style, read_corpus
from inktrace.authors.evaluation import evaluate_authors, evaluate_clusters, r_precision
from inktrace.authors.habits import habit_ranks, habit_table
from inktrace.authors.kernels import row_products
from inktrace.authors.pair_evidence import PairEvidence
from inktrace.authors.pair_model import default_model
from inktrace.authors.style import StyleSpace
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


def kdd2017_scores(data: Listings, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A KDD-2017-style model: logistic regression on differences of stylometric features."""
    train = listings("train")
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


def main() -> None:
    """Print every figure as JSON."""
    data, params = listings("test"), Params().authors
    engine = workspace(data)
    corpus = read_corpus(engine.relations(), params)
    space = corpus_style(corpus, params)
    # Texts that fall into one template score as a template, in the product and here.
    group = corpus.group
    evidence = PairEvidence(
        space, default_model(), params.template_log10_lr, params.prior_probability
    )
    first, second, same, weight = test_pairs(data)
    lr = evidence.log10_lr(group[first], group[second])
    letters = row_products(space.matrices["letters"], group[first], group[second])
    kdd = kdd2017_scores(data, first, second)
    peers = {"cosine": letters, "kdd2017": kdd}
    found = find_authors(engine.relations(), params, silent)
    authors = found.tables["authors"].to_pydict()
    cluster = np.asarray(authors["author_id"])
    row = np.asarray([int(ad_id[1:]) for ad_id in authors["ad_id"]])
    scores = all_scores(space, evidence)[np.ix_(group, group)]
    figures: dict[str, Any] = {
        "texts": len(data.texts),
        "inktrace": evaluate_authors(lr, same, weights=weight)
        | {"r_precision": round(r_precision(scores, data.host), 4)},
        "clusters": evaluate_clusters(cluster, data.host[row]) | dict(found.notes),
    }
    for name, score in peers.items():
        told = evaluate_authors(score, same, weights=weight)
        figures[name] = {key: told[key] for key in ("auc", "tpr_at_fpr", "cllr_min")}
    print(json.dumps(figures, indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
