"""The counts around ads show what the laws say, and nothing where nobody paid."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import UsageError
from inktrace.payments import explained_laws
from inktrace.payments.correlogram import _Law

from .running import score
from .simulated import Case, simulated_case


@pytest.fixture(scope="module")
def laws(attributed_engine: Engine) -> list[dict]:
    """The laws of all sites of the simulated case."""
    found = explained_laws(attributed_engine.relations())
    json.dumps(found, allow_nan=False)
    return found["sites"]


def _column(law: dict, panel: str, name: str) -> np.ndarray:
    return np.array([row[name] for row in law[panel]])


def test_every_site_is_told_with_its_ads(case: Case, laws: list[dict]):
    sites = case.tables["ads"]["site"].to_pylist()
    assert {law["site"]: law["ads"] for law in laws} == {s: sites.count(s) for s in set(sites)}


def test_the_peak_stands_where_payments_were_planted_and_the_law_fits_it(laws: list[dict]):
    # The medians that `simulated_case` draws delays from.
    for law in laws:
        planted = 150 + 120 * int(law["site"][-1])
        # Few payments a site: each law is drawn towards that of all sites.
        assert 0.5 * planted < law["delay_law_s"]["0.5"] < 2 * planted
        observed, background, fitted = (
            _column(law, "delay", name) for name in ("observed", "background", "fitted")
        )
        low, high = _column(law, "delay", "low"), _column(law, "delay", "high")
        peak = (low < 1.6 * planted) & (high > 0.5 * planted)
        excess = observed[peak].sum() - background[peak].sum()
        assert excess > 4 * np.sqrt(background[peak].sum())
        assert fitted.sum() == pytest.approx(observed.sum(), rel=0.25)
        # The law explains far more of the counts than the background alone does.
        assert np.sum((observed - fitted) ** 2) < 0.75 * np.sum((observed - background) ** 2)


def test_bins_join_and_span_the_law(laws: list[dict]):
    for law in laws:
        for panel in ("delay", "amount"):
            low, high = _column(law, panel, "low"), _column(law, panel, "high")
            np.testing.assert_allclose(low[1:], high[:-1])
        assert _column(law, "delay", "low")[0] <= law["delay_law_s"]["0.05"]
        assert _column(law, "delay", "high")[-1] >= law["delay_law_s"]["0.95"]
        assert law["amount_law_paid_over_price"]["0.05"] < 1.02


def test_the_counts_bear_the_laws_out(laws: list[dict]):
    for law in laws:
        middle = law["in_the_middle"]
        assert middle["decoy_rounds"] == 10
        assert middle["background"] <= middle["most_in_a_decoy_round"] < middle["observed"]
        assert middle["observed"] == pytest.approx(middle["expected_by_the_law"], rel=0.4)


def test_where_nobody_paid_counts_are_background_and_laws_are_weak():
    case = simulated_case(seed=4, payments=False)
    engine = case.engine()
    score(engine)
    found = explained_laws(engine.relations())["sites"]
    assert all(law["weak"] for law in found)
    observed = sum(_column(law, "amount", "observed").sum() for law in found)
    background = sum(_column(law, "amount", "background").sum() for law in found)
    assert abs(observed - background) < 4 * np.sqrt(background)


def test_one_site_alone_is_told_as_among_all(attributed_engine: Engine, laws: list[dict]):
    alone = explained_laws(attributed_engine.relations(), "site2")["sites"]
    assert alone == [law for law in laws if law["site"] == "site2"]


def test_an_unknown_site_is_one_clear_line(attributed_engine: Engine):
    with pytest.raises(UsageError, match=r"no ad of the site 'site9'.*site0"):
        explained_laws(attributed_engine.relations(), "site9")


DENSITIES = st.lists(st.just(0.0) | st.floats(1e-3, 10.0), min_size=1, max_size=20).filter(any)


@given(DENSITIES, st.floats(0, 1))
def test_a_law_s_quantiles_undo_its_probabilities(density: list[float], share: float):
    law = _Law(list(np.linspace(-3, 7, len(density) + 1)), density)
    at = law.quantile(share)
    below = law.probability(np.array([-1e9, at]))[0]
    assert below == pytest.approx(share, abs=1e-6)
    assert law.probability(np.array([-1e9, -3.0, at, 7.0, 1e9])).sum() == pytest.approx(1.0)
