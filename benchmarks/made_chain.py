"""A long chain of blocks of ordinary traffic, made of 8,131 real mempool transactions.

The transactions are repeated as often as asked. Every copy spends other outputs and pays other
keys, and so has other ids; every second copy pays the keys of the one before it again, so that
half of the outputs of a long chain pay a script that was paid before, beside the reuse that the
real transactions have among themselves. Where there is to be no undo data, the inputs of a copy
spend outputs of the copy before it, as far as those go; the others stay unknown.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.sources.bitcoin_reference import packed_amount, packed_number  # noqa: E402

from inktrace.sources.networks import NETWORKS  # noqa: E402

REGTEST = NETWORKS["regtest"]
TXS_PER_BLOCK = 2_711
# Where the hash begins in a script that pays one, by its size and first byte.
HASHED = {(25, 0x76): 3, (23, 0xA9): 2, (22, 0): 2, (34, 0): 2, (34, 0x51): 2}


@dataclass
class Template:
    """One real transaction: its parts as bytes, and what it spends as (value, script)."""

    inputs: list[tuple[bytes, bytes]]  # outpoint; script, with its size, and sequence
    outputs: list[tuple[bytes, bytes]]
    witness: bytes
    version: bytes
    lock_time: bytes
    spent: list[tuple[int, bytes]]


def templates(archive: Path) -> list[Template]:
    """All transactions of the archive whose parts can be read, in order of their names."""
    found = []
    with tarfile.open(archive) as files:
        members = sorted((one for one in files if one.isfile()), key=lambda one: one.name)
        for member in members:
            stream = files.extractfile(member)
            assert stream is not None
            found.append(template(json.load(stream)))
    return found


def template(tx: dict[str, Any]) -> Template:
    """One Esplora transaction taken apart."""
    inputs, witnesses, spent = [], [], []
    for one in tx["vin"]:
        script = bytes.fromhex(one["scriptsig"])
        outpoint = bytes.fromhex(one["txid"])[::-1] + one["vout"].to_bytes(4, "little")
        rest = compact(len(script)) + script + one["sequence"].to_bytes(4, "little")
        inputs.append((outpoint, rest))
        items = [bytes.fromhex(item) for item in one.get("witness", [])]
        witnesses.append(compact(len(items)) + b"".join(compact(len(i)) + i for i in items))
        spent.append((one["prevout"]["value"], bytes.fromhex(one["prevout"]["scriptpubkey"])))
    outputs = [
        (one["value"].to_bytes(8, "little"), bytes.fromhex(one["scriptpubkey"]))
        for one in tx["vout"]
    ]
    witness = b"" if all(w == b"\0" for w in witnesses) else b"".join(witnesses)
    version, lock_time = tx["version"].to_bytes(4, "little"), tx["locktime"].to_bytes(4, "little")
    return Template(inputs, outputs, witness, version, lock_time, spent)


def write_core_files(
    folder: Path, found: list[Template], files: int, copies: int, with_undo: bool
) -> list[Path]:
    """Block files of so many copies each, as Bitcoin Core names them; linked where no undo data."""
    made, paths = made_blocks(found, files * copies, linked=not with_undo), []
    for number in range(files):
        paths.append(folder / f"blk{number:05}.dat")
        with paths[-1].open("wb") as blocks, (folder / f"rev{number:05}.dat").open("wb") as undo:
            for _ in range(copies):
                framed, records = next(made)
                blocks.writelines(framed)
                undo.writelines(records)
        if not with_undo:
            (folder / f"rev{number:05}.dat").unlink()
    return paths


def made_blocks(
    found: list[Template], copies: int, linked: bool, start: int = 0
) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Blocks and undo records (both framed) of each copy; linked copies spend the one before."""
    outputs = [(i, vout) for i, one in enumerate(found) for vout in range(len(one.outputs))]
    before: list[bytes] = []
    previous = sha256d(b"parent")
    for number in range(start, start + copies):
        keys = (number // 2 + 1).to_bytes(4, "little")
        txids, blocks, undo, place = [], [], [], 0
        for first in range(0, len(found), TXS_PER_BLOCK):
            part = found[first : first + TXS_PER_BLOCK]
            stripped, whole = [], []
            for one in part:
                points = []
                for outpoint, _ in one.inputs:
                    if linked and before and place < len(outputs):
                        tx, vout = outputs[place]
                        outpoint = before[tx] + vout.to_bytes(4, "little")
                    else:
                        outpoint = changed(outpoint, 0, number.to_bytes(4, "little"))
                    points.append(outpoint)
                    place += 1
                body = compact(len(points))
                body += b"".join(p + rest for p, (_, rest) in zip(points, one.inputs, strict=True))
                body += compact(len(one.outputs))
                for value, script in one.outputs:
                    script = changed_script(script, keys)
                    body += value + compact(len(script)) + script
                stripped.append(one.version + body + one.lock_time)
                marked = one.version + b"\0\1" + body + one.witness + one.lock_time
                whole.append(marked if one.witness else stripped[-1])
            ids = [sha256d(one) for one in stripped]
            data = block(whole, ids, previous, height=number * 3 + first // TXS_PER_BLOCK + 1)
            record = undo_record(part, keys)
            blocks.append(REGTEST.magic + len(data).to_bytes(4, "little") + data)
            undo.append(
                REGTEST.magic
                + len(record).to_bytes(4, "little")
                + record
                + sha256d(previous + record)
            )
            previous = sha256d(data[:80])
            txids += ids
        before = txids
        yield blocks, undo


def block(whole: list[bytes], ids: list[bytes], previous: bytes, height: int) -> bytes:
    """A sound regtest block of these transactions behind a coinbase."""
    wtxids = [bytes(32), *map(sha256d, whole)]
    commitment = sha256d(merkle_root(wtxids) + bytes(32))
    script = b"\x04" + height.to_bytes(4, "little") + b"made"
    if height < 2**23:
        script = b"\x03" + height.to_bytes(3, "little") + b"made"
        if height < 2**15:
            script = b"\x02" + height.to_bytes(2, "little") + b"made"
        if height < 2**7:
            script = b"\x01" + height.to_bytes(1, "little") + b"made"
    body = b"\1" + bytes(32) + b"\xff" * 4 + compact(len(script)) + script + b"\xff" * 4 + b"\2"
    body += (625_000_000).to_bytes(8, "little") + b"\x16\0\x14" + sha256d(script)[:20]
    body += bytes(8) + b"\x26\x6a\x24\xaa\x21\xa9\xed" + commitment
    first = b"\2\0\0\0" + body + bytes(4)
    marked = b"\2\0\0\0\0\1" + body + b"\1\x20" + bytes(32) + bytes(4)
    root = merkle_root([sha256d(first), *ids])
    head = b"\0\0\0\x20" + previous + root + (1_700_000_000 + 600 * height).to_bytes(4, "little")
    head += REGTEST.easiest_bits.to_bytes(4, "little")
    nonce = 0
    while sha256d(head + nonce.to_bytes(4, "little"))[-1] > 0x7E:
        nonce += 1
    return head + nonce.to_bytes(4, "little") + compact(len(whole) + 1) + marked + b"".join(whole)


def undo_record(part: list[Template], keys: bytes) -> bytes:
    """What Bitcoin Core keeps of the outputs that these transactions spend."""
    made = [compact(len(part))]
    for one in part:
        made.append(compact(len(one.spent)))
        for value, script in one.spent:
            made += [b"\x0a\0", packed_number(packed_amount(value)), packed_script(script, keys)]
    return b"".join(made)


def packed_script(script: bytes, keys: bytes) -> bytes:
    script = changed_script(script, keys)
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14":
        return b"\0" + script[3:23]
    if len(script) == 23 and script[:2] == b"\xa9\x14":
        return b"\1" + script[2:22]
    return packed_number(len(script) + 6) + script


def changed_script(script: bytes, keys: bytes) -> bytes:
    """The script with another key hash; one that pays no hash stays."""
    skip = HASHED.get((len(script), script[0])) if script else None
    return changed(script, skip, keys) if skip else script


def changed(data: bytes, place: int, by: bytes) -> bytes:
    """The bytes with four of them XORed."""
    four = int.from_bytes(data[place : place + 4], "little") ^ int.from_bytes(by, "little")
    return data[:place] + four.to_bytes(4, "little") + data[place + 4 :]


def compact(number: int) -> bytes:
    if number < 253:
        return bytes([number])
    return (
        b"\xfd" + number.to_bytes(2, "little")
        if number < 2**16
        else b"\xfe" + number.to_bytes(4, "little")
    )


def merkle_root(level: list[bytes]) -> bytes:
    """The root of a Merkle tree as Bitcoin builds it."""
    while len(level) > 1:
        level = level + level[-1:] if len(level) % 2 else level
        level = [sha256d(a + b) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def sha256d(data: bytes) -> bytes:
    """SHA-256 twice."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
