"""What is said of an ad's candidates is what the stage did; all parts and probabilities add up."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.errors import StageError, UsageError
from inktrace.payments import explained_ad, fitting, rebuilt
from inktrace.payments.clock_report import stored_site_times
from inktrace.payments.quote_moves import QuoteMoves
from inktrace.payments.rebuilt import PARTS, Split, split_candidates
from inktrace.payments.setting import read_setting
from inktrace.payments.times import PriceSeries
from inktrace.stage import StageResult

from .running import FAST, score
from .simulated import Case, simulated_case


@pytest.fixture(scope="module")
def known(attributed_engine: Engine) -> rebuilt.Rebuilt:
    """The setting and laws of the simulated case's run, made again."""
    return rebuilt.rebuilt(attributed_engine.relations())


def _all(known: rebuilt.Rebuilt) -> Split:
    return split_candidates(known, np.arange(len(known.setting.ads)))


def _stored(engine: Engine) -> pa.Table:
    return engine.query(
        "SELECT ad_id, tx_id, vout, log10_lr, ads_bought FROM payment_candidates "
        "WHERE round = 0 ORDER BY ad_id, tx_id, vout"
    )


def test_the_parts_of_every_candidate_sum_to_its_stored_likelihood_ratio(
    attributed_engine: Engine, known: rebuilt.Rebuilt
):
    split, stored = _all(known), _stored(attributed_engine)
    assert len(split) == stored.num_rows > 1000
    outputs, output = known.setting.outputs, split.candidates.output
    assert known.setting.ads.ad_id.take(pa.array(split.ad)).equals(stored["ad_id"].combine_chunks())
    assert outputs.tx_id[output].tolist() == stored["tx_id"].to_pylist()
    assert outputs.vout[output].tolist() == stored["vout"].to_pylist()
    assert split.ads_bought.tolist() == stored["ads_bought"].to_pylist()
    summed = sum(split.parts[name] for name in PARTS)
    np.testing.assert_allclose(summed, stored["log10_lr"].to_numpy(), atol=1e-9)
    # No part stands for another: each says something of its own.
    assert all(
        np.std(split.parts[name]) > 0.01
        for name in ("delay", "amount", "rounding", "background", "prior")
    )


def test_prices_that_an_output_fits_alike_are_summed():
    # Every fifth ad is without a price, and what others paid on its site lies 2% apart.
    case = simulated_case(seed=2, authors=12, loners=10, background=600, days=3)
    ads = case.tables["ads"]
    prices = [
        None if i % 5 == 0 else price + (i % 2) * price // 50
        for i, price in enumerate(ads["price_minor"].to_pylist())
    ]
    changed = ads.set_column(4, "price_minor", pa.array(prices, pa.int64()))
    engine = replace(case, tables={**case.tables, "ads": changed}).engine()
    score(engine)
    split = _all(rebuilt.rebuilt(engine.relations()))
    summed = sum(split.parts[name] for name in PARTS)
    np.testing.assert_allclose(summed, _stored(engine)["log10_lr"].to_numpy(), atol=1e-9)
    assert np.sum(split.parts["other_prices"] > 0.01) > 20


def test_a_law_that_says_nothing_contributes_nothing(known: rebuilt.Rebuilt):
    flat = replace(known, laws=rebuilt.without_amount(rebuilt.without_delay(known.laws)))
    split = _all(flat)
    np.testing.assert_allclose(split.parts["delay"], 0.0, atol=1e-9)
    np.testing.assert_allclose(split.parts["amount"], 0.0, atol=1e-9)
    np.testing.assert_allclose(split.ratio, split.without["delay"], rtol=1e-9)


def test_the_laws_and_tills_of_the_run_are_read_back_to_the_bit(
    till_scored: tuple[Engine, StageResult],
):
    relations = till_scored[0].relations()
    # Learned once more, as the stage learns them.
    setting, _, laws = fitting.fitted(read_setting(relations, FAST)[0])
    again = rebuilt.rebuilt(relations)
    assert again.setting.tills.codes.tolist() == setting.tills.codes.tolist() != []
    np.testing.assert_array_equal(again.setting.scale, setting.scale)
    for field in fields(laws):
        expected = getattr(laws, field.name)
        np.testing.assert_array_equal(getattr(again.laws, field.name), expected)


