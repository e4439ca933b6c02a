"""Transactions read from their own bytes, as the ledger takes them: without a block."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from inktrace.sources.ledger import TransactionBatch
from inktrace.sources.raw_transaction import RawTransaction

__all__ = ["raw_batch"]


def raw_batch(read: Sequence[tuple[int, RawTransaction]]) -> TransactionBatch:
    """A batch of (row, transaction); the values and scripts that its inputs spent are unknown."""
    transactions = [tx for _, tx in read]
    inputs = [
        (number, vin, spent, vout, sequence)
        for number, tx in enumerate(transactions)
        for vin, (spent, vout, sequence) in enumerate(tx.inputs)
    ]
    outputs = [
        (number, vout, value, script)
        for number, tx in enumerate(transactions)
        for vout, (value, script) in enumerate(tx.outputs)
    ]
    count = len(transactions)
    return TransactionBatch(
        pa.table(
            {
                "txid": pa.array([tx.txid for tx in transactions], pa.binary()),
                "block_height": pa.nulls(count, pa.int64()),
                "block_time_us": pa.nulls(count, pa.int64()),
                "is_coinbase": pa.array([False] * count),
                "version": pa.array([tx.version for tx in transactions], pa.int64()),
                "lock_time": pa.array([tx.lock_time for tx in transactions], pa.int64()),
                "row": pa.array([row for row, _ in read], pa.int64()),
            }
        ),
        pa.table(
            {
                "transaction": pa.array([one[0] for one in inputs], pa.int64()),
                "vin": pa.array([one[1] for one in inputs], pa.int64()),
                "spent_txid": pa.array([one[2] for one in inputs], pa.binary()),
                "spent_vout": pa.array([one[3] for one in inputs], pa.int64()),
                "value_sat": pa.nulls(len(inputs), pa.int64()),
                "script": pa.nulls(len(inputs), pa.binary()),
                "sequence": pa.array([one[4] for one in inputs], pa.int64()),
            }
        ),
        pa.table(
            {
                "transaction": pa.array([one[0] for one in outputs], pa.int64()),
                "vout": pa.array([one[1] for one in outputs], pa.int64()),
                "value_sat": pa.array([one[2] for one in outputs], pa.int64()),
                "script": pa.array([one[3] for one in outputs], pa.binary()),
            }
        ),
    )
