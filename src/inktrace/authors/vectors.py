"""Texts as weighted n-gram vectors, in several views: letters, words, little words, shapes."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numba
import numpy as np
from scipy import sparse

MASK: Final = re.compile(r"[ \t]*⟦[a-z]+⟧")
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_WORD: Final = re.compile(r"\w+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_DIGIT: Final = re.compile(r"\d")
_BUCKET_BITS: Final = 22
_CHUNK: Final = 2000  # texts whose n-grams are held in memory at once
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_LITTLE_WORDS: Final = 250
VIEWS: Final = ("letters", "words", "little_words", "shapes")


def bare_text(masked_text: str) -> str:
    """A text as style features see it: marks of contact data gone, every digit a 0."""
    return _DIGIT.sub("0", MASK.sub("", masked_text)).strip()


def view_matrices(texts: Sequence[str]) -> dict[str, sparse.csr_matrix]:
    """TF-IDF rows of unit length, one matrix (texts × n-grams, float32) per view.

    letters: 3 to 5 characters as typed. words: one and two words or marks. little_words: 3 to 6
    characters after every word but the corpus's commonest 250 became x or Xx, so that topic is
    gone. shapes: 2 to 5 characters after words became w, C or W: layout, case and punctuation.
    References: char n-grams after Stamatatos 2013; distortion after Stamatatos 2017.
    """
    tokens = [_TOKEN.findall(text) for text in texts]
    words = [
        np.fromiter((zlib.crc32(t.lower().encode()) for t in row), np.uint32, len(row))
        for row in tokens
    ]
    letters = [_codes(text) for text in texts]
    little = [_codes(text) for text in _distorted(texts, tokens)]
    shapes = [_codes(_shape(text)) for text in texts]
    return {
        "letters": _weighted(_counts(letters, (3, 4, 5)), 0.2),
        "words": _weighted(_counts(words, (1, 2)), 1.0),
        "little_words": _weighted(_counts(little, (3, 4, 5, 6)), 0.5),
        "shapes": _weighted(_counts(shapes, (2, 3, 4, 5)), 0.7),
    }


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _distorted(texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for row in tokens:
        counts.update({token.lower() for token in row})
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    kept = frozenset(ranked[:_LITTLE_WORDS])

    def stand_in(match: re.Match[str]) -> str:
        word = match.group()
        if word.lower() in kept:
            return word
        return "0" if word.isdigit() else "Xx" if word[0].isupper() else "x"

    return (_WORD.sub(stand_in, text) for text in texts)


def _shape(text: str) -> str:
    return _LETTERS.sub(_shape_of, text)


def _shape_of(match: re.Match[str]) -> str:
    word = match.group()
    if not word[0].isupper():
        return "w"
    return "W" if len(word) > 1 and word.isupper() else "C"


def _counts(rows: Sequence[np.ndarray], sizes: Sequence[int]) -> sparse.csr_matrix:
    """How often each n-gram (hashed to 4 million buckets) occurs in each text."""
    pieces = [
        _chunk_counts(rows[start : start + _CHUNK], sizes) for start in range(0, len(rows), _CHUNK)
    ]
    return sparse.vstack(pieces, format="csr")


def _chunk_counts(rows: Sequence[np.ndarray], sizes: Sequence[int]) -> sparse.csr_matrix:
    lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    codes = np.concatenate([*rows, np.zeros(0, np.uint32)]).astype(np.uint64)
    owner = np.repeat(np.arange(len(rows)), lengths)
    keys = [np.zeros(0, np.int64)]
    for size in sizes:
        if len(codes) < size:
            continue
        windows = len(codes) - size + 1
        hashed = np.full(windows, np.uint64(size))
        for offset in range(size):
            hashed = (hashed ^ codes[offset : offset + windows]) * _MULTIPLIER
            hashed ^= hashed >> np.uint64(29)
        bucket = (hashed >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
        whole = owner[:windows] == owner[size - 1 :]
        keys.append((owner[:windows][whole] << _BUCKET_BITS) | bucket[whole])
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    pointers = np.searchsorted(found >> _BUCKET_BITS, np.arange(len(rows) + 1))
    columns = (found & ((1 << _BUCKET_BITS) - 1)).astype(np.int32)
    shape = (len(rows), 1 << _BUCKET_BITS)
    return sparse.csr_matrix((counts.astype(np.float32), columns, pointers), shape=shape)


def _weighted(counts: sparse.csr_matrix, most_texts: float) -> sparse.csr_matrix:
    """Sublinear TF × IDF, rows of unit length; n-grams of one text only, or of most, left out."""
    texts = counts.shape[0]
    spread = np.bincount(counts.indices, minlength=counts.shape[1])
    # In a small corpus a share of the texts is no more than a handful: keep at least 20.
    kept = (spread >= 2) & (spread <= max(most_texts * texts, 20.0))
    place = np.cumsum(kept) - 1
    inside = kept[counts.indices]
    pointers = np.concatenate([[0], np.cumsum(inside)])[counts.indptr]
    columns = place[counts.indices[inside]]
    rarity = np.log((1.0 + texts) / (1.0 + spread[kept])) + 1.0
    values = (1.0 + np.log(counts.data[inside])) * rarity[columns]
    matrix = sparse.csr_matrix(
        (values, columns.astype(np.int32), pointers.astype(np.int32)),
        shape=(texts, int(kept.sum())),
    )
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = 1.0 / np.maximum(lengths, 1e-12)
    matrix.data = (matrix.data * np.repeat(scale, np.diff(matrix.indptr))).astype(np.float32)
    return matrix


def row_products(matrix: sparse.csr_matrix, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Inner products of pairs of rows, float64; the rows' columns must be sorted."""
    return np.asarray(
        _row_products(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            first.astype(np.int64),
            second.astype(np.int64),
        )
    )


_compiled: Callable[[Callable[..., np.ndarray]], Callable[..., np.ndarray]] = numba.njit(
    "float64[:](int64[:], int32[:], float32[:], int64[:], int64[:])", cache=True
)


@_compiled
def _row_products(
    pointers: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    result = np.zeros(len(first))
    for pair in range(len(first)):
        left, left_end = pointers[first[pair]], pointers[first[pair] + 1]
        right, right_end = pointers[second[pair]], pointers[second[pair] + 1]
        total = 0.0
        while left < left_end and right < right_end:
            if columns[left] == columns[right]:
                total += values[left] * values[right]
                left += 1
                right += 1
            elif columns[left] < columns[right]:
                left += 1
            else:
                right += 1
        result[pair] = total
    return result
