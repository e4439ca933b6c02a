"""The figures that every report quotes, against plain second ways to work them out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from inktrace.authors import evaluate_authors
from inktrace.authors.evaluation import evaluate_clusters, r_precision

from .strategies import STEADY

PAIRS = st.lists(
    st.tuples(st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0]), st.booleans()),
    min_size=2,
    max_size=30,
).filter(lambda rows: len({same for _, same in rows}) == 2)


@STEADY
@given(PAIRS)
def test_figures_agree_with_their_definitions(rows: list[tuple[float, bool]]) -> None:
    score = np.asarray([s for s, _ in rows])
    same = np.asarray([y for _, y in rows])
    told = evaluate_authors(score, same)
    assert told["pairs"] == len(rows)
    assert told["auc"] == pytest.approx(roc_auc_score(same, score), abs=1e-4)
    cost = np.mean([math.log2(1 + 10.0**-s) for s in score[same]])
    cost += np.mean([math.log2(1 + 10.0**s) for s in score[~same]])
    assert told["cllr"] == pytest.approx(cost / 2, abs=1e-4)
    assert told["cllr_min"] <= told["cllr"] + 1e-5
    assert told["cllr_min"] <= 1 + 1e-5
    # With fewer than 100 negatives no false one is allowed at 1%.
    allowed = (score[same] > score[~same].max()).mean()
    assert told["tpr_at_fpr"]["0.01"] == pytest.approx(allowed, abs=1e-4)


@STEADY
@given(PAIRS)
def test_a_weight_is_a_number_of_copies(rows: list[tuple[float, bool]]) -> None:
    score = np.asarray([s for s, _ in rows])
    same = np.asarray([y for _, y in rows])
    times = np.arange(len(rows)) % 3 + 1
    copied = evaluate_authors(np.repeat(score, times), np.repeat(same, times))
    weighed = evaluate_authors(score, same, weights=times)
    for name in ("auc", "cllr", "cllr_min"):
        assert weighed[name] == pytest.approx(copied[name], abs=2e-5)


def test_known_scores() -> None:
    same = np.asarray([True, True, False, False])
    perfect = evaluate_authors(np.asarray([8.0, 8.0, -8.0, -8.0]), same)
    assert (perfect["auc"], perfect["cllr"], perfect["cllr_min"]) == (1.0, 0.0, 0.0)
    silent = evaluate_authors(np.zeros(4), same)
    assert (silent["auc"], silent["cllr"], silent["cllr_min"]) == (0.5, 1.0, 1.0)
    wrong = evaluate_authors(np.asarray([-2.0, -2.0, 2.0, 2.0]), same)
    assert wrong["auc"] == 0.0
    assert wrong["cllr"] > 6


@pytest.mark.parametrize("same", [[], [True, True], [False, False]])
def test_one_kind_of_pairs_alone_gives_no_figure(same: list[bool]) -> None:
    told = evaluate_authors(np.zeros(len(same)), np.asarray(same, bool))
    assert told["auc"] is told["cllr"] is None


@STEADY
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc")), max_size=20))
def test_cluster_figures_count_pairs(rows: list[tuple[int, str]]) -> None:
    together = right = true = 0
    for n, (c, a) in enumerate(rows):
        for d, b in rows[:n]:
            together += c == d
            true += a == b
            right += c == d and a == b
    told = evaluate_clusters(
        np.asarray([c for c, _ in rows], np.int64), np.asarray([a for _, a in rows], dtype=object)
    )
    expected = (right / together if together else None, right / true if true else None)
    assert (told["pair_precision"], told["pair_recall"]) == pytest.approx(expected, abs=1e-5)
    assert told["clusters"] == len({c for c, _ in rows})
    assert told["authors"] == len({a for _, a in rows})


def test_r_precision() -> None:
    author = np.asarray([0, 0, 1, 1, 2])
    scores = (author[:, None] == author[None]).astype(float)
    assert r_precision(scores, author) == 1.0
    assert r_precision(-scores, author) == 0.0
    assert math.isnan(r_precision(np.eye(2), np.asarray([0, 1])))
