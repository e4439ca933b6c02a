"""Exact search for near hashes: several indexes, each over a part of the bits.

Two hashes that differ in r bits or fewer, cut into m parts, differ in at most floor(r / m) bits in
one part at least (were each part further apart, they would differ in more than r). So every pair
is found by looking up, part by part, the keys near a query's own; no pair is missed.

References: Norouzi, Punjani & Fleet, "Fast exact search in Hamming space with multi-index hashing"
(TPAMI 2014). The same for thresholds that differ by part: Qin et al., "GPH" (ICDE 2018).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from inktrace.images.bits import HASH_BITS, Hashes
from inktrace.images.search_kernels import bits_of, fill_buckets, near_by_part, near_one_by_one
from inktrace.progress import Progress, silent

__all__ = ["Near", "near_hashes"]

Integers = npt.NDArray[np.int64]

# Seconds, measured once on the machine of docs/benchmarks.md; they only choose between ways.
_PAIR_S: Final = 1.5e-9
_LOOK_UP_S: Final = 4e-8
_MEMBER_S: Final = 5e-8
_INSERT_S: Final = 4e-8
_BUCKET_S: Final = 4e-9
_WIDEST_KEY: Final = 26
_MOST_FLIPS: Final = 3
_BLOCKS: Final = 16


@dataclass(frozen=True)
class Near:
    """Pairs within the radius, in order of query and listed hash, and how many there were.

    `counts` are exact for each query; `pairs` hold at most the given number a query and part.
    """

    query: Integers
    listed: Integers
    distance: Integers
    counts: Integers


@dataclass(frozen=True)
class _Cut:
    """Parts of the bits: part p is bits starts[p] to starts[p + 1]; `flips` may differ in it."""

    starts: Integers
    flips: Integers

    @property
    def widths(self) -> list[int]:
        return [int(width) for width in np.diff(self.starts)]


def near_hashes(
    queries: Hashes,
    listed: Hashes,
    radius: int,
    most: int = 1_000,
    progress: Progress = silent,
    *,
    threads: int | None = None,
    parts: int | None = None,
) -> Near:
    """Every pair of a query and a listed hash that differ in `radius` bits or fewer.

    Hashes have shape (n, 4). Of one query at most `most` pairs a part are kept, all are counted.
    `parts` of the bits are indexed (0: compare all pairs; None: what is expected to be fastest);
    the result does not depend on it unless a query has more than `most` pairs.

    Notes
    -----
    Memory is that of the hashes and, for each thread, four bytes a listed hash and up to 256 MiB.
    """
    queries, listed = np.ascontiguousarray(queries), np.ascontiguousarray(listed)
    cut = _cheapest(len(queries), len(listed), radius) if parts is None else _cut(parts, radius)
    threads = threads or min(os.cpu_count() or 1, 8)
    if not len(queries) or not len(listed):
        return _joined([], len(queries))
    work: Callable[[int], tuple[Integers, Integers]]
    if cut is None:
        bounds = np.linspace(0, len(queries), _BLOCKS + 1).astype(np.int64)

        def work(block: int) -> tuple[Integers, Integers]:
            counts = np.zeros(len(queries), np.int64)
            begin, end = bounds[block], bounds[block + 1]
            return near_one_by_one(queries, listed, begin, end, radius, most, counts), counts

        jobs = _BLOCKS
    else:

        def work(block: int) -> tuple[Integers, Integers]:
            return _near_in_part(queries, listed, cut, block, radius, most)

        jobs = len(cut.flips)
    with ThreadPoolExecutor(threads) as pool:
        done = []
        for number, one in enumerate(pool.map(work, range(jobs)), start=1):
            done.append(one)
            progress("comparing pictures", number, jobs)
    return _joined(done, len(queries))


def _near_in_part(
    queries: Hashes, listed: Hashes, cut: _Cut, part: int, radius: int, most: int
) -> tuple[Integers, Integers]:
    start, width = int(cut.starts[part]), cut.widths[part]
    first = np.zeros(2**width + 1, np.int32)
    members = np.empty(len(listed), np.int32)
    fill_buckets(bits_of(listed, start, width), first, members)
    keys = bits_of(queries, start, width)
    order = np.argsort(keys, kind="stable")
    sorted_counts = np.zeros(len(queries), np.int64)
    found = near_by_part(
        queries[order],
        listed,
        keys[order],
        first,
        members,
        _masks(width, int(cut.flips[part])),
        cut.starts,
        cut.flips,
        part,
        radius,
        most,
        sorted_counts,
    )
    found[:, 0] = order[found[:, 0]]
    counts = np.empty_like(sorted_counts)
    counts[order] = sorted_counts
    return found, counts


def _joined(done: Iterable[tuple[Integers, Integers]], queries: int) -> Near:
    done = list(done)
    found = np.concatenate([np.empty((0, 3), np.int64), *(pairs for pairs, _ in done)])
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    counts = sum((part for _, part in done), np.zeros(queries, np.int64))
    return Near(found[:, 0], found[:, 1], found[:, 2], counts)


def _cut(parts: int, radius: int) -> _Cut | None:
    """The bits in so many parts of nearly equal width."""
    if parts == 0:
        return None
    widths = np.full(parts, HASH_BITS // parts)
    widths[: HASH_BITS % parts] += 1
    starts = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
    return _Cut(starts, np.full(parts, radius // parts, np.int64))


def _cheapest(queries: int, listed: int, radius: int) -> _Cut | None:
    """What is expected to be fastest: comparing all, or parts in which 0 to 3 bits may differ."""
    best, best_cost = None, queries * listed * _PAIR_S
    for flips in range(_MOST_FLIPS + 1):
        parts = radius // (flips + 1) + 1  # the fewest of which one differs in `flips` at most
        width = -(-HASH_BITS // parts)
        if width > _WIDEST_KEY:
            continue
        looked_up = queries * len(_masks(width, flips))
        cost = parts * (
            listed * _INSERT_S
            + 2**width * _BUCKET_S
            + looked_up * (_LOOK_UP_S + _MEMBER_S * listed / 2**width)
        )
        if cost < best_cost:
            best, best_cost = _cut(parts, radius), cost
    return best


def _masks(width: int, flips: int) -> Integers:
    """Every number of `width` bits of which at most `flips` are set."""
    chosen: list[Any] = [
        sum(1 << bit for bit in bits)
        for count in range(flips + 1)
        for bits in combinations(range(width), count)
    ]
    return np.array(chosen, np.int64)
