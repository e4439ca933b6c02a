"""Packs of credit bought before a run of ads: what is found, and what must not be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from evaluation.payments.planted import Planted, PlantedParams, planted
from hypothesis import given
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.params import CreditParams, PaymentsParams
from inktrace.payments.credit_ads import CreditAds, Pack
from inktrace.payments.credit_runs import _bought_at_once, ads_in_order, delay_density, run_ends
from inktrace.payments.credit_scores import (
    NamedWallets,
    Purchases,
    exchanged_transactions,
    judged_purchases,
)
from inktrace.payments.stage import CREDIT
from inktrace.progress import silent
from inktrace.stage import StageResult

from .running import attribute, score

SMALL = PlantedParams(
    seed=21, authors=120, busy_authors=70, least_ads=10, transactions=20_000, sites=4, packs_sold=2
)
BUYERS = replace(SMALL, pack_share=0.6)


def _attributed(world: Planted) -> Engine:
    engine = Engine.in_memory(world.tables)
    score(engine)
    for name, rows in attribute(engine).tables.items():
        engine.append(name, rows)
    return engine


def _credit(engine: Engine, params: CreditParams | None = None) -> StageResult:
    relations = engine.relations(CREDIT.reads)
    return CREDIT.function(relations, params or CreditParams(), silent)


@pytest.fixture(scope="module")
def world() -> Planted:
    return planted(BUYERS)


@pytest.fixture(scope="module")
def engine(world: Planted) -> Engine:
    return _attributed(world)


@pytest.fixture(scope="module")
def found(engine: Engine) -> StageResult:
    return _credit(engine)


def test_packs_of_named_wallets_are_found_with_few_false_ones(world, found):
    true = {(row["tx_id"], row["vout"]): row for row in world.true_credit.to_pylist()}
    told = [row for row in found.tables["credit_purchases"].to_pylist() if row["q_value"] <= 0.05]
    right = [
        row
        for row in told
        if (row["tx_id"], row["vout"]) in true
        and row["author_id"] == f"A-{true[row['tx_id'], row['vout']]['author']:010x}"
        and row["wallet_id"] == true[row["tx_id"], row["vout"]]["wallet_id"]
    ]
    own = [row for row in true.values() if not row["is_service"]]
    assert len(own) >= 30
    assert len(right) >= 0.2 * len(own)
    assert len(told) - len(right) <= 0.1 * len(told)


def test_an_output_is_one_purchase_and_an_ad_is_covered_once(world, found):
    rows = found.tables["credit_purchases"].to_pylist()
    assert rows
    outputs = [(row["tx_id"], row["vout"]) for row in rows]
    assert len(set(outputs)) == len(outputs)
    for row in rows:
        assert 0 < row["delay_s"] <= CreditParams().longest_s
        assert row["error_probability"] >= row["q_value"] - 1e-12
        assert row["pack_minor"] in (5000, 10_000)
    accounts = Counter()
    for row in rows:
        accounts[row["author_id"], row["site"]] += row["ads_covered"]
    authors = dict(
        zip(
            world.tables["authors"]["ad_id"].to_pylist(),
            world.tables["authors"]["author_id"].to_pylist(),
            strict=True,
        )
    )
    posted = Counter(
        (authors[ad], site)
        for ad, site in zip(
            world.tables["ads"]["ad_id"].to_pylist(),
            world.tables["ads"]["site"].to_pylist(),
            strict=True,
        )
    )
    assert all(covered <= posted[account] for account, covered in accounts.items())


def test_an_output_that_paid_an_ad_bought_no_credit(engine, found):
    engine.append("credit_purchases", found.tables["credit_purchases"])
    both = engine.rows(
        """
        SELECT count(*) FROM credit_purchases c JOIN attribution_links l USING (tx_id, vout)
        WHERE l.method = 'inktrace' AND l.posterior_probability > 0.5
        """
    )
    assert both[0][0] == 0


def test_the_same_case_gives_the_same_rows(engine, found):
    again = _credit(engine)
    assert again.tables["credit_purchases"].equals(found.tables["credit_purchases"])
    assert again.notes == found.notes


@pytest.mark.parametrize("seed", range(22, 24))
def test_nothing_is_told_where_nobody_buys_credit(seed: int):
    made = _credit(_attributed(planted(replace(SMALL, seed=seed))))
    sure = [row for row in made.tables["credit_purchases"].to_pylist() if row["q_value"] <= 0.05]
    assert sure == []
    assert made.notes["packs_sold"] == 8


def test_without_a_rule_that_names_packs_nothing_is_looked_for(world):
    tables = {name: rows for name, rows in world.tables.items() if name != "price_rules"}
    made = _credit(Engine.in_memory(tables))
    assert made.tables["credit_purchases"].num_rows == 0
    assert made.notes == {}


@given(st.integers(60, 100_000), st.integers(1, 50))
def test_the_delay_law_is_a_density(even_s: int, times: int):
    params = CreditParams(even_s=even_s, longest_s=even_s * times)
    edges = np.linspace(0, params.longest_s, 50)
    means = delay_density(edges[:-1], edges[1:], params)
    assert (means * np.diff(edges)).sum() == pytest.approx(1.0)
    assert delay_density(np.array([-9.0]), np.array([-9.0]), params)[0] == 0.0
    # An interval that begins before the purchase has only its part behind it.
    part = delay_density(np.array([-100.0]), np.array([100.0]), params)[0] * 200
    assert part == pytest.approx(delay_density(np.zeros(1), np.full(1, 100.0), params)[0] * 100)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 200))
def test_a_run_ends_where_the_money_or_the_account_does(prices: list[int], money: int):
    count = len(prices)
    unit = np.arange(count) // 7
    ads = CreditAds(
        np.arange(count),
        unit,
        np.array(prices, dtype=float),
        np.ones(count),
        np.arange(unit[-1] + 1),
        np.zeros(unit[-1] + 1, dtype=np.int64),
        np.zeros(unit[-1] + 1, dtype=np.int64),
        np.bincount(unit),
    )
    order = ads_in_order(ads, np.arange(count) * 1_000_000)
    start = np.arange(count)
    end = run_ends(order, start, float(money))
    for first, last in zip(start, end, strict=True):
        assert sum(prices[first:last]) <= money
        assert (unit[first:last] == unit[first]).all()
        is_last = last == count or unit[last] != unit[first]
        assert is_last or sum(prices[first : last + 1]) > money


def test_decoys_of_a_named_wallet_are_the_transactions_of_others():
    none = np.zeros(3, dtype=np.int64)
    real = Purchases(
        round=none,
        unit=np.array([0, 0, 1]),
        tx_id=np.array([1, 2, 2]),
        ad=np.array([0, 3, 9]),
        factor=np.array([100.0, 50.0, 40.0]),
        row=np.arange(3),
        named=np.array([True, False, False]),
    )
    named = NamedWallets(np.array([0]), np.array([7]), np.array([3]))
    made = exchanged_transactions(real, np.array([0, 1]), named, np.array([2]), rounds=5)
    # Author 0's own transaction is no decoy, nor are author 1's runs.
    assert set(made.tx_id.tolist()) == {2}
    assert set(made.unit.tolist()) == {0}
    assert np.bincount(made.round, minlength=6).tolist() == [0, 3, 3, 3, 3, 3]
    nobody = NamedWallets(*(np.empty(0, dtype=np.int64) for _ in range(3)))
    for transactions, names in ((np.array([2]), nobody), (np.empty(0, dtype=np.int64), named)):
        assert not len(
            exchanged_transactions(real, np.array([0, 1]), names, transactions, rounds=5)
        )


def test_one_transaction_and_one_first_ad_stand_for_one_purchase():
    none = np.zeros(4, dtype=np.int64)
    real = Purchases(
        round=none,
        unit=none,
        tx_id=np.array([1, 1, 2, 3]),
        ad=np.array([0, 3, 3, 5]),
        factor=np.array([1e3, 1e4, 1e3, 1e5]),
        row=np.arange(4),
        named=none == 0,
    )
    judged, told = judged_purchases(real, real.kept(none > 0), rounds=20)
    # Transaction 1 goes to ad 3, which then has no other; ads and outputs are used once.
    assert judged.row.tolist() == [1, 3]
    assert told["purchases"] == 2
    # No purchase is surer than its odds.
    assert (judged.q_value >= 1 / (1 + 10**judged.score) - 1e-12).all()


def test_a_pack_in_another_currency_than_the_ads_is_not_sold_to_them(world):
    tables = dict(world.tables)
    rules = tables["price_rules"]
    pesos = pa.array(["PHP"] * rules.num_rows)
    tables["price_rules"] = rules.set_column(
        rules.schema.get_field_index("currency"), "currency", pesos
    )
    made = _credit(_attributed(replace(world, tables=tables)))
    assert made.notes == {"packs_sold": 0}
    assert made.tables["credit_purchases"].num_rows == 0


def test_several_ads_bought_at_once_at_a_packs_price_are_no_credit():
    setting = SimpleNamespace(params=PaymentsParams())
    ads = CreditAds(
        np.arange(2),
        np.zeros(2, dtype=np.int64),
        np.array([25.0, 25.0]),
        np.ones(2),
        *(np.zeros(1, dtype=np.int64) for _ in range(3)),
        np.array([2]),
    )
    order = ads_in_order(ads, np.array([600_000_000, 660_000_000]))
    start, end = np.zeros(1, dtype=np.int64), np.full(1, 2)

    def at_once(price: float, paid_s: int) -> bool:
        pack = Pack(0, 0, price, 1.0, start)
        paid_us = np.array([paid_s * 1_000_000])
        return bool(_bought_at_once(order, start, end, paid_us, pack, setting)[0])

    assert at_once(50.0, 300)
    # Money is left over; or the ads come later than any payment's ad does.
    assert not at_once(100.0, 300)
    assert not at_once(50.0, -4000)
