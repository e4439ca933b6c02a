"""Whether the CSV exhibits say of a transaction with proof what its raw bytes say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from inktrace.casefile.exhibit_rows import integers, read_csv, texts
from inktrace.sources.networks import Network
from inktrace.sources.script import described_scripts
from inktrace.units import MICROSECONDS_PER_SECOND, iso_time

if TYPE_CHECKING:
    from inktrace.casefile.chain.reading import Proven

__all__ = ["differences"]

_Outpoint = tuple[str, int]


def differences(
    exhibits: Path, proven: Mapping[str, Proven], network: Network
) -> Iterator[tuple[str, str]]:
    """File and fault of each row of outputs, inputs and transactions that the bytes deny."""
    paid = _paid(proven, network)
    yield from _outputs(exhibits, proven, paid)
    yield from _inputs(exhibits, proven, paid)
    yield from _blocks(exhibits, proven)


def _paid(
    proven: Mapping[str, Proven], network: Network
) -> dict[_Outpoint, tuple[int, str | None, str]]:
    """Value, address and script type of every output of the transactions with proof."""
    keys, values, scripts = [], [], []
    for txid, one in proven.items():
        for vout, (value, script) in enumerate(one.transaction.outputs):
            keys.append((txid, vout))
            values.append(value)
            scripts.append(script)
    if not keys:
        return {}
    types, addresses = described_scripts(pa.array(scripts, pa.binary()), network)
    made = zip(values, addresses.to_pylist(), types.to_pylist(), strict=True)
    return dict(zip(keys, made, strict=True))


def _outputs(
    exhibits: Path,
    proven: Mapping[str, Proven],
    paid: Mapping[_Outpoint, tuple[int, str | None, str]],
) -> Iterator[tuple[str, str]]:
    table = read_csv(exhibits / "outputs.csv")
    rows = zip(
        texts(table, "txid"),
        integers(table, "vout"),
        integers(table, "value_sat"),
        texts(table, "address"),
        texts(table, "script_type"),
        strict=True,
    )
    seen: set[_Outpoint] = set()
    for txid, vout, *told in rows:
        if txid not in proven:
            continue
        key = (str(txid), -1 if vout is None else vout)
        if key in seen or paid.get(key) != tuple(told):
            yield "outputs.csv", f"says of {txid}:{vout} what its raw bytes do not"
        seen.add(key)
    for txid, vout in sorted(paid.keys() - seen):
        yield "outputs.csv", f"leaves out {txid}:{vout}, which the raw bytes hold"


def _inputs(
    exhibits: Path,
    proven: Mapping[str, Proven],
    paid: Mapping[_Outpoint, tuple[int, str | None, str]],
) -> Iterator[tuple[str, str]]:
    table = read_csv(exhibits / "inputs.csv")
    spent = {
        (txid, vin): (source.hex(), vout)
        for txid, one in proven.items()
        for vin, (source, vout, _) in enumerate(one.transaction.inputs)
        if source != bytes(32)  # a coinbase spends nothing, and has no row
    }
    rows = zip(
        texts(table, "txid"),
        integers(table, "vin"),
        texts(table, "spent_txid"),
        integers(table, "spent_vout"),
        integers(table, "value_sat"),
        texts(table, "address"),
        strict=True,
    )
    seen: set[_Outpoint] = set()
    for txid, vin, source, vout, value, address in rows:
        if txid not in proven:
            continue
        key, outpoint = (str(txid), -1 if vin is None else vin), (str(source), vout)
        known = paid.get((str(source), -1 if vout is None else vout))
        if key in seen or spent.get(key) != outpoint:
            yield "inputs.csv", f"says that input {vin} of {txid} spends what it does not"
        elif known is not None and value is not None and known[:2] != (value, address):
            yield "inputs.csv", f"gives input {vin} of {txid} another value or address than it has"
        seen.add(key)
    for txid, vin in sorted(spent.keys() - seen):
        yield "inputs.csv", f"leaves out input {vin} of {txid}"


def _blocks(exhibits: Path, proven: Mapping[str, Proven]) -> Iterator[tuple[str, str]]:
    table = read_csv(exhibits / "transactions.csv")
    rows = zip(
        texts(table, "txid"), integers(table, "block_height"), texts(table, "block_time"),
        strict=True,
    )  # fmt: skip
    for txid, height, time in rows:
        one = proven.get(str(txid))
        if one is None:
            continue
        if one.block_height not in (None, height):
            yield "transactions.csv", f"gives {txid} another height than its block states"
        if time is not None and time != iso_time(one.block_time_s * MICROSECONDS_PER_SECOND):
            yield "transactions.csv", f"gives {txid} another block time than its header"
