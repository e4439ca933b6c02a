"""A payment that was replaced before any block took it paid nobody."""

from __future__ import annotations

import pyarrow as pa
import pytest

from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.payments.times import paid_outputs

TXID = bytes(31) + b"\1"
OTHER = bytes(31) + b"\2"
SEEN_US = 1_700_000_000_000_000


def timed(events: list[tuple[str, int]], block_time_us: int | None) -> list[int]:
    def row(**values: object) -> dict[str, object]:
        return {"file_id": 1, "row": 1, **values}

    transactions = [
        row(tx_id=0, txid=TXID, block_time_us=block_time_us, is_coinbase=False, version=2,
            lock_time=0),
        row(tx_id=1, txid=OTHER, block_time_us=None, is_coinbase=False, version=2, lock_time=0),
    ]  # fmt: skip
    told = [
        row(txid=TXID, event=event, event_us=SEEN_US + at, observer="n", clock="ours",
            uncertainty_us=0)
        for event, at in events
    ]  # fmt: skip
    tables = {
        "transactions": pa.Table.from_pylist(transactions),
        "outputs": pa.table(
            {"tx_id": [0, 1], "vout": [0, 0], "value_sat": [5, 5], "script_id": [0, 1]}
        ),
        "first_seen": pa.Table.from_pylist(
            [row(txid=txid, first_seen_us=SEEN_US) for txid in (TXID, OTHER)]
        ),
    }
    if told:
        tables["mempool_events"] = pa.Table.from_pylist(told)
    with Engine.in_memory(tables) as engine:
        found, _ = paid_outputs(engine.relations(), Params().payments)
    return [int(one) for one in found.tx_id]


@pytest.mark.parametrize(
    ("events", "block_time_us", "left"),
    [
        ([], None, [0, 1]),
        ([("added", 0), ("removed", 5)], None, [0, 1]),
        ([("added", 0), ("replaced", 5)], None, [1]),
        ([("added", 0), ("replaced", 5), ("rebroadcast", 9)], None, [0, 1]),
        ([("added", 0), ("replaced", 5)], SEEN_US + 600_000_000, [0, 1]),
    ],
)
def test_what_was_replaced_for_good_is_no_payment(
    events: list[tuple[str, int]], block_time_us: int | None, left: list[int]
) -> None:
    assert timed(events, block_time_us) == left
