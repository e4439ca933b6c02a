"""Clusters of a workspace with known wallets, with CoinJoins left out and without doing so.

    python evaluation/wallets/clusters_with_mixes.py WORKSPACE wallets.csv

Prints pairwise precision and recall of co-spending, once with the run's verdicts and once with
every transaction taken for one owner's, as a program without CoinJoin rules would.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from inktrace.engine import Relations
from inktrace.sources.wallet_truth import read_wallet_truth
from inktrace.wallets.change_facts import numbers
from inktrace.wallets.cluster_figures import cluster_figures
from inktrace.workspace import open_workspace


def co_spending(relations: Relations, left_out: np.ndarray, scripts: int) -> np.ndarray:
    """Cluster of each script, from the inputs of all transactions but those left out."""
    spent = relations.arrow("inputs", ["tx_id", "vin", "script_id"])
    tx, script = numbers(spent, "tx_id"), numbers(spent, "script_id")
    kept = (script >= 0) & ~np.isin(tx, left_out)
    tx, script = tx[kept], script[kept]
    ends = (script, scripts + tx)
    size = scripts + int(tx.max(initial=0)) + 1
    graph = sparse.coo_array((np.ones(tx.size), ends), shape=(size, size))
    return csgraph.connected_components(graph, directed=False)[1][:scripts]


def main() -> None:
    """Measure the workspace named on the command line."""
    truth = read_wallet_truth(Path(sys.argv[2]))
    owner = dict(zip(truth["address"].to_pylist(), truth["wallet"].to_pylist(), strict=True))
    with open_workspace(Path(sys.argv[1])) as case:
        relations = case.engine.relations()
        scripts = relations.arrow("scripts", ["script_id", "address"]).to_pydict()
        known = [owner.get(address, "") for address in scripts["address"]]
        mine = np.array([bool(name) for name in known])
        codes = np.unique(known, return_inverse=True)[1]
        mixed = numbers(relations.arrow("coinjoins", ["tx_id"]), "tx_id")
        for words, left_out in (("left out", mixed), ("not left out", mixed[:0])):
            cluster = co_spending(relations, left_out, len(known))
            figures = cluster_figures(cluster[mine], codes[mine])
            print(f"CoinJoins {words}:", json.dumps(figures))


if __name__ == "__main__":
    main()
