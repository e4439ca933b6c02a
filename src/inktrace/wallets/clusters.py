"""Address clusters by co-spending: scripts spent together are taken to be one party's.

The inputs of one transaction are signed together, so one party usually controls them (Nakamoto
2008, section 10; Meiklejohn et al. 2013). It is wrong for CoinJoins, which are left out, for
PayJoins, and for wallets that several parties sign for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Clusters:
    """One element per script: its cluster and the transaction that joined it."""

    wallet_id: Ids  # smallest script of the cluster
    joined_by: Ids  # transaction, -1 where the script stands alone or is the smallest


def co_spend_clusters(scripts: int, tx_id: Ids, script_id: Ids) -> Clusters:
    """Clusters of scripts 0 … scripts-1 from (transaction, script spent) rows.

    The joins form a spanning forest of earliest transactions, so every member can be traced to
    its cluster's smallest script. Linear in the rows, but for a sort.
    """
    left, right, by = _edges(tx_id, script_id)
    if not left.size:
        return Clusters(np.arange(scripts), np.full(scripts, -1))
    # Weights start at one, since zero means "no edge" to a sparse matrix.
    order, weight = np.unique(by, return_inverse=True)
    graph = _symmetric_minimum(scripts, left, right, weight + 1.0)
    forest = csgraph.minimum_spanning_tree(graph)
    _, label = csgraph.connected_components(forest, directed=False)
    smallest = np.full(int(label.max()) + 1, scripts, np.int64)
    np.minimum.at(smallest, label, np.arange(scripts))
    joined = _joining(forest, smallest, scripts)
    by_tx = np.where(joined >= 0, order[np.maximum(joined, 0)], -1)
    return Clusters(smallest[label], by_tx)


def _edges(tx_id: Ids, script_id: Ids) -> tuple[Ids, Ids, Ids]:
    """A star per transaction: its smallest script to each other one."""
    order = np.lexsort((script_id, tx_id))
    tx, script = tx_id[order], script_id[order]
    starts = np.ones(tx.size, bool)
    starts[1:] = tx[1:] != tx[:-1]
    hub = script[np.maximum.accumulate(np.where(starts, np.arange(tx.size), 0))]
    keep = script != hub
    return hub[keep], script[keep], tx[keep]


def _symmetric_minimum(size: int, left: Ids, right: Ids, weight: npt.NDArray[Any]) -> Any:
    """One edge per pair, with the smallest weight (a sparse matrix would add them up)."""
    order = np.lexsort((weight, right, left))
    left, right, weight = left[order], right[order], weight[order]
    first = np.ones(left.size, bool)
    first[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return sparse.csr_array((weight[first], (left[first], right[first])), shape=(size, size))


def _joining(forest: Any, smallest: Ids, scripts: int) -> Ids:
    """Weight - 1 of the edge towards the cluster's smallest script, -1 for that script."""
    tree = forest.tocoo()
    # An extra node above all smallest scripts makes one tree of the forest.
    rows = np.concatenate([tree.row, np.full(smallest.size, scripts)])
    columns = np.concatenate([tree.col, smallest])
    values = np.concatenate([tree.data, np.ones(smallest.size)])
    whole = sparse.csr_array((values, (rows, columns)), shape=(scripts + 1, scripts + 1))
    _, parent = csgraph.breadth_first_order(whole, scripts, directed=False)
    joined = np.full(scripts, -1, np.int64)
    for child, other in ((tree.row, tree.col), (tree.col, tree.row)):
        towards = parent[child] == other
        joined[child[towards]] = tree.data[towards].astype(np.int64) - 1
    return joined


def refused_merges(
    clusters: Clusters, tx_id: Ids, script_id: Ids, actors: dict[int, str]
) -> tuple[npt.NDArray[np.bool_], list[tuple[int, str, str]]]:
    """Rows that would join scripts tagged as different actors, and (tx, actor, actor) of each.

    Only clusters with conflicting tags are walked again, transaction by transaction.
    """
    named: dict[int, set[str]] = {}
    for script, actor in sorted(actors.items()):
        named.setdefault(int(clusters.wallet_id[script]), set()).add(actor)
    conflicting = np.array([w for w, found in named.items() if len(found) > 1], np.int64)
    keep = np.ones(tx_id.size, bool)
    refused: list[tuple[int, str, str]] = []
    suspect = np.flatnonzero(np.isin(clusters.wallet_id[script_id], conflicting))
    parent: dict[int, int] = {}
    actor_of = dict(actors)

    def root(script: int) -> int:
        while parent.setdefault(script, script) != script:
            parent[script] = parent[parent[script]]
            script = parent[script]
        return script

    for rows in np.split(suspect, np.flatnonzero(np.diff(tx_id[suspect])) + 1):
        roots = sorted({root(int(script)) for script in script_id[rows]})
        found = sorted({actor_of[one] for one in roots if one in actor_of})
        if len(found) > 1:
            keep[rows] = False
            refused.append((int(tx_id[rows[0]]), found[0], found[1]))
            continue
        for one in roots[1:]:
            parent[one] = roots[0]
        if found and roots:
            actor_of[roots[0]] = found[0]
    return keep, refused
