"""Error figures against figures worked out by hand, and what must hold of any of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.authors.author_evaluation import held_out_sentence
from inktrace.authors.error_figures import (
    ScoredPairs,
    error_curves,
    headline_figures,
    predictive_values,
    reliability,
)
from inktrace.authors.evaluation import evaluate_authors


def scored(same_lrs, different_lrs, same_authors=None, weight=None):
    """Pairs of these scores; different pairs are of authors 0 and 1, 1 and 2, and so on."""
    count, other = len(same_lrs), len(different_lrs)
    own = np.arange(count) if same_authors is None else np.asarray(same_authors)
    apart = np.arange(other)
    return ScoredPairs(
        np.array([*same_lrs, *different_lrs], np.float64),
        np.arange(count + other) < count,
        np.ones(count + other) if weight is None else np.asarray(weight, np.float64),
        np.concatenate([own, apart]).astype(np.int64),
        np.concatenate([own, apart + 1]).astype(np.int64),
    )


def test_perfect_evidence_costs_nothing_and_finds_all():
    found = headline_figures(scored([8.0] * 20, [-8.0] * 20))
    assert found["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert found["cllr"]["value"] == pytest.approx(0.0, abs=1e-6)
    assert found["tpr_at_fpr"]["0.0001"]["value"] == 1.0


def test_evidence_that_says_nothing_costs_one_bit():
    found = headline_figures(scored([0.0] * 5, [0.0] * 5))
    assert found["cllr"]["value"] == pytest.approx(1.0)
    assert found["auc"]["value"] == pytest.approx(0.5)
    assert found["tpr_at_fpr"]["0.01"]["value"] == 0.0


def test_rates_worked_out_by_hand():
    # 200 different-author pairs: the two best may be false at 1%, none at 0.1%.
    found = headline_figures(scored([3.0, 2.5, 1.0, -1.0], [2.0, 1.5, *[-2.0] * 198]))
    assert found["tpr_at_fpr"]["0.01"]["value"] == 1.0
    assert found["tpr_at_fpr"]["0.01"]["false_pairs"] == 2
    assert found["tpr_at_fpr"]["0.001"]["value"] == 0.5
    assert found["tpr_at_fpr"]["0.001"]["false_pairs"] == 0
    # Of 4 × 200 comparisons all are won but those of 1.0 and -1.0 with 2.0 and 1.5.
    assert found["auc"]["value"] == pytest.approx(1.0 - 4 / 800)


def test_a_heavier_pair_counts_for_more():
    found = headline_figures(scored([1.0], [2.0, 0.0], weight=[1.0, 1.0, 3.0]))
    assert found["auc"]["value"] == pytest.approx(0.75)


def test_one_kind_of_pair_alone_gives_no_figures():
    assert headline_figures(scored([1.0, 2.0], [])) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(-4, 4)), min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 6), st.floats(-4, 4)), min_size=1, max_size=25),
)
def test_intervals_hold_the_point_and_the_point_is_that_of_the_plain_measure(same, different):
    pairs = ScoredPairs(
        np.array([lr for _, lr in same + different]),
        np.arange(len(same) + len(different)) < len(same),
        np.ones(len(same) + len(different)),
        np.array([author for author, _ in same + different], np.int64),
        np.array([a for a, _ in same] + [a + 1 for a, _ in different], np.int64),
    )
    found = headline_figures(pairs, rounds=20)
    plain = evaluate_authors(pairs.log10_lr, pairs.same)
    for figure, value in (
        (found["auc"], plain["auc"]),
        (found["cllr"], plain["cllr"]),
        *((found["tpr_at_fpr"][r], plain["tpr_at_fpr"][r]) for r in plain["tpr_at_fpr"]),
    ):
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["value"] == pytest.approx(value, abs=2e-5)
    assert found == headline_figures(pairs, rounds=20)


def test_the_interval_is_over_authors_and_not_over_pairs():
    # A thousand pairs of two authors, one found and one missed, are two facts and not a thousand.
    pairs = scored([3.0] * 500 + [-5.0] * 500, [-4.0] * 200, [1] * 500 + [2] * 500)
    figure = headline_figures(pairs)["tpr_at_fpr"]["0.01"]
    assert (figure["low"], figure["value"], figure["high"]) == (0.0, 0.5, 1.0)


def test_reliability_stands_for_the_prevalence_asked_for():
    # Stated 0.25 throughout; half of the same pairs and a tenth of the others are in that bin.
    pairs = scored([0.0] * 100, [0.0] * 1000)
    probability = np.array([0.25] * 50 + [0.95] * 50 + [0.25] * 100 + [0.0] * 900)
    rows = {row["from"]: row for row in reliability(pairs, probability, 0.1, rounds=10)}
    share = 0.1 * 0.5 / (0.1 * 0.5 + 0.9 * 0.1)
    assert rows[0.2]["observed"]["value"] == pytest.approx(share, abs=1e-5)
    assert rows[0.2]["pairs"] == 150
    assert rows[0.2]["stated"] == pytest.approx(0.25)
    assert not rows[0.2]["flagged"]  # fewer than 200 pairs
    assert rows[0.0]["observed"]["value"] == 0.0
    assert set(rows) == {0.0, 0.2, 0.95}


def test_a_full_bin_that_is_off_is_flagged_and_one_that_is_not_is_not():
    pairs = scored([0.0] * 150, [0.0] * 150)
    assert reliability(pairs, np.full(300, 0.54), 0.5, rounds=5)[0]["flagged"]
    assert not reliability(pairs, np.full(300, 0.52), 0.5, rounds=5)[0]["flagged"]


def test_predictive_value_by_hand():
    pairs = scored([2.0] * 5 + [0.0] * 5, [2.0] * 10 + [-1.0] * 90)
    rows = predictive_values(pairs, np.where(pairs.log10_lr > 1, 0.93, 0.1), 0.1)
    named = {(row["on"], row["at_least"]): row for row in rows}
    assert named["probability", 0.9]["predictive_value"] == pytest.approx(0.05 / 0.14, abs=1e-6)
    assert named["log10_lr", 2.0]["true_positive_rate"] == 0.5
    assert named["log10_lr", 2.0]["false_positive_rate"] == 0.1
    assert named["probability", 0.99]["predictive_value"] is None
    assert named["log10_lr", 4.0]["pairs"] == 0


def test_curves_run_from_end_to_end():
    curves = error_curves(scored([1.0, 2.0], [-1.0, 0.0, 1.5]))
    roc, tippett = curves["roc"], curves["tippett"]
    assert (roc["fpr"][0], roc["tpr"][0]) == (0.0, 0.0)
    assert (roc["fpr"][-1], roc["tpr"][-1]) == (1.0, 1.0)
    assert roc["fpr"] == sorted(roc["fpr"])
    assert roc["tpr"] == sorted(roc["tpr"])
    at = dict(zip(tippett["log10_lr"], zip(tippett["same"], tippett["different"], strict=True),
                  strict=True))  # fmt: skip
    assert at[0.5] == (1.0, pytest.approx(1 / 3, abs=1e-6))
    assert at[1.0] == (0.5, pytest.approx(1 / 3, abs=1e-6))  # greater than, not at least
    assert (tippett["same"][-1], tippett["different"][-1]) == (0.0, 0.0)


def test_labels_that_taught_the_model_are_called_not_held_out():
    own, shipped = {"trained_on": "this workspace's identifiers"}, {"trained_on": "shared listings"}
    assert held_out_sentence("identifiers", own).startswith("NOT HELD OUT")
    assert held_out_sentence("identifiers", {}).startswith("NOT HELD OUT")
    assert "never reads these labels" in held_out_sentence("author_label", own)
    assert "not fitted on this workspace" in held_out_sentence("identifiers", shipped)
