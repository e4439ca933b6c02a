"""Real records beside the checkout: blocks against their own hashes and undo data, prices, tags,
mempool transactions. Skipped where the folder of real data is absent."""

from __future__ import annotations

import io
import json
import struct
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.blocks import add_blocks
from inktrace.sources.chain import add_chain
from inktrace.sources.networks import NETWORKS
from inktrace.sources.prices import add_prices
from inktrace.sources.script import address_of, script_type
from inktrace.sources.tags import add_tags
from inktrace.world import read_esplora

from .bitcoin_reference import Input, Output, Tx, merkle_root, read_block, sha256d
from .chain_of_blocks import expected_inputs, stored_inputs

LIMITS = SourceParams()
MAINNET = NETWORKS["mainnet"]
BLOCKS = (
    "bcoin_300025.blk",
    "bcoin_426884.blk",
    "btcd_21868c2c.blk",
    "btcd_277647.dat",
    "floresta_367891.blk.zst",
)


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return (
        zstandard.ZstdDecompressor().decompressobj().decompress(data)
        if path.suffix == ".zst"
        else data
    )


def raw_block(shared_data: Path, name: str) -> bytes:
    data = unpacked(shared_data / "blocks" / name)
    return data[8:] if data[:4] == MAINNET.magic else data


@pytest.mark.parametrize("name", BLOCKS)
def test_block_hash_ids_and_merkle_root_recompute(
    engine: Engine, shared_data: Path, name: str
) -> None:
    data = raw_block(shared_data, name)
    add_blocks(engine, shared_data / "blocks" / name, LIMITS)
    ids = [bytes.fromhex(row[0])[::-1] for row in engine.rows(
        "SELECT lower(hex(txid)) FROM transactions ORDER BY tx_id")]  # fmt: skip
    assert ids == [tx.txid for tx in read_block(data)]
    assert merkle_root(ids) == data[36:68]
    (found,) = engine.rows("SELECT block_hash, previous_hash FROM blocks")
    assert found == (sha256d(data[:80])[::-1].hex(), data[4:36][::-1].hex())


def test_the_witness_commitment_of_a_real_block_recomputes(shared_data: Path) -> None:
    txs = read_block(raw_block(shared_data, "btcd_21868c2c.blk"))
    assert any(tx.has_witness for tx in txs[1:])
    root = merkle_root([bytes(32), *(sha256d(tx.whole()) for tx in txs[1:])])
    promised = [o.script[6:38] for o in txs[0].outputs if o.script[:6].hex() == "6a24aa21a9ed"]
    assert promised == [sha256d(root + txs[0].inputs[0].witness[0])]


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
def test_a_real_block_with_one_changed_byte_is_refused_whole(
    engine: Engine, shared_data: Path, tmp_path: Path, place: float
) -> None:
    data = bytearray(raw_block(shared_data, "btcd_21868c2c.blk"))
    data[int(place * len(data))] ^= 1
    frame = MAINNET.magic + struct.pack("<I", len(data)) + data
    good = unpacked(shared_data / "blocks" / "btcd_277647.dat")
    (tmp_path / "blk00000.dat").write_bytes(frame + good)
    added = add_blocks(engine, tmp_path / "blk00000.dat", LIMITS)
    assert (added.rows_accepted, added.rows_rejected) == (213, 1)
    assert engine.rows("SELECT count(*) FROM blocks") == [(1,)]


def undo_of(shared_data: Path, name: str) -> list[Output]:
    """The block's spent outputs, in order, as its file lists them: read anew here."""
    if name.startswith("floresta"):
        listed = json.loads(unpacked(shared_data / "blocks" / "floresta_367891.spent.zst"))
        return [
            Output(one["txout"]["value"], bytes.fromhex(one["txout"]["script_pubkey"]))
            for one in listed
        ]
    data, at, found = (shared_data / "blocks" / "bcoin_300025.undo").read_bytes(), 0, []
    while at < len(data):
        size = data[at + 8]
        assert size < 253
        script = data[at + 9 : at + 9 + size]
        found.append(Output(int.from_bytes(data[at : at + 8], "little"), script))
        at += 9 + size
    return found


