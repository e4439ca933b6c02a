"""The wallets stage on small ledgers: CoinJoins stay out, services are named, payers known."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.progress import silent
from inktrace.wallets import STAGE


def run(transactions, tags=(), params=None):
    """`transactions`: tx_id → (input scripts, [(value, script)]); None = unknown input."""
    scripts = sorted(
        {
            s
            for ins, outs in transactions.values()
            for s in [*ins, *(o[1] for o in outs)]
            if s is not None
        }
    )
    inputs, outputs = [], []
    for tx, (ins, outs) in transactions.items():
        for vin, script in enumerate(ins):
            inputs.append(
                {"tx_id": tx, "vin": vin, "spent_txid": bytes(32), "spent_vout": vin,
                 "value_sat": 1, "script_id": script, "sequence": 0}
            )  # fmt: skip
        for vout, (value, script) in enumerate(outs):
            outputs.append({"tx_id": tx, "vout": vout, "value_sat": value, "script_id": script})
    tables = {
        "scripts": pa.table(
            {
                "script_id": pa.array(scripts, pa.int64()),
                "script": pa.array([str(s).encode() for s in scripts], pa.binary()),
                "script_type": pa.array(["p2wpkh"] * len(scripts), pa.string()),
                "address": pa.array([f"address{s}" for s in scripts], pa.string()),
            }
        )
    }
    for name, rows in (("inputs", inputs), ("outputs", outputs), ("tags", list(tags))):
        if rows:
            tables[name] = pa.Table.from_pylist(rows)
    with Engine.in_memory(tables) as engine:
        result = STAGE.function(engine.relations(STAGE.reads), params or WalletsParams(), silent)
    return {name: table.to_pylist() for name, table in result.tables.items()}, result.notes


def wallet_of(found):
    return {row["script_id"]: row["wallet_id"] for row in found["wallets"]}


def test_spending_together_joins_and_every_script_has_a_wallet():
    found, _ = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])})
    assert wallet_of(found) == {0: 0, 1: 0, 2: 2, 3: 0, 4: 4}
    assert {row["tx_id"]: row["wallet_id"] for row in found["payers"]} == {0: 0, 1: 0}
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert (summary[0]["scripts"], summary[0]["transactions_out"]) == (3, 2)
    assert summary[2]["transactions_in"] == 1


def test_unknown_inputs_join_nothing():
    found, _ = run({0: ([None, 0], [(5, 2)]), 1: ([None], [(5, 1)])})
    assert wallet_of(found) == {0: 0, 1: 1, 2: 2}
    assert [row["tx_id"] for row in found["payers"]] == [0]


def test_coinjoins_are_left_out():
    mix = [(70_000, 10 + i) for i in range(3)] + [(i + 1, 30 + i) for i in range(9)]
    found, notes = run({0: (list(range(9)), mix)})
    assert [row["rule"] for row in found["coinjoins"]] == ["equal_outputs"]
    assert len(set(wallet_of(found).values())) == len(found["wallets"])
    assert found["payers"] == []
    assert notes["coinjoins"] == 1


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([0], [(500, 10 + i) for i in range(8)]),  # a payroll: one payer, equal amounts
        ([0, 1, 2], [(500, 10)] * 3),  # three payments to one script
        ([0, 1, 2, 3], [(500, 10), (500, 11), (7, 12)]),  # two equal outputs
    ],
)
def test_ordinary_payments_are_no_coinjoins(inputs, outputs):
    assert run({0: (inputs, outputs)})[0]["coinjoins"] == []


def tag(script, label, actor=None, **other):
    return {"address": f"address{script}", "label": label, "actor": actor, "category": "exchange",
            "confidence": "service_data", "tagpack": "pack", "tag_source": None, "file_id": 1,
            "row": 1, **other}  # fmt: skip


def test_a_tag_makes_a_service_of_the_whole_cluster_and_conflicts_are_shown():
    tags = [tag(0, "Mine"), tag(1, "Mine"), tag(3, "Yours")]
    found, _ = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])}, tags)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert summary[0]["service"] == "Mine"
    assert "2 of its addresses" in summary[0]["service_reason"]
    assert "1 other labels disagree" in summary[0]["service_reason"]
    assert summary[2]["service"] is None


def test_a_tag_of_harm_makes_no_service():
    found, _ = run({0: ([0, 1], [(5, 2)])}, [tag(0, "Locker", category="ransomware")])
    assert {row["service"] for row in found["wallet_summary"]} == {None}


def test_a_merge_of_two_tagged_actors_is_refused_and_listed():
    tags = [tag(0, "Mine", "mine"), tag(3, "Yours", "yours")]
    found, notes = run({0: ([0, 1], [(5, 2)]), 1: ([1, 3], [(5, 4)])}, tags)
    assert wallet_of(found)[0] != wallet_of(found)[3]
    assert notes["refused"] == [{"tx_id": 1, "actors": ["mine", "yours"]}]
    assert [row["tx_id"] for row in found["payers"]] == [0]


def test_a_wallet_that_pays_very_many_is_a_service_by_behaviour():
    transactions = {tx: ([0], [(tx + 1, 1 + tx), (9, 0)]) for tx in range(30)}
    params = WalletsParams(service_recipients=25, service_transactions=25)
    found, _ = run(transactions, params=params)
    summary = {row["wallet_id"]: row for row in found["wallet_summary"]}
    assert summary[0]["service_confidence"] == "behaviour"
    assert "30 different scripts" in summary[0]["service_reason"]
    assert all(summary[one]["service"] is None for one in range(1, 31))


def test_an_empty_chain_gives_empty_tables():
    found, notes = run({})
    assert all(rows == [] for rows in found.values())
    assert notes["largest_cluster_scripts"] == 0
