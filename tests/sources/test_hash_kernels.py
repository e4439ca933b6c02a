"""Compiled SHA-256, by the processor's instructions and without them, against hashlib."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inktrace.sources import hash_kernels
from inktrace.sources.hash_kernels import (
    HAS_INSTRUCTIONS,
    double_hashes,
    merkle_root,
    pair_written_out,
    stripped_hashes,
    written_out,
)

from . import bitcoin_reference as reference

STEADY = settings(max_examples=60, derandomize=True, deadline=None)
# Around the ends of blocks of 64 bytes, where padding begins anew, and longer ones.
SIZES = st.sampled_from([0, 1, 31, 32, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 200, 5000])
MESSAGES = st.lists(SIZES, min_size=1, max_size=9)
BEGIN = [5, 4, 1, 0, 7, 6, 3, 2]  # the order that words of the state stand in


def double(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def filled(size: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)


@STEADY
@given(MESSAGES, st.integers(0, 80))
@example([5000, 0, 64], 0)
def test_double_hashes_are_those_of_hashlib(sizes: list[int], behind: int) -> None:
    ends = np.cumsum(sizes)
    data, out = filled(int(ends[-1]) + behind), np.empty(32 * len(sizes), np.uint8)
    double_hashes(data, ends - sizes, ends, out)
    wanted = [
        double(data[end - size : end].tobytes()) for size, end in zip(sizes, ends, strict=True)
    ]
    assert out.tobytes() == b"".join(wanted)


@STEADY
@given(st.integers(1, 70))
def test_merkle_roots_are_those_of_the_reference(leaves: int) -> None:
    data, root = filled(32 * leaves), np.empty(32, np.uint8)
    assert not merkle_root(data, root)
    hashes = [data[at : at + 32].tobytes() for at in range(0, len(data), 32)]
    assert root.tobytes() == reference.merkle_root(hashes)


def test_equal_neighbours_are_told_at_every_level() -> None:
    root, leaves = np.empty(32, np.uint8), filled(32 * 6)
    assert not merkle_root(leaves, root)
    leaves[-64:-32] = leaves[-32:]
    assert merkle_root(leaves, root)
    leaves = np.r_[filled(32 * 4), filled(64, 1), filled(64, 1)]  # equal one level up
    assert merkle_root(leaves, root)


@STEADY
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90)), min_size=1, max_size=7))
def test_ids_leave_witnesses_out(parts: list[tuple[int, int]]) -> None:
    data = filled(sum(10 + body + witness for body, witness in parts) + 5)
    places, wanted, at = [], [], 0
    for body, witness in parts:
        stop = at + 10 + body + witness
        places.append((at, stop, at + 6, at + 6 + body))
        whole = data[at:stop].tobytes()
        wanted.append(double(whole[:4] + whole[6 : 6 + body] + whole[-4:]))
        at = stop
    out = np.empty(32 * len(parts), np.uint8)
    stripped_hashes(data, np.array(places).T.copy(), out)
    assert out.tobytes() == b"".join(wanted)


@pytest.mark.skipif(not HAS_INSTRUCTIONS, reason="this processor has no instructions for SHA-256")
def test_written_out_rounds_give_what_the_instructions_give() -> None:
    one: Any = hash_kernels._by_instructions
    two: Any = hash_kernels._pair_by_instructions

    @numba.njit
    def by_instructions(states: Any, pair: Any, data: Any, blocks: Any) -> None:
        one(states, 8, data, 3, blocks)
        two(pair, data, 3, 70, blocks)

    data = filled(64 * 40)
    for blocks in (1, 2, 7, 30):
        start = filled(64, blocks).view(np.uint32)
        fast, slow, pair, apart = (start.copy() for _ in range(4))
        by_instructions(fast, pair, data, blocks)
        written_out(slow, 8, data, 3, blocks)
        pair_written_out(apart, data, 3, 70, blocks)
        assert (fast == slow).all()
        assert (pair == apart).all()
        assert (slow[:8] == start[:8]).all()
        assert (slow[8:] != start[8:]).any()


def test_written_out_rounds_are_used_for_other_processors() -> None:
    program = (
        "import numpy as np\n"
        "from inktrace.sources.hash_kernels import HAS_INSTRUCTIONS, double_hashes\n"
        "data, out = np.arange(1000).astype(np.uint8), np.empty(96, np.uint8)\n"
        "double_hashes(data, np.array([0, 7, 200]), np.array([1000, 62, 200]), out)\n"
        "print(HAS_INSTRUCTIONS, out.tobytes().hex())\n"
    )
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    data = np.arange(1000).astype(np.uint8).tobytes()
    wanted = double(data) + double(data[7:62]) + double(b"")
    assert done.stdout.split() == ["False", wanted.hex()]
