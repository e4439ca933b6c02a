"""Parts: the records that are linked. Ads of one author that their own contacts hold together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph


@dataclass(frozen=True)
class Parts:
    """All ads in order of ad_id, with the part of each; parts are numbered by their first ad.

    `ad_ids` str per ad; `part` int64 per ad; `names` str per part; `author` int64 per part, a
    place in `author_ids`.
    """

    ad_ids: np.ndarray
    part: np.ndarray
    names: list[str]
    author: np.ndarray
    author_ids: list[str]

    def __len__(self) -> int:
        return len(self.names)

    def of_ads(self, ad_ids: pa.ChunkedArray) -> np.ndarray:
        """The part of each of the given ads, all of which must be known (int64)."""
        wanted = np.asarray(ad_ids.to_pylist(), dtype=object)
        if not len(wanted):
            return np.zeros(0, np.int64)
        return np.asarray(self.part[np.searchsorted(self.ad_ids, wanted)])


def author_parts(authors: pa.Table, ties: pa.Table, apart: set[tuple[str, str]]) -> Parts:
    """Cut each author into parts: ads that share a contact, or bare ads of one text.

    `authors` holds (ad_id, author_id) in order of ad_id; `ties` holds (ad_id, tie), where a tie is
    a contact that is no hub, or the text of an ad without one. Ads judged `apart` (pairs of
    ad_id) that a tie holds in one part become parts of their own.

    Notes: an author is what the texts say. Where they say too much, an author holds two people,
    and no later step could part them again if whole authors were the records.
    """
    ad_ids = np.asarray(authors["ad_id"].to_pylist(), dtype=object)
    author_ids, author = np.unique(
        np.asarray(authors["author_id"].to_pylist(), dtype=np.str_), return_inverse=True
    )
    author = author.astype(np.int64)
    row = np.searchsorted(ad_ids, np.asarray(ties["ad_id"].to_pylist(), dtype=object))
    _, tie = np.unique(np.asarray(ties["tie"].to_pylist(), np.str_), return_inverse=True)
    part = _tied(author, row.astype(np.int64), tie.astype(np.int64))
    part = _separated(part, ad_ids, apart)
    _, first, inverse = np.unique(part, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    first = np.sort(first)
    names = [part_name(str(ad_ids[one])) for one in first]
    return Parts(
        ad_ids, rank[inverse].astype(np.int64), names, author[first],
        [str(one) for one in author_ids],
    )  # fmt: skip


def part_name(first_ad_id: str) -> str:
    """The id of the part whose smallest ad_id this is."""
    return "P-" + _digest(first_ad_id)


def identity_name(first_ad_id: str) -> str:
    """The id of the identity whose smallest ad_id this is."""
    return "I-" + _digest(first_ad_id)


def _tied(author: np.ndarray, row: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Components of ads over ties, each tie holding only within one author."""
    ads = len(author)
    if not len(row):
        return np.arange(ads)
    _, node = np.unique(np.stack([author[row], tie], 1), axis=0, return_inverse=True)
    size = ads + int(node.max()) + 1
    graph = sparse.coo_array((np.ones(len(row), np.int8), (row, ads + node.ravel())),
                             shape=(size, size))  # fmt: skip
    _, label = csgraph.connected_components(graph.tocsr(), directed=False)
    return np.asarray(label[:ads], np.int64)


def _separated(part: np.ndarray, ad_ids: np.ndarray, apart: set[tuple[str, str]]) -> np.ndarray:
    place = {ad_id: number for number, ad_id in enumerate(ad_ids.tolist())} if apart else {}
    for first, second in sorted(apart):
        a, b = place.get(first), place.get(second)
        if a is not None and b is not None and part[a] == part[b]:
            part[b] = part.max() + 1
    return part


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]
