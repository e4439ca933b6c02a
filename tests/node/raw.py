"""Raw transactions that anyone may make: coins on the witness script OP_TRUE need no signature."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

OP_TRUE = b"\x51"
SCRIPT = b"\x00\x20" + hashlib.sha256(OP_TRUE).digest()
REPLACEABLE = 0xFFFFFFFD


def transaction(
    coins: Sequence[tuple[str, int]],
    values: Sequence[int],
    sequence: int = REPLACEABLE,
    scripts: Sequence[bytes] = (),
) -> tuple[str, bytes]:
    """A transaction that spends coins to OP_TRUE outputs (or `scripts`): its id and bytes."""
    inputs = b"".join(
        bytes.fromhex(txid)[::-1]
        + vout.to_bytes(4, "little")
        + b"\0"
        + sequence.to_bytes(4, "little")
        for txid, vout in coins
    )
    outputs = b"".join(
        value.to_bytes(8, "little") + compact(len(script)) + script
        for value, script in zip(values, scripts or [SCRIPT] * len(values), strict=True)
    )
    body = compact(len(coins)) + inputs + compact(len(values)) + outputs
    witness = b"\x01\x01\x51" * len(coins)
    version, lock_time = b"\x02\0\0\0", b"\0\0\0\0"
    stripped = version + body + lock_time
    txid = hashlib.sha256(hashlib.sha256(stripped).digest()).digest()[::-1].hex()
    return txid, version + b"\x00\x01" + body + witness + lock_time


def compact(number: int) -> bytes:
    """A number as Bitcoin's compact size."""
    if number < 253:
        return bytes([number])
    if number < 2**16:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")
