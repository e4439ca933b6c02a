"""Addresses against the vectors of the standards themselves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.world.encoding import script_and_address
from inktrace.world.exact import exp

# BIP 173 (P2WPKH of the generator's key), BIP 350 (the generator's x as a Taproot program).
_KEY_HASH = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
_X_ONLY = bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")


@pytest.mark.parametrize(
    ("kind", "payload", "script", "address"),
    [
        (
            "p2wpkh",
            _KEY_HASH,
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            "p2tr",
            _X_ONLY,
            "5120" + _X_ONLY.hex(),
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        (
            "p2pkh",
            _KEY_HASH,
            "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac",
            "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH",
        ),
        (
            "p2sh",
            bytes(20),
            "a914" + "00" * 20 + "87",
            "31h1vYVSYuKP6AhS86fbRdMw9XHieotbST",
        ),
    ],
)
def test_addresses_are_those_of_the_standards(kind, payload, script, address):
    assert script_and_address(kind, payload) == (script, address)


@given(st.floats(-30, 30))
def test_our_exponential_is_the_exponential(power):
    assert exp(power) == pytest.approx(math.exp(power), rel=1e-14)


def test_our_exponential_keeps_its_last_bit():
    # Sums and products only: these bits hold on every machine, and with them every world.
    assert [exp(x).hex() for x in (0.0, 1.0, -1.5, 5.25)] == [
        "0x1.0000000000000p+0",
        "0x1.5bf0a8b14576ap+1",
        "0x1.c8f87724b5c1dp-3",
        "0x1.7d21edf07d24fp+7",
    ]
