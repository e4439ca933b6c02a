"""Addresses on the chains that carry stablecoins (TRON, Ethereum), by their own checksums."""

from __future__ import annotations

import re
from typing import Final

from Crypto.Hash import keccak

from inktrace.authors.bitcoin_addresses import base58check_payload
from inktrace.authors.found import Found
from inktrace.authors.words import words_in

_TRON: Final = re.compile(r"(?<![0-9A-Za-z])T[1-9A-HJ-NP-Za-km-z]{33}(?![0-9A-Za-z])")
_ETHEREUM: Final = re.compile(r"(?<![0-9A-Za-z])0[xX][0-9A-Fa-f]{40}(?![0-9A-Za-z])")
_TRON_LETTERS, _ETHEREUM_LETTERS = 34, 42
_TRON_PREFIX: Final = 0x41


def chain_addresses(text: str) -> list[Found]:
    """TRON addresses whose checksum holds, and Ethereum addresses that nothing speaks against.

    An Ethereum address in small or in large letters alone carries no checksum and is taken as it
    stands: forty hex digits after 0x are never a slip of the pen, but a typing error in them
    cannot be seen. In mixed letters the checksum must hold. Its normal form is in small letters.
    References: TRON documentation, "Accounts"; EIP-55.
    """
    words = words_in(text)
    found = [
        Found(match.start(), match.end(), "tron_address", match.group())
        for match in words.matches(_TRON, text, _TRON_LETTERS)
        if is_tron_address(match.group())
    ]
    for match in words.matches(_ETHEREUM, text, _ETHEREUM_LETTERS):
        if is_ethereum_address(match.group()):
            value = match.group().lower()
            found.append(Found(match.start(), match.end(), "ethereum_address", value))
    return found


def is_tron_address(word: str) -> bool:
    """Whether a word is 0x41 and twenty bytes in base58check with a correct checksum."""
    payload = base58check_payload(word)
    return payload is not None and payload[0] == _TRON_PREFIX


def is_ethereum_address(word: str) -> bool:
    """Whether a word is 0x and forty hex digits, with EIP-55's checksum where letters are mixed."""
    digits = word[2:]
    if not _ETHEREUM.fullmatch(word):
        return False
    if digits in (digits.lower(), digits.upper()):
        return True
    return digits == _checksummed(digits.lower())


def _checksummed(digits: str) -> str:
    """Hex digits with those letters large where the Keccak-256 of the text has a digit of 8 up."""
    marks = keccak.new(digest_bits=256, data=digits.encode("ascii")).hexdigest()
    return "".join(
        digit.upper() if int(mark, 16) >= 8 else digit
        for digit, mark in zip(digits, marks, strict=False)
    )
