"""Script types and addresses against published vectors and a plain encoder."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.sources.networks import NETWORKS
from inktrace.sources.script import (
    address_of,
    described_scripts,
    script_of,
    script_type,
    scripts_of,
)

from .bitcoin_reference import base58check, segwit_address

STEADY = settings(max_examples=100, derandomize=True, deadline=None)
MAINNET, TESTNET, REGTEST = (NETWORKS[name] for name in ("mainnet", "testnet3", "regtest"))
KEY = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
LONG_KEY = "04" + KEY + "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"

# BIP 173 and BIP 350, valid segwit addresses, and the scripts they stand for.
BIP_VALID = {
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4": "0014751e76e8199196d454941c45d1b3a323f1433bd6",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7": (
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"
    ),
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y": (
        "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"
    ),
    "BC1SW50QGDZ25J": "6002751e",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs": "5210751e76e8199196d454941c45d1b3a323",
    "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy": (
        "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"
    ),
    "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c": (
        "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"
    ),
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": "5120" + KEY,
}
BIP_INVALID = [
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
    "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
    "bc1gmk9yu",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
]
# Bitcoin wiki and Bitcoin Core test vectors (base58_encode_decode, key_io_valid).
BASE58_VALID = {
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa": "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
    "1111111111111111111114oLvT2": "76a914000000000000000000000000000000000000000088ac",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy": "a914b472a266d0bd89c13706a4132ccfb16f7c3b9fcb87",
    "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn": "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac",
    "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc": "a9144e9f39ca4688ff102128ea4ccda34105324305b087",
}


@pytest.mark.parametrize(("address", "script"), {**BIP_VALID, **BASE58_VALID}.items())
def test_published_addresses_stand_for_their_scripts(address: str, script: str) -> None:
    assert script_of(address) == bytes.fromhex(script)
    networks = (MAINNET, TESTNET)
    shown = {address_of(bytes.fromhex(script), network) for network in networks}
    assert (address.lower() if address.startswith("BC1") else address) in shown


@pytest.mark.parametrize("address", [*BIP_INVALID, "", "1", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"])
def test_invalid_addresses_have_no_script(address: str) -> None:
    assert script_of(address) is None


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("41" + LONG_KEY + "ac", "p2pk"),
        ("2102" + KEY + "ac", "p2pk"),
        ("2105" + KEY + "ac", "nonstandard"),
        ("76a914" + "11" * 20 + "88ac", "p2pkh"),
        ("76a914" + "11" * 20 + "87ac", "nonstandard"),
        ("a914" + "11" * 20 + "87", "p2sh"),
        ("0014" + "11" * 20, "p2wpkh"),
        ("0020" + "11" * 32, "p2wsh"),
        ("0015" + "11" * 21, "nonstandard"),
        ("5120" + "11" * 32, "p2tr"),
        ("51024e73", "witness_unknown"),
        ("5220" + "11" * 32, "witness_unknown"),
        ("5129" + "11" * 41, "nonstandard"),
        ("5121" + "02" + KEY + "51ae", "multisig"),
        ("5241" + LONG_KEY + "2103" + KEY + "52ae", "multisig"),
        ("5321" + "02" + KEY + "51ae", "nonstandard"),
        ("5121" + "02" + KEY + "52ae", "nonstandard"),
        ("6a", "op_return"),
        ("6a0b68656c6c6f20776f726c64", "op_return"),
        ("", "nonstandard"),
        ("51", "nonstandard"),
    ],
)
def test_script_types(script: str, kind: str) -> None:
    assert script_type(bytes.fromhex(script)) == kind
    if kind in ("p2pk", "multisig", "op_return", "nonstandard"):
        assert address_of(bytes.fromhex(script), MAINNET) is None


@STEADY
@given(st.lists(st.binary(min_size=20, max_size=20), max_size=5), st.sampled_from([*NETWORKS]))
def test_addresses_agree_with_a_plain_encoder(hashes: list[bytes], name: str) -> None:
    network = NETWORKS[name]
    scripts, expected = [b"\x6a"], [None]
    for one in hashes:
        scripts += [
            b"\x76\xa9\x14" + one + b"\x88\xac",
            b"\xa9\x14" + one + b"\x87",
            b"\0\x14" + one,
        ]
        expected += [
            base58check(bytes([network.pubkey_prefix]) + one),
            base58check(bytes([network.script_prefix]) + one),
            segwit_address(network.human_part, 0, one),
        ]
    _, addresses = described_scripts(pa.array(scripts, pa.binary()), network)
    assert addresses.to_pylist() == expected
    back, groups = scripts_of(addresses.drop_null())
    assert back.to_pylist() == scripts[1:]
    assert 0 not in groups


@STEADY
@given(st.integers(1, 16), st.binary(min_size=2, max_size=40))
def test_future_witness_programs_have_addresses(version: int, program: bytes) -> None:
    script = bytes([0x50 + version, len(program)]) + program
    assert address_of(script, REGTEST) == segwit_address("bcrt", version, program)
    assert script_of(segwit_address("bcrt", version, program)) == script


@STEADY
@given(st.binary(max_size=120))
def test_any_bytes_have_a_type(script: bytes) -> None:
    address = address_of(script, MAINNET)
    assert address is None or script_of(address) == script


@STEADY
@given(
    st.sampled_from([*BIP_VALID, *BASE58_VALID]),
    st.integers(0, 70),
    st.characters(max_codepoint=0x2FF),
)
def test_one_changed_character_is_noticed(address: str, place: int, letter: str) -> None:
    place %= len(address)
    changed = address[:place] + letter + address[place + 1 :]
    if changed.lower() != address.lower() or (changed != address and address[0] not in "btBT"):
        assert script_of(changed) is None
