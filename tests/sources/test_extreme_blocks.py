"""Blocks at the edge of what the rules allow: very many inputs, a witness that fills the block."""

from __future__ import annotations

from pathlib import Path

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.blocks import add_blocks

from .bitcoin_reference import Input, Output, Tx, block, coinbase, commit

INPUTS = 23_000  # 41 bytes each: what fits into the million bytes that are no witness
TRUE = b"\x51"


def stored(engine: Engine, folder: Path, txs: list[Tx]) -> None:
    commit(txs)
    path = folder / "block.bin"
    path.write_bytes(block(txs))
    added = add_blocks(engine, path, SourceParams(), network="regtest")
    assert (added.rows_accepted, added.rows_rejected) == (len(txs), 0)


def test_a_transaction_with_very_many_inputs(engine: Engine, tmp_path: Path) -> None:
    spent = bytes(31) + b"\7"
    many = Tx([Input(spent, n) for n in range(INPUTS)], [Output(1, TRUE)])
    stored(engine, tmp_path, [coinbase(1, [Output(5, TRUE)]), many])
    assert engine.rows(
        "SELECT count(*), min(vin), max(vin), count(DISTINCT spent_vout), count(value_sat) "
        "FROM inputs"
    ) == [(INPUTS, 0, INPUTS - 1, INPUTS, 0)]
    txid = engine.rows("SELECT txid FROM transactions WHERE NOT is_coinbase")[0][0]
    assert txid == many.txid[::-1]


def test_a_witness_of_nearly_four_million_bytes(engine: Engine, tmp_path: Path) -> None:
    large = Tx([Input(bytes(31) + b"\7", 0, b"")], [Output(1, TRUE)])
    large.inputs[0].witness = [bytes(3_900_000), b"", b"x" * 300]
    stored(engine, tmp_path, [coinbase(1, [Output(5, TRUE)]), large])
    txid = engine.rows("SELECT txid FROM transactions WHERE NOT is_coinbase")[0][0]
    assert txid == large.txid[::-1]


def test_witness_versions_that_are_not_in_use_yet(engine: Engine, tmp_path: Path) -> None:
    scripts = [bytes([0x50 + version]) + b"\x20" + b"\x22" * 32 for version in range(2, 17)]
    stored(engine, tmp_path, [coinbase(1, [Output(5, script) for script in scripts])])
    found = engine.rows("SELECT script_type, address FROM scripts WHERE script_type <> 'op_return'")
    assert len(found) == len(scripts)
    assert {kind for kind, _ in found} == {"witness_unknown"}
    assert all(address.startswith("bcrt1") for _, address in found)
