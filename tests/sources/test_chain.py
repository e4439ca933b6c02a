"""bitcoin-etl and BigQuery exports: both forms, JSON Lines and Parquet, and what is refused."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources.blocks import add_blocks
from inktrace.sources.chain import add_chain
from inktrace.sources.networks import NETWORKS
from inktrace.sources.script import address_of, script_type

from .bitcoin_reference import Tx
from .chain_of_blocks import (
    expected_inputs,
    expected_outputs,
    small_chain,
    stored_inputs,
    stored_outputs,
)
from .conftest import Rejects

LIMITS = SourceParams()
MAINNET = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
REGTEST = NETWORKS["regtest"]
STEADY = settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ETL_TYPES = {"p2pk": "pubkey", "p2pkh": "pubkeyhash", "p2sh": "scripthash"}


def etl_rows(blocks: int = 3) -> list[dict[str, Any]]:
    """The small chain as `bitcoinetl export` writes it."""
    chain, rows = small_chain(blocks), []
    for number, (txs, spent) in enumerate(zip(chain.txs, chain.spent, strict=True)):
        for place, tx in enumerate(txs):
            known = spent[place - 1] if place else []
            rows.append(etl_row(tx, number, known))
    return rows


def etl_row(tx: Tx, number: int, spent: list[Any]) -> dict[str, Any]:
    inputs = [
        {
            "index": vin,
            "spent_transaction_hash": one.txid[::-1].hex(),
            "spent_output_index": one.vout,
            "script_asm": "",
            "script_hex": one.script.hex(),
            "sequence": one.sequence,
            **_owner(spent[vin].script),
            "value": spent[vin].value,
        }
        for vin, one in enumerate(tx.inputs)
        if spent
    ]
    outputs = [
        {
            "index": vout,
            "script_hex": output.script.hex(),
            **_owner(output.script),
            "value": output.value,
        }
        for vout, output in enumerate(tx.outputs)
    ]
    return {
        "hash": tx.shown,
        "version": tx.version,
        "lock_time": tx.lock_time,
        "block_number": number + 1,
        "block_timestamp": 1_600_000_000 + 600 * number,
        "is_coinbase": not spent,
        "input_count": len(inputs),
        "output_count": len(outputs),
        "inputs": inputs,
        "outputs": outputs,
    }


def _owner(script: bytes) -> dict[str, Any]:
    kind, address = script_type(script), address_of(script, REGTEST)
    return {"type": ETL_TYPES.get(kind, "nonstandard"), "addresses": [address] if address else []}


def bigquery_rows() -> list[dict[str, Any]]:
    """The same as the public data set exports them to JSON: numbers and times as text."""
    rows = etl_rows()
    for row in rows:
        moment = datetime.fromtimestamp(row["block_timestamp"], UTC)
        row["block_timestamp"] = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
        row["block_timestamp_month"] = moment.strftime("%Y-%m-01")
        for name in ("version", "lock_time", "block_number", "input_count", "output_count"):
            row[name] = str(row[name])
        for one in (*row["inputs"], *row["outputs"]):
            one["index"], one["value"] = str(one["index"]), str(one["value"])
        for one in row["inputs"]:
            one["sequence"] = str(one["sequence"])
            one["spent_output_index"] = str(one["spent_output_index"])
    return rows


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text(
        "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    )
    return path


def expect_whole_chain(engine: Engine) -> None:
    chain = small_chain()
    assert stored_outputs(engine) == expected_outputs(chain.txs)
    assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)
    found = engine.rows(
        "SELECT block_height, block_time_us, count(*), sum(is_coinbase::INT) FROM transactions "
        "GROUP BY ALL ORDER BY ALL"
    )
    assert found == [
        (i + 1, (1_600_000_000 + 600 * i) * 1_000_000, len(txs), 1)
        for i, txs in enumerate(chain.txs)
    ]


@pytest.mark.parametrize("rows", [etl_rows, bigquery_rows])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_json_lines_of_both_exports(
    engine: Engine, tmp_path: Path, rows: Callable[[], list[Any]], pack: Callable[[bytes], bytes]
) -> None:
    path = write_lines(tmp_path / "chain.jsonl", rows())
    path.write_bytes(pack(path.read_bytes()))
    added = add_chain(engine, path, LIMITS)
    assert (added.rows_accepted, added.rows_rejected) == (len(rows()), 0)
    expect_whole_chain(engine)
    assert engine.rows("SELECT value FROM workspace WHERE name = 'network'") == [("regtest",)]
    assert add_chain(engine, path, LIMITS).already_added


@pytest.mark.parametrize("form", ["plain", "bigquery", "wrapped", "zst"])
def test_parquet_of_both_exports(engine: Engine, tmp_path: Path, form: str) -> None:
    path = tmp_path / "chain.parquet"
    pq.write_table(parquet_table(form), path)
    if form == "zst":
        path.write_bytes(zstandard.compress(path.read_bytes()))
    assert add_chain(engine, path, LIMITS).rows_rejected == 0
    expect_whole_chain(engine)


def parquet_table(form: str) -> pa.Table:
    rows = etl_rows()
    for row in rows:
        if form == "bigquery":
            row["block_timestamp"] = datetime.fromtimestamp(row["block_timestamp"], UTC)
            for one in (*row["inputs"], *row["outputs"]):
                one["value"] = Decimal(one["value"]).quantize(Decimal("1.000000000"))
        if form == "wrapped":
            for side in ("inputs", "outputs"):
                for one in row[side]:
                    one["addresses"] = {"list": [{"element": a} for a in one["addresses"]]}
                row[side] = {"list": [{"element": one} for one in row[side]]}
    if form != "bigquery":
        return pa.Table.from_pylist(rows)
    money = pa.decimal128(38, 9)
    table = pa.Table.from_pylist(rows)
    fields = []
    for one in table.schema:
        if pa.types.is_list(one.type):
            parts = [
                pa.field(f.name, money) if f.name == "value" else f for f in one.type.value_type
            ]
            one = pa.field(one.name, pa.list_(pa.struct(parts)))
        if one.name == "block_timestamp":
            one = pa.field(one.name, pa.timestamp("us", "UTC"))
        fields.append(one)
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def test_mempool_transactions_have_no_block(engine: Engine, tmp_path: Path) -> None:
    rows = [row for row in etl_rows() if not row["is_coinbase"]]
    bare = copy.deepcopy(rows)
    for row in bare:
        for name in ("block_number", "block_timestamp", "is_coinbase", "input_count", "version"):
            del row[name]
        for one in row["inputs"]:
            del one["index"]
    add_chain(engine, write_lines(tmp_path / "bare.jsonl", bare), LIMITS)
    nothing = engine.rows("SELECT count(block_height), count(block_time_us) FROM transactions")
    assert nothing == [(0, 0)]
    again = add_chain(engine, write_lines(tmp_path / "mined.jsonl", rows), LIMITS)
    assert (again.rows_accepted, again.rows_repeated) == (0, len(rows))
    known = engine.rows("SELECT count(block_height), count(block_time_us) FROM transactions")
    assert known == [(len(rows), len(rows))]


def test_a_block_completes_and_corrects_what_an_export_left_open(
    engine: Engine, tmp_path: Path
) -> None:
    chain, rows = small_chain(), etl_rows()
    for row in rows[1:]:
        for one in row["inputs"]:
            one["value"] = None
            one["addresses"] = one["addresses"] and ["nonstandard0123"]
    add_chain(engine, write_lines(tmp_path / "open.jsonl", rows[1:]), LIMITS)
    assert stored_inputs(engine) != expected_inputs(chain.txs, chain.spent)
    (tmp_path / "first.bin").write_bytes(chain.data[0])
    add_blocks(engine, tmp_path / "first.bin", LIMITS)
    assert stored_inputs(engine) == expected_inputs(chain.txs, chain.spent)


def test_an_address_stands_in_for_a_missing_script(engine: Engine, tmp_path: Path) -> None:
    rows = etl_rows(1)
    expected = set()
    kept = []
    for output in rows[0]["outputs"]:
        script = bytes.fromhex(output.pop("script_hex"))
        if output["addresses"]:
            output["index"] = len(kept)
            kept.append(output)
            expected.add((rows[0]["hash"], output["index"], output["value"], script))
    rows[0]["outputs"], rows[0]["output_count"] = kept, len(kept)
    add_chain(engine, write_lines(tmp_path / "a.jsonl", rows), LIMITS)
    assert stored_outputs(engine) == expected


def test_the_same_hash_with_other_outputs_is_rejected(
    engine: Engine, tmp_path: Path, rejects: Rejects
) -> None:
    rows = etl_rows()
    other = copy.deepcopy(rows[2])
    other["outputs"][0]["value"] -= 1
    fewer = copy.deepcopy(rows[0])
    fewer["outputs"].pop()
    fewer["output_count"] -= 1
    path = write_lines(tmp_path / "a.jsonl", [*rows, other, rows[2], fewer])
    added = add_chain(engine, path, LIMITS)
    assert (added.rows_accepted, added.rows_repeated, added.rows_rejected) == (len(rows), 1, 2)
    reason = "this transaction is already stored with other outputs"
    count = len(rows)
    assert rejects() == [(count + 1, "outputs", reason), (count + 3, "outputs", reason)]
    expect_whole_chain(engine)


def changed(side: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def change(row: dict[str, Any]) -> None:
        target = row[side][0] if side in ("inputs", "outputs") else row
        target.update(values)

    return change


LIES: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("the hash is not 64 hex digits", changed("", hash="abc")),
    ("value is not a whole number", changed("outputs", value=-1)),
    ("value is not a whole number from", changed("outputs", value="12.5")),
    ("value is not a whole number from 0", changed("outputs", value="NaN")),
    ("value is not a whole number from 0 to", changed("inputs", value=21 * 10**14 + 1)),
    ("an output has no value", changed("outputs", value=None)),
    ("a script is not hexadecimal", changed("outputs", script_hex="0g")),
    ("a script is not", changed("outputs", script_hex="001")),
    ("an output's address is not that of its script", changed("outputs", script_hex="51")),
    ("an address is of another network", changed("outputs", script_hex=None, addresses=[MAINNET])),
    ("neither a script nor a single", changed("outputs", script_hex=None, addresses=[])),
    ("a spent hash is not 64 hex", changed("inputs", spent_transaction_hash="zz")),
    ("does not say what it spends", changed("inputs", spent_output_index=None)),
    ("spent_output_index is not a whole", changed("inputs", spent_output_index=-1)),
    ("the positions are not 0, 1, 2", changed("outputs", index=7)),
    ("this is no time", changed("", block_timestamp="9999-12-31 00:00:00 UTC")),
    ("this is no time at which", changed("", block_timestamp=-5)),
    ("this is no time at which a", changed("", block_timestamp="soon")),
    ("block_number is not", changed("", block_number="many")),
    ("lock_time is not", changed("", lock_time=2**32)),
    ("output_count is not what is listed", changed("", output_count=9)),
    ("the transaction has no outputs", changed("", outputs=[], output_count=0)),
    ("the transaction has no inputs", changed("", inputs=[], input_count=0)),
    ("a coinbase cannot spend", changed("", is_coinbase=True)),
    ("neither true nor false", changed("", is_coinbase="perhaps")),
    ("the outputs hold more than", changed("inputs", value=1)),
    ("the transaction has no outputs", changed("", outputs="none", output_count=0)),
]


def test_each_lie_costs_its_own_row_only(engine: Engine, tmp_path: Path, rejects: Rejects) -> None:
    rows: list[Any] = []
    good = [row for row in etl_rows() if row["hash"]]
    liar = next(row for row in good if not row["is_coinbase"] and row["outputs"][0]["addresses"])
    for _, change in LIES:
        row = copy.deepcopy(liar)
        change(row)
        rows.append(row)
    not_json = [
        "{",
        "",
        "[]",
        '{"hash": "\\ud800"}',
        "7",
        "null",
        '{"hash": 1',
        "}" * 50,
        "[" * 10**5,
    ]
    path = write_lines(tmp_path / "lies.jsonl", [*rows, *not_json, *good])
    path.write_bytes(path.read_bytes() + b'{"hash": "\xff\xfe"}\n' + b'{"last": ')
    added = add_chain(engine, path, LIMITS)
    assert added.rows_accepted == len(good)
    expect_whole_chain(engine)
    found = rejects()
    for number, (words, _) in enumerate(LIES, start=1):
        assert words in next(reason for row, _, reason in found if row == number)
    broken = [one[0] for one in found if one[2] == "the line is not a JSON object"]
    first, last = len(LIES) + 1, len(LIES) + len(not_json) + len(good) + 1
    blank = first + not_json.index("")
    expected = [r for r in range(first, first + len(not_json)) if r != blank]
    assert broken == [*expected, last, last + 1]


def test_a_long_line_is_passed_over(engine: Engine, tmp_path: Path, rejects: Rejects) -> None:
    rows = etl_rows()
    long = '{"hash": "' + "0" * 3_000_000 + '"}'
    path = write_lines(tmp_path / "a.jsonl", [rows[0], long, *rows[1:]])
    limits = SourceParams(max_line_bytes=1_000_000)
    assert add_chain(engine, path, limits).rows_accepted == len(rows)
    assert [row for row, _, _ in rejects()] == [2]


@STEADY
@given(st.data())
def test_damaged_bytes_never_cost_another_row(tmp_path: Path, data: st.DataObject) -> None:
    lines = [json.dumps(row).encode() + b"\n" for row in etl_rows(2)]
    number = data.draw(st.integers(0, len(lines) - 1))
    line = bytearray(lines[number])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(line) - 2))
        line[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != 10))
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(b"".join([*lines[:number], bytes(line), *lines[number + 1 :]]))
    with Engine(threads=1) as engine:
        for table in TABLES.values():
            engine.execute(table.create_sql())
        added = add_chain(engine, path, LIMITS, network="regtest")
        assert added.rows_accepted >= len(lines) - 1
        assert added.rows_accepted + added.rows_repeated + added.rows_rejected == len(lines)


def test_other_networks_and_other_files_are_refused(engine: Engine, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "regtest.jsonl", etl_rows())
    with pytest.raises(InputError, match="another network than mainnet"):
        add_chain(engine, path, LIMITS, network="mainnet")
    assert engine.rows("SELECT count(*) FROM transactions") == [(0,)]
    pq.write_table(pa.table({"hash": ["a"]}), tmp_path / "other.parquet")
    with pytest.raises(InputError, match="no column 'inputs'"):
        add_chain(engine, tmp_path / "other.parquet", LIMITS)
    damaged = bytearray(b"PAR1" + bytes(200) + b"PAR1")
    (tmp_path / "damaged.parquet").write_bytes(damaged)
    with pytest.raises(InputError):
        add_chain(engine, tmp_path / "damaged.parquet", LIMITS)


def test_ids_do_not_depend_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_lines(tmp_path / "a.jsonl", etl_rows())
    tables = []
    for size in (2**24, 700):
        monkeypatch.setattr("inktrace.sources.chain_rows._BLOCK_BYTES", size)
        with Engine(threads=1) as engine:
            for table in TABLES.values():
                engine.execute(table.create_sql())
            add_chain(engine, path, LIMITS)
            tables.append(
                [
                    engine.rows("SELECT tx_id, txid FROM transactions ORDER BY 1"),
                    sorted(stored_outputs(engine)),
                    sorted(stored_inputs(engine)),
                ]
            )
    assert tables[0] == tables[1]
