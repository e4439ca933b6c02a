"""Near-duplicate texts put into groups: one template with other names, prices or numbers in it."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from inktrace.params import TextsParams

_MARK: Final = re.compile(r"⟦[a-z]+⟧|\d+(?:[.,]\d+)*")
_WORD: Final = re.compile(r"[^\W_]+|[^\w\s]")


def text_groups(
    ad_ids: Sequence[str], masked_texts: Sequence[str], params: TextsParams
) -> list[str]:
    """The text group of each ad: 'T-' + 10 hex of SHA-256 of the smallest ad_id in the group.

    Two texts are near-duplicates if their sets of word shingles (numbers, contact data, names
    and places out) overlap by at least `template_overlap` (Jaccard); groups are the connected
    components. Texts of fewer than `template_words` words are each their own group.
    Notes: candidates come from MinHash bands; a pair at the threshold is missed with probability
    below 1e-4 (32 bands of 2), pairs further above it practically never.
    References: Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, ch. 3.
    """
    plain = [_plain(text) for text in masked_texts]
    distinct: dict[str, int] = {}
    is_long = [text.count(" ") + 1 >= params.template_words for text in plain]
    # Texts too short to be a template get a key of their own, so that they meet nobody.
    keys = [
        text if long else f"\x00{ad_id}"
        for text, long, ad_id in zip(plain, is_long, ad_ids, strict=True)
    ]
    # Groups are numbered by text, not by row, so that the order of rows cannot matter.
    for key in sorted(set(keys)):
        distinct[key] = len(distinct)
    texts = [key for key in distinct if not key.startswith("\x00")]
    numbers = np.asarray([distinct[key] for key in texts], np.int64)
    first, second = near_duplicates(texts, params.shingle_words, params.template_overlap)
    size = len(distinct)
    graph = sparse.coo_matrix(
        (np.ones(len(first), np.int8), (numbers[first], numbers[second])), shape=(size, size)
    )
    _, component = connected_components(graph, directed=False)
    return _group_ids(ad_ids, component[[distinct[key] for key in keys]] if keys else component)


def near_duplicates(
    texts: Sequence[str], shingle_words: int, overlap: float, bands: int = 32, rows: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts whose shingle sets overlap by at least `overlap` (Jaccard).

    Enough pairs to connect every group, not all of them: within a MinHash bucket each text is
    compared with the first and with the one before it. Returns two int64 arrays of row numbers.
    """
    if len(texts) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    shingles = _shingles(texts, shingle_words)
    signature = _min_hashes(shingles, bands * rows)
    first, second = _bucket_pairs(signature, bands, rows)
    same = _jaccard(shingles, first, second) >= overlap
    return first[same], second[same]


def _plain(text: str) -> str:
    words = _WORD.findall(_MARK.sub(" ", text).lower())
    return " ".join(word for word in words if word[0].isalnum())


def _shingles(texts: Sequence[str], size: int) -> sparse.csr_matrix:
    """Binary matrix texts × distinct shingles (CRC-32 of their words; columns are dense ranks)."""
    pointers, hashes = [0], []
    for text in texts:
        words = text.split()
        count = max(1, len(words) - size + 1)
        mine = {zlib.crc32(" ".join(words[k : k + size]).encode()) for k in range(count)}
        hashes.append(np.fromiter(mine, np.uint32, len(mine)))
        pointers.append(pointers[-1] + len(mine))
    values, columns = np.unique(np.concatenate(hashes), return_inverse=True)
    data = np.ones(len(columns), np.float32)
    matrix = sparse.csr_matrix(
        (data, columns, np.asarray(pointers)), shape=(len(texts), len(values))
    )
    matrix.sort_indices()
    return matrix


def _min_hashes(shingles: sparse.csr_matrix, count: int) -> np.ndarray:
    # Fixed seeds, not secrets: the same texts must group alike on every machine.
    seeds = _mixed(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(20_170_813))
    values = _mixed(np.arange(1, shingles.shape[1] + 1, dtype=np.uint64))
    signature = np.empty((shingles.shape[0], count), np.uint64)
    for k in range(count):
        hashed = _mixed(values ^ seeds[k])
        signature[:, k] = np.minimum.reduceat(hashed[shingles.indices], shingles.indptr[:-1])
    return signature


def _mixed(values: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits scattered evenly: none is small under one seed because it is under all.

    References: Steele, Lea & Flood 2014 (SplitMix64).
    """
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _bucket_pairs(signature: np.ndarray, bands: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    size = np.int64(len(signature))
    codes = []
    for band in range(bands):
        part = signature[:, band * rows : (band + 1) * rows]
        key = part[:, 0].copy()
        for column in range(1, rows):
            key = key * np.uint64(0x9E3779B97F4A7C15) + part[:, column]
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        heads = order[np.flatnonzero(new)][np.cumsum(new) - 1]
        inside = np.flatnonzero(~new)
        codes.append(heads[inside] * size + order[inside])
        codes.append(order[inside - 1] * size + order[inside])
    pairs = np.unique(np.concatenate(codes))
    return pairs // size, pairs % size


def _jaccard(shingles: sparse.csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    sizes = np.diff(shingles.indptr)
    both = np.zeros(len(first))
    for start in range(0, len(first), 50_000):
        piece = slice(start, start + 50_000)
        shared = shingles[first[piece]].multiply(shingles[second[piece]])
        both[piece] = np.asarray(shared.sum(axis=1)).ravel()
    return np.asarray(both / np.maximum(sizes[first] + sizes[second] - both, 1.0))


def _group_ids(ad_ids: Sequence[str], component: np.ndarray) -> list[str]:
    smallest: dict[int, str] = {}
    for ad_id, group in zip(ad_ids, component.tolist(), strict=True):
        if group not in smallest or ad_id < smallest[group]:
            smallest[group] = ad_id
    names = {
        group: "T-" + hashlib.sha256(ad_id.encode()).hexdigest()[:10]
        for group, ad_id in smallest.items()
    }
    return [names[group] for group in component.tolist()]
