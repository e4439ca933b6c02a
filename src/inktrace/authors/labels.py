"""What hard identifiers say of authorship: which are shared hubs, and which ads they join."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Identifiers:
    """Which ad carries which identifier: two int64 arrays, sorted, and the kind of each.

    `ad` and `identifier` are row numbers; `kind` (one per identifier) is the kind's name.
    """

    ad: np.ndarray
    identifier: np.ndarray
    kind: np.ndarray

    def count(self) -> int:
        """Number of distinct identifiers."""
        return len(self.kind)

    def incidence(self, ads: int, chosen: np.ndarray | None = None) -> sparse.csr_matrix:
        """Binary matrix ads × identifiers (only those chosen, if a mask is given)."""
        kept = np.ones(len(self.ad), bool) if chosen is None else chosen[self.identifier]
        data = np.ones(int(kept.sum()), np.int32)
        shape = (ads, self.count())
        return sparse.csr_matrix((data, (self.ad[kept], self.identifier[kept])), shape=shape)


def crowded_identifiers(found: Identifiers, most_ads: int, most_contacts: int) -> np.ndarray:
    """Identifiers that too many ads share, or that stand beside too many other people's contacts.

    A switchboard, an agency or a site's own number joins strangers: with more than `most_ads`
    ads, or beside more than `most_contacts` different handles or e-mail addresses, it says
    nothing about who writes. Returns a mask over identifiers.
    """
    size = found.count()
    ads = np.bincount(found.identifier, minlength=size)
    personal = np.isin(found.kind, ("handle", "email"))
    carried = found.incidence(int(found.ad.max(initial=-1)) + 1)
    beside = (carried.T @ carried[:, np.flatnonzero(personal)]) > 0
    contacts = np.asarray(beside.sum(axis=1)).ravel() - personal
    return np.asarray((ads > most_ads) | (contacts > most_contacts))


def identifier_components(found: Identifiers, ads: int, hubs: np.ndarray) -> np.ndarray:
    """Ads joined by identifiers that are no hubs: a component number per ad, -1 = has none."""
    incidence = found.incidence(ads, ~hubs)
    graph = sparse.bmat([[None, incidence], [incidence.T, None]], format="csr")
    _, component = connected_components(graph, directed=False)
    mine = component[:ads].astype(np.int64)
    mine[np.asarray(incidence.sum(axis=1)).ravel() == 0] = -1
    # Numbered by first ad, so that the numbers do not depend on the library.
    kept = mine >= 0
    if kept.any():
        _, first, inverse = np.unique(mine[kept], return_index=True, return_inverse=True)
        mine[kept] = np.argsort(np.argsort(first))[inverse]
    return np.asarray(mine)


def identifier_pairs(
    found: Identifiers, hubs: np.ndarray, all_pairs_up_to: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of ads that share an identifier: all of a small set, neighbours in a large one."""
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    kept = ~hubs[found.identifier] if len(hubs) else np.zeros(0, bool)
    order = np.lexsort((found.ad[kept], found.identifier[kept]))
    ad, owner = found.ad[kept][order], found.identifier[kept][order]
    sizes = np.bincount(owner, minlength=found.count())[owner]
    for step in range(1, all_pairs_up_to):
        same = owner[step:] == owner[:-step]
        if step > 1:
            same &= sizes[step:] <= all_pairs_up_to
        firsts.append(ad[:-step][same])
        seconds.append(ad[step:][same])
    pairs = np.unique(np.stack([np.concatenate(firsts), np.concatenate(seconds)], 1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def sampled_within(
    found: Identifiers, group: np.ndarray, per_identifier: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Up to `per_identifier` pairs of different text groups per identifier, spread evenly.

    Returns (identifier, first group, second group). Deterministic: pairs at fixed strides.
    """
    keys = np.unique(np.stack([found.identifier, group[found.ad]], 1), axis=0)
    owner, text = keys[:, 0], keys[:, 1]
    starts = np.searchsorted(owner, np.arange(found.count()))
    sizes = np.bincount(owner, minlength=found.count())
    many = np.flatnonzero(sizes >= 2)
    slot = np.arange(per_identifier)
    size, start = sizes[many][:, None], starts[many][:, None]
    a = (slot[None] * size) // per_identifier
    b = (a + 1 + (slot[None] * 7) % np.maximum(size - 1, 1)) % size
    who = np.repeat(many, per_identifier)
    return who, text[(start + a).ravel()], text[(start + b).ravel()]
