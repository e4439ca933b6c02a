"""Pairs of texts drawn at random: what two authors' texts are like in the corpus at hand."""

from __future__ import annotations

from typing import Final

import numpy as np

_PAIRS: Final = 20_000
_SEED: Final = 1763


def random_pairs(texts: int) -> tuple[np.ndarray, np.ndarray]:
    """Up to 20,000 distinct pairs of texts drawn at random (first < second), always the same."""
    total = texts * (texts - 1) // 2
    if total <= _PAIRS:
        first, second = np.triu_indices(texts, 1)
        return first.astype(np.int64), second.astype(np.int64)
    random = np.random.default_rng(_SEED)
    drawn = np.sort(random.integers(0, texts, (3 * _PAIRS, 2)), axis=1)
    drawn = np.unique(drawn[drawn[:, 0] < drawn[:, 1]], axis=0)
    chosen = np.sort(random.permutation(len(drawn))[:_PAIRS])
    return drawn[chosen, 0], drawn[chosen, 1]
