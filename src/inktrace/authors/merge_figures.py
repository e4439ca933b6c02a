"""How good clusters are: pairs rightly and wrongly put together, with intervals over authors."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy import sparse

from inktrace.authors.error_figures import ROUNDS, SEED

_INTERVAL: Final = (2.5, 97.5)


def merge_figures(
    cluster: np.ndarray,
    author: np.ndarray,
    target: float,
    blocks: np.ndarray | None = None,
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> dict[str, Any]:
    """False share of the pairs put together, against the target, and share of true pairs found.

    `cluster`, `author` int64, one entry per ad (or text), all of known author. With `blocks`, pairs
    of one block are left out: what was joined before style had its say. Shares are None where
    there is nothing to divide by.
    """
    _, owner = np.unique(author, return_inverse=True)
    authors = int(owner.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    drawn = np.ones((authors, rounds + 1))
    for column in range(1, rounds + 1):
        drawn[:, column] = np.bincount(random.integers(0, authors, authors), minlength=authors)
    right, wrong = _together(cluster, owner, drawn)
    sizes = np.bincount(owner, minlength=authors).astype(np.float64)
    true = (sizes * (sizes - 1.0) / 2.0) @ drawn
    if blocks is not None:
        inside_right, inside_wrong = _together(_both(cluster, blocks), owner, drawn)
        block_right, _ = _together(blocks, owner, drawn)
        right, wrong, true = right - inside_right, wrong - inside_wrong, true - block_right
    false_share = _share(wrong, right + wrong)
    if false_share is not None:
        false_share["target"] = target
        # Only an interval that lies wholly above the target speaks against it.
        false_share["exceeds_target"] = bool(false_share["low"] > target)
    return {
        "pairs_together": int(right[0] + wrong[0]),
        "wrong_pairs": int(wrong[0]),
        "true_pairs": int(true[0]),
        "precision": _share(right, right + wrong),
        "recall": _share(right, true),
        "false_merge_rate": false_share,
    }


def _together(
    cluster: np.ndarray, owner: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Same-author and different-author pairs of one cluster, for each column of `drawn`.

    An author drawn k times counts k times: its own pairs k-fold, pairs with another by both.
    """
    _, place = np.unique(cluster, return_inverse=True)
    shape = (int(place.max(initial=-1)) + 1, drawn.shape[0])
    count = sparse.coo_matrix((np.ones(len(place)), (place, owner)), shape=shape).tocsr()
    right = np.asarray((count.multiply(count - _ones_like(count)) / 2.0).sum(axis=0)).ravel()
    total, squares = count @ drawn, count.multiply(count) @ (drawn * drawn)
    wrong = np.asarray((total * total - squares).sum(axis=0)) / 2.0
    return right @ drawn, wrong


def _ones_like(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    ones = matrix.copy()
    ones.data[:] = 1.0
    return ones


def _both(cluster: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    _, block = np.unique(blocks, return_inverse=True)
    return np.asarray(cluster.astype(np.int64) * (int(block.max(initial=-1)) + 1) + block)


def _share(part: np.ndarray, whole: np.ndarray) -> dict[str, Any] | None:
    if not whole[0]:
        return None
    known = whole > 0
    low, high = np.percentile(part[known] / whole[known], _INTERVAL)
    value = float(part[0] / whole[0])
    return {
        "value": round(value, 5),
        "low": round(min(float(low), value), 5),
        "high": round(max(float(high), value), 5),
    }