def test_of_some_ads_alone_the_same_candidates_are_found(
    attributed_engine: Engine, known: rebuilt.Rebuilt
):
    names = known.setting.ads.ad_id.to_pylist()
    sought = names[3:40:9]
    alone = rebuilt.rebuilt(attributed_engine.relations(), sought)
    assert len(alone.setting.indexes[0].rows) < len(known.setting.indexes[0].rows)
    ads = np.array([names.index(one) for one in sought])
    few, all_of_them = split_candidates(alone, ads), split_candidates(known, ads)
    assert len(few) > len(sought)
    np.testing.assert_array_equal(few.candidates.output, all_of_them.candidates.output)
    np.testing.assert_array_equal(few.ratio, all_of_them.ratio)


def test_the_sites_clocks_are_those_that_the_run_stored(attributed_engine: Engine):
    relations = attributed_engine.relations()
    sites = rebuilt.rebuilt(relations).setting.ads.sites
    found = stored_site_times(relations, sites)
    measured, _ = read_setting(relations, FAST)
    assert found is not None
    assert [c.offset_s for c in found.clocks] == [c.offset_s for c in measured.clocks]
    assert [c.ads for c in found.clocks] == [c.ads for c in measured.clocks] != []
    waits = [one.is_block for one in found.delays_from]
    assert waits == [one.is_block for one in measured.delays_from]
    # A site of which the run stored none is found by measuring, not by a guess.
    assert stored_site_times(relations, [*sites, "unknown.example"]) is None


def test_moves_of_a_quote_are_the_same_for_few_outputs_and_for_all():
    random = np.random.default_rng(0)
    series = PriceSeries(np.arange(50) * 60_000_000, random.normal(10, 0.01, 50), 600_000_000)
    middle = random.integers(0, 3_000_000_000, 100)
    ages = np.array([0, 180, 360])
    few, whole = QuoteMoves(series, middle, ages), QuoteMoves(series, middle, ages)
    rows = np.array([7, 3, 99])
    assert np.ptp(whole.of(np.arange(100))) > 0
    for asked in (rows, np.tile(rows, 20)):
        np.testing.assert_array_equal(few.of(asked), whole.of(np.arange(100))[asked])
    assert not QuoteMoves(None, middle, ages).of(rows).any()


def test_parts_sum_where_tills_are_paid_and_each_says_its_own(
    till_case: Case, till_scored: tuple[Engine, StageResult]
):
    known = rebuilt.rebuilt(till_scored[0].relations())
    split = _all(known)
    np.testing.assert_allclose(
        sum(split.parts.values()), _stored(till_scored[0])["log10_lr"].to_numpy(), atol=1e-9
    )
    paid = split.marks.till_wallet >= 0
    assert set(split.marks.till_wallet[paid].tolist()) <= set(till_case.tills)
    assert paid.sum() > 100
    np.testing.assert_allclose(split.parts["till"], np.log10(split.marks.till_paid))
    np.testing.assert_allclose(
        split.parts["rounding"], np.log10(split.marks.zeros_paid / split.marks.zeros_common)
    )
    assert (split.marks.till_paid[paid] > 0.5).sum() > 100
    untilled = _all(rebuilt.without_till(known))
    assert (untilled.marks.till_wallet == -1).all()
    np.testing.assert_allclose(untilled.parts["till"], 0.0)
    np.testing.assert_allclose(untilled.parts["rounding"], 0.0, atol=1e-12)


def test_marks_that_say_nothing_contribute_nothing(known: rebuilt.Rebuilt):
    common = np.broadcast_to(known.setting.marks.zeros_share, known.laws.zeros.shape)
    split = _all(replace(known, laws=replace(known.laws, zeros=common)))
    np.testing.assert_allclose(split.parts["rounding"], 0.0, atol=1e-12)
    np.testing.assert_allclose(split.ratio, split.without["rounding"])
    # No till is known here, so that doing without them changes nothing more.
    np.testing.assert_allclose(split.ratio, split.without["till"])


def test_a_run_that_kept_no_laws_is_told_to_run_again(case: Case):
    engine = case.engine()
    with pytest.raises(StageError, match="run `inktrace run payments`"):
        rebuilt.rebuilt(engine.relations())


