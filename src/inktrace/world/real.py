"""Planting payments among real transactions, so that the background is not of our making."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from inktrace.errors import InputError
from inktrace.progress import Progress, silent
from inktrace.world.ledger import Coin, Transaction
from inktrace.world.make import World, make_world
from inktrace.world.params import WorldParams

_DAY: Final = 86_400
_LARGEST_BYTES: Final = 16 * 2**20
# Esplora's names of output types, and bitcoin-etl's.
_ETL_TYPES: Final = {
    "p2pk": "pubkey",
    "p2pkh": "pubkeyhash",
    "p2sh": "scripthash",
    "v0_p2wpkh": "witness_v0_keyhash",
    "v0_p2wsh": "witness_v0_scripthash",
    "v1_p2tr": "witness_unknown",
    "multisig": "multisig",
    "op_return": "nulldata",
}


def plant_into(
    params: WorldParams,
    real: Sequence[Transaction],
    prices: np.ndarray | None = None,
    progress: Progress = silent,
) -> World:
    """A world whose background is real transactions, each used once.

    `real` have no times of their own: they are spread evenly over the world's days, a parent
    never after its child, and world.json says so. `prices` are dollars per bitcoin by minute
    from two days before the start (default: a random walk). Of our own making are only the
    payers, their withdrawals from exchanges, what they pay, and the money that everybody
    begins with, before the first day.
    """
    quiet = dataclasses.replace(
        params,
        transactions=0,
        coinjoins=0,
        background_owners=50,
        payouts_per_day=0,
    )
    world = make_world(quiet, progress, prices)
    random = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(params.seed, spawn_key=(77,)))
    )
    world.background = _spread(real, params, random)
    return world


def read_esplora(path: Path) -> list[Transaction]:
    """Real transactions from a tar archive of Esplora JSON files, in order of their names.

    Raises InputError where the archive or a file in it cannot be read.
    """
    try:
        with tarfile.open(path) as archive:
            members = sorted((m for m in archive if m.isfile()), key=lambda m: m.name)
            return [_read_member(archive, m) for m in members if m.name.endswith(".json")]
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f"no archive of Esplora transactions: {error}", where=path) from error


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Transaction:
    if member.size > _LARGEST_BYTES:
        raise ValueError(f"{member.name} holds {member.size} bytes")
    file = archive.extractfile(member)
    found = json.loads(file.read()) if file else {}
    # The files' names are not the ids, so children would not find their parents by them.
    txid = str(found.get("txid") or _txid(found))
    inputs = tuple(_coin(i["txid"], i["vout"], i["prevout"]) for i in found["vin"])
    outputs = tuple(_coin(txid, place, out) for place, out in enumerate(found["vout"]))
    return Transaction(txid, 0.0, inputs, outputs, False)


def _txid(found: dict[str, Any]) -> str:
    """The id as the protocol gives it: double SHA-256 of the transaction without witnesses."""
    parts = [int(found["version"]).to_bytes(4, "little", signed=True), _size(len(found["vin"]))]
    for spent in found["vin"]:
        script = bytes.fromhex(spent["scriptsig"])
        parts += [bytes.fromhex(spent["txid"])[::-1], int(spent["vout"]).to_bytes(4, "little")]
        parts += [_size(len(script)), script, int(spent["sequence"]).to_bytes(4, "little")]
    parts.append(_size(len(found["vout"])))
    for paid in found["vout"]:
        script = bytes.fromhex(paid["scriptpubkey"])
        parts += [int(paid["value"]).to_bytes(8, "little"), _size(len(script)), script]
    parts.append(int(found["locktime"]).to_bytes(4, "little"))
    return hashlib.sha256(hashlib.sha256(b"".join(parts)).digest()).digest()[::-1].hex()


def _size(number: int) -> bytes:
    for most, mark, width in ((0xFC, b"", 1), (0xFFFF, b"\xfd", 2), (0xFFFFFFFF, b"\xfe", 4)):
        if number <= most:
            return mark + number.to_bytes(width, "little")
    return b"\xff" + number.to_bytes(8, "little")


def _coin(txid: str, vout: int, output: dict[str, Any]) -> Coin:
    return Coin(
        txid,
        int(vout),
        int(output["value"]),
        str(output["scriptpubkey"]),
        str(output.get("scriptpubkey_address") or ""),
        _ETL_TYPES.get(output["scriptpubkey_type"], "nonstandard"),
    )


def _spread(
    real: Sequence[Transaction], params: WorldParams, random: np.random.Generator
) -> list[Transaction]:
    times = params.start + random.uniform(0, params.days * _DAY, size=len(real))
    time_of = {made.txid: float(time) for made, time in zip(real, times, strict=True)}
    # A few rounds settle chains of unconfirmed parents.
    for _ in range(8):
        for made in real:
            parents = [time_of[coin.txid] for coin in made.inputs if coin.txid in time_of]
            time_of[made.txid] = max([time_of[made.txid], *(parent + 1.0 for parent in parents)])
    return [dataclasses.replace(made, seen_s=time_of[made.txid]) for made in real]
