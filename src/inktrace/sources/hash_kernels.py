"""Compiled SHA-256: ids of transactions, Merkle roots and checksums, many in one call.

A call of hashlib for each hash costs more than the hash itself. Where the processor has
instructions for SHA-256 they are used, else the rounds are written out; both give the same.

References: FIPS 180-4; Intel SHA Extensions (2013); Bitcoin Core, src/consensus/merkle.cpp.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from inktrace.compiled import BYTES, compiled

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
_FEBA, _PLACES = (5, 4, 1, 0, 7, 6, 3, 2), np.array([3, 2, 7, 6, 1, 0, 5, 4])
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
    context: Any, state: Any, data: Any, at: Any, blocks: Any
) -> tuple[Any, Any]:  # pragma: no cover - runs while compiling
    """Take 64-byte blocks from data[at:] into the state (8 words, in the order f e b a …)."""

    def emit(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        places = [
            target.make_array(kind)(target, builder, value).data
            for kind, value in zip(signature.args[:2], given[:2], strict=True)
        ]
        first = builder.bitcast(places[0], _FOUR.as_pointer())
        second = builder.gep(first, [ir.Constant(_WORD, 1)])
        start, entry = builder.gep(places[1], [given[2]]), builder.block
        halves = [builder.load(first, align=4), builder.load(second, align=4)]
        loop = builder.append_basic_block("sha256.block")
        end = builder.append_basic_block("sha256.end")
        builder.branch(loop)
        builder.position_at_end(loop)
        number = builder.phi(_PLACE)
        before = [builder.phi(_FOUR), builder.phi(_FOUR)]
        after = _emit_block(builder, start, number, before)
        following = builder.add(number, ir.Constant(_PLACE, 1))
        number.add_incoming(ir.Constant(_PLACE, 0), entry)
        number.add_incoming(following, loop)
        for joined, old, new in zip(before, halves, after, strict=True):
            joined.add_incoming(old, entry)
            joined.add_incoming(new, loop)
        builder.cbranch(builder.icmp_signed("<", following, given[3]), loop, end)
        builder.position_at_end(end)
        builder.store(after[0], first, align=4)
        builder.store(after[1], second, align=4)
        return target.get_dummy_value()

    del context, at, blocks
    return types.void(state, data, types.int64, types.int64), emit


def _emit_block(builder: Any, start: Any, number: Any, before: list[Any]) -> list[Any]:
    """The 64 rounds of one block: four at a time, the words of the message made on the way."""

    def four(values: Any) -> Any:
        return ir.Constant(_FOUR, [ir.Constant(_WORD, int(value)) for value in values])

    def called(name: str, *given: Any) -> Any:
        kind = ir.FunctionType(_FOUR, [_FOUR] * len(given))
        known = builder.module.globals.get(name)
        return builder.call(known or ir.Function(builder.module, kind, name), given)

    block = builder.gep(start, [builder.mul(number, ir.Constant(_PLACE, 64))])
    words = builder.bitcast(block, _FOUR.as_pointer())
    message = [
        called(
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
                called("llvm.x86.sha256msg1", one, two),
                builder.shuffle_vector(three, last, four((1, 2, 3, 4))),
            )
            one = message[i % 4] = called("llvm.x86.sha256msg2", mixed, last)
        keyed = builder.add(one, four(_ROUNDS[4 * i : 4 * i + 4]))
        hgdc = called("llvm.x86.sha256rnds2", hgdc, feba, keyed)
        high = builder.shuffle_vector(keyed, keyed, four((2, 3, 0, 0)))
        feba = called("llvm.x86.sha256rnds2", feba, hgdc, high)
    return [builder.add(feba, before[0]), builder.add(hgdc, before[1])]


@compiled("uint32(uint32, int64)")
def _turned(word: Array, by: Int) -> Array:
    return np.uint32((word >> np.uint32(by)) | (word << np.uint32(32 - by)))


@compiled(f"void(uint32[::1], {BYTES}, int64, int64)")
def written_out(state: Array, data: Array, at: Int, blocks: Int) -> None:
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
        f, e, b, a = state[0], state[1], state[2], state[3]
        h, g, d, c = state[4], state[5], state[6], state[7]
        for i in range(64):
            turned = _turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)
            one = np.uint32(h + turned + ((e & f) ^ (~e & g)) + _ROUNDS[i] + w[i])
            turned = _turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)
            two = np.uint32(turned + ((a & b) ^ (a & c) ^ (b & c)))
            h, g, f, e = g, f, e, np.uint32(d + one)
            d, c, b, a = c, b, a, np.uint32(one + two)
        state[0] += f
        state[1] += e
        state[2] += b
        state[3] += a
        state[4] += h
        state[5] += g
        state[6] += d
        state[7] += c


_take_blocks: Any = _by_instructions if HAS_INSTRUCTIONS else written_out


@compiled("void(uint32[::1], uint8[::1], int64)")
def _write_state(state: Array, out: Array, at: Int) -> None:
    for i in range(8):
        word = state[_PLACES[i]]
        out[at + 4 * i] = word >> np.uint32(24)
        out[at + 4 * i + 1] = (word >> np.uint32(16)) & np.uint32(255)
        out[at + 4 * i + 2] = (word >> np.uint32(8)) & np.uint32(255)
        out[at + 4 * i + 3] = word & np.uint32(255)


@compiled(f"void({BYTES}, int64, int64, uint32[::1], uint8[::1], uint8[::1], int64)")
def _hash_twice(
    data: Array, start: Int, stop: Int, state: Array, tail: Array, out: Array, at: Int
) -> None:
    """SHA-256 of SHA-256 of data[start:stop] into out[at:]; `state` and `tail` are room to work.

    `state` has 8 words; `tail` 192 bytes, the last 64 of them as `_room` made them.
    """
    for i in range(8):
        state[i] = _START_FEBA[i]
    size = stop - start
    whole = size // 64
    if whole:
        _take_blocks(state, data, start, whole)
    left, rest = size - 64 * whole, start + 64 * whole
    for i in range(left):
        tail[i] = data[rest + i]
    tail[left] = 0x80
    end = 64 if left < 56 else 128
    for i in range(left + 1, end - 8):
        tail[i] = 0
    for i in range(8):
        tail[end - 1 - i] = (size * 8 >> 8 * i) & 255
    _take_blocks(state, tail, 0, end // 64)
    _write_state(state, tail, 128)
    for i in range(8):
        state[i] = _START_FEBA[i]
    _take_blocks(state, tail, 128, 1)
    _write_state(state, out, at)


@compiled("uint8[::1]()")
def _room() -> Array:
    """Working room, its end prepared as the block that a hash of 32 bytes is hashed in."""
    tail = np.zeros(192, np.uint8)
    tail[160], tail[190] = 0x80, 1  # 256 bits
    return tail


@compiled(f"void({BYTES}, int64[::1], int64[::1], uint8[::1])")
def double_hashes(data: Array, starts: Array, stops: Array, out: Array) -> None:
    """SHA-256 of the SHA-256 of each slice of the data, 32 bytes each, one behind the other."""
    state, tail = np.empty(8, np.uint32), _room()
    for i in range(len(starts)):
        _hash_twice(data, starts[i], stops[i], state, tail, out, 32 * i)


@compiled(f"void({BYTES}, int64[:, ::1], uint8[::1])")
def stripped_hashes(data: Array, parts: Array, out: Array) -> None:
    """Double SHA-256 of transactions without their witnesses (BIP 141), 32 bytes each.

    Rows of `parts`: start and stop of the transaction, start and stop of its inputs and
    outputs. Version and lock time are its first and last four bytes.
    """
    state, tail = np.empty(8, np.uint32), _room()
    longest = np.int64(0)
    for i in range(parts.shape[1]):
        longest = max(longest, parts[3, i] - parts[2, i] + 8)
    whole = np.empty(longest, np.uint8)
    for i in range(parts.shape[1]):
        start, stop, body, body_stop = parts[0, i], parts[1, i], parts[2, i], parts[3, i]
        size = body_stop - body
        for j in range(4):
            whole[j], whole[4 + size + j] = data[start + j], data[stop - 4 + j]
        for j in range(size):
            whole[4 + j] = data[body + j]
        _hash_twice(whole, 0, size + 8, state, tail, out, 32 * i)


@compiled(f"boolean({BYTES}, uint8[::1])")
def merkle_root(leaves: Array, root: Array) -> Bool:
    """The Merkle root of hashes of 32 bytes, one behind the other (at least one).

    Returns whether two equal neighbours met on the way (CVE-2012-2459).
    """
    state, tail, count = np.empty(8, np.uint32), _room(), len(leaves) // 32
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
        for i in range(count):
            _hash_twice(level, 64 * i, 64 * i + 64, state, tail, level, 32 * i)
    root[:] = level[:32]
    return duplicated
