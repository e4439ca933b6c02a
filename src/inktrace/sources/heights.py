"""Heights of blocks whose coinbase does not state one, counted from blocks that have one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine

__all__ = ["fill_heights"]

_NO_PARENT: Final = "0" * 64


def fill_heights(engine: Engine) -> None:
    """Give a block the height that follows from its nearest ancestor with a known one.

    The first block of a chain has height 0. Blocks whose ancestors are not stored stay without.
    The transactions that came with such a block get its height too.
    """
    if not engine.rows("SELECT 1 FROM blocks WHERE block_height IS NULL LIMIT 1"):
        return
    found = engine.query(
        "WITH numbered AS (SELECT row_number() OVER (ORDER BY block_hash) - 1 AS place, * "
        "FROM blocks) "
        "SELECT b.block_hash, p.place AS parent, CASE WHEN b.block_height IS NULL "
        f"AND b.previous_hash = '{_NO_PARENT}' THEN 0 ELSE b.block_height END AS height "
        "FROM numbered AS b LEFT JOIN numbered AS p ON p.block_hash = b.previous_hash "
        "ORDER BY b.place"
    )
    heights = _counted(
        found["height"].fill_null(-1).to_numpy(), found["parent"].fill_null(-1).to_numpy()
    )
    known = pa.array(heights >= 0)
    table = pa.table({"block_hash": found["block_hash"], "height": heights}).filter(known)
    with engine.view("counted_heights", table):
        engine.execute(
            "UPDATE blocks AS b SET block_height = c.height FROM counted_heights AS c "
            "WHERE b.block_hash = c.block_hash AND b.block_height IS NULL"
        )
    engine.execute(
        "UPDATE transactions AS t SET block_height = b.block_height FROM blocks AS b "
        "WHERE t.block_height IS NULL AND b.block_height IS NOT NULL AND t.file_id = b.file_id "
        'AND t."row" = b."row" AND t.block_time_us = b.block_time_us'
    )


def _counted(heights: Any, parents: Any) -> Any:
    """Heights counted from the nearest known ancestor; -1 where there is none.

    Each block jumps to its ancestor's ancestor, so n generations take log2(n) rounds.
    """
    places = np.arange(len(heights))
    ancestor = np.where((heights >= 0) | (parents < 0), places, parents)
    distance = (ancestor != places).astype(np.int64)
    while True:
        further = ancestor[ancestor]
        if np.array_equal(further, ancestor):
            break
        distance += distance[ancestor]
        ancestor = further
    return np.where(heights[ancestor] >= 0, heights[ancestor] + distance, -1)
