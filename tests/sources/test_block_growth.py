"""Data directories of a node that is at work: files that grow, stop, and come in any order."""

from __future__ import annotations

from pathlib import Path

import pytest

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources import block_reader
from inktrace.sources.block_files import deobfuscated
from inktrace.sources.blocks import add_blocks, settle_blocks
from inktrace.workspace import create_workspace, open_workspace

from .bitcoin_reference import framed
from .chain_of_blocks import (
    Chain,
    expected_inputs,
    expected_outputs,
    small_chain,
    stored_inputs,
    stored_outputs,
)

LIMITS = SourceParams()
KEY = bytes(range(1, 9))


@pytest.fixture(scope="module")
def chain() -> Chain:
    return small_chain(5)


def write(
    folder: Path, chain: Chain, blocks: bytes, undo: bytes, key: bytes | None, number: int = 0
) -> Path:
    """One pair of files, the space set aside at their ends left as zeros."""
    if key is not None:
        (folder / "xor.dat").write_bytes(key)
    path = folder / f"blk{number:05}.dat"
    path.write_bytes(deobfuscated(blocks, key, 0) + bytes(2**16 - len(blocks)))
    (folder / f"rev{number:05}.dat").write_bytes(deobfuscated(undo, key, 0) + bytes(400))
    return path


def rejects(engine: Engine) -> list[tuple[object, ...]]:
    return engine.rows('SELECT "row", reason FROM rejects ORDER BY 1, 2')


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_of_a_file_that_grew_only_the_new_blocks_are_read(
    engine: Engine, tmp_path: Path, chain: Chain, key: bytes | None, share: float
) -> None:
    frames = [framed(data) for data in chain.data]
    undo = [chain.undo(number) for number in range(5)]
    half = frames[2][: 3 + int(share * (len(frames[2]) - 12))]
    path = write(tmp_path, chain, b"".join(frames[:2]) + half, b"".join(undo[:2]), key)
    first = add_blocks(engine, path, LIMITS)
    assert (first.rows_accepted, rejects(engine)) == (len(chain.txs[0]) + len(chain.txs[1]), [])
    assert any("is not whole" in note for note in first.notes) == (share > 0)
    assert add_blocks(engine, path, LIMITS).already_added
    write(tmp_path, chain, b"".join(frames[:4]), b"".join(undo[:4]), key)
    second = add_blocks(engine, tmp_path, LIMITS)
    expected = len(chain.txs[2]) + len(chain.txs[3])
    assert (second.rows_accepted, second.rows_repeated, rejects(engine)) == (expected, 0, [])
    write(tmp_path, chain, b"".join(frames), b"".join(undo), key)
    third = add_blocks(engine, path, LIMITS)
    assert (third.rows_accepted, third.rows_repeated) == (len(chain.txs[4]), 0)
    assert rejects(engine) == []
    assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)
    assert engine.rows('SELECT "row" FROM blocks ORDER BY 1') == [(i,) for i in range(1, 6)]


