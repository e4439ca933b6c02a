"""Raw blocks per second on one core: checked only, and checked and stored with addresses.

    python benchmarks/parse_blocks.py [--folder ../shared/data/blocks] [--least 25000]

The real blocks of the folder are repeated until there are enough transactions. A plain copy
would be recognised as already stored, so every copy gets other output hashes, and with them
other transaction ids, Merkle root, witness commitment and (regtest) proof of work. Inputs and
sizes stay those of the real blocks, which hold far more inputs a transaction than usual.

    python benchmarks/parse_blocks.py --made 2 [--undo] [--copies 15]

Instead, a long chain of ordinary traffic (made_chain.py) in so many block files, read file by
file: transactions a second, and the peak memory of the process, after each of them.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.block_kernels import (
    IN_FIELDS,
    OUT_FIELDS,
    OUT_SCRIPT,
    OUT_SCRIPT_SIZE,
    OUT_TX,
    TX_BODY,
    TX_BODY_STOP,
    TX_FIELDS,
    TX_HAS_WITNESS,
    TX_START,
    TX_STOP,
    scan_block,
)
from inktrace.sources.blocks import add_blocks, settle_blocks
from inktrace.sources.networks import MAGICS, NETWORKS
from inktrace.sources.streams import open_stream

ROOT = Path(__file__).resolve().parents[1]
REGTEST = NETWORKS["regtest"]
HASHED = {(25, 0x76): 3, (23, 0xA9): 2, (22, 0): 2, (34, 0): 2, (34, 0x51): 2}


def main() -> None:
    """Print transactions, inputs and outputs a second for each block and for all together."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(__file__).resolve().parents[2] / "shared" / "data" / "blocks"
    options.add_argument("--folder", type=Path, default=shared)
    options.add_argument("--least", type=int, default=25_000, help="least transactions a run")
    options.add_argument("--made", type=int, metavar="FILES", help="a made chain of many files")
    options.add_argument("--undo", action="store_true", help="with undo data beside its blocks")
    options.add_argument("--copies", type=int, default=15, help="of 8,131 transactions, a file")
    options.add_argument("--kept", type=Path, help="where the made chain is, or is to be kept")
    given = options.parse_args()
    if given.made:
        read_made_chain(given)
        return
    blocks = {path.name: real_block(path) for path in sorted(given.folder.glob("*.[bd][la][kt]*"))}
    parse(framed_blocks([changed_copy(next(iter(blocks.values())), 1)[0]]))  # loads compiled code
    print(f"{'block':26}{'tx':>8}{'inputs':>9}{'outputs':>9}{'parse tx/s':>13}{'stored tx/s':>13}")
    for name, block in blocks.items():
        report(name, copies([block], given.least))
    report("all of them", copies(list(blocks.values()), given.least))


def read_made_chain(given: argparse.Namespace) -> None:
    """Read a made chain into a new database, file by file, and settle it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.kept or Path(temporary)
        paths = sorted(folder.glob("blk*.dat"))[: given.made]
        if len(paths) < given.made:
            make_chain(folder, given)
            paths = sorted(folder.glob("blk*.dat"))
        print(f"{'file':>4}{'transactions':>14}{'processor s':>13}{'tx/s':>10}{'peak MiB':>10}")
        with Engine(Path(temporary) / "bench.duckdb", threads=1) as engine:
            for table in TABLES.values():
                engine.execute(table.create_sql())
            spent = [read_file(engine, number, path) for number, path in enumerate(paths, start=1)]
            before = time.process_time()
            settle_blocks(engine)
            settled = time.process_time() - before
        # The first file bears what a process does once: loading compiled code, first memory.
        counts, seconds = zip(*spent[1:] or spent, strict=True)
        print(f"settling: {settled:.2f} processor s, peak {peak_mib()} MiB")
        print(f"files 2 to {len(paths)}: {sum(counts) / sum(seconds):,.0f} transactions a second")


def make_chain(folder: Path, given: argparse.Namespace) -> None:
    """Write the chain from a process of its own, whose memory is not to count here."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = given.folder.parent / "transactions" / "sob2024_mempool_8131_json.tar.xz"
    program = (
        "import sys; from pathlib import Path; from benchmarks.made_chain import *; "
        "write_core_files(Path(sys.argv[1]), templates(Path(sys.argv[2])), "
        "int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == 'True')"
    )
    values = map(str, (folder, archive, given.made, given.copies, given.undo))
    subprocess.run([sys.executable, "-c", program, *values], check=True, cwd=ROOT)


def read_file(engine: Engine, number: int, path: Path) -> tuple[int, float]:
    """Read one file, print a line, and give its transactions and processor seconds."""
    before = time.process_time()
    count = add_blocks(engine, path, SourceParams(), settle=False).rows_accepted
    seconds = time.process_time() - before
    print(
        f"{number:4}{count:14,}{seconds:13.2f}{count / seconds:10,.0f}{peak_mib():10,}", flush=True
    )
    return count, seconds


def peak_mib() -> int:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def real_block(path: Path) -> bytes:
    """The block's own bytes, without compression and frame."""
    with closing(open_stream(path)) as stream:
        data = stream.read()
    return data[8:] if data[:4] in MAGICS else data


def copies(blocks: list[bytes], least: int) -> list[bytes]:
    """Changed copies of the blocks, in turn, until they hold enough transactions."""
    made: list[bytes] = []
    total = number = 0
    while total < least:
        for block in blocks:
            number += 1
            copy, transactions = changed_copy(block, number)
            made.append(copy)
            total += transactions
    return made


