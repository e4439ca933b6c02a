"""What a block must be before it is believed: its proof of work, Merkle tree and height.

References: Bitcoin Core, src/validation.cpp (CheckBlock, IsBlockMutated); BIP 34;
CVE-2012-2459.
"""

from __future__ import annotations

import hashlib
from typing import Final

from inktrace.sources.block_kernels import HEADER_BYTES, LEAST_TX_BYTES
from inktrace.sources.networks import Network, target_of_bits

__all__ = [
    "LARGEST_BLOCK_BYTES",
    "LEAST_BLOCK_BYTES",
    "BadBlock",
    "check_work",
    "double_sha256",
    "has_proof_of_work",
    "stated_height",
]

LARGEST_BLOCK_BYTES: Final = 4_000_000
LEAST_BLOCK_BYTES: Final = HEADER_BYTES + 1 + LEAST_TX_BYTES
_BLOCK_S: Final = 600
_HIGHEST: Final = 20_000_000


class BadBlock(ValueError):
    """A block failed a check; says which, and the block's hash where it has one."""

    def __init__(self, reason: str, block_hash: bytes | None = None):
        """`block_hash` in the order of its bytes in the block."""
        super().__init__(reason)
        self.reason = reason
        self.shown_hash = "" if block_hash is None else block_hash[::-1].hex()


def has_proof_of_work(header: bytes, network: Network) -> bool:
    """Whether 80 bytes look like a header: its hash meets the target it states."""
    try:
        check_work(header, double_sha256(header), network)
    except BadBlock:
        return False
    return True


def check_work(header: bytes, block_hash: bytes, network: Network) -> None:
    """Refuse a header whose hash misses its target, or whose target its network never allows.

    Raises BadBlock.
    """
    bits = int.from_bytes(header[72:76], "little")
    target = target_of_bits(bits)
    if not 0 < target <= target_of_bits(network.easiest_bits):
        raise BadBlock(
            f"the header's target ({bits:08x}) is easier than {network.name} allows", block_hash
        )
    if int.from_bytes(block_hash, "little") > target:
        raise BadBlock("the header's hash does not meet its target", block_hash)


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of the SHA-256: the hash of every Bitcoin id."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _pushed_number(script: bytes) -> int | None:
    """The number that a script pushes first, in the one form BIP 34 allows."""
    if not script:
        return None
    if script[0] == 0:
        return 0
    if 0x51 <= script[0] <= 0x60:
        return script[0] - 0x50
    size = script[0]
    pushed = script[1 : 1 + size]
    if not 1 <= size <= 4 or len(pushed) < size or pushed[-1] >= 0x80:
        return None
    if pushed[-1] == 0 and (size == 1 or pushed[-2] < 0x80):
        return None
    return int.from_bytes(pushed, "little")


def stated_height(header: bytes, coinbase_script: bytes, network: Network) -> int | None:
    """The height that the coinbase states (BIP 34), where it is one that can be.

    Notes: on mainnet it must agree with the header's time: since 2012 the chain has been at
    most 7% ahead of ten minutes a block, and a version 2 block from before the rule's
    activation may state anything.
    """
    if int.from_bytes(header[:4], "little", signed=True) < 2:
        return None
    height = _pushed_number(coinbase_script)
    if height is None or height > _HIGHEST:
        return None
    if network.name == "mainnet":
        elapsed = int.from_bytes(header[68:72], "little") - network.genesis_time_s
        if not 0.8 < (height + 1) * _BLOCK_S / max(elapsed, 1) < 1.25:
            return None
    return height
