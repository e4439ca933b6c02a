"""What style says of texts that have nothing to do with one another, as a histogram."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.authors.pair_evidence import PairEvidence
from inktrace.authors.random_pairs import random_pairs

_BINS_PER_DECADE: Final = 10


def background_document(evidence: PairEvidence, texts: int) -> dict[str, Any]:
    """How many pairs of texts drawn at random score how high.

    `edges`: log10 LR, one more than `counts`; a pair lies in the bin whose lower edge it reaches.
    Pairs are of different texts; the few that have one author (`prior_probability`) are among
    them, so the upper end is, if anything, too high.
    """
    lr = evidence.log10_lr(*random_pairs(texts))
    bins = np.floor(np.round(lr * _BINS_PER_DECADE, 6)).astype(np.int64)
    low = int(bins.min(initial=0))
    counts = np.bincount(bins - low, minlength=1)
    edges = (low + np.arange(len(counts) + 1)) / _BINS_PER_DECADE
    return {
        "pairs": len(lr),
        "prior_probability": evidence.prior_probability,
        "edges": [round(float(edge), 1) for edge in edges],
        "counts": counts.tolist(),
    }
