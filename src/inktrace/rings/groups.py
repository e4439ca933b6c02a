"""Which authors make one lead: those whose ads one private wallet pays for."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse import csgraph


def lead_of_authors(author_ids: list[str], shared: pa.Table) -> dict[str, str]:
    """The lead of each author; `shared` holds (author_id, wallet_id) of private wallets.

    A lead's id is 'L-' and ten hex digits of the SHA-256 of its sorted author ids.
    """
    place = {author: number for number, author in enumerate(sorted(author_ids))}
    authors = [place[one] for one in shared["author_id"].to_pylist()]
    wallets = np.unique(np.asarray(shared["wallet_id"].to_pylist(), np.int64), return_inverse=True)
    size = len(place) + wallets[0].size
    edges = (np.ones(len(authors)), (authors, wallets[1] + len(place)))
    graph = sparse.csr_array(edges, shape=(size, size))
    _, label = csgraph.connected_components(graph, directed=False)
    members: dict[int, list[str]] = {}
    for author, number in place.items():
        members.setdefault(int(label[number]), []).append(author)
    return {author: _lead_id(group) for group in members.values() for author in group}


def _lead_id(authors: list[str]) -> str:
    return "L-" + hashlib.sha256(" ".join(sorted(authors)).encode()).hexdigest()[:10]
