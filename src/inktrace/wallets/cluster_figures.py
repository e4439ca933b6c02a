"""How good clusters of addresses are: pairs rightly and wrongly together, with intervals."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
ROUNDS: Final = 400
_SEED: Final = 2022
_INTERVAL: Final = (2.5, 97.5)


def cluster_figures(cluster: Ids, owner: Ids) -> dict[str, Any]:
    """Pairwise precision and recall of clusters against owners, one entry per address.

    Intervals (95%) draw the owners again, not the pairs: two pairs of one owner are not two
    facts. Precision is None where no two addresses are together, recall where no owner has two.
    """
    _, owner = np.unique(owner, return_inverse=True)
    _, cluster = np.unique(cluster, return_inverse=True)
    owners = int(owner.max(initial=-1)) + 1
    drawn = np.ones((owners, ROUNDS + 1))
    random = np.random.default_rng(_SEED)
    for column in range(1, ROUNDS + 1):
        drawn[:, column] = np.bincount(random.integers(0, owners, owners), minlength=owners)
    cells, size = np.unique(
        np.stack([cluster, owner], 1).reshape(-1, 2), axis=0, return_counts=True
    )
    right, wrong = _pairs(cells, size.astype(np.float64), drawn)
    sizes = np.bincount(owner, minlength=owners).astype(np.float64)
    true = (sizes * (sizes - 1.0) / 2.0) @ drawn
    owners_of = np.bincount(cells[:, 0]) if len(cells) else np.zeros(0, np.int64)
    return {
        "addresses": int(owner.size),
        "owners": owners,
        "clusters": int(cluster.max(initial=-1)) + 1,
        "clusters_of_several_owners": int((owners_of > 1).sum()),
        "most_owners_of_a_cluster": int(owners_of.max(initial=0)),
        "pairs_together": int(right[0] + wrong[0]),
        "wrong_pairs": int(wrong[0]),
        "true_pairs": int(true[0]),
        "precision": _share(right, right + wrong),
        "recall": _share(right, true),
    }


def _pairs(
    cells: Ids, size: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Right and wrong pairs together, for each column of `drawn`: how often each owner is drawn."""
    right, wrong = np.zeros(drawn.shape[1]), np.zeros(drawn.shape[1])
    if not size.size:
        return right, wrong
    starts = np.flatnonzero(np.append(True, cells[1:, 0] != cells[:-1, 0]))
    for column in range(drawn.shape[1]):
        weight = drawn[cells[:, 1], column]
        right[column] = (weight * size * (size - 1.0)).sum() / 2.0
        here = weight * size
        wrong[column] = (
            np.add.reduceat(here, starts) ** 2 - np.add.reduceat(here**2, starts)
        ).sum() / 2.0
    return right, wrong


def _share(
    part: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]
) -> dict[str, float] | None:
    if whole[0] <= 0:
        return None
    kept = whole > 0
    low, high = np.percentile(part[kept] / whole[kept], _INTERVAL)
    return {
        "value": round(float(part[0] / whole[0]), 6),
        "low": round(float(low), 6),
        "high": round(float(high), 6),
    }