@pytest.mark.parametrize("name", ["bcoin_300025.blk", "floresta_367891.blk.zst"])
def test_every_input_has_the_value_and_script_that_the_undo_file_lists(
    engine: Engine, shared_data: Path, name: str
) -> None:
    txs, listed = read_block(raw_block(shared_data, name)), iter(undo_of(shared_data, name))
    spent = [[next(listed) for _ in tx.inputs] for tx in txs[1:]]
    assert next(listed, None) is None
    add_blocks(engine, shared_data / "blocks" / name, LIMITS)
    assert stored_inputs(engine) == expected_inputs([txs], [spent])


def test_all_blocks_go_into_one_workspace_and_no_second_time(
    engine: Engine, shared_data: Path
) -> None:
    for name in BLOCKS:
        add_blocks(engine, shared_data / "blocks" / name, LIMITS)
    total = sum((461, 409, 230, 213, 420))
    counts = "SELECT count(*), count(DISTINCT txid), sum(is_coinbase::int) FROM transactions"
    assert engine.rows(counts) == [(total, total, 5)]
    assert engine.rows("SELECT count(*) FROM rejects") == [(0,)]
    for name in BLOCKS:
        assert add_blocks(engine, shared_data / "blocks" / name, LIMITS).already_added
    assert engine.rows(counts) == [(total, total, 5)]


# ── prices and tags ───────────────────────────────────────────────────────────────────────


def test_minute_prices_are_read(engine: Engine, shared_data: Path, tmp_path: Path) -> None:
    """Both ends of the file: all of it takes longer than a test may."""
    whole = pq.read_table(shared_data / "prices" / "btcusdt_1m_2017_2025.parquet")
    ends = pa.concat_tables([whole.slice(0, 20_000), whole.slice(len(whole) - 20_000)])
    pq.write_table(ends, tmp_path / "prices.parquet")
    added = add_prices(engine, tmp_path / "prices.parquet", LIMITS, currency="USD")
    assert (added.rows_accepted, added.rows_rejected) == (40_000, 0)
    stored = engine.query("SELECT time_us, price FROM prices ORDER BY time_us").to_pydict()
    assert stored["price"] == ends["price"].to_pylist()
    assert stored["time_us"][0] == 1_502_942_400_000_000  # 2017-08-17 04:00


def test_real_tagpacks_are_read(engine: Engine, shared_data: Path, tmp_path: Path) -> None:
    """All packs of the archive but the few largest: those take longer than a test may."""
    small = tmp_path / "packs.tar"
    kept = 0
    with (
        tarfile.open(shared_data / "tags" / "graphsense_tagpacks_btc.tar.xz") as packs,
        tarfile.open(small, "w") as out,
    ):
        for member in packs:
            if member.isfile() and member.size < 300_000:
                content = packs.extractfile(member)
                assert content is not None
                out.addfile(member, io.BytesIO(content.read()))
                kept += member.name.endswith((".yaml", ".yml"))
    assert kept >= 7
    added = add_tags(engine, small, LIMITS)
    assert added.rows_accepted > 1_000
    reasons = [row[0] for row in engine.rows("SELECT DISTINCT reason FROM rejects")]
    assert not [why for why in reasons if "not a TagPack" in why or "not YAML" in why]
    (told,) = engine.rows(
        "SELECT count(DISTINCT tagpack), count(*) FILTER (label IS NULL OR label = ''), "
        "count(*) FILTER (NOT regexp_full_match(address, '(1|3|bc1)[0-9A-Za-z]{20,90}')) FROM tags"
    )
    assert told[0] >= 7
    # One tag of the archive calls an address of another chain (T…) a Bitcoin one.
    assert told[1] == 0
    assert told[2] <= 1


# ── mempool transactions ──────────────────────────────────────────────────────────────────


def esplora(shared_data: Path) -> list[dict[str, Any]]:
    with tarfile.open(shared_data / "transactions" / "sob2024_mempool_8131_json.tar.xz") as files:
        members = [(member.name, files.extractfile(member)) for member in files if member.isfile()]
        return [
            json.loads(content.read())
            for name, content in members
            if name.endswith(".json") and content is not None
        ]


