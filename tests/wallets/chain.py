"""Small chains for tests of wallets: transactions in a few words, as stored tables."""

from __future__ import annotations

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.progress import silent
from inktrace.wallets import STAGE

HOUR = 3_600_000_000


def engine_of(transactions, tags=(), times=None, seen=None):
    """`transactions`: tx_id → (input scripts, [(value, script)]); None = unknown input.

    Every input holds one satoshi. `times` and `seen`: tx_id → block or first-seen time, in μs.
    """
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
    timed = [
        {"tx_id": tx, "txid": bytes([tx]) * 32, "block_time_us": (times or {}).get(tx)}
        for tx in transactions
    ]
    first_seen = [
        {"txid": bytes([tx]) * 32, "first_seen_us": time, "file_id": 1, "row": 1}
        for tx, time in (seen or {}).items()
    ]
    for name, rows in (
        ("inputs", inputs),
        ("outputs", outputs),
        ("tags", list(tags)),
        ("transactions", timed),
        ("first_seen", first_seen),
    ):
        if rows:
            tables[name] = pa.Table.from_pylist(rows)
    return Engine.in_memory(tables)


def run(transactions, tags=(), params=None, times=None):
    """The stage's tables as rows, and its notes."""
    with engine_of(transactions, tags, times) as engine:
        result = STAGE.function(engine.relations(STAGE.reads), params or WalletsParams(), silent)
    return {name: table.to_pylist() for name, table in result.tables.items()}, result.notes


def stored(transactions, params=None, **other):
    """An engine in memory that also holds the stage's tables."""
    engine = engine_of(transactions, **other)
    result = STAGE.function(engine.relations(STAGE.reads), params or WalletsParams(), silent)
    for name, rows in result.tables.items():
        engine.append(name, rows)
    return engine


def tag(script, label, actor=None, **other):
    """One tag of a script's address."""
    return {"address": f"address{script}", "label": label, "actor": actor, "category": "exchange",
            "confidence": "service_data", "tagpack": "pack", "tag_source": None, "file_id": 1,
            "row": 1, **other}  # fmt: skip


def mix(inputs, first=60):
    """A CoinJoin: three equal outputs, the first to the given script, and what is left over."""
    equal = [(70_000, script) for script in (first, 61, 62)]
    return list(inputs), [*equal, *((i + 1, 70 + i) for i in range(len(inputs)))]
