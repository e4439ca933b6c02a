"""Addresses and output scripts of invented wallets: valid encodings of random hashes.

Written for worlds alone, so that a mistake here cannot hide one in the reader of real blocks.
References: BIP 173, BIP 350 (bech32, bech32m), BIP 13 (base58check of script hashes).
"""

from __future__ import annotations

import hashlib
from typing import Final

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_FINAL: Final = {0: 1, 1: 0x2BC830A3}
KINDS: Final = ("p2wpkh", "p2pkh", "p2sh", "p2tr")
# The types' names in a bitcoin-etl export.
ETL_TYPES: Final = {
    "p2wpkh": "witness_v0_keyhash",
    "p2pkh": "pubkeyhash",
    "p2sh": "scripthash",
    "p2tr": "witness_unknown",
}


def double_sha256(data: bytes) -> bytes:
    """SHA-256 of SHA-256, Bitcoin's hash."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def script_and_address(kind: str, payload: bytes) -> tuple[str, str]:
    """Output script in hex and mainnet address of a 32-byte payload (cut to 20 where needed)."""
    short = payload[:20]
    if kind == "p2wpkh":
        return "0014" + short.hex(), _segwit(0, short)
    if kind == "p2tr":
        return "5120" + payload.hex(), _segwit(1, payload)
    if kind == "p2pkh":
        return f"76a914{short.hex()}88ac", _base58check(b"\x00" + short)
    return f"a914{short.hex()}87", _base58check(b"\x05" + short)


def _base58check(data: bytes) -> str:
    whole = data + double_sha256(data)[:4]
    number, text = int.from_bytes(whole, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    zeros = len(whole) - len(whole.lstrip(b"\0"))
    return "1" * zeros + text


def _segwit(version: int, program: bytes) -> str:
    bits = int.from_bytes(program, "big")
    groups = -(-len(program) * 8 // 5)
    bits <<= groups * 5 - len(program) * 8
    values = [version, *[(bits >> shift) & 31 for shift in range(5 * (groups - 1), -1, -5)]]
    # "bc" expanded, then the data, then six zeros for the checksum.
    check = _polymod([3, 3, 0, 2, 3, *values, 0, 0, 0, 0, 0, 0]) ^ _FINAL[min(version, 1)]
    values += [(check >> 5 * (5 - place)) & 31 for place in range(6)]
    return "bc1" + "".join([_BECH32[value] for value in values])


def _feedback(top: int) -> int:
    total = 0
    for place, factor in enumerate(_GENERATOR):
        if top >> place & 1:
            total ^= factor
    return total


# What the five bits that leave the register feed back: half of all the time goes into this.
_FEEDBACK: Final = tuple(_feedback(top) for top in range(32))


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[check >> 25]
    return check
