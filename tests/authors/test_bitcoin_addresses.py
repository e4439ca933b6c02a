"""Bitcoin addresses are believed only with their checksum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.authors.bitcoin_addresses import (
    bitcoin_addresses,
    is_base58_address,
    is_bech32_address,
)

from .strategies import ANY_TEXT, BITCOIN, STEADY

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@pytest.mark.parametrize("address", BITCOIN)
@pytest.mark.parametrize(
    "around", ["{}", "pay {} please", "bitcoin:{}?amount=1", "({})", "btc={}."]
)
def test_sound_addresses_are_found(address: str, around: str) -> None:
    (found,) = bitcoin_addresses(around.format(address))
    is_segwit = address[:3].lower() in ("bc1", "tb1")
    assert found.value == (address.lower() if is_segwit else address)
    assert around.format(address)[found.start : found.end] == address


@STEADY
@given(st.sampled_from(BITCOIN), st.data())
def test_one_changed_letter_is_noticed(address: str, data: st.DataObject) -> None:
    is_segwit = address[:3].lower() in ("bc1", "tb1")
    place = data.draw(st.integers(3 if is_segwit else 1, len(address) - 1))
    letter = data.draw(st.sampled_from(_BECH32 if is_segwit else _BASE58))
    letter = letter.upper() if address.isupper() else letter
    changed = address[:place] + letter + address[place + 1 :]
    if changed != address:
        assert not is_base58_address(changed)
        assert not is_bech32_address(changed)
        assert bitcoin_addresses(f"pay {changed} now") == []


@STEADY
@given(st.sampled_from(BITCOIN), st.integers(0, 60))
def test_two_letters_swapped_are_noticed(address: str, place: int) -> None:
    place = 3 + place % (len(address) - 4)
    a, b = address[place], address[place + 1]
    changed = address[:place] + b + a + address[place + 2 :]
    assert changed == address or bitcoin_addresses(changed) == []


# BIP 173 and BIP 350: invalid addresses.
@pytest.mark.parametrize(
    "address",
    [
        "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
        "bc1rw5uspcuh",
        "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
        "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
        "bc1gmk9yu",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "bc1pw5dgrnzv",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    ],
)
def test_published_invalid_addresses_are_refused(address: str) -> None:
    assert not is_bech32_address(address)
    assert bitcoin_addresses(address) == []


@pytest.mark.parametrize(
    "word", ["", "1", "1" * 34, "1" * 26, "3" + "z" * 33, "bc1", "bc1q", "tb1"]
)
def test_words_that_only_look_like_addresses(word: str) -> None:
    assert not is_base58_address(word)
    assert not is_bech32_address(word)


def test_an_address_inside_a_longer_word_is_not_read() -> None:
    assert bitcoin_addresses("x" + BITCOIN[0]) == []
    assert bitcoin_addresses(BITCOIN[0] + "0") == []


@STEADY
@given(ANY_TEXT)
def test_no_text_has_an_unsound_address(text: str) -> None:
    for item in bitcoin_addresses(text):
        assert is_base58_address(item.value) or is_bech32_address(item.value)
