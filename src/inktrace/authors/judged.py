"""What people judged of pairs of ads, as constraints on who is put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from inktrace.authors.labels import Identifiers
from inktrace.engine import Relations

# No evidence of style outweighs a person who looked: log10 LR of a judgement "different".
_APART: Final = -1000.0


@dataclass(frozen=True)
class Judged:
    """Pairs of ads (row numbers, int64, first < second) that people said are one author's or two.

    Each pair has its latest verdict only; pairs judged unsure, or of unknown ads, are in neither.
    """

    same: tuple[np.ndarray, np.ndarray]
    apart: tuple[np.ndarray, np.ndarray]

    def hubs(self, found: Identifiers, ads: int) -> np.ndarray:
        """Identifiers that two ads of different authors share: they join nobody (mask)."""
        carried = found.incidence(ads)
        first, second = self.apart
        shared = carried[first].multiply(carried[second])
        return np.asarray(shared.sum(axis=0)).ravel() > 0

    def joined(self, component: np.ndarray) -> np.ndarray:
        """Components (int64 per ad, -1 = none) with the ads judged to be one author's together."""
        first, second = self.same
        if not len(first):
            return component
        ads, base = len(component), int(component.max(initial=-1)) + 1
        # An ad without a component is a node of its own until a judgement joins it.
        node = np.where(component >= 0, component, base + np.arange(ads))
        edges = sparse.csr_matrix(
            (np.ones(len(first), np.int8), (node[first], node[second])), shape=(base + ads,) * 2
        )
        _, label = sparse.csgraph.connected_components(edges, directed=False)
        named = component >= 0
        named[first] = named[second] = True
        mine = np.where(named, label[node], -1)
        _, first_seen, inverse = np.unique(mine[named], return_index=True, return_inverse=True)
        mine[named] = np.argsort(np.argsort(first_seen))[inverse]
        return np.asarray(mine, np.int64)

    def separated(self, block: np.ndarray) -> np.ndarray:
        """Blocks (int64 per ad) with the later ad of a pair judged apart in one of its own."""
        first, second = self.apart
        block = block.copy()
        for a, b in zip(first.tolist(), second.tolist(), strict=True):
            if block[a] == block[b]:
                block[b] = block.max() + 1
        return block

    def conflict(
        self, block: np.ndarray, cluster: np.ndarray, first: np.ndarray, second: np.ndarray
    ) -> np.ndarray:
        """log10 LR of pairs of clusters: as good as impossible where a pair was judged apart."""
        size = np.int64(len(cluster) + 1)
        owners = cluster[block[self.apart[0]]], cluster[block[self.apart[1]]]
        low, high = np.minimum(*owners), np.maximum(*owners)
        codes = np.minimum(first, second) * size + np.maximum(first, second)
        return np.where(np.isin(codes, low * size + high), _APART, 0.0)


def read_judged(relations: Relations, ad_ids: np.ndarray) -> Judged:
    """The latest verdict on each pair of ads; `ad_ids` (sorted) gives their row numbers."""
    columns = ["ad_id_a", "ad_id_b", "verdict", "judged_us", "file_id", "row"]
    rows = relations.arrow("judgements", columns).to_pylist()
    latest = {
        (row["ad_id_a"], row["ad_id_b"]): row["verdict"]
        for row in sorted(rows, key=lambda row: (row["judged_us"], row["file_id"], row["row"]))
    }
    number = {ad_id: place for place, ad_id in enumerate(ad_ids.tolist())} if latest else {}

    def pairs(verdict: str) -> tuple[np.ndarray, np.ndarray]:
        found = sorted(
            (number[a], number[b])
            for (a, b), said in latest.items()
            if said == verdict and a in number and b in number
        )
        both = np.asarray(found, np.int64).reshape(-1, 2)
        return both.min(axis=1), both.max(axis=1)

    return Judged(pairs("same"), pairs("different"))