def test_a_file_cut_off_inside_its_last_block_is_taken_up_where_it_ended(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    path = tmp_path / "blk00007.dat"
    for end in (-5, -len(frames[4]) + 7, -len(frames[4]) + 2):
        path.write_bytes(b"".join(frames)[:end])
        assert add_blocks(engine, path, LIMITS).rows_rejected == 0
        assert stored_outputs(engine) == expected_outputs(chain.txs[:4])
    path.write_bytes(b"".join(frames))
    added = add_blocks(engine, path, LIMITS)
    assert (added.rows_accepted, added.rows_repeated) == (len(chain.txs[4]), 0)
    assert stored_outputs(engine) == expected_outputs(chain.txs)


def test_a_last_block_that_is_whole_but_bad_is_rejected(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [bytearray(framed(data)) for data in chain.data]
    frames[4][-30] ^= 1
    (tmp_path / "blk00000.dat").write_bytes(b"".join(frames) + bytes(99))
    added = add_blocks(engine, tmp_path / "blk00000.dat", LIMITS)
    assert (added.rows_rejected, rejects(engine)[0][0]) == (1, 5)


def test_undo_data_that_comes_later_completes_what_was_read_without(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    undo = [chain.undo(number) for number in range(5)]
    write(tmp_path, chain, b"".join(frames[2:4]), undo[2], None)
    add_blocks(engine, tmp_path, LIMITS)
    write(tmp_path, chain, b"".join(frames[2:]), b"".join(undo[2:]), None)
    added = add_blocks(engine, tmp_path, LIMITS)
    assert (added.rows_accepted, rejects(engine)) == (len(chain.txs[4]), [])
    assert stored_inputs(engine) == expected_inputs(chain.txs[2:], chain.spent[2:])


def test_a_file_that_was_rewritten_is_read_from_its_start(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    path = tmp_path / "blk00000.dat"
    path.write_bytes(b"".join(frames[:2]))
    add_blocks(engine, path, LIMITS)
    path.write_bytes(b"".join(reversed(frames)))
    added = add_blocks(engine, path, LIMITS)
    known = len(chain.txs[0]) + len(chain.txs[1])
    assert added.rows_repeated == known
    assert stored_outputs(engine) == expected_outputs(chain.txs)


def test_a_pruned_folder_with_files_out_of_order_is_read_whole(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    for number, part in ((100_000, [4, 3]), (99_999, [2]), (7, [1])):
        blocks = b"".join(frames[i] for i in part)
        write(tmp_path, chain, blocks, b"".join(chain.undo(i) for i in reversed(part)), KEY, number)
    write(tmp_path, chain, b"", b"", KEY, 100_001)  # set aside, nothing written yet
    added = add_blocks(engine, tmp_path, LIMITS)
    assert (added.rows_rejected, added.rows_accepted) == (0, sum(map(len, chain.txs[1:])))
    assert stored_inputs(engine) == expected_inputs(chain.txs[1:], chain.spent[1:])
    names = engine.rows("SELECT path FROM source_files ORDER BY file_id")
    assert [Path(name).name for (name,) in names] == [
        f"blk{number:05}.dat" for number in (7, 99_999, 100_000, 100_001)
    ]
    assert any("no block is written yet" in note for note in added.notes)


def test_a_kill_between_files_and_before_settling_loses_nothing(
    tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "blocks"
    folder.mkdir()
    frames = [framed(data) for data in chain.data]
    (folder / "blk00000.dat").write_bytes(b"".join(frames[3:]))
    (folder / "blk00001.dat").write_bytes(b"".join(frames[:3]))
    with create_workspace(tmp_path / "case") as case:
        add_blocks(case.engine, folder / "blk00000.dat", LIMITS, settle=False)

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(block_reader, "store_transactions", killed)
        with pytest.raises(KeyboardInterrupt):
            add_blocks(case.engine, folder / "blk00001.dat", LIMITS, settle=False)
        monkeypatch.undo()
    with open_workspace(tmp_path / "case") as case:
        assert stored_outputs(case.engine) == expected_outputs(chain.txs[3:])
        add_blocks(case.engine, folder / "blk00001.dat", LIMITS, settle=False)
    with open_workspace(tmp_path / "case") as case:
        add_blocks(case.engine, folder, LIMITS)
        assert stored_inputs(case.engine) == expected_inputs(chain.txs, chain.spent)
        assert case.engine.rows("SELECT count(*) FROM blocks WHERE on_best_chain") == [(5,)]


def test_the_report_says_where_the_values_of_inputs_come_from(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    path = write(tmp_path, chain, b"".join(frames[1:4]), chain.undo(1), None)
    counts = [sum(len(tx.inputs) for tx in txs[1:]) for txs in chain.txs]
    added = add_blocks(engine, path, LIMITS)
    assert added.notes == (
        f"of {sum(counts[1:4])} inputs, {counts[1]} have value and script from undo data, "
        f"{counts[2] + counts[3]} from outputs stored here, 0 are unknown so far",
    )
    (tmp_path / "rev00000.dat").unlink()
    settle_blocks(engine)


def test_results_do_not_depend_on_when_the_reader_ran_ahead(
    tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, chain, b"".join(map(framed, chain.data)), chain.undo(2), None)
    seen = []
    for small in (True, False, True):
        if small:
            monkeypatch.setattr("inktrace.sources.block_scan.WINDOW_BYTES", 700)
        else:
            monkeypatch.undo()
        with create_workspace(tmp_path / f"case{len(seen)}") as case:
            add_blocks(case.engine, path, LIMITS)
            assert stored_outputs(case.engine) == expected_outputs(chain.txs)
            seen.append(
                [
                    case.engine.rows(f"FROM {name} ORDER BY ALL")
                    for name in ("transactions", "inputs")
                ]
            )
    assert seen[0] == seen[1] == seen[2]
