"""Merges that were refused, and growth that a person should look at: how clusters collapse.

A single unseen CoinJoin joins strangers, and through them their whole wallets; super-clusters
that hold half of a chain's users came about so (Harrigan & Fretter 2016; Möser & Narayanan
2022). Nothing here is silent: what was refused and what grew is a table of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.wallets.clusters import Clusters, Ids
from inktrace.wallets.union_kernels import (
    GROWN_CLUSTERS,
    GROWN_LARGEST,
    GROWN_SIZE,
    GROWN_TX,
    GROWN_WALLET,
    REFUSED_ACTOR_ONE,
    REFUSED_ACTOR_OTHER,
    REFUSED_ONE,
    REFUSED_OTHER,
    REFUSED_SIZE_ONE,
    REFUSED_SIZE_OTHER,
    REFUSED_TX,
)

_REASONS: Final = ("size", "actors")


def refused_merges(clusters: Clusters, actors: list[str]) -> pa.Table:
    """Table `refused_merges`: each transaction that joined nothing, and whom it would have."""
    rows = clusters.refused
    by_actor = (rows[:, REFUSED_ACTOR_ONE] >= 0) & (rows[:, REFUSED_ACTOR_OTHER] >= 0)
    by_actor &= rows[:, REFUSED_ACTOR_ONE] != rows[:, REFUSED_ACTOR_OTHER]
    return pa.table(
        {
            "tx_id": rows[:, REFUSED_TX],
            # A cluster may have been joined to a smaller script since.
            "wallet_id_a": clusters.wallet_id[rows[:, REFUSED_ONE]],
            "wallet_id_b": clusters.wallet_id[rows[:, REFUSED_OTHER]],
            "scripts_a": rows[:, REFUSED_SIZE_ONE],
            "scripts_b": rows[:, REFUSED_SIZE_OTHER],
            "actor_a": _named(rows[:, REFUSED_ACTOR_ONE], actors),
            "actor_b": _named(rows[:, REFUSED_ACTOR_OTHER], actors),
            "reason": pa.array([_REASONS[one] for one in by_actor.tolist()], pa.string()),
        }
    )


def growth_alarms(clusters: Clusters) -> pa.Table:
    """Table `growth_alarms`: each transaction through which a cluster grew suddenly."""
    rows = clusters.grown
    return pa.table(
        {
            "tx_id": rows[:, GROWN_TX],
            "wallet_id": clusters.wallet_id[rows[:, GROWN_WALLET]],
            "clusters": rows[:, GROWN_CLUSTERS],
            "largest_before": rows[:, GROWN_LARGEST],
            "scripts_after": rows[:, GROWN_SIZE],
        }
    )


def _named(codes: Ids, names: list[str]) -> pa.Array:
    known: npt.NDArray[np.bool_] = codes < 0
    if not names:
        return pa.nulls(codes.size, pa.string())
    return pa.array(names, pa.string()).take(pa.array(np.maximum(codes, 0), mask=known))
