"""A data directory written by Bitcoin Core's own code, read by it and by us: all must agree.

The kernel validates every block of a small regtest chain, writes it, obfuscated, with its undo
data, and reads both back. Needs the development package py-bitcoinkernel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.blocks import add_blocks

from .bitcoin_reference import Input, Output, Tx, block, coinbase, commit, sha256d
from .chain_of_blocks import SCRIPTS

pbk = pytest.importorskip("pbk", reason="needs py-bitcoinkernel")

TRUE = b"\x51"
WITNESS_TRUE = b"\0\x20" + hashlib.sha256(TRUE).digest()


def hash160(data: bytes) -> bytes:
    return hashlib.new("ripemd160", hashlib.sha256(data).digest()).digest()


# What anyone can spend: output script, unlocking script, witness.
OPEN = [
    (TRUE, b"", []),
    (b"\xa9\x14" + hash160(TRUE) + b"\x87", b"\x01" + TRUE, []),
    (WITNESS_TRUE, b"", [TRUE]),
    (b"\xa9\x14" + hash160(WITNESS_TRUE) + b"\x87", b"\x22" + WITNESS_TRUE, [TRUE]),
    (b"\x60\x14" + b"\x21" * 20, b"", []),
]
SUBSIDY = 50 * 10**8


def paying(height: int) -> Tx:
    script = OPEN[height % len(OPEN)][0]
    stated = bytes([0x50 + height]) + b"test" if height <= 16 else None
    return coinbase(height, [Output(SUBSIDY, script)], stated)


def spending(height: int, paid: Tx, note: int = 0) -> Tx:
    """Spends a coinbase, to every kind of script."""
    _, unlocking, witness = OPEN[height % len(OPEN)]
    spend = Input(paid.txid, 0, unlocking, 0xFFFFFFFD, list(witness))
    outputs = [Output(1_000_000 + i, script) for i, script in enumerate(SCRIPTS)]
    return Tx([spend], [*outputs, Output(SUBSIDY - 10**8 - note, TRUE)], lock_time=0)


def chain_blocks(genesis: bytes) -> tuple[list[bytes], bytes]:
    """106 blocks, the last six with spends of the first; and a rival of the last."""
    made, firsts, previous, rival = [], [], genesis, b""
    for height in range(1, 107):
        txs = [paying(height)]
        firsts.append(txs[0])
        if height > 100:
            txs.append(spending(height - 100, firsts[height - 101]))
            again = Input(txs[1].txid, len(SCRIPTS))  # an output of the same block
            txs.append(Tx([again], [Output(SUBSIDY - 2 * 10**8, b"\x6a"), Output(5, TRUE)]))
            commit(txs)
        if height == 106:
            other = [paying(height), spending(6, firsts[5], 7)]
            commit(other)
            rival = block(other, previous, time=1_600_000_900 + 600 * height)
        made.append(block(txs, previous, time=1_600_000_000 + 600 * height))
        previous = sha256d(made[-1][:80])
    return made, rival


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("node")
    manager = pbk.load_chainman(folder, pbk.ChainType.REGTEST)
    genesis = bytes(manager.get_active_chain().block_tree_entries[0].block_hash)
    blocks, rival = chain_blocks(genesis)
    for data in (*blocks, rival):
        assert manager.process_block(pbk.Block(data))
    assert manager.get_active_chain().height == 106
    return manager, folder / "blocks"


def test_ids_scripts_values_and_the_best_chain_agree(
    engine: Engine, node: tuple[Any, Path]
) -> None:
    manager, folder = node
    assert any((folder / "xor.dat").read_bytes())
    added = add_blocks(engine, folder, SourceParams())
    assert added.rows_rejected == 0
    outputs, inputs, hashes = set(), set(), []
    for entry in manager.get_active_chain().block_tree_entries:
        hashes.append((entry.height, str(entry.block_hash)))
        block = manager.blocks[entry]
        spent = manager.block_spent_outputs[entry].transactions if entry.height else []
        for place, tx in enumerate(block.transactions):
            txid = str(tx.txid)
            for vout, output in enumerate(tx.outputs):
                outputs.add((txid, vout, output.amount, bytes(output.script_pubkey)))
            for vin, one in enumerate(tx.inputs if place else []):
                coin = spent[place - 1].coins[vin].output
                point = one.out_point
                script = bytes(coin.script_pubkey)
                inputs.add((txid, vin, str(point.txid), point.index, coin.amount, script))
    confirmed = "JOIN transactions AS t USING (tx_id) JOIN scripts AS s USING (script_id)"
    confirmed += " WHERE t.block_height IS NOT NULL"
    assert outputs == set(
        engine.rows(
            f"SELECT lower(hex(t.txid)), vout, value_sat, s.script FROM outputs {confirmed}"
        )
    )
    assert inputs == set(
        engine.rows(
            "SELECT lower(hex(t.txid)), vin, lower(hex(spent_txid)), spent_vout, value_sat, "
            f"s.script FROM inputs {confirmed}"
        )
    )
    best = "SELECT block_height, block_hash FROM blocks WHERE on_best_chain ORDER BY 1"
    assert engine.rows(best) == hashes
    assert engine.rows("SELECT count(*) FROM blocks WHERE NOT on_best_chain") == [(1,)]
