"""Word shingles as numbers, and the near-duplicates among sets of them, in compiled loops."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from inktrace.compiled import compiled

_ALL_PAIRS_UP_TO: Final = 32  # texts of one bucket that are all compared with one another
_WINDOW: Final = 8  # in larger buckets: with the first and with so many before


@dataclass(frozen=True)
class Shingles:
    """Sets of shingles: `values` uint64, ascending and distinct within each text; `offsets` int64.

    Text k has values[offsets[k]:offsets[k + 1]].
    """

    values: np.ndarray
    offsets: np.ndarray


def word_shingles(texts: Sequence[str], size: int) -> Shingles:
    """The set of every `size` words in a row of each text (words stand between single spaces).

    A text of fewer words is one shingle. Notes: a shingle is a hash of 64 bits; two different
    ones agree with a chance of about 1e-5 among 10 million ads.
    """
    numbers = _WordNumbers()
    counts = np.zeros(len(texts) + 1, np.int64)
    pieces = []
    for row, text in enumerate(texts):
        words = text.split(" ")
        counts[row + 1] = len(words)
        pieces.append(np.fromiter(map(numbers.__getitem__, words), np.uint64, len(words)))
    offsets = np.cumsum(counts)
    words_in_row = np.concatenate(pieces) if pieces else np.zeros(0, np.uint64)
    return Shingles(*_shingle_sets(words_in_row, offsets, size))


class _WordNumbers(dict[str, int]):
    """Word → 64 bits of its hash: the same on every machine, unlike Python's own."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self[word] = number = int.from_bytes(digest, "little")
        return number


def linked_texts(
    shingles: Shingles, overlap: float, bands: int, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs with a Jaccard overlap of at least `overlap` that join texts into groups.

    Two int64 arrays of row numbers: a spanning forest, fewer pairs than texts. Candidates share
    the `rows` least hashes of one of `bands` bands; those already joined are not compared.
    Notes: time and memory grow with the number of shingles. In a bucket of more than
    32 texts each is compared with the first and the 8 before it only.
    """
    size = len(shingles.offsets) - 1
    parent = np.arange(size, dtype=np.int64)
    firsts, seconds = [], []
    for band in range(bands):
        seeds = np.arange(band * rows + 1, (band + 1) * rows + 1, dtype=np.uint64)
        keys = _band_keys(shingles.values, shingles.offsets, seeds)
        order = np.argsort(keys, kind="stable")
        first, second = _joins(shingles.values, shingles.offsets, keys, order, parent, overlap)
        firsts.append(first)
        seconds.append(second)
    return np.concatenate(firsts), np.concatenate(seconds)


@compiled("uint64(uint64)")
def _mixed(value: np.uint64) -> np.uint64:
    # SplitMix64 (Steele, Lea & Flood 2014): no shingle is small under one seed as under all.
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.uint64(value ^ (value >> np.uint64(31)))


@compiled("Tuple((uint64[::1], int64[::1]))(uint64[::1], int64[::1], int64)")
def _shingle_sets(
    words: np.ndarray, offsets: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    texts = len(offsets) - 1
    values = np.empty(len(words), np.uint64)
    bounds = np.zeros(texts + 1, np.int64)
    used = 0
    for text in range(texts):
        start, end = offsets[text], offsets[text + 1]
        count = max(1, end - start - size + 1)
        mine = np.empty(count, np.uint64)
        for place in range(count):
            code = np.uint64(0)
            for word in range(start + place, min(start + place + size, end)):
                code = _mixed(code + np.uint64(0x9E3779B97F4A7C15)) ^ words[word]
            mine[place] = _mixed(code)
        mine.sort()
        last = used
        for place in range(count):
            if place == 0 or mine[place] != mine[place - 1]:
                values[last] = mine[place]
                last += 1
        used = last
        bounds[text + 1] = used
    return values[:used].copy(), bounds


@compiled("uint64[::1](uint64[::1], int64[::1], uint64[::1])")
def _band_keys(values: np.ndarray, offsets: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    texts = len(offsets) - 1
    keys = np.zeros(texts, np.uint64)
    for seed in seeds:
        mask = _mixed(seed * np.uint64(20_170_813))
        for text in range(texts):
            least = np.uint64(0xFFFFFFFFFFFFFFFF)
            for place in range(offsets[text], offsets[text + 1]):
                least = min(least, _mixed(values[place] ^ mask))
            keys[text] = _mixed(keys[text] + np.uint64(0x9E3779B97F4A7C15)) ^ least
    return keys


@compiled("int64(int64[::1], int64)")
def _root(parent: np.ndarray, text: int) -> int:
    while parent[text] != text:
        parent[text] = parent[parent[text]]
        text = parent[text]
    return text


@compiled("boolean(uint64[::1], int64[::1], int64, int64, float64)")
def _overlap(
    values: np.ndarray, offsets: np.ndarray, first: int, second: int, least: float
) -> bool:
    left, left_end = offsets[first], offsets[first + 1]
    right, right_end = offsets[second], offsets[second + 1]
    sizes = (left_end - left) + (right_end - right)
    both = 0
    while left < left_end and right < right_end:
        # Even if all that is left were shared it would not be enough.
        most = both + min(left_end - left, right_end - right)
        if most < least * (sizes - most):
            return False
        if values[left] == values[right]:
            both += 1
            left += 1
            right += 1
        elif values[left] < values[right]:
            left += 1
        else:
            right += 1
    return bool(both >= least * (sizes - both))


@compiled(
    "Tuple((int64[::1], int64[::1]))"
    "(uint64[::1], int64[::1], uint64[::1], int64[::1], int64[::1], float64)"
)
def _joins(
    values: np.ndarray,
    offsets: np.ndarray,
    keys: np.ndarray,
    order: np.ndarray,
    parent: np.ndarray,
    least: float,
) -> tuple[np.ndarray, np.ndarray]:
    texts = len(order)
    first, second = np.empty(texts, np.int64), np.empty(texts, np.int64)
    found = 0
    start = 0
    while start < texts:
        end = start + 1
        while end < texts and keys[order[end]] == keys[order[start]]:
            end += 1
        window = end if end - start <= _ALL_PAIRS_UP_TO else _WINDOW
        for place in range(start + 1, end):
            nearest = max(start, place - window)
            for other in range(nearest - 1, place):
                # One before the window stands for the first text of the bucket.
                a, b = order[start if other < nearest else other], order[place]
                if _root(parent, a) == _root(parent, b):
                    continue
                if _overlap(values, offsets, a, b, least):
                    parent[_root(parent, b)] = _root(parent, a)
                    first[found], second[found] = a, b
                    found += 1
        start = end
    return first[:found].copy(), second[:found].copy()
