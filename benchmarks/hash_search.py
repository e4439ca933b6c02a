"""Seconds, memory and exactness of the search for near picture hashes.

    python benchmarks/hash_search.py [--queries 100000] [--listed 10000000] [--threads 2]

Random hashes are looked for in a list of random ones; a thousandth of the queries are copies of
listed hashes with 0 to 40 bits turned. `--sample` queries, half of them such copies, are then
compared with every listed hash by NumPy alone, and both answers must be the same. What random
queries find is the rate of chance matches at this size; with `--wide` pairs of random hashes it is
also counted at distances where there are some, against the binomial law.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import numpy as np
from scipy.stats import binom

from inktrace.images.bits import HASH_BITS, bits_set, random_hashes
from inktrace.images.chance import RANDOM_BITS, log10_chance
from inktrace.images.search import near_hashes

RADIUS = 31


def main() -> None:
    """Print one line per measurement."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--queries", type=int, default=100_000)
    options.add_argument("--listed", type=int, default=10_000_000)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--parts", type=int, help="of the bits; default: as the program chooses")
    options.add_argument("--sample", type=int, default=200)
    options.add_argument("--wide", type=int, default=20_000_000, help="pairs for the law")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    generator = np.random.default_rng(given.seed)
    listed = random_hashes(given.listed, generator)
    queries = random_hashes(given.queries, generator)
    copies = max(given.queries // 1_000, given.sample // 2)
    near = queries[:copies]
    near[:] = listed[generator.integers(0, given.listed, copies)]
    for row in range(copies):
        for bit in generator.choice(HASH_BITS, generator.integers(0, 41), replace=False):
            near[row, bit >> 6] ^= np.uint64(1) << np.uint64(bit & 63)
    near_hashes(queries[:10], listed[:10], RADIUS)  # the loops are compiled or loaded
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    started, used = time.perf_counter(), time.process_time()
    found = near_hashes(queries, listed, RADIUS, threads=given.threads, parts=given.parts)
    print(
        f"{given.queries:,} queries, {given.listed:,} listed, {given.threads} threads: "
        f"{time.perf_counter() - started:.1f} s, {time.process_time() - used:.1f} s of processor, "
        f"{len(found.query):,} pairs"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"peak memory {peak:,.0f} MiB; the hashes themselves {32 * given.listed / 2**20:,.0f} MiB"
    )
    by_chance = int((found.counts[copies:] > 0).sum())
    expected = 10 ** log10_chance(np.array([RADIUS]), given.listed, RANDOM_BITS)[0]
    print(
        f"random queries with a match: {by_chance} of {given.queries - copies:,}; "
        f"expected of one: {expected:.1e}"
    )
    sample = np.concatenate(
        [np.arange(given.sample // 2), given.queries - 1 - np.arange(given.sample // 2)]
    )
    print("the same as comparing all pairs, on the sample:", same(queries, listed, found, sample))
    law(given.wide, generator)


def same(queries, listed, found, sample) -> bool:
    """Whether NumPy, comparing each sampled query with every listed hash, finds the same."""
    for query in sample:
        distance = bits_set(listed ^ queries[query])
        wanted = np.flatnonzero(distance <= RADIUS)
        mine = found.query == query
        if not np.array_equal(found.listed[mine], wanted):
            return False
        if not np.array_equal(found.distance[mine], distance[wanted]):
            return False
    return True


def law(pairs: int, generator: np.random.Generator) -> None:
    """Compare how many random pairs lie within some distances with the binomial law."""
    distance = bits_set(random_hashes(pairs, generator) ^ random_hashes(pairs, generator))
    for within in (80, 88, 96):
        expected = pairs * binom.cdf(within, HASH_BITS, 0.5)
        print(
            f"random pairs within {within}: {(distance <= within).sum():,} of {pairs:,}; "
            f"expected {expected:,.1f}"
        )


if __name__ == "__main__":
    main()
