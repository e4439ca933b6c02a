"""How often a template is one author's: learned from labels, told with an interval."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.template_belief import (
    belief_documents,
    beliefs_from_json,
    cross_validated,
    labelled_templates,
    learned_beliefs,
    template_log10_lr,
)
from inktrace.params import Params

from .strategies import STEADY

PARAMS = Params().authors
SHIPPED = (PARAMS.template_one_site_probability, PARAMS.template_several_sites_probability)


def templates(parts, several=None):
    """One template for each list of authors (-1 = unknown)."""
    group = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    label = np.array([one for part in parts for one in part], np.int64)
    sites = np.zeros(len(parts), bool) if several is None else np.asarray(several, bool)
    return labelled_templates(group, label, sites)


def test_only_templates_with_two_known_ads_are_counted():
    found = templates([[1, 1], [1, -1], [-1, -1], [2, 3], [4, 4, 5]])
    assert found.group.tolist() == [0, 3, 4]
    assert np.allclose(found.agree, [1.0, 0.0, 1.0 / 3.0])
    assert found.author.tolist() == [1, 2, 4]
    assert found.authors_in.tolist() == [[0, 1], [1, 2], [1, 3], [2, 4], [2, 5]]


def test_without_labels_the_shipped_share_stands_and_its_interval_is_wide():
    one, several = learned_beliefs(templates([]), PARAMS)
    assert (one.probability, several.probability) == SHIPPED
    assert one.templates == several.templates == 0.0
    assert one.low < 0.85 < one.high
    # Nothing was measured, so no template joins anybody.
    assert one.low < 1.0 - PARAMS.false_merge_target


def test_labels_move_the_belief_and_narrow_the_interval():
    agreeing = [[n, n] for n in range(200)]
    shared = [[n, n + 1000] for n in range(200)]
    start = learned_beliefs(templates([]), PARAMS)[0]
    sure = learned_beliefs(templates(agreeing), PARAMS)[0]
    doubtful = learned_beliefs(templates(agreeing[:100] + shared[:100]), PARAMS)[0]
    assert doubtful.probability < start.probability < sure.probability
    assert abs(doubtful.probability - 0.5) < 0.05
    assert sure.high - sure.low < start.high - start.low
    assert sure.low >= 1.0 - PARAMS.false_merge_target


def test_one_site_and_several_are_learned_apart():
    parts = [[n, n] for n in range(100)] + [[n, n + 1000] for n in range(100)]
    one, several = learned_beliefs(templates(parts, [False] * 100 + [True] * 100), PARAMS)
    assert one.probability > 0.98
    assert several.probability < 0.2
    assert one.templates == several.templates == 100.0


def test_one_busy_author_teaches_no_more_than_ten_templates():
    others = [[n, n + 1000] for n in range(20)]
    few = learned_beliefs(templates(others + [[7777, 7777]] * 10), PARAMS)[0]
    many = learned_beliefs(templates(others + [[7777, 7777]] * 500), PARAMS)[0]
    assert many == few


@STEADY
@given(
    st.lists(
        st.tuples(st.lists(st.integers(-1, 6), min_size=1, max_size=5), st.booleans()), max_size=25
    ),
    st.randoms(use_true_random=False),
)
def test_beliefs_are_shares_and_the_order_plays_no_part(rows, random):
    found = learned_beliefs(templates([r[0] for r in rows], [r[1] for r in rows]), PARAMS)
    mixed = [(random.sample(labels, len(labels)), several) for labels, several in rows]
    random.shuffle(mixed)
    again = learned_beliefs(templates([r[0] for r in mixed], [r[1] for r in mixed]), PARAMS)
    for one, other in zip(found, again, strict=True):
        assert 0.0 < one.low < one.probability < 1.0
        assert one.low < one.high <= 1.0
        assert np.allclose(
            [one.probability, one.low, one.high], [other.probability, other.low, other.high]
        )
    assert beliefs_from_json(belief_documents(found)) == found


def test_cross_validation_states_what_other_authors_taught():
    random = np.random.default_rng(8)
    first = random.integers(0, 300, 900)
    copied = random.random(900) < 0.4
    second = np.where(copied, random.integers(300, 600, 900), first)
    parts = np.stack([first, second], 1).tolist()
    (row,) = cross_validated(templates(parts), PARAMS)
    assert row["templates"] == 900
    assert abs(row["observed"] - 0.6) < 0.04
    assert abs(row["stated"] - row["observed"]) < 0.04


def test_what_is_stated_of_a_fold_was_not_learned_in_it():
    # Those whose number three divides are copied, the others never.
    copied = [[n, n + 300] for n in range(0, 300, 3)]
    honest = [[n, n] for n in range(300) if n % 3]
    (row,) = cross_validated(templates(copied + honest), PARAMS)
    # Of the copied fold nothing but honesty was learned; of the others, from one honest fold and
    # a copied one, whose templates of two authors stand for one and a half each.
    assert abs(row["stated"] - (0.99 + 2 * 0.4) / 3) < 0.05


@STEADY
@given(
    st.floats(0.01, 0.99),
    st.floats(-4.0, -0.5),
    st.integers(1, 2000),
)
def test_a_long_template_states_the_probability_that_was_learned(share, prior_odds, characters):
    beliefs = tuple(
        dataclasses.replace(one, probability=share)
        for one in learned_beliefs(templates([]), PARAMS)
    )
    both, length = np.array([False, True]), np.full(2, float(characters))
    lr = template_log10_lr(beliefs, both, length, prior_odds, 8.0)
    assert lr[0] == lr[1] >= 0.0
    stated = 1.0 / (1.0 + 10.0 ** -(lr[0] + prior_odds))
    prior = 1.0 / (1.0 + 10.0**-prior_odds)
    assert stated <= max(share, prior) + 1e-9
    if characters >= 200:
        assert abs(stated - max(share, prior)) < 0.01
