"""Seconds and memory of stage `wallets` on a made chain written straight into a workspace.

    python benchmarks/wallets.py [--inputs 10000000] [--day 500000] [--folder DIR]

The default chain has 10 million inputs in 4.2 million transactions, and 4.94 million scripts.
Owners are as unequal as on the real chain: most have a few scripts, some have tens of thousands.
Three things are timed, each in a process of its own, so that the peak memory is its own too:
reading and clustering alone, as far as the rows of table `wallets`; the whole stage with all its
tables; and both after a day of transactions was added. The last is then compared with a run in a
workspace that never had an earlier result. With `--peers` the same inputs also go through SciPy's
connected components and GraphSense's Rust library, which trace and refuse nothing, and the
clusters are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Engine
from inktrace.params import WalletsParams
from inktrace.pipeline import run_stages
from inktrace.progress import silent
from inktrace.wallets.clusters import co_spend_clusters
from inktrace.wallets.stage import read_scripts, read_spends, wallet_rows
from inktrace.wallets.tagged import actor_codes, tagged_scripts
from inktrace.workspace import Workspace, create_workspace, open_workspace

INPUTS, TRANSACTIONS, SCRIPTS = 10_000_000, 4_200_000, 4_940_000
DAY_US = 86_400_000_000
COMPARED = "wallets payers wallet_summary coinjoins refused_merges growth_alarms".split()


def main() -> None:
    """Print one line per measurement."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--inputs", type=int, default=INPUTS)
    options.add_argument("--day", type=int, default=500_000, help="transactions of an added day")
    options.add_argument("--folder", type=Path, help="where to keep the made workspace")
    options.add_argument("--peers", action="store_true", help="measure other libraries too")
    options.add_argument("--only", help=argparse.SUPPRESS)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if given.only:
        measure(given.folder, given.only)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        share = given.inputs / INPUTS
        chain = Chain(int(TRANSACTIONS * share), int(SCRIPTS * share), given.seed)
        with create_workspace(folder / "case") as case:
            chain.add(case, given.inputs, int(TRANSACTIONS * share))
        print_measured("clusters, from stored tables", folder / "case", "clusters")
        for peer in ("graphsense", "scipy") if given.peers else ():
            print_measured(peer, folder / "case", peer)
        print_measured("whole stage", folder / "case", "stage")
        with open_workspace(folder / "case") as case:
            chain.add(case, int(given.day * INPUTS / TRANSACTIONS), given.day)
        print_measured("clusters, a day more", folder / "case", "clusters")
        print_measured("whole stage, a day more", folder / "case", "stage")
        print("same as in one go:", same_in_one_go(folder / "case"))


