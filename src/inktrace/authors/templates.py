"""Near-duplicate texts put into groups: one template with other names, prices or numbers in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from inktrace.authors.shingles import linked_texts, word_shingles
from inktrace.params import TextsParams

_MARK: Final = re.compile(r"⟦[a-z]+⟧|\d+(?:[.,]\d+)*")
_WORD: Final = re.compile(r"[^\W_]+")


def text_groups(
    ad_ids: Sequence[str], masked_texts: Sequence[str], params: TextsParams
) -> list[str]:
    """The text group of each ad: 'T-' + 10 hex of SHA-256 of the smallest ad_id in the group.

    Two texts are near-duplicates if their sets of word shingles (numbers, contact data, names
    and places out) overlap by at least `template_overlap` (Jaccard); groups are the connected
    components. Texts of fewer than `template_words` words are each their own group.
    Notes: candidates come from MinHash bands; a pair at the threshold is missed with probability
    of about 1e-4 (32 bands of 2), pairs further above it practically never. Pairs are then compared
    exactly, so that no group holds a link below the threshold.
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

    Enough pairs to connect every group, not all of them. Returns two int64 arrays of row numbers.
    """
    if len(texts) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return linked_texts(word_shingles(texts, shingle_words), overlap, bands, rows)


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(_MARK.sub(" ", text).lower()))


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
