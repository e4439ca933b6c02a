"""Raw transactions: what was written is read, and nothing else is taken for one."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inktrace.errors import InputError
from inktrace.sources.raw_transaction import read_transaction
from tests.node.raw import transaction

COINS = st.lists(
    st.tuples(st.binary(min_size=32, max_size=32).map(bytes.hex), st.integers(0, 2**32 - 1)),
    min_size=1,
    max_size=300,
)
OUTPUTS = st.lists(
    st.tuples(st.integers(0, 2**63 - 1), st.binary(max_size=600)), min_size=1, max_size=20
)


@given(COINS, OUTPUTS, st.integers(0, 2**32 - 1))
def test_what_was_written_is_read(coins, outputs, sequence):
    values, scripts = [value for value, _ in outputs], [script for _, script in outputs]
    txid, raw = transaction(coins, values, sequence, scripts)
    read = read_transaction(raw)
    assert read.txid.hex() == txid
    assert read.inputs == [(bytes.fromhex(spent), vout, sequence) for spent, vout in coins]
    assert read.outputs == outputs
    assert (read.version, read.lock_time) == (2, 0)


@given(st.binary(max_size=300))
def test_other_bytes_are_refused_or_read_but_never_break(data):
    with contextlib.suppress(InputError):
        read_transaction(data)


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_never_breaks(place, value):
    _, raw = transaction([("11" * 32, 0)] * 3, [5, 6])
    changed = bytearray(raw)
    changed[place % len(raw)] = value
    with contextlib.suppress(InputError):
        read_transaction(bytes(changed))


@pytest.mark.parametrize("cut", range(0, 98, 7))
def test_a_part_is_refused(cut):
    _, raw = transaction([("11" * 32, 0)], [5])
    with pytest.raises(InputError):
        read_transaction(raw[:cut])
    with pytest.raises(InputError, match="not exactly one"):
        read_transaction(raw + b"\0")


def test_a_count_of_eighteen_quintillion_is_refused_at_once():
    with pytest.raises(InputError, match="states more than it holds"):
        read_transaction(b"\x02\0\0\0" + b"\xff" * 9 + bytes(100))