class Chain:
    """Draws transactions of owners that have a few or very many scripts each."""

    def __init__(self, transactions: int, scripts: int, seed: int):
        """`transactions` and `scripts` are those of the chain before the added day."""
        self._random = np.random.default_rng(seed)
        self._rate = scripts / transactions
        self._transactions = self._scripts = self._files = 0
        # Zipf-like: the n-th owner has a share of about 1/n of what the first has.
        weight = 1.0 / np.arange(1, scripts // 4 + 2) ** 0.7
        self._owners = np.cumsum(weight) / weight.sum()

    def add(self, case: Workspace, inputs: int, transactions: int) -> None:
        """Store some transactions as one source file more."""
        draw, first = self._random, self._transactions
        tx_id = np.arange(first, first + transactions)
        self._scripts += int(transactions * self._rate)
        extra = draw.multinomial(inputs - transactions, _uneven(draw, transactions))
        spent = self._scripts_of(np.repeat(self._owners_of(transactions), 1 + extra))
        paid_by = np.repeat(tx_id, 2)
        paid = draw.integers(0, self._scripts, paid_by.size)
        self._files += 1
        self._store(case, tx_id, np.repeat(tx_id, 1 + extra), spent, paid_by, paid)
        self._transactions += transactions

    def _owners_of(self, count: int) -> Any:
        return np.searchsorted(self._owners, self._random.random(count))

    def _scripts_of(self, owner: Any) -> Any:
        """One of each owner's scripts, which lie scattered over all ids."""
        starts = np.r_[0.0, self._owners[:-1]][owner]
        width = self._owners[owner] - starts
        place = (starts + self._random.random(owner.size) * width) * self._scripts
        # Multiplying by a number prime to the count scatters neighbours.
        return (place.astype(np.int64) * 1_000_003) % self._scripts

    def _store(
        self, case: Workspace, tx_id: Any, spending: Any, spent: Any, paying: Any, paid: Any
    ) -> None:
        engine, draw, file = case.engine, self._random, self._files
        engine.execute(
            "INSERT INTO source_files VALUES (?, 'chain', 'made', ?, 0, '{}', ?, 0, 0, 'made', 0)",
            [file, f"digest {file}", tx_id.size],
        )
        engine.execute(
            "INSERT INTO transactions SELECT i, ('\\x00'::BLOB || encode(i::VARCHAR)), "
            f"i // 2500, {DAY_US} + i * 200000, false, 2, 0, {file}, i + 1 "
            f"FROM range({tx_id[0]}, {tx_id[-1] + 1}) AS t(i)"
        )
        engine.execute(
            "INSERT INTO scripts SELECT i, encode('script' || i), 'p2wpkh', "
            "'bc1q' || lpad(i::VARCHAR, 38, 'q') FROM range("
            f"(SELECT coalesce(max(script_id) + 1, 0) FROM scripts), {self._scripts}) AS t(i)"
        )
        starts = np.flatnonzero(np.r_[True, spending[1:] != spending[:-1]])
        vin = np.arange(spending.size) - np.repeat(starts, np.diff(np.r_[starts, spending.size]))
        rows = {
            "tx_id": spending,
            "vin": vin,
            "spent_vout": np.zeros(spending.size, np.int64),
            "value_sat": draw.integers(1000, 10**7, spending.size),
            "script_id": spent,
            "sequence": np.zeros(spending.size, np.int64),
        }
        engine.append("inputs", pa.table(rows), spent_txid=bytes(32))
        rows = {
            "tx_id": paying,
            "vout": np.arange(paying.size) % 2,
            "value_sat": draw.integers(1000, 10**7, paying.size),
            "script_id": paid,
        }
        engine.append("outputs", pa.table(rows))


def _uneven(draw: Any, count: int) -> Any:
    weight = draw.pareto(2.0, count) + 0.01
    return weight / weight.sum()


def print_measured(what: str, case: Path, part: str) -> None:
    """Run one measurement twice in processes of their own and print the second.

    The first compiles the loops, where that was not done before, and warms the disk's cache.
    """
    command = [sys.executable, __file__, "--only", part, "--folder", str(case)]
    for _ in range(1 if part == "stage" else 2):
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    print(f"{what:30}", " ".join(f"{k}={v}" for k, v in json.loads(done.stdout).items()))


def measure(case: Path, part: str) -> None:
    """Time one part of the stage in this process, and print it as JSON."""
    cpu, clock = time.process_time(), time.perf_counter()
    told: dict[str, Any] = {}
    with open_workspace(case) as opened:
        if part == "clusters":
            told["rows"] = clustered(opened.engine, opened.params.wallets).num_rows
        elif part == "stage":
            told["rows"] = sum(run_stages(opened, ["wallets"], silent)[0].rows.values())
        else:
            relations = opened.engine.relations()
            scripts, spent = read_scripts(relations), read_spends(relations)
            peer = by_graphsense if part == "graphsense" else by_scipy
            found = peer(scripts, spent.tx_id, spent.script_id)
    told |= {
        "clock_s": round(time.perf_counter() - clock, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "peak_mib": peak_mib(),
    }
    if part in ("graphsense", "scipy"):
        params = WalletsParams(refused_merge_scripts=10**9)
        ours = co_spend_clusters(scripts, spent, params).wallet_id
        told["same"] = bool(np.array_equal(found, ours))
    print(json.dumps(told))


def peak_mib() -> int:
    """Most memory this program held; unlike getrusage's, not that of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def by_graphsense(scripts: int, tx_id: Any, script_id: Any) -> Any:
    """Smallest script of each script's cluster, by GraphSense's union-find in Rust."""
    from gs_clustering import Clustering

    starts = np.flatnonzero(np.r_[True, tx_id[1:] != tx_id[:-1], True])
    ends = pa.array(np.r_[starts[:-1], tx_id.size].astype(np.int32))
    # Its number 0 is a placeholder.
    values = pa.array((script_id + 1).astype(np.uint32))
    clustering = Clustering(scripts)
    clustering.process_transactions_arrow(pa.ListArray.from_arrays(ends, values))
    found = pa.record_batch(clustering.get_mapping())
    return np.asarray(found["cluster_id"])[1:].astype(np.int64) - 1


def by_scipy(scripts: int, tx_id: Any, script_id: Any) -> Any:
    """The same by SciPy's connected components of a star per transaction."""
    starts = np.flatnonzero(np.r_[True, tx_id[1:] != tx_id[:-1]])
    hub = np.repeat(script_id[starts], np.diff(np.r_[starts, tx_id.size]))
    graph = sparse.coo_array((np.ones(hub.size, np.int8), (hub, script_id)), (scripts, scripts))
    _, label = csgraph.connected_components(graph, directed=False)
    smallest = np.full(label.max() + 1, scripts)
    np.minimum.at(smallest, label, np.arange(scripts))
    return smallest[label]


def clustered(engine: Engine, params: Any) -> pa.Table:
    """The rows of table `wallets`, from the stored inputs, tags and CoinJoins."""
    relations = engine.relations()
    scripts = read_scripts(relations)
    actor, _ = actor_codes(tagged_scripts(relations), scripts)
    mixed = np.asarray(relations.collect(relations["coinjoins"].select("tx_id"))["tx_id"])
    spent = read_spends(relations)
    return wallet_rows(co_spend_clusters(scripts, spent, params, left_out=mixed, actor=actor))


def same_in_one_go(case: Path) -> bool:
    """Whether a run without any earlier result gives the same tables."""
    with open_workspace(case) as opened:
        before = _digests(opened.engine)
        opened.engine.execute("DELETE FROM runs")
        for table in COMPARED:
            opened.engine.execute(f"DELETE FROM {table}")
        run_stages(opened, ["wallets"], silent)
        return before == _digests(opened.engine)


def _digests(engine: Engine) -> list[Any]:
    return [engine.rows(f"SELECT count(*), sum(hash(t)) FROM {t} AS t") for t in COMPARED]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
