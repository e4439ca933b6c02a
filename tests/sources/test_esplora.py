"""Esplora's JSON: lists, single objects and lines; ids recomputed; lies refused."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.sources.chain import add_chain
from inktrace.sources.networks import NETWORKS
from inktrace.sources.script import address_of

from .bitcoin_reference import Output, Tx
from .chain_of_blocks import (
    Chain,
    expected_inputs,
    expected_outputs,
    small_chain,
    stored_inputs,
    stored_outputs,
)
from .conftest import Rejects

LIMITS = SourceParams()
REGTEST = NETWORKS["regtest"]


@pytest.fixture(scope="module")
def chain() -> Chain:
    return small_chain()


def output_json(output: Output) -> dict[str, Any]:
    made = {"scriptpubkey": output.script.hex(), "value": output.value}
    address = address_of(output.script, REGTEST)
    return made if address is None else {**made, "scriptpubkey_address": address}


def esplora(tx: Tx, spent: list[Output] | None, height: int, time: int) -> dict[str, Any]:
    vin = []
    for i, one in enumerate(tx.inputs):
        vin.append(
            {
                "txid": one.txid[::-1].hex(),
                "vout": one.vout,
                "prevout": output_json(spent[i]) if spent else None,
                "scriptsig": one.script.hex(),
                "witness": [item.hex() for item in one.witness],
                "is_coinbase": spent is None,
                "sequence": one.sequence,
            }
        )
    return {
        "txid": tx.shown,
        "version": tx.version,
        "locktime": tx.lock_time,
        "vin": vin,
        "vout": [output_json(output) for output in tx.outputs],
        "status": {"confirmed": True, "block_height": height, "block_time": time},
    }


def documents(chain: Chain) -> list[dict[str, Any]]:
    made = []
    for number, txs in enumerate(chain.txs):
        for place, tx in enumerate(txs):
            spent = chain.spent[number][place - 1] if place else None
            made.append(esplora(tx, spent, number + 1, 1_600_000_000 + 600 * number))
    return made


@pytest.mark.parametrize("form", ["lines", "list", "pretty list", "single"])
def test_every_form_gives_the_same_tables(
    engine: Engine, tmp_path: Path, chain: Chain, form: str
) -> None:
    listed = documents(chain)
    texts = {
        "lines": "\n".join(map(json.dumps, listed)),
        "list": json.dumps(listed),
        "pretty list": json.dumps(listed, indent=2),
        "single": json.dumps(listed[0], indent=2),
    }
    (tmp_path / "txs.json").write_text(texts[form])
    added = add_chain(engine, tmp_path / "txs.json", LIMITS)
    txs, spent = ([chain.txs[0][:1]], None) if form == "single" else (chain.txs, chain.spent)
    assert (added.rows_accepted, added.rows_rejected) == (sum(map(len, txs)), 0)
    assert stored_outputs(engine) == expected_outputs(txs)
    assert stored_inputs(engine) == expected_inputs(txs, spent)
    block = engine.rows("SELECT DISTINCT block_height, block_time_us FROM transactions ORDER BY 1")
    assert block[0] == (1, 1_600_000_000_000_000)


def test_an_id_that_is_not_stated_is_made(engine: Engine, tmp_path: Path, chain: Chain) -> None:
    listed = documents(chain)
    for one in listed:
        del one["txid"], one["status"]
    (tmp_path / "txs.json").write_text(json.dumps(listed))
    add_chain(engine, tmp_path / "txs.json", LIMITS)
    assert stored_outputs(engine) == expected_outputs(chain.txs)
    assert engine.rows("SELECT count(block_time_us) FROM transactions") == [(0,)]


def test_each_lie_costs_its_own_transaction_only(
    engine: Engine, tmp_path: Path, chain: Chain, rejects: Rejects
) -> None:
    listed = documents(chain)
    listed[1]["vout"][0]["value"] -= 1
    listed[2]["vin"][0]["sequence"] = 5
    listed[3]["locktime"] = None
    listed[4]["vin"][0]["scriptsig"] = "5z"
    listed[5]["vin"][0]["prevout"]["scriptpubkey"] = "0014" + "77" * 20
    listed[6]["vin"][0]["prevout"]["value"] = 0
    listed[7]["txid"] = "00" * 32
    listed[8]["vin"] = {}
    (tmp_path / "txs.json").write_text(json.dumps(listed))
    added = add_chain(engine, tmp_path / "txs.json", LIMITS)
    reasons = [reason for _, _, reason in rejects()]
    assert added.rows_accepted == len(listed) - 8
    assert [row for row, _, _ in rejects()] == list(range(2, 10))
    assert sum("do not make the id" in reason for reason in reasons) == 4, reasons


@pytest.mark.parametrize(
    "text", ["[", "[1, 2]", "[]", '{\n "vin": [', "[" * 100_000, '[{"a": 1}] x']
)
def test_other_documents_are_refused(engine: Engine, tmp_path: Path, text: str) -> None:
    (tmp_path / "txs.json").write_text(text)
    with pytest.raises(Exception, match="JSON"):
        add_chain(engine, tmp_path / "txs.json", LIMITS)
    assert engine.rows("SELECT count(*) FROM transactions") == [(0,)]


def test_real_mempool_transactions_make_their_names(
    engine: Engine, tmp_path: Path, shared_data: Path
) -> None:
    archive = shared_data / "transactions" / "sob2024_mempool_8131_json.tar.xz"
    names, texts = set(), []
    with tarfile.open(archive) as files:
        for member in files:
            if member.isfile() and len(texts) < 1500:
                stream = files.extractfile(member)
                assert stream is not None
                texts.append(json.dumps(json.load(stream)))
                names.add(Path(member.name).stem)
    (tmp_path / "mempool.jsonl").write_text("\n".join(texts))
    added = add_chain(engine, tmp_path / "mempool.jsonl", LIMITS)
    assert (added.rows_accepted, added.rows_rejected) == (1500, 0)
    txids = [bytes.fromhex(row[0]) for row in engine.rows("SELECT hex(txid) FROM transactions")]
    # The archive names each file by the SHA-256 of its transaction's id.
    assert {hashlib.sha256(txid[::-1]).hexdigest() for txid in txids} == names or {
        hashlib.sha256(txid).hexdigest() for txid in txids
    } == names
    assert engine.rows("SELECT count(*) FROM inputs WHERE value_sat IS NULL") == [(0,)]
