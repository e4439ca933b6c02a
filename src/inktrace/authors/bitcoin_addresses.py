"""Bitcoin addresses in texts, believed only where their checksum holds."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from inktrace.authors.found import Found
from inktrace.authors.words import words_in

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CANDIDATE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[13mn2][1-9A-HJ-NP-Za-km-z]{25,34}"
    r"|(?:bc1|tb1|BC1|TB1)[0-9A-Za-z]{8,87})(?![0-9A-Za-z])"
)
_SHORTEST: Final = 14  # letters of the shortest segwit address, of a program of two bytes
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_VERSIONS: Final = (0x00, 0x05, 0x6F, 0xC4)
_BECH32_CONST, _BECH32M_CONST = 1, 0x2BC830A3


def bitcoin_addresses(text: str) -> list[Found]:
    """Bitcoin addresses whose checksum holds (base58check, bech32, bech32m).

    References: BIP 173, BIP 350; base58check as in Bitcoin Core.
    """
    found = []
    for match in words_in(text).matches(_CANDIDATE, text, _SHORTEST):
        word = match.group()
        is_segwit = word[:3].lower() in ("bc1", "tb1")
        if is_segwit and is_bech32_address(word):
            found.append(Found(match.start(), match.end(), "bitcoin_address", word.lower()))
        elif not is_segwit and is_base58_address(word):
            found.append(Found(match.start(), match.end(), "bitcoin_address", word))
    return found


def is_base58_address(word: str) -> bool:
    """Whether a word is a P2PKH or P2SH address with a correct base58check checksum."""
    payload = base58check_payload(word)
    return payload is not None and payload[0] in _VERSIONS


def base58check_payload(word: str) -> bytes | None:
    """The 21 bytes (version and hash) of a word in base58check, or nothing where it is unsound."""
    number = 0
    for letter in word:
        place = _BASE58.find(letter)
        if place < 0:
            return None
        number = number * 58 + place
    if number >> 200:
        return None
    raw = number.to_bytes(25, "big")
    leading = len(word) - len(word.lstrip("1"))
    if leading != len(raw) - len(raw.lstrip(b"\0")):
        return None
    is_sound = hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
    return raw[:21] if is_sound else None


def is_bech32_address(word: str) -> bool:
    """Whether a word is a segwit address with a correct checksum for its version (BIP 173, 350)."""
    if word != word.lower() and word != word.upper():
        return False
    prefix, _, data = word.lower().rpartition("1")
    values = [_BECH32.find(letter) for letter in data]
    if prefix not in ("bc", "tb") or len(values) < 7 or min(values) < 0 or len(word) > 90:
        return False
    version, program = values[0], values[1:-6]
    expected = _BECH32_CONST if version == 0 else _BECH32M_CONST
    if version > 16 or _polymod(_expanded(prefix) + values) != expected:
        return False
    size, rest = divmod(len(program) * 5, 8)
    padding = program[-1] & ((1 << rest) - 1) if program else 0
    return 2 <= size <= 40 and rest < 5 and padding == 0 and (version > 0 or size in (20, 32))


def _expanded(prefix: str) -> list[int]:
    codes = [ord(letter) for letter in prefix]
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if (top >> bit) & 1 else 0
    return check
