"""Tables of a chain from the parts of transactions, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pyarrow as pa

_TYPES = {"0014": "p2wpkh", "5120": "p2tr", "76a9": "p2pkh", "a914": "p2sh", "p2pkh": "p2pkh"}
Side = Sequence[tuple[int | None, Hashable]]  # value in satoshi and script; None = unknown


def chain_tables(transactions: Sequence[tuple[Side, Side]]) -> dict[str, pa.Table]:
    """`inputs`, `outputs` and `scripts`; tx_id counts from 0, script_id is given by first sight.

    The type of a script is told by its hex, or by its name: p2pkh… is one, others are unknown.
    """
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
    tables["scripts"] = pa.table(
        {
            "script_id": pa.array(scripts.values(), pa.int64()),
            "script_type": pa.array([_type(str(name)) for name in scripts], pa.string()),
        }
    )
    return tables


def _type(script: str) -> str | None:
    return next((kind for head, kind in _TYPES.items() if script.startswith(head)), None)
