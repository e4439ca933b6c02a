"""Storing transactions, with ids, and with what each input spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.sources.intake import Intake
from inktrace.sources.known_ids import next_tx_id, numbered_scripts, numbered_transactions
from inktrace.sources.networks import Network
from inktrace.sources.script import described_scripts
from inktrace.sources.spent_outputs import Fresh, spent_by

__all__ = [
    "InputCounts",
    "TransactionBatch",
    "next_tx_id",
    "store_transactions",
]


@dataclass(frozen=True)
class TransactionBatch:
    """Transactions as a source read them; `transaction` counts the rows of `transactions`.

    transactions: txid, block_height, block_time_us, is_coinbase, version, lock_time, row.
    inputs: transaction, vin, spent_txid, spent_vout, value_sat, script, sequence; value and
    script null where unknown; coinbase inputs left out; sorted by transaction and vin.
    outputs: transaction, vout, value_sat, script; sorted by transaction and vout.
    """

    transactions: pa.Table
    inputs: pa.Table
    outputs: pa.Table


@dataclass(frozen=True)
class InputCounts:
    """Of the inputs newly stored: how many there are, and where their values came from."""

    inputs: int = 0
    stated: int = 0  # by the source itself
    found: int = 0  # among the outputs of the workspace

    def __add__(self, other: InputCounts) -> InputCounts:
        return InputCounts(
            self.inputs + other.inputs, self.stated + other.stated, self.found + other.found
        )


def store_transactions(
    file: Intake,
    batch: TransactionBatch,
    network: Network,
    new_blocks: Mapping[int, str] | None = None,
) -> InputCounts:
    """Add the transactions that are not stored yet, and complete those that are.

    Counts `file.accepted` and `file.repeated` up. A transaction that is stored with other
    outputs is rejected. One that is stored without block or spent values gets them from here.
    A value that the source does not state is that of the output spent, where that is stored
    or in the same batch; the others stay unknown until `resolve_older_inputs`.
    `new_blocks` are row and hash of blocks that were not stored before: a transaction that is
    stored already is in such a block too, which goes to `other_blocks`.
    """
    txid = batch.transactions["txid"].combine_chunks()
    is_unknown = pc.is_null(batch.inputs["value_sat"])
    spent = batch.inputs["spent_txid"].filter(is_unknown).combine_chunks()
    numbered = numbered_transactions(file.engine, txid, spent)
    tx_ids, is_new = numbered.tx_ids, numbered.is_new
    spent_ids = np.full(batch.inputs.num_rows, -1, np.int64)
    spent_ids[is_unknown.to_numpy()] = numbered.spent_ids
    inputs = batch.inputs.append_column("spent_tx_id", pa.array(spent_ids))
    batch = TransactionBatch(batch.transactions, inputs, batch.outputs)
    counts = _store_new(file, batch, tx_ids, is_new, network)
    file.accepted += int(is_new.sum())
    if not is_new.all():
        _complete_stored(file, batch, tx_ids, ~is_new, network)
        _store_other_blocks(file.engine, batch.transactions["row"], tx_ids, ~is_new, new_blocks)
    return counts


def _store_new(
    file: Intake, batch: TransactionBatch, tx_ids: Any, is_new: Any, network: Network
) -> InputCounts:
    if not is_new.any():
        return InputCounts()
    engine, new = file.engine, pa.array(is_new)
    transactions = batch.transactions.append_column("tx_id", pa.array(tx_ids)).filter(new)
    outputs = _of(batch.outputs, tx_ids, is_new)
    inputs = _of(batch.inputs, tx_ids, is_new)
    script_ids = _script_ids(engine, [outputs["script"], inputs["script"]], network)
    outputs = outputs.drop_columns(["script"]).append_column("script_id", script_ids[0])
    inputs = inputs.drop_columns(["script"]).append_column("script_id", script_ids[1])
    unknown = inputs["value_sat"].null_count
    stated = inputs.num_rows - unknown
    if unknown:
        inputs = _with_spent(engine, inputs, outputs, int(tx_ids[is_new][0]), int(is_new.sum()))
    engine.append("transactions", transactions, file_id=file.file_id)
    engine.append("outputs", outputs)
    engine.append("inputs", inputs.drop_columns(["spent_tx_id"]))
    found = unknown - inputs["value_sat"].null_count
    return InputCounts(inputs.num_rows, stated, found)


def _with_spent(
    engine: Engine, inputs: pa.Table, outputs: pa.Table, first_tx_id: int, transactions: int
) -> pa.Table:
    """The inputs, those of unknown value filled in from new and stored outputs."""
    owners = outputs["tx_id"].to_numpy()
    starts = np.searchsorted(owners, first_tx_id + np.arange(transactions + 1))
    values = outputs["value_sat"].to_numpy()
    fresh = Fresh(first_tx_id, starts, values, outputs["script_id"].to_numpy())
    known = [inputs[name].fill_null(-1).to_numpy().copy() for name in ("value_sat", "script_id")]
    rows = np.flatnonzero(known[0] < 0)
    tx_ids, vouts = inputs["spent_tx_id"].to_numpy()[rows], inputs["spent_vout"].to_numpy()[rows]
    found = spent_by(engine, fresh, tx_ids, vouts)
    for name, column, new in zip(("value_sat", "script_id"), known, found, strict=True):
        column[rows] = np.where(column[rows] < 0, new, column[rows])
        place = inputs.schema.get_field_index(name)
        inputs = inputs.set_column(place, name, pa.array(column, mask=column < 0))
    return inputs


def _store_other_blocks(
    engine: Engine, rows: Any, tx_ids: Any, is_stored: Any, new_blocks: Mapping[int, str] | None
) -> None:
    if not new_blocks:
        return
    of = [new_blocks.get(row) for row in rows.filter(pa.array(is_stored)).to_pylist()]
    pairs = pa.table({"tx_id": tx_ids[is_stored], "block_hash": pa.array(of, pa.string())})
    engine.append("other_blocks", pairs.filter(pc.is_valid(pairs["block_hash"])))


def _complete_stored(
    file: Intake, batch: TransactionBatch, tx_ids: Any, is_stored: Any, network: Network
) -> None:
    """Compare repeated transactions with what is stored, and fill in what was unknown there."""
    engine = file.engine
    transactions = batch.transactions.append_column("tx_id", pa.array(tx_ids)).filter(is_stored)
    outputs = _of(batch.outputs, tx_ids, is_stored, with_position=True)
    inputs = _of(batch.inputs, tx_ids, is_stored, with_position=True)
    outputs = outputs.append_column(
        "script_id", _script_ids(engine, [outputs["script"]], network)[0]
    )
    different = _different_outputs(engine, outputs)
    _reject_different(file, batch.transactions, different)
    file.repeated += int(is_stored.sum()) - len(different)
    if different:
        agreeing = ~np.isin(np.flatnonzero(is_stored), different)
        transactions = transactions.filter(pa.array(agreeing))
        inputs = inputs.filter(pc.invert(pc.is_in(inputs["position"], pa.array(different))))
    script_ids = _script_ids(engine, [inputs["script"]], network)[0]
    inputs = inputs.append_column("script_id", script_ids)
    inputs = inputs.drop_columns(["script", "spent_tx_id"])
    with engine.view("repeated_transactions", transactions):
        engine.execute(
            "UPDATE transactions AS t SET block_height = coalesce(t.block_height, n.height), "
            "block_time_us = coalesce(t.block_time_us, n.time_us) FROM ("
            "  SELECT tx_id, min(block_height) AS height, min(block_time_us) AS time_us"
            "  FROM repeated_transactions WHERE block_time_us IS NOT NULL GROUP BY tx_id) AS n "
            "WHERE t.tx_id = n.tx_id AND (t.block_time_us IS NULL OR t.block_height IS NULL)"
        )
    with engine.view("repeated_inputs", inputs):
        engine.execute(
            "UPDATE inputs AS i SET value_sat = coalesce(i.value_sat, n.value_sat), "
            "script_id = coalesce(i.script_id, n.script_id) FROM ("
            "  SELECT tx_id, vin, min(value_sat) AS value_sat, min(script_id) AS script_id"
            "  FROM repeated_inputs WHERE value_sat IS NOT NULL GROUP BY tx_id, vin) AS n "
            "WHERE i.tx_id = n.tx_id AND i.vin = n.vin "
            "AND (i.value_sat IS NULL OR i.script_id IS NULL)"
        )


def _different_outputs(engine: Engine, outputs: pa.Table) -> list[int]:
    """Positions of transactions whose outputs are not those stored under their id."""
    with engine.view("repeated_outputs", outputs):
        found = engine.rows(
            "WITH mine AS (SELECT position, any_value(tx_id) AS tx_id, count(*) AS outputs "
            "  FROM repeated_outputs GROUP BY position), "
            "same AS (SELECT r.position, count(*) AS outputs FROM repeated_outputs AS r "
            "  JOIN outputs AS o USING (tx_id, vout) WHERE o.value_sat = r.value_sat "
            "  AND o.script_id = r.script_id GROUP BY r.position), "
            "stored AS (SELECT tx_id, count(*) AS outputs FROM outputs "
            "  WHERE tx_id IN (SELECT tx_id FROM mine) GROUP BY tx_id) "
            "SELECT m.position FROM mine AS m LEFT JOIN same AS s USING (position) "
            "LEFT JOIN stored AS t ON t.tx_id = m.tx_id "
            "WHERE s.outputs IS DISTINCT FROM m.outputs "
            "OR t.outputs IS DISTINCT FROM m.outputs ORDER BY m.position"
        )
    return [row[0] for row in found]


def _reject_different(file: Intake, transactions: pa.Table, positions: list[int]) -> None:
    for position in positions:
        row = transactions.slice(position, 1).to_pylist()[0]
        file.reject(
            row["row"],
            "outputs",
            "this transaction is already stored with other outputs",
            row["txid"].hex(),
        )


def _of(table: pa.Table, tx_ids: Any, chosen: Any, with_position: bool = False) -> pa.Table:
    """Rows of the chosen transactions, with `tx_id` in the place of `transaction`."""
    owners = table["transaction"].to_numpy()
    mask = chosen[owners]
    if mask.all():
        kept = table
    else:
        kept, owners = table.filter(pa.array(mask)), owners[mask]
    kept = kept.drop_columns(["transaction"]).append_column("tx_id", pa.array(tx_ids[owners]))
    return kept.append_column("position", pa.array(owners)) if with_position else kept


def _script_ids(engine: Engine, columns: list[pa.ChunkedArray], network: Network) -> list[pa.Array]:
    """The id of each script, new ones stored; null stays null."""
    numbered = numbered_scripts(engine, columns)
    if len(numbered.new_ids):
        types, addresses = described_scripts(numbered.new_scripts, network)
        new = {"script_id": numbered.new_ids, "script": numbered.new_scripts}
        engine.append("scripts", pa.table({**new, "script_type": types, "address": addresses}))
    return numbered.columns
