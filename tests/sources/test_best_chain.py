"""Branches: which one is best, and what that means for their transactions."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import networkx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.best_chain import _best_blocks
from inktrace.sources.blocks import add_blocks

from .bitcoin_reference import Input, Output, Tx, block, coinbase, framed, sha256d

LIMITS = SourceParams()
STEADY = settings(max_examples=60, derandomize=True, deadline=None)
PARENT = bytes(32)


def spend(number: int) -> Tx:
    return Tx([Input(bytes([number]) * 32, 0)], [Output(number, b"\x51")])


def built(heights_txs: list[tuple[int, list[Tx]]], parent: bytes, time: int) -> list[bytes]:
    """A branch: one block for each height, holding these transactions."""
    made = []
    for height, txs in heights_txs:
        first = coinbase(height, [Output(5, b"\x51"), Output(time, b"\x6a")])
        made.append(block([first, *txs], parent, time=time + height))
        parent = sha256d(made[-1][:80])
    return made


def add(engine: Engine, folder: Path, number: int, blocks: list[bytes]) -> None:
    path = folder / f"part{number}.dat"
    path.write_bytes(b"".join(map(framed, blocks)))
    add_blocks(engine, path, LIMITS)


def confirmed(engine: Engine) -> dict[str, tuple[int | None, int | None]]:
    return {
        txid: (height, None if time is None else time // 1_000_000)
        for txid, height, time in engine.rows(
            "SELECT lower(hex(txid)), block_height, block_time_us FROM transactions"
        )
    }


def best(engine: Engine) -> list[tuple[int, bool]]:
    return engine.rows('SELECT block_height, on_best_chain FROM blocks ORDER BY file_id, "row"')


def test_the_branch_with_more_work_wins_and_the_other_is_kept(
    engine: Engine, tmp_path: Path
) -> None:
    both, lost, later = spend(1), spend(2), spend(3)
    trunk = built([(1, []), (2, [])], PARENT, 1_600_000_000)
    tip = sha256d(trunk[-1][:80])
    stale = built([(3, [both, lost])], tip, 1_610_000_000)
    winner = built([(3, []), (4, [both]), (5, [later])], tip, 1_620_000_000)
    add(engine, tmp_path, 1, trunk + stale)
    assert all(mark for _, mark in best(engine))
    assert confirmed(engine)[both.shown] == (3, 1_610_000_003)
    add(engine, tmp_path, 2, winner[:1])
    assert best(engine)[-2:] == [(3, True), (3, False)]  # equal work: the first stays
    add(engine, tmp_path, 3, winner[1:])
    assert best(engine) == [(1, True), (2, True), (3, False), (3, True), (4, True), (5, True)]
    found = confirmed(engine)
    assert found[both.shown] == (4, 1_620_000_004)
    assert found[lost.shown] == (None, None)
    assert found[later.shown] == (5, 1_620_000_005)
    more = built([(4, []), (5, []), (6, [])], sha256d(stale[0][:80]), 1_630_000_000)
    add(engine, tmp_path, 4, more)
    found = confirmed(engine)
    assert found[both.shown] == found[lost.shown] == (3, 1_610_000_003)
    assert found[later.shown] == (None, None)


def test_the_order_of_files_does_not_matter_where_work_decides(tmp_path: Path) -> None:
    both = spend(1)
    trunk = built([(1, [])], PARENT, 1_600_000_000)
    tip = sha256d(trunk[-1][:80])
    parts = [
        trunk,
        built([(2, [both])], tip, 1_610_000_000),
        built([(2, []), (3, [both]), (4, [])], tip, 1_620_000_000),
    ]
    seen = []
    for number, order in enumerate(permutations(range(3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Engine.in_memory({}) as engine:
            for part in order:
                add(engine, folder, part, parts[part])
            marks = engine.rows("SELECT block_hash, on_best_chain FROM blocks ORDER BY 1")
            seen.append((marks, sorted(confirmed(engine).items(), key=str)))
    assert all(one == seen[0] for one in seen)
    assert dict(seen[0][1])[both.shown] == (3, 1_620_000_003)


def test_an_orphan_branch_loses_where_it_overlaps(engine: Engine, tmp_path: Path) -> None:
    main = built([(n, []) for n in range(1, 6)], PARENT, 1_600_000_000)
    orphan = built([(4, [])], b"\x07" * 32, 1_610_000_000)
    above = built([(6, [])], b"\x08" * 32, 1_620_000_000)  # its parent rivals our last block
    far = built([(9, [])], b"\x09" * 32, 1_630_000_000)
    add(engine, tmp_path, 1, main + orphan + above + far)
    assert best(engine)[5:] == [(4, False), (6, False), (9, True)]
    assert all(mark for _, mark in best(engine)[:5])


@STEADY
@given(st.lists(st.integers(-1, 30), min_size=1, max_size=30), st.data())
def test_marks_agree_with_a_plain_search(raw: list[int], data: st.DataObject) -> None:
    parents = np.array([min(parent, i - 1) for i, parent in enumerate(raw)], np.int64)
    work = np.array([float(data.draw(st.integers(1, 4))) for _ in raw])
    parents[1:][parents[1:] < 0] = 0  # one tree
    order = np.array(data.draw(st.permutations(range(len(raw)))))  # a child may be stored first
    place = np.argsort(order)
    moved = np.array([-1 if parents[i] < 0 else place[parents[i]] for i in order], np.int64)
    tree = networkx.DiGraph([(int(p), i) for i, p in enumerate(moved) if p >= 0])
    tree.add_nodes_from(range(len(raw)))
    total = {i: work[order][[i, *networkx.ancestors(tree, i)]].sum() for i in tree}
    tip = min(tree, key=lambda i: (-total[i], i))
    expected = {tip, *networkx.ancestors(tree, tip)}
    found = _best_blocks(moved, np.full(len(raw), -1), work[order])
    assert set(np.flatnonzero(found)) == expected
