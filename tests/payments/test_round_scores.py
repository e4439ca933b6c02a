"""A round scored in one compiled loop is the same as its candidates, weighed one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from inktrace.payments import fitting, round_scores, scored_round
from inktrace.payments.candidates import Candidates
from inktrace.payments.law_learning import wide_laws
from inktrace.payments.laws import Laws, repeated
from inktrace.payments.round_scores import RoundScores, score_round, weighed_outputs
from inktrace.payments.setting import Setting, read_setting
from inktrace.payments.times import Flags, Floats, Ints

from .running import FAST
from .simulated import simulated_case


@dataclass(frozen=True)
class Known:
    """A setting with tills, and laws of (fold · sites + site) that are all different."""

    setting: Setting
    laws: Laws


@pytest.fixture(scope="module")
def known() -> Known:
    """Two currencies, four tills, and three outputs in ten of which only the block is known."""
    case = simulated_case(
        seed=4, days=4, authors=25, loners=20, background=3000, till_share=0.6, missing=0.3
    )
    ads, prices = case.tables["ads"], case.tables["prices"]
    euro = [c if i % 3 else "EUR" for i, c in enumerate(ads["currency"].to_pylist())]
    euros = pa.table(
        {
            "time_us": prices["time_us"],
            "currency": ["EUR"] * prices.num_rows,
            "price": pc.multiply(prices["price"], 0.97),
        }
    )
    changed = ads.set_column(ads.schema.get_field_index("currency"), "currency", pa.array(euro))
    tables = {**case.tables, "ads": changed, "prices": pa.concat_tables([prices, euros])}
    setting, _ = read_setting(replace(case, tables=tables).engine().relations(), FAST)
    codes = np.searchsorted(setting.marks.wallets, case.tills).astype(np.int64)
    rng, sites = np.random.default_rng(0), len(setting.ads.sites)
    setting = replace(fitting.knowing(setting, codes), scale=rng.uniform(0.5, 2.0, sites))
    return Known(setting, _uneven(setting, rng))


def _uneven(setting: Setting, rng: np.random.Generator) -> Laws:
    sites = len(setting.ads.sites)
    wide = wide_laws(
        setting.params, setting.before_s, setting.after_s, setting.common(), setting.ages
    )
    laws = repeated(wide, np.tile(np.arange(sites), 2))

    def table(law: Floats) -> Floats:
        drawn = law * rng.gamma(0.5, size=law.shape)
        return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))

    # As many payments go to tills as elsewhere, so that both ways to be paid weigh something.
    even = np.full_like(laws.till, 1.0)
    names = ("delay", "amount", "quote_age", "zeros")
    changed = {name: table(getattr(laws, name)) for name in names}
    return replace(laws, **changed, till=table(even))


def one_by_one(known: Known, posted_us: Ints, taking_part: Flags) -> tuple[Candidates, Floats]:
    """All candidates of a round and their likelihood ratios, by the parts of the stage."""
    setting, ads = known.setting, known.setting.ads
    hypotheses = np.flatnonzero(taking_part[setting.asking.ad])
    found = scored_round.candidates_of(setting, hypotheses, posted_us)
    evidence = setting.evidence(found, ads.fold * len(ads.sites) + ads.site)
    return found, known.laws.ratio(evidence)


def scored(known: Known, number: int) -> tuple[RoundScores, Ints, Flags]:
    posted_us, taking_part = scored_round.standing(known.setting, number)
    # Some ads stand aside, as those do that do not teach.
    taking_part = taking_part & (np.arange(len(taking_part)) % 7 > 0)
    weighed = weighed_outputs(known.setting)
    made = score_round(known.setting, weighed, known.laws, posted_us, taking_part)
    return made, posted_us, taking_part


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_round_lists_what_its_candidates_are_one_by_one(known: Known, number: int):
    setting = known.setting
    made, posted_us, taking_part = scored(known, number)
    found, ratio = one_by_one(known, posted_us, taking_part)
    strong = ratio >= 10.0**setting.least_log10_lr
    expected, listed = found.taken(np.flatnonzero(strong)), made.candidates
    order = np.lexsort((listed.output, listed.hypothesis))
    for name in ("hypothesis", "output", "least_delay_s", "most_delay_s", "log_ratio"):
        np.testing.assert_array_equal(getattr(listed, name)[order], getattr(expected, name))
    np.testing.assert_allclose(made.ratio[order], ratio[strong], rtol=1e-9)

    ad, count = setting.asking.ad[found.hypothesis], len(setting.ads)
    till = setting.tills.of(setting.marks.recipient[found.output])
    none = till == len(setting.tills)
    rest = np.bincount(ad, weights=ratio * ~strong, minlength=count)
    np.testing.assert_allclose(made.rest, rest, rtol=1e-9)
    elsewhere = np.bincount(ad, weights=ratio * none, minlength=count)
    np.testing.assert_allclose(made.elsewhere, elsewhere, rtol=1e-9)

    # All kinds are among them: to tills and not, timed by the block or not, both currencies.
    wide = listed.least_delay_s < listed.most_delay_s
    to_till = setting.tills.of(setting.marks.recipient[listed.output]) < len(setting.tills)
    assert min((wide & to_till).sum(), (~wide & to_till).sum(), (wide & ~to_till).sum()) > 2
    assert set(setting.asking.currency[listed.hypothesis].tolist()) == {0, 1}
    assert (~strong & (ratio > 0)).sum() > 100
    assert not made.rest[~taking_part].any()
    assert not made.elsewhere[~taking_part].any()


def test_room_for_one_candidate_each_is_widened_until_all_are_listed(
    known: Known, monkeypatch: pytest.MonkeyPatch
):
    # Small chunks too, so that the hypotheses of one ad lie in several.
    expected, _, _ = scored(known, 0)
    monkeypatch.setattr(round_scores, "_LISTED_PER_HYPOTHESIS", 1)
    monkeypatch.setattr(round_scores, "_PER_CHUNK", 5)
    calls = []
    once = round_scores.score_hypotheses

    def counted(*arguments):
        calls.append(once(*arguments))
        return calls[-1]

    monkeypatch.setattr(round_scores, "score_hypotheses", counted)
    made, _, _ = scored(known, 0)
    assert calls.count(-1) > 10
    for name in ("hypothesis", "output", "least_delay_s", "most_delay_s", "log_ratio"):
        np.testing.assert_array_equal(
            getattr(made.candidates, name), getattr(expected.candidates, name)
        )
    np.testing.assert_array_equal(made.ratio, expected.ratio)
    np.testing.assert_allclose(made.rest, expected.rest, rtol=1e-12)
    np.testing.assert_allclose(made.elsewhere, expected.elsewhere, rtol=1e-12)


def test_a_round_in_which_no_ad_takes_part_lists_nothing(known: Known):
    setting = known.setting
    nobody = np.zeros(len(setting.ads), dtype=bool)
    weighed = weighed_outputs(setting)
    made = score_round(setting, weighed, known.laws, setting.ads.posted_us, nobody)
    assert len(made.candidates) == len(made.ratio) == 0
    assert not made.rest.any()
    assert not made.elsewhere.any()
