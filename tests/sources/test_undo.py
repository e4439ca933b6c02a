"""Undo data: amounts, scripts and the records' checksums."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.errors import InputError
from inktrace.sources.block_kernels import MAX_MONEY, unpacked_amount
from inktrace.sources.networks import NETWORKS
from inktrace.sources.undo import CoreUndo, json_undo, listed_undo

from .bitcoin_reference import (
    Output,
    compact,
    framed_undo,
    full_key,
    packed_amount,
    packed_script,
    undo_record,
)

STEADY = settings(max_examples=60, derandomize=True, deadline=None)
REGTEST = NETWORKS["regtest"]
PARENT = b"\x07" * 32
FULL_KEY = next(key for x in range(1, 100) if (key := full_key(x)))
SCRIPTS = st.one_of(
    st.binary(max_size=80),
    st.binary(min_size=20, max_size=20).map(lambda h: b"\x76\xa9\x14" + h + b"\x88\xac"),
    st.binary(min_size=20, max_size=20).map(lambda h: b"\xa9\x14" + h + b"\x87"),
    st.binary(min_size=32, max_size=32).map(lambda x: b"\x21\x03" + x + b"\xac"),
    st.integers(1, 5000).map(full_key).filter(bool).map(lambda key: b"\x41" + key + b"\xac"),
)
OUTPUTS = st.builds(Output, st.integers(0, MAX_MONEY), SCRIPTS)


# Bitcoin Core, src/test/compress_tests.cpp.
@pytest.mark.parametrize(
    ("amount", "packed"),
    [
        (0, 0x0),
        (1, 0x1),
        (1_000_000, 0x7),
        (100_000_000, 0x9),
        (50 * 100_000_000, 0x32),
        (21_000_000 * 100_000_000, 0x1406F40),
    ],
)
def test_amounts_unpack_as_in_bitcoin_core(amount: int, packed: int) -> None:
    assert unpacked_amount(packed) == amount


@STEADY
@given(st.integers(0, MAX_MONEY))
def test_every_amount_comes_back(amount: int) -> None:
    assert unpacked_amount(packed_amount(amount)) == amount


def test_amounts_above_all_money_are_no_amounts() -> None:
    assert unpacked_amount(packed_amount(MAX_MONEY + 1)) == -1
    assert unpacked_amount(2**61) == -1


@STEADY
@given(st.lists(st.lists(OUTPUTS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_records_are_found_by_checksum_and_decoded(spent: list[list[Output]]) -> None:
    other = [[Output(o.value // 2, o.script) for o in outputs] for outputs in spent]
    data = framed_undo(undo_record(other), b"\x09" * 32) + b"\0" * 9
    data += framed_undo(undo_record(spent), PARENT)
    undo = CoreUndo("rev00000.dat", data, REGTEST)
    found = undo.spent(PARENT, np.array([len(outputs) for outputs in spent]))
    assert found is not None
    flat = [output for outputs in spent for output in outputs]
    assert found.values.tolist() == [output.value for output in flat]
    assert found.scripts.to_pylist() == [output.script for output in flat]
    assert list(undo.complaints()) == [
        "1 undo records of rev00000.dat have a checksum that fits no block"
    ]


def test_a_record_with_one_flipped_bit_is_not_used() -> None:
    data = bytearray(framed_undo(undo_record([[Output(5, b"\x51")]]), PARENT))
    for bit in range(8 * 8, 8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        undo = CoreUndo("rev00000.dat", bytes(data), REGTEST)
        assert undo.spent(PARENT, np.array([1])) is None
        data[bit // 8] ^= 1 << bit % 8


def test_scripts_longer_than_can_be_spent_become_op_return() -> None:
    data = framed_undo(undo_record([[Output(5, b"\x51" * 10_001), Output(6, b"\x52")]]), PARENT)
    found = CoreUndo("rev00000.dat", data, REGTEST).spent(PARENT, np.array([2]))
    assert found is not None
    assert found.scripts.to_pylist() == [b"\x6a", b"\x52"]


def test_a_key_on_no_point_of_the_curve_is_no_script() -> None:
    assert full_key(5) is None
    record = undo_record([[Output(1, b"\x41" + FULL_KEY + b"\xac")]])
    assert packed_script(b"\x41" + FULL_KEY + b"\xac")[0] in (4, 5)
    bad = record[:-32] + (5).to_bytes(32, "big")
    undo = CoreUndo("rev00000.dat", framed_undo(bad, PARENT), REGTEST)
    assert undo.spent(PARENT, np.array([1])) is None


def test_lying_counts_take_no_memory() -> None:
    for count in (b"\xff" * 9, b"\xfe\xff\xff\xff\x7f", b"\xfd\xff\xff"):
        undo = CoreUndo("rev00000.dat", framed_undo(count + b"\1\1\1", PARENT), REGTEST)
        assert list(undo.complaints()) == ["1 undo records of rev00000.dat are damaged"]


def test_a_binary_list_is_read() -> None:
    scripts = [b"\x51", b"", b"\x52" * 300]
    data = b"".join(
        (7 + i).to_bytes(8, "little") + compact(len(script)) + script
        for i, script in enumerate(scripts)
    )
    spent = listed_undo(data)
    assert spent.values.tolist() == [7, 8, 9]
    assert spent.scripts.to_pylist() == scripts
    for end in (1, 8, 9 + 1 + 4, len(data) - 1):
        with pytest.raises(InputError):
            listed_undo(data[:end])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}x",
        b"[1]",
        b'[{"txout": {"value": -1, "script_pubkey": ""}}]',
        b"\xff",
        b"7",
        b'[{"txout": {"value": 1.5, "script_pubkey": ""}}]',
        b'[{"txout": {"value": 1, "script_pubkey": "zz"}}]',
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_list_of_spent_outputs_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        json_undo(data)


def test_a_json_list_is_read() -> None:
    entries = [{"txout": {"value": 3, "script_pubkey": "51"}, "is_coinbase": False}]
    spent = json_undo(json.dumps(entries).encode())
    assert (spent.values.tolist(), spent.scripts.to_pylist()) == ([3], [b"\x51"])


def test_a_record_whose_magic_is_damaged_is_missed_and_space_set_aside_is_not() -> None:
    records = [framed_undo(undo_record([[Output(5 + i, b"\x51")]]), PARENT) for i in range(3)]
    key = bytes(range(1, 9))
    whole = b"".join(records) + key * 50
    assert not any("stretches" in one for one in CoreUndo("r", whole, REGTEST).complaints())
    damaged = records[0] + b"\0" + records[1][1:] + records[2]
    told = list(CoreUndo("r", damaged, REGTEST).complaints())
    assert told[0] == "1 stretches of r hold no undo record that can be read"
