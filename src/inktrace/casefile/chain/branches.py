"""Merkle branches: the few hashes that lead from one transaction to a block header's root.

Hashes here are 32 bytes in the order of the bytes in a block; hex in the files is in display
order, that is reversed. A node is the double SHA-256 of its two children; the last node of an
odd level is its own sibling.

References: Bitcoin Core, src/consensus/merkle.cpp; BIP 37; CVE-2012-2459 (a repeated end keeps
the root); CVE-2017-12842 (64 bytes can be read as a node and as a transaction).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from inktrace.sources.block_checks import double_sha256

__all__ = ["MOST_STEPS", "OddBranch", "branches", "root_of"]

# A block of 4,000,000 bytes holds fewer than 2^17 transactions.
MOST_STEPS: Final = 17


class OddBranch(ValueError):
    """A branch of a form that no honest block gives; the message is a sentence's end."""


def branches(leaves: Sequence[bytes], positions: Sequence[int]) -> list[list[bytes]]:
    """The siblings on the way up from each position, the lowest first."""
    found: list[list[bytes]] = [[] for _ in positions]
    level, places = list(leaves), list(positions)
    while len(level) > 1:
        if len(level) % 2:
            level.append(level[-1])
        for branch, place in zip(found, places, strict=True):
            branch.append(level[place ^ 1])
        places = [place // 2 for place in places]
        level = [double_sha256(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    return found


def root_of(leaf: bytes, position: int, branch: Sequence[bytes], leaves: int) -> bytes:
    """The root that a branch leads to from one of `leaves` leaves.

    Raises OddBranch for a position outside the block, a branch of another length than the
    block's tree is high, and a sibling equal to its own node anywhere but at an odd level's end.
    """
    if not 0 <= position < leaves:
        raise OddBranch(f"states place {position} among {leaves} transactions")
    if len(branch) != (leaves - 1).bit_length() or len(branch) > MOST_STEPS:
        raise OddBranch(f"has {len(branch)} steps, which does not fit {leaves} transactions")
    node, place, width = leaf, position, leaves
    for sibling in branch:
        is_alone = place == width - 1 and width % 2 == 1
        if (node == sibling) is not is_alone:
            raise OddBranch("repeats a hash where the tree has none to repeat")
        node = double_sha256(sibling + node if place % 2 else node + sibling)
        place, width = place // 2, (width + 1) // 2
    return node
