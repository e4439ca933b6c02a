"""Tables of a chain from the parts of transactions, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pyarrow as pa

Side = Sequence[tuple[int | None, Hashable]]  # value in satoshi and script; None = unknown


def chain_tables(transactions: Sequence[tuple[Side, Side]]) -> dict[str, pa.Table]:
    """`inputs` and `outputs`, tx_id counting from 0, script_id given by first sight."""
    scripts: dict[Hashable, int] = {}
    tables = {}
    for side, (name, place) in enumerate((("inputs", "vin"), ("outputs", "vout"))):
        rows = [
            {
                "tx_id": tx,
                place: at,
                "value_sat": value,
                "script_id": None if script is None else scripts.setdefault(script, len(scripts)),
            }
            for tx, sides in enumerate(transactions)
            for at, (value, script) in enumerate(sides[side])
        ]
        types = [(one, pa.int64()) for one in ("tx_id", place, "value_sat", "script_id")]
        tables[name] = pa.Table.from_pylist(rows, pa.schema(types))
    return tables