@pytest.fixture(scope="module")
def explained(case: Case, attributed_engine: Engine) -> list[dict]:
    """Some ads, paid and unpaid, explained."""
    ads = case.tables["ads"]["ad_id"].to_pylist()
    chosen = [*sorted(case.paid)[:4], *[ad for ad in ads if ad not in case.paid][:2]]
    return [explained_ad(attributed_engine.relations(), ad) for ad in chosen]


def test_probabilities_are_the_stored_ones_and_sum_to_one(
    attributed_engine: Engine, explained: list[dict]
):
    for facts in explained:
        json.dumps(facts, allow_nan=False)
        stored = attributed_engine.rows(
            "SELECT posterior_probability FROM payment_candidates WHERE round = 0 AND ad_id = ? "
            "ORDER BY 1 DESC",
            [facts["ad_id"]],
        )
        shown = [row["posterior_probability"] for row in facts["candidates"]]
        assert shown == [value for (value,) in stored]
        total = sum(shown) + facts["none_probability"] + facts["weaker_probability"]
        assert total == pytest.approx(1.0)
        assert all(0 <= facts[name] <= 1 for name in ("none_probability", "weaker_probability"))


def test_rivals_cost_and_ruling_them_out_helps(explained: list[dict]):
    rows = [row for facts in explained for row in facts["candidates"]]
    assert any(row["rival_ads"] for row in rows)
    for row in rows:
        assert row["competing_claims_log10"] <= 1e-9
        free = row["what_would_change_it"]["probability_without_rival_claims"]
        assert free >= row["posterior_probability"] - 1e-9
        if not row["rival_ads"]:
            assert row["competing_claims_log10"] == pytest.approx(0.0, abs=1e-6)
            assert free == pytest.approx(row["posterior_probability"])


def test_true_payments_come_first_and_carry_the_attribution(case: Case, explained: list[dict]):
    paid = [facts for facts in explained if facts["ad_id"] in case.paid]
    first = [facts["candidates"][0] for facts in paid]
    right = [
        row
        for facts, row in zip(paid, first, strict=True)
        if (int(row["txid"], 16), row["vout"]) == case.paid[facts["ad_id"]]
    ]
    assert len(right) >= 3
    assert any(row["attributions"] for row in right)


def test_a_time_known_by_the_block_alone_is_told_as_an_interval(
    case: Case, attributed_engine: Engine
):
    unseen = attributed_engine.rows(
        "SELECT c.ad_id, c.tx_id FROM payment_candidates c JOIN transactions t USING (tx_id) "
        "LEFT JOIN first_seen f ON f.txid = t.txid WHERE c.round = 0 AND f.txid IS NULL LIMIT 1"
    )
    ad_id, tx_id = unseen[0]
    facts = explained_ad(attributed_engine.relations(), ad_id)
    row = next(one for one in facts["candidates"] if int(one["txid"], 16) == tx_id)
    assert row["time_known_by"] == "block"
    assert row["first_seen_us"] is None
    assert row["least_delay_s"] < row["most_delay_s"]


def test_free_ads_and_ads_without_any_price_are_told_apart():
    case = simulated_case(seed=2, authors=4, loners=3, background=300, days=2)
    ads = case.tables["ads"]
    sites = ["nowhere.example", *ads["site"].to_pylist()[1:]]
    prices = [None, 0, *ads["price_minor"].to_pylist()[2:]]
    changed = ads.set_column(1, "site", pa.array(sites)).set_column(
        4, "price_minor", pa.array(prices, pa.int64())
    )
    engine = replace(case, tables={**case.tables, "ads": changed}).engine()
    score(engine)
    unknown, free = (explained_ad(engine.relations(), ad) for ad in ("ad000000", "ad000001"))
    assert (unknown["is_free"], unknown["price_known"]) == (False, False)
    assert free["is_free"]
    for facts in (unknown, free):
        assert facts["asking_prices"] == facts["candidates"] == []
        assert facts["weaker_candidates"] == 0


def test_an_unknown_ad_is_one_clear_line(attributed_engine: Engine):
    with pytest.raises(UsageError, match="there is no ad 'ad=1'"):
        explained_ad(attributed_engine.relations(), "ad=1")
