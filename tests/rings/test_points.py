"""Points grow with rarity, have intervals, and follow judgements without ever turning round."""

from __future__ import annotations

import numpy as np
import pytest

from inktrace.params import RingsParams
from inktrace.rings.fitting import Judged, fitted_strengths, scores_by_judgements
from inktrace.rings.points import measured, scores_by_rarity
from inktrace.rings.registry import Indicator

PARAMS = RingsParams(least_judgements=40, bootstrap_rounds=20)


def an_indicator(name, direction="for", strength=1.0):
    return Indicator(name, direction, 1.0, strength, "x", name, name, lambda facts: facts[name])


def found_of(signal, noise, counter=None):
    indicators = [an_indicator("signal"), an_indicator("noise")]
    facts = {"signal": signal, "noise": noise}
    if counter is not None:
        indicators.append(an_indicator("counter", "against"))
        facts["counter"] = counter
    return measured(indicators, facts, PARAMS)


def test_rarer_values_have_more_points_within_their_interval():
    found = found_of(np.arange(200.0), np.ones(200))
    scores = scores_by_rarity(found)
    points = scores.points[0]
    assert points[0] == 0  # does not speak
    assert points[199] > points[150] > points[10] > 0
    assert (scores.points_low <= scores.points).all()
    assert (scores.points <= scores.points_high).all()
    assert (scores.score_low <= scores.score).all()
    assert scores.points_high[0, 199] > scores.points_low[0, 199]


def test_a_counter_indicator_lowers_the_score_however_common():
    found = found_of(np.ones(50), np.ones(50), np.ones(50))
    scores = scores_by_rarity(found)
    assert (scores.points[2] <= -1).all()
    assert (scores.points_low[2] <= scores.points[2]).all()


def judged_world(seed=0, leads=300):
    random = np.random.default_rng(seed)
    signal = np.where(random.random(leads) < 0.3, random.integers(1, 9, leads), 0).astype(float)
    noise = np.where(random.random(leads) < 0.3, random.integers(1, 9, leads), 0).astype(float)
    return found_of(signal, noise), signal > 0


def test_judgements_raise_what_tells_and_lower_what_does_not():
    found, supports = judged_world()
    fitted = fitted_strengths(found.decades, supports, found.strengths, PARAMS)
    assert fitted[0] > 1.0 > fitted[1]


def test_no_strength_turns_negative_even_where_judgements_say_the_opposite():
    found, supports = judged_world()
    fitted = fitted_strengths(found.decades, ~supports, found.strengths, PARAMS)
    assert fitted.min() >= 0


def test_few_judgements_move_points_little():
    found, supports = judged_world()
    rows = np.r_[np.flatnonzero(supports)[:2], np.flatnonzero(~supports)[:2]]
    fitted = fitted_strengths(found.decades[:, rows], supports[rows], found.strengths, PARAMS)
    assert fitted == pytest.approx(found.strengths, abs=0.35)


def test_enough_judgements_means_many_and_of_both_kinds():
    def judged(yes, no):
        return Judged(np.arange(yes + no), np.arange(yes + no) < yes)

    assert judged(20, 20).is_enough(PARAMS)
    assert not judged(15, 15).is_enough(PARAMS)
    assert not judged(39, 1).is_enough(PARAMS)
    assert not judged(0, 0).is_enough(PARAMS)


def test_a_judged_lead_is_scored_by_a_fit_that_has_not_seen_it():
    found, supports = judged_world()
    ids = [f"L-{number}" for number in range(300)]
    rows = np.arange(0, 300, 2)
    scores = scores_by_judgements(found, ids, Judged(rows, supports[rows]), PARAMS)
    whole = fitted_strengths(found.decades[:, rows], supports[rows], found.strengths, PARAMS)
    unjudged = np.arange(1, 300, 2)
    assert scores.score[unjudged] == pytest.approx((whole @ found.decades)[unjudged])
    speaking = rows[found.decades[:, rows].any(axis=0)]
    assert not np.allclose(scores.score[speaking], (whole @ found.decades)[speaking])
    assert (scores.score_low <= scores.score).all()
    assert (scores.score <= scores.score_high).all()
