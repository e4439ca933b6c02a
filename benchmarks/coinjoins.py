"""Processor seconds of CoinJoin verdicts, and of the change heuristics, on made transactions.

    python benchmarks/coinjoins.py --transactions 4200000
    python benchmarks/coinjoins.py --transactions 400000 --change

Made transactions have about 2.4 inputs and 2.5 outputs; 3% have three and more of both, as in the
mempool of March 2024. A fifth of the amounts are round. Tables are in memory; loading them is not
counted.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine
from inktrace.params import ChangeParams, WalletsParams
from inktrace.wallets.change import found_change
from inktrace.wallets.coinjoin import coinjoin_verdicts


def made_tables(transactions: int, seed: int = 1) -> dict[str, pa.Table]:
    """`transactions`, `inputs`, `outputs` and `scripts`; each input spends an output."""
    random = np.random.default_rng(seed)
    many = random.random(transactions) < 0.014
    inputs = np.minimum(random.geometric(0.6, transactions), 12)
    inputs += many * random.integers(1, 100, transactions)
    wide = random.random(transactions) < 0.04
    outputs = 1 + (random.random(transactions) < 0.85) + wide * random.integers(1, 40, transactions)
    scripts = int(1.18 * transactions)
    in_tx, in_place = _places(inputs)
    out_tx, out_place = _places(outputs)
    value = (10 ** random.uniform(3, 9, out_tx.size)).astype(np.int64)
    round_ = random.random(out_tx.size) < 0.2
    power = 10 ** np.maximum(np.floor(np.log10(value)).astype(np.int64) - 1, 0)
    value = np.where(round_, value // power * power, value)
    spent = random.permutation(out_tx.size)[: in_tx.size]
    spent = np.append(spent, random.integers(0, out_tx.size, in_tx.size - spent.size))
    txid = np.zeros((transactions, 4), np.uint64)
    txid[:, 0] = random.permutation(transactions).astype(np.uint64)
    names = _binary(txid)
    height = np.arange(transactions) // 2500
    constant = np.full(transactions, 1)
    return {
        "transactions": pa.table(
            {"tx_id": np.arange(transactions), "txid": names, "block_height": height,
             "block_time_us": height, "is_coinbase": np.zeros(transactions, bool),
             "version": 1 + (random.random(transactions) < 0.7), "lock_time": many.astype(int),
             "file_id": constant, "row": constant}
        ),
        "inputs": pa.table(
            {"tx_id": in_tx, "vin": in_place, "spent_txid": names.take(pa.array(out_tx[spent])),
             "spent_vout": out_place[spent], "value_sat": value[spent],
             "script_id": random.integers(0, scripts, in_tx.size),
             "sequence": np.full(in_tx.size, 0xFFFFFFFD)}
        ),
        "outputs": pa.table(
            {"tx_id": out_tx, "vout": out_place, "value_sat": value,
             "script_id": random.integers(0, scripts, out_tx.size)}
        ),
        "scripts": pa.table(
            {"script_id": np.arange(scripts), "script": pa.array([b""] * scripts, pa.binary()),
             "script_type": pa.array(np.array(["p2wpkh", "p2pkh"])[np.arange(scripts) % 2])}
        ),
    }  # fmt: skip


def _places(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    owner = np.repeat(np.arange(counts.size), counts)
    return owner, np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)


def _binary(words: np.ndarray) -> pa.Array:
    data = pa.py_buffer(words.tobytes())
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), len(words), [None, data])
    return fixed.cast(pa.binary())


def main() -> None:
    """Measure at the size named on the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--transactions", type=int, default=4_200_000)
    options.add_argument("--change", action="store_true", help="measure change instead")
    chosen = options.parse_args()
    tables = made_tables(chosen.transactions)
    print({name: table.num_rows for name, table in tables.items()})
    with Engine.in_memory(tables) as engine:
        del tables
        relations = engine.relations()
        for _ in range(2):
            started, wall = time.process_time(), time.monotonic()
            if chosen.change:
                found = found_change(relations, ChangeParams()).named().size
            else:
                found = coinjoin_verdicts(relations, WalletsParams()).num_rows
            seconds = time.process_time() - started
            print(f"{seconds:.2f} processor s, {time.monotonic() - wall:.2f} s, {found:,} rows")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB")


if __name__ == "__main__":
    main()
