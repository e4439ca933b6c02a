"""Block files of every form into tables: real blocks, made ones, damaged ones."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import InputError, UsageError
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources.block_checks import BadBlock
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.blocks import add_blocks
from inktrace.sources.networks import NETWORKS

from .bitcoin_reference import (
    Input,
    Output,
    Tx,
    block,
    coinbase,
    commit,
    framed,
    merkle_root,
    mined,
    read_block,
    sha256d,
)
from .chain_of_blocks import (
    Chain,
    expected_inputs,
    expected_outputs,
    small_chain,
    stored_inputs,
    stored_outputs,
    write_core_files,
)

LIMITS = SourceParams()
STEADY = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
REGTEST = NETWORKS["regtest"]
REAL = {
    "bcoin_300025.blk": (300025, 461),
    "bcoin_426884.blk": (426884, 409),
    "btcd_21868c2c.blk": (540107, 230),
    "btcd_277647.dat": (277647, 213),
    "floresta_367891.blk.zst": (367891, 420),
}


@pytest.fixture(scope="module")
def chain() -> Chain:
    return small_chain()


def empty_engine() -> Engine:
    engine = Engine(threads=1)
    for table in TABLES.values():
        engine.execute(table.create_sql())
    return engine


def reject_rows(engine: Engine) -> list[tuple[Any, ...]]:
    return engine.rows('SELECT "row", "column", reason FROM rejects ORDER BY "row", reason')


# ── real blocks ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", REAL)
def test_real_blocks_agree_with_a_plain_reader(
    engine: Engine, shared_data: Path, name: str
) -> None:
    path = shared_data / "blocks" / name
    added = add_blocks(engine, path, LIMITS)
    height, count = REAL[name]
    assert (added.rows_accepted, added.rows_rejected) == (count, 0)
    assert engine.rows("SELECT block_height, transactions FROM blocks") == [(height, count)]
    data = path.read_bytes()
    if name.endswith(".zst"):
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    txs = read_block(data[8:] if data[:4] == NETWORKS["mainnet"].magic else data)
    assert stored_outputs(engine) == expected_outputs([txs])
    assert {row[:4] for row in stored_inputs(engine)} == {
        row[:4] for row in expected_inputs([txs], None)
    }
    assert add_blocks(engine, path, LIMITS).already_added


@pytest.mark.parametrize("name", ["bcoin_300025.blk", "floresta_367891.blk.zst"])
def test_undo_data_beside_real_blocks_gives_every_input(
    engine: Engine, shared_data: Path, name: str
) -> None:
    add_blocks(engine, shared_data / "blocks" / name, LIMITS)
    unknown = "SELECT count(*) FROM inputs WHERE value_sat IS NULL OR script_id IS NULL"
    assert engine.rows(unknown) == [(0,)]
    reward = 2_500_000_000
    fees = engine.rows(
        "SELECT (SELECT sum(o.value_sat) FROM outputs AS o JOIN transactions USING (tx_id) "
        "WHERE is_coinbase), (SELECT sum(value_sat) FROM inputs) - (SELECT sum(o.value_sat) "
        "FROM outputs AS o JOIN transactions USING (tx_id) WHERE NOT is_coinbase)"
    )
    assert fees[0][0] == reward + fees[0][1]


@pytest.mark.parametrize("name", ["116927", "150012", "209999", "255017", "403199"])
def test_blocks_rebuilt_from_json_agree_with_it(
    engine: Engine, shared_data: Path, tmp_path: Path, name: str
) -> None:
    text = (shared_data / "blocks_json" / f"full_{name}.json").read_text()
    state = json.loads(text)
    given = state["blocks"][0]
    listed = given["data"]["transactions"]
    txs = [_tx_from_json(tx) for tx in listed]
    header = given["header"]
    previous = bytes.fromhex(state["chain_state"]["best_block_hash"])[::-1]
    raw = struct.pack("<i", header["version"]) + previous + merkle_root([t.txid for t in txs])
    raw += struct.pack("<III", header["time"], header["bits"], header["nonce"])
    raw += block(txs)[80:]
    spent = [
        [
            Output(
                i["previous_output"]["data"]["value"],
                _bytes(i["previous_output"]["data"]["pk_script"]),
            )
            for i in tx["inputs"]
        ]
        for tx in listed[1:]
    ]
    entries = [
        {"txout": {"value": o.value, "script_pubkey": o.script.hex()}} for tx in spent for o in tx
    ]
    (tmp_path / "one.hex").write_text(raw.hex())
    (tmp_path / "one.spent").write_text(json.dumps(entries))
    added = add_blocks(engine, tmp_path / "one.hex", LIMITS)
    assert (added.rows_accepted, reject_rows(engine)) == (len(txs), [])
    found = engine.rows("SELECT block_hash, block_height FROM blocks")
    stated = state["expected"]["block_height"] if header["version"] > 1 else None
    assert found == [(state["expected"]["best_block_hash"], stated)]
    assert stored_outputs(engine) == expected_outputs([txs])
    assert stored_inputs(engine) == expected_inputs([txs], [spent])


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _tx_from_json(tx: dict[str, Any]) -> Tx:
    inputs = [
        Input(
            bytes.fromhex(one["previous_output"]["txid"].removeprefix("0x"))[::-1],
            one["previous_output"]["vout"],
            _bytes(one["script"]),
            one["sequence"],
        )
        for one in tx["inputs"]
    ]
    outputs = [Output(one["value"], _bytes(one["pk_script"])) for one in tx["outputs"]]
    return Tx(inputs, outputs, tx["version"], tx["lock_time"])


# ── Bitcoin Core's files ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [None, bytes(8), bytes(range(1, 9))])
def test_core_files_give_all_inputs(
    engine: Engine, tmp_path: Path, chain: Chain, key: bytes | None
) -> None:
    path = write_core_files(tmp_path, chain, key)
    for added in (add_blocks(engine, path, LIMITS), add_blocks(engine, tmp_path, LIMITS)):
        assert added.rows_accepted == sum(len(txs) for txs in chain.txs)
        assert added.rows_rejected == 0
    assert added.already_added
    assert stored_outputs(engine) == expected_outputs(chain.txs)
    assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)
    assert engine.rows("SELECT value FROM workspace WHERE name = 'network'") == [("regtest",)]
    heights = engine.rows("SELECT block_height, transactions FROM blocks ORDER BY 1")
    assert heights == [(i + 1, len(txs)) for i, txs in enumerate(chain.txs)]
    ids = engine.rows("SELECT count(*), max(tx_id), count(DISTINCT txid) FROM transactions")
    assert ids == [(added.rows_accepted, added.rows_accepted - 1, added.rows_accepted)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compressed_files_are_read(engine: Engine, tmp_path: Path, chain: Chain, pack: Any) -> None:
    path = write_core_files(tmp_path, chain)
    path.write_bytes(pack(path.read_bytes()))
    assert add_blocks(engine, path, LIMITS).rows_rejected == 0
    assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)


def test_inputs_are_resolved_without_undo_whatever_the_order(tmp_path: Path, chain: Chain) -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        with empty_engine() as engine:
            for number in order:
                path = tmp_path / f"{number}.bin"
                path.write_bytes(chain.data[number])
                add_blocks(engine, path, LIMITS)
            assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)


def test_a_block_met_again_is_repeated_and_completed_by_its_undo_data(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    (tmp_path / "one.bin").write_bytes(chain.data[2])
    add_blocks(engine, tmp_path / "one.bin", LIMITS)
    assert {row[4] for row in stored_inputs(engine)} == {None}
    (tmp_path / "blk00003.dat").write_bytes(framed(chain.data[2]) * 2)
    (tmp_path / "rev00003.dat").write_bytes(chain.undo(2))
    added = add_blocks(engine, tmp_path, LIMITS)
    count = len(chain.txs[2])
    assert (added.rows_accepted, added.rows_repeated) == (0, 2 * count)
    assert stored_inputs(engine) == expected_inputs(chain.txs[2:], chain.spent[2:])
    assert engine.rows("SELECT count(*) FROM blocks") == [(1,)]


def test_undo_data_that_does_not_fit_is_told_of_and_the_block_kept(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    (tmp_path / "one.blk").write_bytes(chain.data[1])
    (tmp_path / "one.undo").write_bytes(b"\1" + bytes(7) + b"\1\x51")
    added = add_blocks(engine, tmp_path / "one.blk", LIMITS)
    assert (added.rows_accepted, added.rows_rejected) == (len(chain.txs[1]), 1)
    reason = "one.undo lists 1 spent outputs, which fits no block of the file"
    assert reject_rows(engine) == [(0, "undo", reason)]
    (tmp_path / "one.undo").write_bytes((b"\1" + bytes(7) + b"\1\x51") * len(chain.spent[1]))
    add_blocks(engine, tmp_path / "one.blk", LIMITS)
    assert {row[4] for row in stored_inputs(engine)} == {None}
    assert (1, "undo", "its undo data gives less than its transactions pay") in reject_rows(engine)


@pytest.mark.parametrize(
    ("name", "packed"), [("plain.blk", ""), ("line.hex", "hex"), ("w.txt", "wrap")]
)
def test_single_blocks_in_binary_and_hex(
    engine: Engine, tmp_path: Path, chain: Chain, name: str, packed: str
) -> None:
    data, texts = chain.data[1], [one.hex() for one in chain.data]
    if packed == "hex":
        data = "\n".join([texts[0], "not hex at all " * 20, texts[1].upper(), ""]).encode()
    if packed == "wrap":
        data = "\n".join(texts[1][i : i + 60] for i in range(0, len(texts[1]), 60)).encode()
    (tmp_path / name).write_bytes(data)
    add_blocks(engine, tmp_path / name, LIMITS)
    expected = chain.txs[:2] if packed == "hex" else chain.txs[1:2]
    assert stored_outputs(engine) == expected_outputs(expected)


# ── what is refused ───────────────────────────────────────────────────────────────────────


def check(data: bytes) -> None:
    BlockWindow(data).add(0, len(data), 1, REGTEST, None)


def body(txs: list[Tx]) -> bytes:
    return block(txs)[80:]


def simple(number: int = 1) -> Tx:
    return Tx([Input(bytes([number]) * 32, 0)], [Output(number, b"\x51")])


def test_each_check_refuses_its_own_fault(chain: Chain) -> None:
    txs = [coinbase(1, [Output(5, b"\x51")]), simple(1), simple(2)]
    witness = [coinbase(1, [Output(5, b"\x51")]), simple(1)]
    witness[1].inputs[0].witness = [b"x"]
    bare = block(witness)
    commit(witness)
    good = block(witness)
    check(good)
    check(block(txs))
    lying = block(txs)[:80]
    cases = {
        "Merkle root": block(txs, root=bytes(32)),
        "easier than regtest": block(txs)[:72] + b"\xff\xff\x7f\x21" + block(txs)[76:],
        "does not meet": mined_badly(block(txs)),
        "no commitment": bare,
        "not those committed": good.replace(b"\x01\x01x", b"\x01\x01y"),
        "is not a coinbase": block(txs[1:]),
        "or another one is": block([txs[0], *txs]),
        "repeated at the end": block([*txs, txs[2]], root=merkle_root([t.txid for t in txs])),
        "no input or no output": block([txs[0], Tx([Input(bytes(32), 1, bytes(50))], [])]),
        "bytes are left": block(txs) + b"\0",
        "ends inside": block(txs)[:-1],
        "above 21 million": block([coinbase(1, [Output(21 * 10**14 + 1, b"")])]),
        "larger than the data": lying + b"\xfe\xff\xff\xff\x7f" + body(txs)[1:],
        "shortest form": lying + b"\xfd\x03\x00" + body(txs)[1:],
        "cannot be": b"\0" * 80,
    }
    for words, data in cases.items():
        with pytest.raises(BadBlock, match=words):
            check(data)


def mined_badly(data: bytes) -> bytes:
    """The block with a nonce whose hash is above the target."""
    for nonce in range(1000):
        header = data[:76] + struct.pack("<I", nonce)
        if sha256d(header)[-1] > 0x7F:
            return header + data[80:]
    raise AssertionError


@pytest.mark.parametrize("count", [b"\xfd\xfd\x00", b"\xfe\xff\xff\xff\xff", b"\xff" * 9])
def test_lying_counts_are_refused_wherever_they_stand(count: bytes) -> None:
    txs = [coinbase(1, [Output(5, b"\x51")])]
    whole = block(txs)
    for place in range(80, len(whole)):
        data = whole[:place] + count + whole[place + 1 :]
        with pytest.raises(BadBlock):
            check(data)


@STEADY
@given(st.data())
def test_any_flipped_bit_or_cut_is_noticed(chain: Chain, data: st.DataObject) -> None:
    good = chain.data[1]
    changed = bytearray(good)
    bit = data.draw(st.integers(0, 8 * len(good) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    # Proof of work on regtest is met by chance, but nothing of the body may have changed then.
    if bit // 8 >= 36 and not 68 <= bit // 8 < 80:
        with pytest.raises(BadBlock):
            check(bytes(changed))
    cut = data.draw(st.integers(0, len(good) - 1))
    with pytest.raises(BadBlock):
        check(good[:cut])


@STEADY
@given(st.binary(max_size=300))
def test_no_bytes_after_a_header_crash_the_reader(rest: bytes) -> None:
    header = mined(bytes(72) + b"\xff\xff\x7f\x20")
    with pytest.raises(BadBlock):
        check(header + rest)


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("magic", 2),
        ("length up", 2),
        ("length down", 2),
        ("length huge", 2),
        ("header", 2),
        ("body", 2),
    ],
)
def test_a_bad_block_in_a_file_is_rejected_and_the_others_kept(
    engine: Engine, tmp_path: Path, chain: Chain, change: str, row: int
) -> None:
    frames = [bytearray(framed(data)) for data in chain.data]
    middle = frames[1]
    if change == "magic":
        middle[0] ^= 1
    elif change.startswith("length"):
        length = {"up": len(middle) + 50, "down": 200, "huge": 2**32 - 1}[change.split()[1]]
        middle[4:8] = struct.pack("<I", length)
    else:
        middle[40 if change == "header" else 300] ^= 1
    (tmp_path / "blk00000.dat").write_bytes(b"".join(frames))
    added = add_blocks(engine, tmp_path / "blk00000.dat", LIMITS)
    assert added.rows_accepted == len(chain.txs[0]) + len(chain.txs[2])
    assert [one[0] for one in reject_rows(engine)] == [row]
    assert stored_outputs(engine) == expected_outputs([chain.txs[0], chain.txs[2]])


def test_a_truncated_block_is_rejected_and_zeros_are_not(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    frames = [framed(data) for data in chain.data]
    data = frames[0] + bytes(77) + frames[1] + frames[2][:-5]
    (tmp_path / "blk00000.dat").write_bytes(data)
    (tmp_path / "blk00001.dat").write_bytes(b"a node went on to another file")
    add_blocks(engine, tmp_path / "blk00000.dat", LIMITS)
    size = len(chain.data[2])
    reason = f"the file ends inside this block: {size - 5:,} of {size:,} bytes"
    assert reject_rows(engine) == [(3, None, reason)]
    assert stored_outputs(engine) == expected_outputs(chain.txs[:2])


def test_a_damaged_start_does_not_hide_the_rest(
    engine: Engine, tmp_path: Path, chain: Chain
) -> None:
    data = bytearray(b"".join(framed(data) for data in chain.data))
    data[1] ^= 4
    (tmp_path / "blk00000.dat").write_bytes(data)
    add_blocks(engine, tmp_path / "blk00000.dat", LIMITS)
    assert stored_outputs(engine) == expected_outputs(chain.txs[1:])


@pytest.mark.parametrize("byte", [0, 4, 7])
def test_a_damaged_key_is_told_of_rather_than_every_block(
    engine: Engine, tmp_path: Path, chain: Chain, byte: int
) -> None:
    key = bytearray(range(1, 9))
    path = write_core_files(tmp_path, chain, bytes(key))
    key[byte] ^= 1
    (tmp_path / "xor.dat").write_bytes(key)
    with pytest.raises(InputError, match=r"xor\.dat"):
        add_blocks(engine, path, LIMITS)
    assert engine.rows("SELECT count(*) FROM source_files") == [(0,)]


def test_other_networks_and_foolish_paths_are_refused(
    engine: Engine, tmp_path: Path, chain: Chain, shared_data: Path
) -> None:
    (tmp_path / "one.bin").write_bytes(chain.data[0])
    add_blocks(engine, tmp_path / "one.bin", LIMITS)
    with pytest.raises(InputError, match="mainnet records; the workspace holds regtest"):
        add_blocks(engine, shared_data / "blocks" / "btcd_277647.dat", LIMITS)
    with pytest.raises(InputError, match=r"no blk\*\.dat"):
        add_blocks(engine, tmp_path, LIMITS)
    with pytest.raises(InputError, match="no such file"):
        add_blocks(engine, tmp_path / "none.dat", LIMITS)
    with pytest.raises(UsageError, match="no network"):
        add_blocks(engine, tmp_path / "one.bin", LIMITS, network="moonnet")
    (tmp_path / "large.bin").write_bytes(b"\x01\x02" * 3_000_000)
    with pytest.raises(InputError, match="not a Bitcoin block file"):
        add_blocks(engine, tmp_path / "large.bin", LIMITS)
    assert len(engine.rows("SELECT file_id FROM source_files")) == 1


def test_heights_are_counted_from_known_ancestors(engine: Engine, tmp_path: Path) -> None:
    previous, frames = bytes(32), []
    for number in range(20):
        first = coinbase(0, [Output(5, b"\x51")], stated=b"\x04" + bytes([number] * 4))
        frames.append(framed(block([first], previous, version=1)))
        previous = sha256d(frames[-1][8:88])
    for part in (frames[7:0:-2], frames[8:], frames[:7]):
        path = tmp_path / f"{len(part)}.dat"
        path.write_bytes(b"".join(part))
        add_blocks(engine, path, LIMITS)
    known = engine.rows("SELECT count(*), count(DISTINCT block_height) FROM blocks")
    assert known == [(20, 20)]
    assert engine.rows("SELECT min(block_height), max(block_height) FROM transactions") == [(0, 19)]


def test_one_transaction_in_two_blocks_is_kept_once(engine: Engine, tmp_path: Path) -> None:
    same = coinbase(1, [Output(50, b"\x51")])  # as happened at heights 91,722 and 91,880
    data = framed(block([same])) + framed(block([same], time=1_600_000_600))
    (tmp_path / "two.dat").write_bytes(data)
    added = add_blocks(engine, tmp_path / "two.dat", LIMITS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (1, 1, 0)
    assert engine.rows("SELECT count(*) FROM blocks") == [(2,)]
