"""Address clusters by co-spending: scripts spent together are taken to be one party's.

The inputs of one transaction are signed together, so one party usually controls them (Nakamoto
2008, section 10; Meiklejohn et al. 2013). It is wrong for CoinJoins, which are left out, for
PayJoins, and for wallets that several parties sign for. One such mistake can melt two strangers
into one, and a few can melt thousands: merges that look like one are refused or told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from inktrace.params import WalletsParams
from inktrace.wallets.union_kernels import ALONE, join_spends, settle

Ids = npt.NDArray[np.int64]

_NOBODY: Final = -1


@dataclass(frozen=True)
class Spends:
    """Which transaction spent which script, ascending by transaction, int64."""

    tx_id: Ids
    script_id: Ids


@dataclass(frozen=True)
class Clusters:
    """One element per script: its cluster, and the union that joined it.

    `refused` and `grown` have the columns that union_kernels.py names.
    """

    wallet_id: Ids  # smallest script of the cluster
    joined_by: Ids  # transaction, -1 where the script stands alone or is the smallest
    joined_with: Ids  # script spent in that transaction, one step nearer to the smallest; or -1
    refused: npt.NDArray[np.int64]
    grown: npt.NDArray[np.int64]


def spends(tx_id: Any, script_id: Any) -> Spends:
    """Rows in whatever order they came, as contiguous int64 in the order of the transactions."""
    tx, script = (np.ascontiguousarray(one, np.int64) for one in (tx_id, script_id))
    # Rows are stored in this order, but for transactions whose inputs were completed later.
    if tx.size > 1 and bool(np.any(tx[1:] < tx[:-1])):
        order = np.argsort(tx, kind="stable")
        tx, script = tx[order], script[order]
    return Spends(tx, script)


def co_spend_clusters(
    scripts: int,
    spent: Spends,
    params: WalletsParams,
    *,
    left_out: Ids | None = None,
    actor: Ids | None = None,
) -> Clusters:
    """Clusters of scripts 0 … scripts-1, from the transactions in the order of their ids.

    `left_out` are transactions that join nothing (CoinJoins), `actor` a code of the actor that
    each script is tagged as, -1 = none. A transaction that would join two actors, or two
    clusters of `refused_merge_scripts`, joins nothing at all.

    Notes: tx_ids are given in the order of ingest, so a later transaction never changes an
    earlier union; within a transaction its smallest script is joined to the others in ascending
    order. The result therefore does not depend on the order of the rows. Almost linear: each
    row costs two look-ups.
    """
    parent, size = np.arange(scripts, dtype=np.int64), np.ones(scripts, np.int64)
    owner = np.full(scripts, _NOBODY, np.int64) if actor is None else actor.astype(np.int64)
    joined_with, joined_by = np.full(scripts, ALONE, np.int64), np.full(scripts, ALONE, np.int64)
    skipped = np.zeros(int(spent.tx_id[-1]) + 1 if spent.tx_id.size else 0, np.bool_)
    if left_out is not None:
        skipped[left_out[left_out < skipped.size]] = True
    refused, grown = join_spends(
        spent.tx_id,
        spent.script_id,
        skipped,
        parent,
        size,
        owner,
        joined_with,
        joined_by,
        params.refused_merge_scripts,
        params.growth_alarm_scripts,
        params.growth_alarm_factor,
    )
    settle(parent, joined_with, joined_by)
    return Clusters(parent, joined_by, joined_with, refused, grown)
