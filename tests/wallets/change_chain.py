"""Small chains with all that change heuristics look at, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from inktrace.engine import Engine, Relations

FINAL = 0xFFFFFFFF


@dataclass(frozen=True)
class Tx:
    """One transaction: (tx, vout) outputs spent, or (script, value) coins from outside; outputs as
    (script, value). A script's type is its first letters: w…, p… or s…."""

    spends: Sequence[tuple[int | str, int]]
    pays: Sequence[tuple[str, int]]
    version: int = 2
    lock_time: int = 0
    sequence: int = FINAL
    seen_us: int | None = None
    is_coinbase: bool = False


_TYPES = {"w": "p2wpkh", "p": "p2pkh", "s": "p2sh"}


@contextmanager
def chain(
    made: Sequence[Tx],
    prices: Sequence[tuple[int, float]] = (),
    **others: pa.Table,
) -> Iterator[Relations]:
    """A workspace's relations over the transactions, in order; `others`: tables by name."""
    scripts: dict[str, int] = {}

    def script_id(name: str) -> int:
        return scripts.setdefault(name, len(scripts))

    rows: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("transactions", "inputs", "outputs", "first_seen", "prices")
    }
    for tx, one in enumerate(made):
        txid = tx.to_bytes(32, "big")
        rows["transactions"].append(
            {"tx_id": tx, "txid": txid, "block_height": 100 + tx, "block_time_us": tx,
             "is_coinbase": one.is_coinbase, "version": one.version, "lock_time": one.lock_time,
             "file_id": 1, "row": tx}
        )  # fmt: skip
        if one.seen_us is not None:
            rows["first_seen"].append(
                {"txid": txid, "first_seen_us": one.seen_us, "file_id": 1, "row": tx}
            )
        for vin, (source, number) in enumerate(one.spends):
            if isinstance(source, int):
                script, value = made[source].pays[number]
                parent, vout = source.to_bytes(32, "big"), number
            else:
                script, value, parent, vout = source, number, bytes([255] * 31 + [vin]), tx
            rows["inputs"].append(
                {"tx_id": tx, "vin": vin, "spent_txid": parent, "spent_vout": vout,
                 "value_sat": value, "script_id": script_id(script), "sequence": one.sequence}
            )  # fmt: skip
        for vout, (script, value) in enumerate(one.pays):
            rows["outputs"].append(
                {"tx_id": tx, "vout": vout, "value_sat": value, "script_id": script_id(script)}
            )
    rows["prices"] = [
        {"time_us": moment, "currency": "USD", "price": price, "file_id": 1, "row": place}
        for place, (moment, price) in enumerate(prices)
    ]
    tables = {name: pa.Table.from_pylist(found) for name, found in rows.items() if found}
    tables["scripts"] = pa.table(
        {
            "script_id": pa.array(scripts.values(), pa.int64()),
            "script": pa.array([name.encode() for name in scripts], pa.binary()),
            "script_type": pa.array([_TYPES[name[0]] for name in scripts], pa.string()),
            "address": pa.array(list(scripts), pa.string()),
        }
    )
    with Engine.in_memory({**tables, **others}) as engine:
        yield engine.relations()
