"""What follows from all blocks together: heights, the best chain, and what older inputs spent.

Bitcoin Core keeps the blocks of branches that lost beside those of the best chain. They stay in
the tables, marked; a transaction counts as confirmed only by a block that did not lose.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.compiled import OFFSETS, compiled
from inktrace.engine import Engine
from inktrace.sources.heights import fill_heights
from inktrace.sources.known_ids import forget_ids
from inktrace.sources.networks import target_of_bits
from inktrace.sources.spent_outputs import resolve_older_inputs

__all__ = ["BLOCKS_MEMORY", "note_unsettled", "settle_blocks"]

BLOCKS_MEMORY: Final = "150MB"  # of the database; with the reader's own, all stays below 1 GB
_UNSETTLED: Final = "unsettled_tx_id"
Array = Any  # NumPy arrays of the types that each signature names


def note_unsettled(engine: Engine, first_tx_id: int) -> None:
    """Remember that transactions from this one on have to be settled, also after a kill."""
    engine.execute(
        "INSERT INTO workspace SELECT ?, ? WHERE NOT EXISTS "
        "(SELECT 1 FROM workspace WHERE name = ?)",
        [_UNSETTLED, str(first_tx_id), _UNSETTLED],
    )


def settle_blocks(engine: Engine) -> None:
    """Settle what later blocks can change; does nothing where nothing was added since.

    Inputs of unknown value get those of outputs that came later. Blocks get heights, and are
    marked as on the best chain or not: of two branches, the one with more work wins, or the
    one stored first where they are equal. Transactions whose every block lost become
    unconfirmed (no height, no block time); one in several blocks has those of a winner.

    Notes: wrong where the winning branch is not stored, or stored without what joins it to
    the rest; branches that nothing joins are compared where their heights overlap.
    References: Bitcoin Core, src/chain.cpp (GetBlockProof).
    """
    forget_ids(engine)
    noted = engine.rows("SELECT value FROM workspace WHERE name = ?", [_UNSETTLED])
    unmarked = engine.rows("SELECT 1 FROM blocks WHERE on_best_chain IS NULL LIMIT 1")
    if not noted and not unmarked:
        return
    with engine.limited_memory(BLOCKS_MEMORY), engine.transaction():
        if noted:
            resolve_older_inputs(engine, int(noted[0][0]))
        fill_heights(engine)
        _mark_best_chain(engine)
        engine.execute("DELETE FROM workspace WHERE name = ?", [_UNSETTLED])


def _mark_best_chain(engine: Engine) -> None:
    blocks = engine.query(
        'WITH numbered AS (SELECT row_number() OVER (ORDER BY file_id, "row") - 1 AS place, * '
        "FROM blocks) SELECT b.block_hash, coalesce(p.place, -1) AS parent, "
        "coalesce(b.block_height, -1) AS height, b.target_bits, b.on_best_chain "
        "FROM numbered AS b LEFT JOIN numbered AS p ON p.block_hash = b.previous_hash "
        "ORDER BY b.place"
    )
    is_best = _best_blocks(
        blocks["parent"].to_numpy(), blocks["height"].to_numpy(), _work(blocks["target_bits"])
    )
    marks = pa.table({"block_hash": blocks["block_hash"], "is_best": pa.array(is_best)})
    with engine.view("best_marks", marks):
        engine.execute("DROP TABLE IF EXISTS moved_blocks")
        engine.execute(
            "CREATE TEMP TABLE moved_blocks AS SELECT block_hash FROM best_marks "
            "JOIN blocks USING (block_hash) "
            "WHERE NOT is_best OR (on_best_chain IS NOT NULL AND on_best_chain <> is_best)"
        )
        engine.execute(
            "UPDATE blocks AS b SET on_best_chain = m.is_best FROM best_marks AS m "
            "WHERE b.block_hash = m.block_hash AND b.on_best_chain IS DISTINCT FROM m.is_best"
        )
    if engine.rows("SELECT 1 FROM moved_blocks LIMIT 1"):
        _reconfirm(engine)
    engine.execute("DROP TABLE moved_blocks")


def _work(bits: pa.ChunkedArray) -> Any:
    """The expected hashes that each block took; 1 each where some block's target is unknown."""
    if bits.null_count:
        return np.ones(len(bits))
    distinct, places = np.unique(bits.to_numpy(), return_inverse=True)
    return np.array([2.0**256 / (target_of_bits(int(one)) + 1) for one in distinct])[places]