def changed_copy(block: bytes, number: int) -> tuple[bytes, int]:
    """The block with other output hashes, sound again on regtest; and its transactions."""
    data = np.frombuffer(bytearray(block), np.uint8)
    txs = np.empty((TX_FIELDS, len(data) // 60 + 1), np.int64)
    inputs = np.empty((IN_FIELDS, len(data) // 41 + 1), np.int64)
    outputs = np.empty((OUT_FIELDS, len(data) // 9 + 1), np.int64)
    rows = np.zeros(3, np.int64)
    fault = scan_block(data, 0, len(data), txs, inputs, outputs, rows)
    assert fault == 0, fault
    change = np.frombuffer(number.to_bytes(4, "little"), np.uint8)
    for i in range(rows[2]):
        start, size = outputs[OUT_SCRIPT, i], outputs[OUT_SCRIPT_SIZE, i]
        skip = HASHED.get((int(size), int(data[start]))) if size else None
        if skip:
            data[start + skip : start + skip + 4] ^= change
    for stop in txs[TX_STOP, : rows[0]].tolist():
        data[stop - 4 : stop] ^= change  # the lock time: it differs even where no address is paid
    renew_commitment(data, txs[:, : rows[0]], outputs[:, : rows[2]])
    data[36:68] = np.frombuffer(merkle_root(txids(data, txs[:, : rows[0]])), np.uint8)
    data[72:76] = np.frombuffer(REGTEST.easiest_bits.to_bytes(4, "little"), np.uint8)
    nonce = 0
    while double_sha256(data[:80].tobytes())[-1] > 0x7E:
        nonce += 1
        data[76:80] = np.frombuffer(nonce.to_bytes(4, "little"), np.uint8)
    return data.tobytes(), int(rows[0])


def renew_commitment(data: np.ndarray, txs: np.ndarray, outputs: np.ndarray) -> None:
    """Write the witness commitment that the changed transactions need."""
    if not txs[TX_HAS_WITNESS].any():
        return
    whole = [double_sha256(data[a:b].tobytes()) for a, b in txs[[TX_START, TX_STOP]].T]
    root = merkle_root([bytes(32), *whole[1:]])
    nonce = data[txs[TX_BODY_STOP, 0] + 2 : txs[TX_BODY_STOP, 0] + 34].tobytes()
    for start in outputs[OUT_SCRIPT, outputs[OUT_TX] == 0].tolist():
        if data[start : start + 6].tobytes() == bytes.fromhex("6a24aa21a9ed"):
            commitment = double_sha256(root + nonce)
            data[start + 6 : start + 38] = np.frombuffer(commitment, np.uint8)


def txids(data: np.ndarray, txs: np.ndarray) -> list[bytes]:
    """Transaction ids without their witnesses."""
    raw = data.tobytes()
    fields = txs[[TX_START, TX_BODY, TX_BODY_STOP, TX_STOP]].T.tolist()
    return [
        double_sha256(raw[start : start + 4] + raw[body:body_stop] + raw[stop - 4 : stop])
        for start, body, body_stop, stop in fields
    ]


def merkle_root(level: list[bytes]) -> bytes:
    """The root of a Merkle tree as Bitcoin builds it."""
    while len(level) > 1:
        level = level + level[-1:] if len(level) % 2 else level
        level = [double_sha256(a + b) for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def double_sha256(data: bytes) -> bytes:
    """SHA-256 twice."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def report(name: str, blocks: list[bytes]) -> None:
    """Measure these blocks and print one line."""
    framed = framed_blocks(blocks)
    parsed, counts = best_of(lambda: parse(framed))
    stored, accepted = best_of(lambda: store(framed))
    assert accepted == counts[0], (accepted, counts)
    print(
        f"{name:26}{counts[0]:8,}{counts[1]:9,}{counts[2]:9,}"
        f"{counts[0] / parsed:13,.0f}{accepted / stored:13,.0f}"
    )


def store(framed: bytes) -> int:
    """Check every block and store it in a new database on disk; returns its transactions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blk00000.dat"
        path.write_bytes(framed)
        with Engine(Path(folder) / "bench.duckdb", threads=1) as engine:
            for table in TABLES.values():
                engine.execute(table.create_sql())
            return add_blocks(engine, path, SourceParams()).rows_accepted


def framed_blocks(blocks: list[bytes]) -> bytes:
    """The blocks as a blk*.dat file holds them."""
    return b"".join(REGTEST.magic + len(block).to_bytes(4, "little") + block for block in blocks)


def parse(framed: bytes) -> tuple[int, int, int]:
    """Check every block and make the Arrow tables, without ids, addresses or database."""
    window, at = BlockWindow(framed), 0
    while at < len(framed):
        stop = at + 8 + int.from_bytes(framed[at + 4 : at + 8], "little")
        window.add(at + 8, stop, 1, REGTEST, None)
        at = stop
    batch = window.batch()
    return batch.transactions.num_rows, batch.inputs.num_rows, batch.outputs.num_rows


def best_of(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Least processor seconds (all threads together) of some runs, and what the work gives."""
    seconds, result = float("inf"), None
    for _ in range(times):
        gc.collect()
        before = time.process_time()
        result = work()
        seconds = min(seconds, time.process_time() - before)
    return seconds, result


if __name__ == "__main__":
    main()