in_one_worker = pytest.mark.xdist_group("mempool")  # the archive is unpacked once


@pytest.fixture(scope="module")
def mempool(shared_data: Path) -> list[dict[str, Any]]:
    return esplora(shared_data)


def txid_of(row: dict[str, Any]) -> str:
    inputs = [
        Input(bytes.fromhex(i["txid"])[::-1], i["vout"], bytes.fromhex(i["scriptsig"]),
              i["sequence"])
        for i in row["vin"]
    ]  # fmt: skip
    outputs = [Output(o["value"], bytes.fromhex(o["scriptpubkey"])) for o in row["vout"]]
    return Tx(inputs, outputs, row["version"], row["locktime"]).shown


@in_one_worker
def test_mempool_transactions_are_read_with_their_ids(
    shared_data: Path, mempool: list[dict[str, Any]]
) -> None:
    read = list(read_esplora(shared_data / "transactions" / "sob2024_mempool_8131_json.tar.xz"))
    assert len(read) == len(mempool) == 8131
    assert {made.txid for made in read} == {txid_of(row) for row in mempool}
    assert sum(len(made.inputs) for made in read) == 33_534
    assert sum(len(made.outputs) for made in read) == 19_922
    # Many spend one another's outputs: by right ids, children find their parents.
    ids = {made.txid for made in read}
    assert len(ids & {coin.txid for made in read for coin in made.inputs}) == 1001


@in_one_worker
def test_scripts_of_real_outputs_have_the_addresses_that_explorers_show(
    mempool: list[dict[str, Any]],
) -> None:
    kinds = {"v0_p2wpkh": "p2wpkh", "v0_p2wsh": "p2wsh", "v1_p2tr": "p2tr"}
    outputs = [o for row in mempool for o in row["vout"]]
    outputs += [i["prevout"] for row in mempool for i in row["vin"]]
    for output in outputs[::13]:
        script = bytes.fromhex(output["scriptpubkey"])
        shown = output.get("scriptpubkey_address")
        if shown:
            assert address_of(script, MAINNET) == shown
        kind = output["scriptpubkey_type"]
        if kind in (*kinds, "p2pkh", "p2sh", "op_return"):
            assert script_type(script) == kinds.get(kind, kind)


@in_one_worker
def test_mempool_transactions_go_through_the_chain_source(
    engine: Engine, mempool: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Written as bitcoin-etl writes them, they come back with every value and address."""
    path = tmp_path / "transactions.jsonl"
    rows = mempool[:1500]
    with path.open("w") as out:
        for row in rows:
            made = {
                "hash": txid_of(row), "version": row["version"], "lock_time": row["locktime"],
                "block_number": 835_000, "block_hash": "00" * 32, "index": 1,
                "block_timestamp": 1_710_000_000, "is_coinbase": False,
                "inputs": [
                    {"index": n, "spent_transaction_hash": i["txid"],
                     "spent_output_index": i["vout"], "sequence": i["sequence"],
                     "value": i["prevout"]["value"],
                     "addresses": [i["prevout"]["scriptpubkey_address"]],
                     "type": i["prevout"]["scriptpubkey_type"]}
                    for n, i in enumerate(row["vin"])
                ],
                "outputs": [
                    {"index": n, "value": o["value"], "script_hex": o["scriptpubkey"],
                     "addresses": [o[name] for name in ("scriptpubkey_address",) if name in o],
                     "type": o["scriptpubkey_type"]}
                    for n, o in enumerate(row["vout"])
                ],
            }  # fmt: skip
            out.write(json.dumps(made) + "\n")
    added = add_chain(engine, path, LIMITS)
    assert (added.rows_accepted, added.rows_rejected) == (len(rows), 0)
    (sums,) = engine.rows(
        "SELECT (SELECT sum(value_sat) FROM inputs), (SELECT sum(value_sat) FROM outputs), "
        "(SELECT count(*) FROM inputs WHERE value_sat IS NULL)"
    )
    spent = sum(i["prevout"]["value"] for row in rows for i in row["vin"])
    paid = sum(o["value"] for row in rows for o in row["vout"])
    assert sums == (spent, paid, 0)
    assert spent > paid
