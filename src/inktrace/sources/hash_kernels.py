"""Compiled SHA-256: ids of transactions, Merkle roots and checksums, many in one call.

A call of hashlib for each hash costs more than the hash itself. Where the processor has
instructions for SHA-256 they are used, else the rounds are written out; both give the same.

References: FIPS 180-4; Intel SHA Extensions (2013); Bitcoin Core, src/consensus/merkle.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from inktrace.compiled import BYTES, compiled, put_word, word_at

__all__ = ["HAS_INSTRUCTIONS", "double_hashes", "merkle_root", "stripped_hashes"]

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say
Bool = Any


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _root_bits(number: int, power: int) -> int:
    """The first 32 bits behind the point of a square or cube root."""
    scaled, low, high = number << 32 * power, 0, number << 32
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= scaled else (low, middle - 1)
    return low % 2**32


_ROUNDS: Final = np.array([_root_bits(prime, 3) for prime in _primes(64)], np.uint32)
_START: Final = np.array([_root_bits(prime, 2) for prime in _primes(8)], np.uint32)
# Where the words a … h stand in the order that the instructions want: f e b a, h g d c.
_FEBA: Final = (5, 4, 1, 0, 7, 6, 3, 2)
_START_FEBA: Final = _START[list(_FEBA)]


def _has_instructions() -> bool:
    # Numba compiles for the machine it runs on, unless told of another.
    if any(getattr(config, name, None) is not None for name in ("CPU_NAME", "CPU_FEATURES")):
        return False
    features = llvmlite.binding.get_host_cpu_features()
    return bool(features.get("sha", False) and features.get("sse4.1", False))


HAS_INSTRUCTIONS: Final = _has_instructions()
_WORD, _PLACE = ir.IntType(32), ir.IntType(64)
_FOUR: Final = ir.VectorType(_WORD, 4)


@intrinsic
def _by_instructions(
    context: Any, state: Any, first: Any, data: Any, at: Any, blocks: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """Take 64-byte blocks from data[at:] into state[first:] (8 words, in order f e b a …)."""

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        states, start = _places(target, builder, signature, given)
        mine = builder.bitcast(builder.gep(states, [given[1]]), _FOUR.as_pointer())
        _emit_loop(builder, [mine], [builder.gep(start, [given[3]])], given[4])
        return target.get_dummy_value()

    del context, first, at, blocks
    return types.void(state, types.int64, data, types.int64, types.int64), emit


@intrinsic
def _pair_by_instructions(
    context: Any, state: Any, data: Any, at: Any, other: Any, blocks: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """The same for two messages at once, from data[at:] and data[other:]; 16 words of state.

    Each instruction waits for the one before it; those of the other message fill the time.
    """

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        states, start = _places(target, builder, signature, given)
        first = builder.bitcast(states, _FOUR.as_pointer())
        second = builder.gep(first, [ir.Constant(_WORD, 2)])
        starts = [builder.gep(start, [place]) for place in given[2:4]]
        _emit_loop(builder, [first, second], starts, given[4])
        return target.get_dummy_value()

    del context, at, other, blocks
    return types.void(state, data, types.int64, types.int64, types.int64), emit


@intrinsic
def _state_into(
    context: Any, state: Any, first: Any, out: Any, at: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """Write the hash that state[first:] stands for into the 32 bytes from out[at] on."""

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        states, start = _places(target, builder, signature, given)
        mine = builder.bitcast(builder.gep(states, [given[1]]), _FOUR.as_pointer())
        place = builder.bitcast(builder.gep(start, [given[3]]), _FOUR.as_pointer())
        halves = [
            builder.load(builder.gep(mine, [ir.Constant(_WORD, half)]), align=4)
            for half in range(2)
        ]
        for half, order in enumerate(((3, 2, 7, 6), (1, 0, 5, 4))):
            words = builder.shuffle_vector(*halves, _four(order))
            swapped = _called(builder, "llvm.bswap.v4i32", words)
            builder.store(swapped, builder.gep(place, [ir.Constant(_WORD, half)]), align=1)
        return target.get_dummy_value()

    del context, first, at
    return types.void(state, types.int64, out, types.int64), emit


def _places(target: Any, builder: Any, signature: Any, given: Any) -> list[Any]:
    """Pointers to the beginning of the arrays among what is given."""
    return [
        target.make_array(kind)(target, builder, value).data
        for kind, value in zip(signature.args, given, strict=True)
        if isinstance(kind, types.Array)
    ]


def _four(values: Any) -> Any:
    return ir.Constant(_FOUR, [ir.Constant(_WORD, int(value)) for value in values])


def _called(builder: Any, name: str, *given: Any) -> Any:
    kind = ir.FunctionType(_FOUR, [_FOUR] * len(given))
    known = builder.module.globals.get(name)
    return builder.call(known or ir.Function(builder.module, kind, name), given)


def _emit_loop(builder: Any, states: list[Any], starts: list[Any], blocks: Any) -> None:
    """Go through the blocks of one or more messages; a state is a pointer to its two halves."""
    halves = [
        builder.gep(state, [ir.Constant(_WORD, half)]) for state in states for half in range(2)
    ]
    entry = builder.block
    first = [builder.load(half, align=4) for half in halves]
    loop = builder.append_basic_block("sha256.block")
    end = builder.append_basic_block("sha256.end")
    builder.branch(loop)
    builder.position_at_end(loop)
    number = builder.phi(_PLACE)
    before = [builder.phi(_FOUR) for _ in halves]
    steps = [
        _emit_block(builder, start, number, before[2 * lane : 2 * lane + 2])
        for lane, start in enumerate(starts)
    ]
    after = [half for done in list(zip(*steps, strict=True))[-1] for half in done]
    following = builder.add(number, ir.Constant(_PLACE, 1))
    number.add_incoming(ir.Constant(_PLACE, 0), entry)
    number.add_incoming(following, loop)
    for joined, old, new in zip(before, first, after, strict=True):
        joined.add_incoming(old, entry)
        joined.add_incoming(new, loop)
    builder.cbranch(builder.icmp_signed("<", following, blocks), loop, end)
    builder.position_at_end(end)
    for half, value in zip(halves, after, strict=True):
        builder.store(value, half, align=4)


def _emit_block(builder: Any, start: Any, number: Any, before: list[Any]) -> Iterator[list[Any]]:
    """The 64 rounds of one block: four at a time, the words of the message made on the way.

    Yields the halves of the state after every four rounds; at the end, with those before added.
    """

    block = builder.gep(start, [builder.mul(number, ir.Constant(_PLACE, 64))])
    words = builder.bitcast(block, _FOUR.as_pointer())
    message = [
        _called(
            builder,
            "llvm.bswap.v4i32",
            builder.load(builder.gep(words, [ir.Constant(_WORD, i)]), align=1),
        )
        for i in range(4)
    ]
    feba, hgdc = before
    for i in range(16):
        one, two, three, last = (message[(i + j) % 4] for j in range(4))
        if i >= 4:
            mixed = builder.add(
                _called(builder, "llvm.x86.sha256msg1", one, two),
                builder.shuffle_vector(three, last, _four((1, 2, 3, 4))),
            )
            one = message[i % 4] = _called(builder, "llvm.x86.sha256msg2", mixed, last)
        keyed = builder.add(one, _four(_ROUNDS[4 * i : 4 * i + 4]))
        hgdc = _called(builder, "llvm.x86.sha256rnds2", hgdc, feba, keyed)
        high = builder.shuffle_vector(keyed, keyed, _four((2, 3, 0, 0)))
        feba = _called(builder, "llvm.x86.sha256rnds2", feba, hgdc, high)
        yield [feba, hgdc]
    yield [builder.add(feba, before[0]), builder.add(hgdc, before[1])]


@compiled("uint32(uint32, int64)")
def _turned(word: Array, by: Int) -> Array:
    return np.uint32((word >> np.uint32(by)) | (word << np.uint32(32 - by)))


@compiled(f"void(uint32[::1], int64, {BYTES}, int64, int64)")
def written_out(state: Array, first: Int, data: Array, at: Int, blocks: Int) -> None:
    """What `_by_instructions` does, for processors without them."""
    w = np.empty(64, np.uint32)
    for number in range(blocks):
        start = at + 64 * number
        for i in range(16):
            word = np.uint32(0)
            for j in range(4):
                word = np.uint32(word << np.uint32(8)) | np.uint32(data[start + 4 * i + j])
            w[i] = word
        for i in range(16, 64):
            old, new = w[i - 15], w[i - 2]
            low = _turned(old, 7) ^ _turned(old, 18) ^ (old >> np.uint32(3))
            high = _turned(new, 17) ^ _turned(new, 19) ^ (new >> np.uint32(10))
            w[i] = w[i - 16] + low + w[i - 7] + high
        f, e, b, a = state[first], state[first + 1], state[first + 2], state[first + 3]
        h, g, d, c = state[first + 4], state[first + 5], state[first + 6], state[first + 7]
        for i in range(64):
            turned = _turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)
            one = np.uint32(h + turned + ((e & f) ^ (~e & g)) + _ROUNDS[i] + w[i])
            turned = _turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)
            two = np.uint32(turned + ((a & b) ^ (a & c) ^ (b & c)))
            h, g, f, e = g, f, e, np.uint32(d + one)
            d, c, b, a = c, b, a, np.uint32(one + two)
        state[first] += f
        state[first + 1] += e
        state[first + 2] += b
        state[first + 3] += a
        state[first + 4] += h
        state[first + 5] += g
        state[first + 6] += d
        state[first + 7] += c


@compiled(f"void(uint32[::1], {BYTES}, int64, int64, int64)")
def pair_written_out(state: Array, data: Array, at: Int, other: Int, blocks: Int) -> None:
    """What `_pair_by_instructions` does, for processors without them."""
    written_out(state, 0, data, at, blocks)
    written_out(state, 8, data, other, blocks)


_write_state: Any = _state_into
_take_blocks: Any = _by_instructions if HAS_INSTRUCTIONS else written_out
_take_pairs: Any = _pair_by_instructions if HAS_INSTRUCTIONS else pair_written_out


# Two messages are hashed at once. `state` is room for 16 words, `tail` for twice _TAIL bytes:
# up to two blocks that end a message, and behind them the block that its hash is hashed in.
_TAIL: Final = 192
_LENGTHS: Final = 64


@compiled("uint8[::1]()")
def _room() -> Array:
    tail = np.zeros(2 * _TAIL, np.uint8)
    for start in (0, _TAIL):
        tail[start + 160], tail[start + 190] = 0x80, 1  # 256 bits
    return tail


@compiled("void(uint32[::1])")
def _begin(state: Array) -> None:
    for i in range(8):
        state[i] = state[8 + i] = _START_FEBA[i]


@compiled(f"int64({BYTES}, int64, int64, uint8[::1], int64)")
def _end_message(data: Array, start: Int, stop: Int, tail: Array, first: Int) -> Int:
    """Write the last blocks of a message, padded, into tail[first:]; returns how many."""
    size = np.uint64(stop - start)
    rest = start + (stop - start) // 64 * 64
    left = stop - rest
    if rest + 64 <= len(data):
        for i in range(first, first + 64, 8):
            put_word(tail, i, word_at(data, rest + i - first))
    else:
        for i in range(left):
            tail[first + i] = data[rest + i]
    for i in range(left, (left + 7) // 8 * 8):
        tail[first + i] = 0
    end = 64 if left < 56 else 128
    for i in range((left + 7) // 8 * 8, end, 8):
        put_word(tail, first + i, np.uint64(0))
    tail[first + left] = 0x80
    bits = size << np.uint64(3)
    for i in range(5):  # no message is so long that more bytes were needed
        tail[first + end - 1 - i] = (bits >> np.uint64(8 * i)) & np.uint64(255)
    return end // 64


@compiled(f"void({BYTES}, int64, int64, int64, int64, uint32[::1], uint8[::1])")
def _hash_pair(
    data: Array, start: Int, stop: Int, other: Int, end: Int, state: Array, tail: Array
) -> None:
    """Double SHA-256 of data[start:stop] and data[other:end], into the two halves of the state."""
    _begin(state)
    mine, theirs = (stop - start) // 64, (end - other) // 64
    common = min(mine, theirs)
    if common:
        _take_pairs(state, data, start, other, common)
    if mine > common:
        _take_blocks(state, 0, data, start + 64 * common, mine - common)
    if theirs > common:
        _take_blocks(state, 8, data, other + 64 * common, theirs - common)
    mine = _end_message(data, start, stop, tail, 0)
    theirs = _end_message(data, other, end, tail, _TAIL)
    if mine == theirs:
        _take_pairs(state, tail, 0, _TAIL, mine)
    else:
        _take_blocks(state, 0, tail, 0, mine)
        _take_blocks(state, 8, tail, _TAIL, theirs)
    _write_state(state, 0, tail, 128)
    _write_state(state, 8, tail, _TAIL + 128)
    _begin(state)
    _take_pairs(state, tail, 128, _TAIL + 128, 1)


@compiled("int64[::1](int64[::1], int64[::1])")
def _by_blocks(starts: Array, stops: Array) -> Array:
    """The places of the slices in order of length, as a pair takes as long as the longer one.

    Very long ones stand at the end in any order.
    """
    ends = np.zeros(_LENGTHS + 1, np.int64)
    for i in range(len(starts)):
        ends[min((stops[i] - starts[i]) // 64, _LENGTHS - 1) + 1] += 1
    for i in range(_LENGTHS):
        ends[i + 1] += ends[i]
    order = np.empty(len(starts), np.int64)
    for i in range(len(starts)):
        length = min((stops[i] - starts[i]) // 64, _LENGTHS - 1)
        order[ends[length]] = i
        ends[length] += 1
    return order


@compiled(f"void({BYTES}, int64[::1], int64[::1], uint8[::1])")
def double_hashes(data: Array, starts: Array, stops: Array, out: Array) -> None:
    """SHA-256 of the SHA-256 of each slice of the data, 32 bytes each, one behind the other."""
    state, tail, count = np.empty(16, np.uint32), _room(), len(starts)
    order = _by_blocks(starts, stops)
    for i in range(0, count, 2):
        one, other = order[i], order[min(i + 1, count - 1)]
        _hash_pair(data, starts[one], stops[one], starts[other], stops[other], state, tail)
        _write_state(state, 0, out, 32 * one)
        _write_state(state, 8, out, 32 * other)


@compiled(f"void({BYTES}, int64[:, ::1], uint8[::1])")
def stripped_hashes(data: Array, parts: Array, out: Array) -> None:
    """Double SHA-256 of transactions without their witnesses (BIP 141), 32 bytes each.

    Rows of `parts`: start and stop of the transaction, start and stop of its inputs and
    outputs. Version and lock time are its first and last four bytes.
    """
    count = parts.shape[1]
    starts, stops, at = np.empty(count, np.int64), np.empty(count, np.int64), np.int64(0)
    for i in range(count):
        starts[i] = at
        at += parts[3, i] - parts[2, i] + 8
        stops[i] = at
    whole = np.empty(at, np.uint8)
    for i in range(count):
        start, stop, body = parts[0, i], parts[1, i], parts[2, i]
        at, size = starts[i], parts[3, i] - body
        for j in range(4):
            whole[at + j], whole[at + 4 + size + j] = data[start + j], data[stop - 4 + j]
        for j in range(0, size - 7, 8):
            put_word(whole, at + 4 + j, word_at(data, body + j))
        for j in range(size // 8 * 8, size):
            whole[at + 4 + j] = data[body + j]
    double_hashes(whole, starts, stops, out)


@compiled(f"boolean({BYTES}, uint8[::1])")
def merkle_root(leaves: Array, root: Array) -> Bool:
    """The Merkle root of hashes of 32 bytes, one behind the other (at least one).

    Returns whether two equal neighbours met on the way (CVE-2012-2459).
    """
    state, tail, count = np.empty(16, np.uint32), _room(), len(leaves) // 32
    level = np.empty(32 * (count + 1), np.uint8)
    level[: 32 * count] = leaves
    duplicated = False
    while count > 1:
        for i in range(count // 2):
            same = 0
            while same < 32 and level[64 * i + same] == level[64 * i + 32 + same]:
                same += 1
            duplicated = duplicated or same == 32
        if count % 2:
            level[32 * count : 32 * count + 32] = level[32 * count - 32 : 32 * count]
        count = (count + 1) // 2
        for i in range(0, count, 2):
            one, other = 64 * i, 64 * min(i + 1, count - 1)
            _hash_pair(level, one, one + 64, other, other + 64, state, tail)
            _write_state(state, 0, level, 32 * i)
            if i + 1 < count:
                _write_state(state, 8, level, 32 * i + 32)
    root[:] = level[:32]
    return duplicated