def _best_blocks(parents: Any, heights: Any, work: Any) -> Any:
    """Which blocks did not lose; `parents` are places, -1 where the parent is not stored."""
    count = len(parents)
    total, depth, roots = np.zeros(count), np.zeros(count, np.int64), np.zeros(count, np.int64)
    _grow(parents, work, total, depth, roots)
    # The best block of each tree: most work, then stored first.
    order = np.lexsort((np.arange(count), -total, roots))
    first = np.r_[True, roots[order][1:] != roots[order][:-1]] if count else np.zeros(0, bool)
    tips = order[first]
    is_best = np.zeros(count, bool)
    room = int(heights.max(initial=0)) + 3
    own, wider = np.zeros(room, bool), np.zeros(room, bool)
    for tip in tips[np.lexsort((tips, -total[tips]))].tolist():
        high = int(heights[tip])
        low = max(high - int(depth[tip]), 0)
        if high >= 0:
            # A rival at the height of a block, or of the parent that nobody stored.
            if wider[low : high + 1].any() or (low and own[low - 1]):
                continue
            own[low : high + 1] = wider[max(low - 1, 0) : high + 1] = True
        _mark_ancestors(parents, tip, is_best)
    return is_best


@compiled(f"void({OFFSETS}, float64[::1], float64[::1], int64[::1], int64[::1])")
def _grow(parents: Array, work: Array, total: Array, depth: Array, roots: Array) -> None:
    """Work and number of blocks from the root of each tree on, and the root."""
    path = np.empty(len(parents), np.int64)
    known = np.zeros(len(parents), np.bool_)
    for i in range(len(parents)):
        steps, at = 0, i
        while at >= 0 and not known[at]:
            path[steps] = at
            known[at] = True
            steps, at = steps + 1, parents[at]
        while steps:
            steps -= 1
            block = path[steps]
            if at < 0:
                total[block], depth[block], roots[block] = work[block], 0, block
            else:
                total[block] = total[at] + work[block]
                depth[block], roots[block] = depth[at] + 1, roots[at]
            at = block


@compiled(f"void({OFFSETS}, int64, boolean[::1])")
def _mark_ancestors(parents: Array, block: Any, marks: Array) -> None:
    at = block
    while at >= 0:
        marks[at] = True
        at = parents[at]


def _reconfirm(engine: Engine) -> None:
    """Give transactions of blocks that lost, or won again, the block that now confirms them."""
    engine.execute(
        """
        WITH own AS (
            SELECT t.tx_id, b.block_hash FROM transactions AS t
            JOIN blocks AS b ON t.file_id = b.file_id AND t."row" = b."row"
        ), touched AS (
            SELECT DISTINCT tx_id FROM (FROM own UNION ALL FROM other_blocks)
            WHERE block_hash IN (FROM moved_blocks)
        ), places AS (
            SELECT o.tx_id, o.block_hash, true AS is_own FROM own AS o SEMI JOIN touched
            USING (tx_id) UNION ALL
            SELECT o.tx_id, o.block_hash, false FROM other_blocks AS o SEMI JOIN touched
            USING (tx_id)
        ), settled AS (
            SELECT tx_id, bool_or(is_own) AS is_ours,
                list(block_time_us) FILTER (NOT on_best_chain) AS lost,
                arg_min({'height': block_height, 'time': block_time_us},
                    (NOT is_own, block_height, b.block_hash)) FILTER (on_best_chain) AS won
            FROM places JOIN blocks AS b USING (block_hash) GROUP BY tx_id
        )
        UPDATE transactions AS t SET block_height = s.won.height, block_time_us = s.won.time
        FROM settled AS s WHERE t.tx_id = s.tx_id
            AND (s.is_ours OR s.won IS NOT NULL OR list_contains(s.lost, t.block_time_us))
            AND (t.block_height, t.block_time_us)
                IS DISTINCT FROM (s.won.height, s.won.time)
        """
    )
