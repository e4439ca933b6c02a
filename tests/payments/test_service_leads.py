"""Payments through services: who is named, how often wrongly, and what a request needs."""

from __future__ import annotations

import json

import pytest

from inktrace.engine import Engine
from inktrace.payments import service_payments
from inktrace.payments.service_leads import SCHEMA

from .running import attribute, score
from .simulated import Case, simulated_case


def _is_true(case: Case, row: dict) -> bool:
    outpoint = (int(row["txid"], 16), row["vout"])
    return all(case.paid.get(ad) == outpoint for ad in row["ad_ids"].split())


def test_most_are_true_payments_of_the_service(case: Case, attributed_engine: Engine):
    found = service_payments(attributed_engine.relations(), 0.10)
    assert found.schema == SCHEMA
    rows = found.to_pylist()
    json.dumps(rows, allow_nan=False)
    wrong = [row for row in rows if not _is_true(case, row)]
    assert len(rows) >= 50
    assert len(wrong) <= 0.15 * len(rows)
    assert {row["service"] for row in rows} == {"exchange"}
    assert [row["q_value"] for row in rows] == sorted(row["q_value"] for row in rows)


def test_each_row_says_what_a_request_needs(case: Case, attributed_engine: Engine):
    rows = service_payments(attributed_engine.relations(), 0.10).to_pylist()
    asked = dict(
        zip(
            case.tables["ads"]["ad_id"].to_pylist(),
            case.tables["ads"]["price_minor"].to_pylist(),
            strict=True,
        )
    )
    for row in rows:
        paid = sum(asked[ad] for ad in row["ad_ids"].split()) / 100
        if _is_true(case, row):
            assert row["fiat_value"] == pytest.approx(paid, rel=0.04)
        assert float(row["bitcoin"]) * 1e8 == pytest.approx(row["value_sat"])
        assert row["time_utc"] <= row["block_time_utc"] or row["time_known_by"] == "block"
        assert row["earliest_utc"] <= row["time_utc"]
    assert {row["time_known_by"] for row in rows} == {"first_seen", "block"}


def test_where_nobody_paid_next_to_nothing_is_named():
    named = 0
    for seed in (3, 4, 5):
        case = simulated_case(seed=seed, payments=False)
        engine = case.engine()
        score(engine)
        for name, rows in attribute(engine).tables.items():
            engine.append(name, rows)
        named += service_payments(engine.relations(), 0.05).num_rows
    assert named == 0


def test_a_case_without_services_has_none(case: Case):
    engine = case.engine()
    engine.execute("UPDATE wallet_summary SET service = NULL")
    score(engine)
    assert service_payments(engine.relations(), 1.0).num_rows == 0
