"""A small regtest chain with every kind of script, and what the tables must hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inktrace.engine import Engine
from inktrace.sources.block_files import deobfuscated

from .bitcoin_reference import (
    Input,
    Output,
    Tx,
    block,
    coinbase,
    commit,
    framed,
    framed_undo,
    full_key,
    sha256d,
    undo_record,
)

KEY = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
FULL_KEY = next(key for x in range(1, 100) if (key := full_key(x)))
SCRIPTS = [
    b"\x21" + KEY + b"\xac",
    b"\x41" + FULL_KEY + b"\xac",
    b"\x76\xa9\x14" + b"\x11" * 20 + b"\x88\xac",
    b"\xa9\x14" + b"\x12" * 20 + b"\x87",
    b"\0\x14" + b"\x13" * 20,
    b"\0\x20" + b"\x14" * 32,
    b"\x51\x20" + b"\x15" * 32,
    b"\x51\x21" + KEY + b"\x51\xae",
    b"\x52\x02\x4e\x73",
    b"\x6a\x04test",
]


@dataclass
class Chain:
    """Blocks in order of height from 1, what each one's transactions spent, and their bytes."""

    txs: list[list[Tx]]
    spent: list[list[list[Output]]]
    data: list[bytes]
    previous: list[bytes]

    def undo(self, number: int) -> bytes:
        """The framed undo record of one block."""
        return framed_undo(undo_record(self.spent[number]), self.previous[number])


def small_chain(blocks: int = 3) -> Chain:
    """Each block's coinbase pays every kind of script; the next block spends it all."""
    chain = Chain([], [], [], [])
    previous = sha256d(b"parent")
    for number in range(blocks):
        outputs = [Output(1000 + 10 * number + i, script) for i, script in enumerate(SCRIPTS)]
        txs, spent = [coinbase(number + 1, outputs)], []
        if number:
            parent = chain.txs[-1][0]
            for i in range(len(SCRIPTS) - 1):  # nobody can spend the last, an OP_RETURN
                inputs = [Input(parent.txid, i, b"\x51", 0xFFFFFFFD)]
                inputs[0].witness = [b"sig", b""] if i % 2 else []
                paid = [Output(parent.outputs[i].value - 1, SCRIPTS[(i + 1) % len(SCRIPTS)])]
                txs.append(Tx(inputs, paid, lock_time=i))
                spent.append([parent.outputs[i]])
            commit(txs)
        chain.txs.append(txs)
        chain.spent.append(spent)
        chain.previous.append(previous)
        chain.data.append(block(txs, previous, time=1_600_000_000 + 600 * number))
        previous = sha256d(chain.data[-1][:80])
    return chain


def write_core_files(folder: Path, chain: Chain, key: bytes | None = None) -> Path:
    """The chain as Bitcoin Core keeps it: blocks out of order, undo data in another order.

    The zeros behind them, space set aside in advance, are not obfuscated.
    """
    numbers = [*range(len(chain.data))]
    shuffled = numbers[::2] + numbers[1::2]
    blocks = b"".join(framed(chain.data[i]) for i in shuffled)
    undo = b"".join(chain.undo(i) for i in reversed(numbers))
    if key is not None:
        (folder / "xor.dat").write_bytes(key)
    (folder / "blk00000.dat").write_bytes(deobfuscated(blocks, key, 0) + bytes(1000))
    (folder / "rev00000.dat").write_bytes(deobfuscated(undo, key, 0) + bytes(500))
    return folder / "blk00000.dat"


def stored_outputs(engine: Engine) -> set[tuple[str, int, int, bytes]]:
    """txid, vout, value and script of every output in the tables."""
    return set(
        engine.rows(
            "SELECT lower(hex(t.txid)), o.vout, o.value_sat, s.script FROM outputs AS o "
            "JOIN transactions AS t USING (tx_id) JOIN scripts AS s USING (script_id)"
        )
    )


def stored_inputs(engine: Engine) -> set[tuple[str, int, str, int, int | None, bytes | None]]:
    """txid, vin, spent txid, spent vout, value and script of every input in the tables."""
    return set(
        engine.rows(
            "SELECT lower(hex(t.txid)), i.vin, lower(hex(i.spent_txid)), i.spent_vout, "
            "i.value_sat, s.script FROM inputs AS i JOIN transactions AS t USING (tx_id) "
            "LEFT JOIN scripts AS s USING (script_id)"
        )
    )


def expected_outputs(blocks: list[list[Tx]]) -> set[tuple[str, int, int, bytes]]:
    """What stored_outputs must give."""
    return {
        (shown, vout, output.value, output.script)
        for txs in blocks
        for shown, tx in ((tx.shown, tx) for tx in txs)
        for vout, output in enumerate(tx.outputs)
    }


def expected_inputs(
    blocks: list[list[Tx]], spent: list[list[list[Output]]] | None
) -> set[tuple[str, int, str, int, int | None, bytes | None]]:
    """What stored_inputs must give; without `spent`, values and scripts are unknown."""
    found = set()
    for number, txs in enumerate(blocks):
        for place, tx in enumerate(txs[1:]):
            shown = tx.shown
            for vin, one in enumerate(tx.inputs):
                known = spent[number][place][vin] if spent else None
                value, script = (known.value, known.script) if known else (None, None)
                found.add((shown, vin, one.txid[::-1].hex(), one.vout, value, script))
    return found
