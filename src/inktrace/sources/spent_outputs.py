"""What inputs spent, as far as the workspace's own outputs tell: value and script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine

__all__ = ["Fresh", "resolve_inputs", "resolve_older_inputs", "spent_by"]


@dataclass(frozen=True)
class Fresh:
    """Outputs that are about to be stored, sorted by tx_id and vout without gaps.

    Output `vout` of transaction `first_tx_id + i` is in row `starts[i] + vout`, as long as that
    is below `starts[i + 1]`.
    """

    first_tx_id: int
    starts: Any
    values: Any
    script_ids: Any


def spent_by(engine: Engine, fresh: Fresh, tx_ids: Any, vouts: Any) -> tuple[Any, Any]:
    """Value and script (int64) of the outputs named; -1 where there is no such output.

    `tx_ids` (int64, -1 = not stored) and `vouts` name outputs of stored or fresh transactions.
    """
    values = np.full(len(tx_ids), -1, np.int64)
    script_ids = values.copy()
    inside = np.flatnonzero(tx_ids >= fresh.first_tx_id)
    owners = tx_ids[inside] - fresh.first_tx_id
    rows = fresh.starts[owners] + vouts[inside]
    there = rows < fresh.starts[owners + 1]
    values[inside[there]] = fresh.values[rows[there]]
    script_ids[inside[there]] = fresh.script_ids[rows[there]]
    stored = np.flatnonzero((tx_ids >= 0) & (tx_ids < fresh.first_tx_id))
    if len(stored):
        wanted = pa.table({"place": stored, "tx_id": tx_ids[stored], "vout": vouts[stored]})
        with engine.view("wanted_outputs", wanted):
            found = engine.query(
                "SELECT w.place, o.value_sat, o.script_id FROM wanted_outputs AS w "
                "JOIN outputs AS o ON o.tx_id = w.tx_id AND o.vout = w.vout"
            )
        places = found["place"].to_numpy()
        values[places] = found["value_sat"].to_numpy()
        script_ids[places] = found["script_id"].to_numpy()
    return values, script_ids


def resolve_inputs(engine: Engine, first_tx_id: int = 0) -> None:
    """Give inputs the value and script of the stored output they spend.

    Looks at the inputs of transactions from `first_tx_id` on, and at older ones that spend
    outputs of those. The output itself is the better witness: where a source only named an
    address for the input's script, the output's script takes its place.

    Notes: costs one pass over the inputs and transactions stored; call it once per file.
    """
    _copy_from_outputs(
        engine,
        "i.tx_id >= ? AND (i.value_sat, i.script_id) IS DISTINCT FROM (o.value_sat, o.script_id)",
        first_tx_id,
    )
    resolve_older_inputs(engine, first_tx_id)


def resolve_older_inputs(engine: Engine, first_tx_id: int) -> None:
    """Give inputs of unknown value those of outputs of transactions from `first_tx_id` on."""
    unknown = "SELECT 1 FROM inputs WHERE value_sat IS NULL OR script_id IS NULL LIMIT 1"
    if engine.rows(unknown):
        _copy_from_outputs(
            engine, "t.tx_id >= ? AND (i.value_sat IS NULL OR i.script_id IS NULL)", first_tx_id
        )


def _copy_from_outputs(engine: Engine, which: str, first_tx_id: int) -> None:
    engine.execute(
        "UPDATE inputs AS i SET value_sat = o.value_sat, script_id = o.script_id "
        "FROM transactions AS t JOIN outputs AS o ON o.tx_id = t.tx_id "
        f"WHERE t.txid = i.spent_txid AND o.vout = i.spent_vout AND {which}",
        [first_tx_id],
    )
