"""The search finds every near pair, whatever way it takes, and keeps to its bounds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.images.bits import (
    bits_set,
    different_rows,
    from_bytes,
    from_hex,
    mirrored,
    random_hashes,
    to_hex,
)
from inktrace.images.search import near_hashes


def turned(hashes, how_many, generator):
    """Copies in each of which so many bits are turned."""
    copies = hashes.copy()
    for row, count in enumerate(how_many):
        for bit in generator.choice(256, count, replace=False):
            copies[row, bit >> 6] ^= np.uint64(1) << np.uint64(bit & 63)
    return copies


def every_pair(queries, listed, radius):
    """The near pairs by NumPy, without any index."""
    found = []
    for number, query in enumerate(queries):
        distance = bits_set(listed ^ query)
        found += [(number, int(j), int(distance[j])) for j in np.flatnonzero(distance <= radius)]
    return found


def pairs_of(near):
    return list(zip(near.query.tolist(), near.listed.tolist(), near.distance.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 40),
    st.integers(0, 120),
    st.sampled_from([0, 5, 11, 15, 16, 32, 40, None]),
    st.sampled_from([0, 7, 31, 63]),
)
def test_it_finds_what_comparing_all_pairs_finds(seed, planted, others, parts, radius):
    generator = np.random.default_rng(seed)
    if parts is not None and parts and -(-256 // parts) > 26:
        parts = 11  # more than 26 bits a part would take a gigabyte
    listed = random_hashes(planted + others, generator)
    counts = generator.integers(0, 70, planted)
    # Bits turned within few words too, where one part holds them all.
    queries = np.concatenate([turned(listed[:planted], counts, generator), listed[-3:]])
    wanted = every_pair(queries, listed, radius)
    near = near_hashes(queries, listed, radius, parts=parts, threads=1)
    assert pairs_of(near) == wanted
    assert near.counts.tolist() == [
        sum(query == number for query, _, _ in wanted) for number in range(len(queries))
    ]


def test_bits_that_differ_all_in_one_place_are_found():
    listed = random_hashes(50, np.random.default_rng(1))
    queries = listed.copy()
    queries[:, 2] ^= np.uint64((1 << 31) - 1)  # 31 neighbouring bits
    for parts in (0, 11, 16, 32):
        assert pairs_of(near_hashes(queries, listed, 31, parts=parts)) == [
            (row, row, 31) for row in range(50)
        ]
        assert not pairs_of(near_hashes(queries, listed, 30, parts=parts))


@pytest.mark.parametrize("parts", [0, 11, 16])
def test_many_equal_hashes_are_counted_and_only_so_many_kept(parts):
    listed = np.repeat(random_hashes(1, np.random.default_rng(1)), 20_000, axis=0)
    near = near_hashes(listed[:2], listed, 31, 100, parts=parts)
    assert near.counts.tolist() == [20_000, 20_000]
    assert len(near.query) == 200
    whole = near_hashes(listed[:2], listed, 31, 30_000, parts=parts)
    assert pairs_of(whole) == [(q, j, 0) for q in range(2) for j in range(20_000)]


def test_nothing_in_nothing_is_nothing():
    some = random_hashes(3, np.random.default_rng(1))
    assert not len(near_hashes(some[:0], some, 31).query)
    assert near_hashes(some, some[:0], 31).counts.tolist() == [0, 0, 0]


def test_the_number_of_threads_changes_nothing():
    generator = np.random.default_rng(5)
    listed = random_hashes(3_000, generator)
    queries = turned(listed[:300], generator.integers(0, 50, 300), generator)
    one = near_hashes(queries, listed, 31, parts=16, threads=1)
    four = near_hashes(queries, listed, 31, parts=16, threads=4)
    assert pairs_of(one) == pairs_of(four)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=8), st.integers(0, 3))
def test_hashes_come_from_hex_and_from_bytes_alike(values, skipped):
    cells = pa.array(values, pa.binary()).slice(min(skipped, len(values)))
    hexes = [value.hex() for value in cells.to_pylist()]
    hashes = from_bytes(cells)
    assert to_hex(hashes) == hexes
    assert np.array_equal(from_hex(pa.array(hexes, pa.string())), hashes)
    assert bits_set(hashes).tolist() == [int(one, 16).bit_count() for one in hexes]
    assert different_rows(hashes).tolist() == [
        len({one[i : i + 4] for i in range(0, 64, 4)}) for one in hexes
    ]
    assert np.array_equal(mirrored(mirrored(hashes)), hashes)
