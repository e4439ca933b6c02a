"""Transactions as Esplora gives them, and the ids that their fields make.

Esplora (Blockstream's and mempool.space's interface) lists all that a transaction's id is made
of, and what each input spent; so what it says can be checked, except for values and scripts of
spent outputs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.sources.byte_kernels import write_transactions
from inktrace.sources.hash_kernels import double_hashes
from inktrace.sources.script import binary_parts

__all__ = ["esplora_columns", "made_ids"]

_SHAPE: Final = (
    '{"txid": "VARCHAR", "version": "VARCHAR", "locktime": "VARCHAR", '
    '"status": {"block_height": "VARCHAR", "block_time": "VARCHAR"}, '
    '"vin": [{"txid": "VARCHAR", "vout": "VARCHAR", "scriptsig": "VARCHAR", '
    '"sequence": "VARCHAR", "prevout": {"scriptpubkey": "VARCHAR", '
    '"scriptpubkey_address": "VARCHAR", "value": "VARCHAR"}}], '
    '"vout": [{"scriptpubkey": "VARCHAR", "scriptpubkey_address": "VARCHAR", '
    '"value": "VARCHAR"}]}'
)


def esplora_columns(engine: Engine, lines: pa.Array) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Transactions, inputs and outputs of JSON lines, named as chain_rows names them, as text.

    Inputs have two columns more: `script_hex` (of the output spent) and `unlocking_hex`.
    """
    with engine.view("esplora_lines", pa.table({"line": lines})):
        found = engine.query(f"SELECT json_transform(line, '{_SHAPE}') AS t FROM esplora_lines")
    whole = found["t"].combine_chunks()
    status = pc.struct_field(whole, "status")
    missing = pa.nulls(len(lines), pa.string())
    transactions = pa.table(
        {
            "hash": pc.struct_field(whole, "txid"),
            "block_number": pc.struct_field(status, "block_height"),
            "block_timestamp": pc.struct_field(status, "block_time"),
            "is_coinbase": missing,
            "version": pc.struct_field(whole, "version"),
            "lock_time": pc.struct_field(whole, "locktime"),
            "input_count": missing,
            "output_count": missing,
        }
    )
    owners, places, spent = _flat(pc.struct_field(whole, "vin"))
    previous = pc.struct_field(spent, "prevout")
    nothing = pa.nulls(len(spent), pa.string())
    inputs = pa.table(
        {
            "owner": owners,
            "place": places,
            "index": nothing,
            "spent_transaction_hash": pc.struct_field(spent, "txid"),
            "spent_output_index": pc.struct_field(spent, "vout"),
            "sequence": pc.struct_field(spent, "sequence"),
            "type": nothing,
            "value": pc.struct_field(previous, "value"),
            "address": pc.struct_field(previous, "scriptpubkey_address"),
            "script_hex": pc.struct_field(previous, "scriptpubkey"),
            "unlocking_hex": pc.struct_field(spent, "scriptsig"),
        }
    )
    owners, places, paid = _flat(pc.struct_field(whole, "vout"))
    nothing = pa.nulls(len(paid), pa.string())
    outputs = pa.table(
        {
            "owner": owners,
            "place": places,
            "index": nothing,
            "script_hex": pc.struct_field(paid, "scriptpubkey"),
            "type": nothing,
            "value": pc.struct_field(paid, "value"),
            "address": pc.struct_field(paid, "scriptpubkey_address"),
        }
    )
    return transactions, inputs, outputs


def made_ids(
    version: Any, lock_time: Any, inputs: pa.Table, unlocking: pa.Array, outputs: pa.Table
) -> pa.Array:
    """The id (32 bytes, display order) that the fields of each transaction make.

    `inputs` (transaction, spent_txid, spent_vout, sequence) and `outputs` (transaction,
    value_sat, script) are sorted by transaction and position; nulls count as empty.
    """
    count = len(version)
    sides = [side["transaction"].to_numpy() for side in (inputs, outputs)]
    numbers = [np.bincount(side, minlength=count).astype(np.int64) for side in sides]
    txs = np.ascontiguousarray(np.stack([version, lock_time, *numbers]))
    spends = np.stack([inputs["spent_vout"].to_numpy(), inputs["sequence"].to_numpy()])
    zero = pa.scalar(bytes(32), pa.binary())
    txids = pc.fill_null(inputs["spent_txid"].combine_chunks(), zero)
    unlocking_parts = binary_parts(pc.fill_null(unlocking, b""))
    scripts = binary_parts(pc.fill_null(outputs["script"].combine_chunks(), b""))
    room = 18 * count + 49 * len(sides[0]) + 17 * len(sides[1])
    room += int(np.ptp(unlocking_parts[1])) + int(np.ptp(scripts[1]))
    out, offsets = np.empty(room, np.uint8), np.empty(count + 1, np.int64)
    paid = np.array([outputs["value_sat"].to_numpy()])
    write_transactions(
        txs,
        np.ascontiguousarray(spends),
        np.frombuffer(b"".join(txids.to_pylist()), np.uint8),
        *unlocking_parts,
        paid,
        *scripts,
        out,
        offsets,
    )
    ids = np.empty((count, 32), np.uint8)
    double_hashes(out, offsets[:-1].copy(), offsets[1:].copy(), ids.reshape(-1))
    data = pa.py_buffer(np.ascontiguousarray(ids[:, ::-1]))
    ends = pa.py_buffer(np.arange(0, 32 * count + 1, 32, dtype=np.int32))
    return pa.Array.from_buffers(pa.binary(), count, [None, ends, data])


def _flat(lists: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Owner and place of each item of each list, and the items."""
    owners = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    starts = np.searchsorted(owners, np.arange(len(lists)))
    return pa.array(owners), pa.array(np.arange(len(owners)) - starts[owners]), lists.flatten()
