"""The stages on a planted world of payments only: what is found, and what must not be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from evaluation.payments.measure import measured
from evaluation.payments.planted import PlantedParams, planted

from inktrace.params import PaymentsParams

SMALL = PlantedParams(seed=5, days=6, authors=150, busy_authors=40, transactions=25_000, sites=2)
FAST = replace(PaymentsParams(), decoy_rounds=10)


def test_payers_are_found_with_few_false_names():
    figures = measured(planted(SMALL), FAST)
    found = figures["levels"]["0.05"]
    assert found["sought"] >= 15
    assert found["recall"] >= 0.8
    assert found["fdp"] <= 0.1
    assert found["recall"] > figures["kdd2017"]["recall"]


def test_stated_probabilities_of_links_are_about_right():
    rows = measured(planted(SMALL), FAST)["posterior"]
    sure = [row for row in rows if row["from"] == 0.9]
    assert sure
    assert sure[0]["true"] >= 0.85
    low = [row for row in rows if row["from"] == 0.0]
    assert low[0]["true"] <= 0.05


def test_a_crowded_chain_does_not_hide_the_payers():
    crowded = replace(SMALL, transactions=150_000)
    figures = measured(planted(crowded), FAST)
    assert figures["levels"]["0.05"]["recall"] >= 0.7
    assert figures["levels"]["0.05"]["fdp"] <= 0.1


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_named_where_nobody_pays(seed: int):
    nobody = replace(SMALL, seed=seed, paying_share=0.0)
    assert measured(planted(nobody), FAST)["levels"]["0.05"]["named"] == 0


def test_the_same_world_gives_the_same_figures():
    first, again = (measured(planted(SMALL), FAST) for _ in range(2))
    first.pop("seconds"), again.pop("seconds")
    assert first == again
