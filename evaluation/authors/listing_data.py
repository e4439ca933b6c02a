"""The shared real listings, cut into hosts for training and hosts that stay untouched."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

LISTINGS = Path(__file__).parents[3] / "shared" / "data" / "listings" / "listings.parquet"


@dataclass(frozen=True)
class Listings:
    """Texts with their hosts and cities, one entry each; hosts and cities are numbers."""

    texts: list[str]
    host: np.ndarray
    city: np.ndarray


def listings(half: str) -> Listings:
    """Distinct texts of the hosts of one half: "train" or "test" (by hash of the host's name)."""
    table = pq.read_table(LISTINGS).to_pydict()
    rows = [
        row
        for row, host in enumerate(table["author_label"])
        if table["distinct_within_author"][row]
        and not table["near_duplicate_across_authors"][row]
        and half_of(host) == half
    ]
    _, host = np.unique([table["author_label"][row] for row in rows], return_inverse=True)
    _, city = np.unique([table["city"][row] for row in rows], return_inverse=True)
    return Listings([table["text"][row] for row in rows], host, city)


def half_of(host: str) -> str:
    """Which half a host belongs to."""
    return "train" if int(hashlib.sha256(host.encode()).hexdigest(), 16) % 2 == 0 else "test"
