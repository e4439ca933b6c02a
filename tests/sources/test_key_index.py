"""The table of keys in memory against a plain dictionary."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from inktrace.sources.key_index import KeyIndex, siphash

STEADY = settings(max_examples=80, derandomize=True, deadline=None)
KEYS = st.lists(st.binary(max_size=40) | st.sampled_from([b"", b"a", b"ab"]), max_size=30)


def keys(values: list[bytes]) -> pa.Array:
    return pa.array(values, pa.binary())


def test_hashes_are_those_of_the_reference_implementation() -> None:
    # vectors_sip128 of https://github.com/veorq/SipHash: key and message count up from 0.
    secret = bytes(range(16))
    for size, wanted in (
        (0, "a3817f04ba25a8e66df67214c7550293"),
        (8, "3b62a9ba6258f5610f83e264f31497b4"),
        (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
    ):
        assert siphash(bytes(range(size)), secret).hex() == wanted


@STEADY
@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=6))
def test_numbers_are_given_in_order_of_appearance(batches: list[tuple[list[bytes], bool]]) -> None:
    index, model, following = KeyIndex(10_000), dict[bytes, int](), 0
    for batch, is_stored in batches:
        if is_stored:  # with numbers of their own
            own = len(model) + np.arange(len(batch))
            index.take(keys(batch), own)
            for key, number in zip(batch, own.tolist(), strict=True):
                model.setdefault(key, number)
            following = max([following, *(own + 1).tolist()])
        else:
            numbers = index.number(keys(batch), following)
            for key in batch:
                if key not in model:
                    model[key] = following
                    following += 1
            assert numbers.tolist() == [model[key] for key in batch]
        assert index.count == len(model)
        assert index.next_number == following
        wanted = [*batch, b"never seen" * 5]
        assert index.find(keys(wanted)).tolist() == [model.get(key, -1) for key in wanted]


def test_many_keys_are_found_again_after_the_table_grew() -> None:
    index, many = KeyIndex(10**6), keys([number.to_bytes(3, "big") for number in range(50_000)])
    assert (index.number(many, 7) == 7 + np.arange(50_000)).all()
    assert (index.number(many.slice(20_000, 9), 99_999) == 20_007 + np.arange(9)).all()
    assert index.find(many.slice(49_998)).tolist() == [50_005, 50_006]


def test_the_secret_does_not_change_the_numbers() -> None:
    many = keys([(number * 7919 % 1000).to_bytes(2, "big") for number in range(5000)])
    one, other = (KeyIndex(10**4, bytes([secret]) * 16).number(many, 0) for secret in (1, 2))
    assert (one == other).all()


def test_there_is_room_for_as_many_keys_as_were_set_aside() -> None:
    index = KeyIndex(3)
    index.number(keys([b"a", b"b"]), 0)
    assert index.has_room(1)
    assert not index.has_room(2)
