"""Compiled loops between output scripts and address strings: base58 and bech32(m).

The checksums of base58 are left to hashlib, whose SHA-256 is faster than any loop here.

References: BIP 13 (base58check of script hashes), BIP 141 (witness programs), BIP 173 and
BIP 350 (bech32, bech32m).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from inktrace.compiled import BYTES, OFFSETS, compiled

Array = Any  # NumPy arrays of the types that each signature names
Int = Any  # 64-bit, as the signatures say
Bool = Any

# Codes of script types, in the order of script.SCRIPT_TYPES.
P2PK, P2PKH, P2SH, P2WPKH, P2WSH, P2TR, MULTISIG, OP_RETURN, WITNESS, NONSTANDARD = range(10)
LONGEST_ADDRESS: Final = 80  # a 40-byte witness program of regtest takes 76

_BASE58: Final = np.frombuffer(
    b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", np.uint8
)
_BECH32: Final = np.frombuffer(b"qpzry9x8gf2tvdw0s3jn54khce6mua7l", np.uint8)


def _values(alphabet: Array) -> Array:
    values = np.full(256, -1, np.int64)
    values[alphabet] = np.arange(len(alphabet))
    return values


_BASE58_VALUE: Final = _values(_BASE58)
_BECH32_VALUE: Final = _values(_BECH32)
_GENERATOR: Final = np.array([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3])
_BECH32_SUM, _BECH32M_SUM = 1, 0x2BC830A3
_FIVE_DIGITS: Final = 58**5


@compiled("int64(uint8[::1], uint8[::1], int64)")
def _write_base58(payload: Array, out: Array, at: Int) -> Int:
    """Append 25 bytes in base 58; returns the new end of `out`."""
    limbs = np.zeros(7, np.uint64)
    for i in range(25):
        limbs[(i + 3) // 4] |= np.uint64(payload[i]) << np.uint64(8 * (3 - (i + 3) % 4))
    digits = np.zeros(35, np.int64)
    for group in range(7):
        rest = np.uint64(0)
        for limb in range(7):
            rest = (rest << np.uint64(32)) | limbs[limb]
            limbs[limb] = rest // np.uint64(_FIVE_DIGITS)
            rest = rest % np.uint64(_FIVE_DIGITS)
        left = np.int64(rest)
        for i in range(5):
            digits[34 - 5 * group - i] = left % 58
            left //= 58
    zeros = 0
    while zeros < 25 and payload[zeros] == 0:
        out[at] = _BASE58[0]
        at, zeros = at + 1, zeros + 1
    first = 0
    while first < 35 and digits[first] == 0:
        first += 1
    for i in range(first, 35):
        out[at] = _BASE58[digits[i]]
        at += 1
    return at


@compiled("int64(int64, int64)")
def _polymod(check: Int, value: Int) -> Int:
    top = check >> 25
    check = ((check & 0x1FFFFFF) << 5) ^ value
    for i in range(5):
        if (top >> i) & 1:
            check ^= _GENERATOR[i]
    return check


@compiled(f"int64({BYTES})")
def _human_check(human: Array) -> Int:
    check = 1
    for letter in human:
        check = _polymod(check, np.int64(letter >> 5))
    check = _polymod(check, 0)
    for letter in human:
        check = _polymod(check, np.int64(letter & 31))
    return check


@compiled(f"int64({BYTES}, int64, int64, int64, {BYTES}, uint8[::1], int64)")
def _write_bech32(
    data: Array, start: Int, stop: Int, version: Int, human: Array, out: Array, at: Int
) -> Int:
    """Append a witness program's address; returns the new end of `out`."""
    for letter in human:
        out[at] = letter
        at += 1
    out[at] = 49  # "1"
    at += 1
    check = _polymod(_human_check(human), version)
    out[at] = _BECH32[version]
    at += 1
    waiting: Int = 0
    bits = 0
    for i in range(start, stop):
        waiting = ((waiting << 8) | np.int64(data[i])) & 0xFFFF
        bits += 8
        while bits >= 5:
            bits -= 5
            value = (waiting >> bits) & 31
            check = _polymod(check, value)
            out[at] = _BECH32[value]
            at += 1
    if bits:
        value = (waiting << (5 - bits)) & 31
        check = _polymod(check, value)
        out[at] = _BECH32[value]
        at += 1
    for _ in range(6):
        check = _polymod(check, 0)
    check ^= _BECH32_SUM if version == 0 else _BECH32M_SUM
    for i in range(6):
        out[at] = _BECH32[(check >> (5 * (5 - i))) & 31]
        at += 1
    return at


@compiled(f"boolean({BYTES}, int64, int64)")
def _is_key(data: Array, start: Int, size: Int) -> Bool:
    first = data[start]
    if size == 33:
        return first == 2 or first == 3
    return size == 65 and (first == 4 or first == 6 or first == 7)


@compiled(f"boolean({BYTES}, int64, int64)")
def _is_multisig(data: Array, start: Int, stop: Int) -> Bool:
    """OP_m key … key OP_n OP_CHECKMULTISIG, with 1 ≤ m ≤ n ≤ 16."""
    if stop - start < 37 or data[stop - 1] != 0xAE:
        return False
    needed, total = np.int64(data[start]) - 0x50, np.int64(data[stop - 2]) - 0x50
    at, keys = start + 1, 0
    while at < stop - 2:
        size = np.int64(data[at])
        if (size != 33 and size != 65) or at + 1 + size > stop - 2:
            return False
        if not _is_key(data, at + 1, size):
            return False
        at, keys = at + 1 + size, keys + 1
    return 1 <= needed <= total <= 16 and keys == total


@compiled(f"int64({BYTES}, int64, int64)")
def _kind(data: Array, start: Int, stop: Int) -> Int:
    size = stop - start
    if size == 0:
        return NONSTANDARD
    first = data[start]
    if first == 0x6A:
        return OP_RETURN
    if size == 25 and first == 0x76 and data[start + 1] == 0xA9 and data[start + 2] == 20:
        if data[stop - 2] == 0x88 and data[stop - 1] == 0xAC:
            return P2PKH
        return NONSTANDARD
    if size == 23 and first == 0xA9 and data[start + 1] == 20 and data[stop - 1] == 0x87:
        return P2SH
    if 4 <= size <= 42 and np.int64(data[start + 1]) == size - 2:
        if first == 0 and size == 22:
            return P2WPKH
        if first == 0 and size == 34:
            return P2WSH
        if first == 0x51 and size == 34:
            return P2TR
        if 0x51 <= first <= 0x60:
            return WITNESS
    if (size == 35 or size == 67) and data[stop - 1] == 0xAC and np.int64(first) == size - 2:
        return P2PK if _is_key(data, start + 1, size - 2) else NONSTANDARD
    return MULTISIG if _is_multisig(data, start, stop) else NONSTANDARD


@compiled(f"void({BYTES}, {OFFSETS}, int64, int64, uint8[::1], uint8[:, ::1])")
def classify(
    data: Array,
    offsets: Array,
    pubkey_prefix: Int,
    script_prefix: Int,
    kinds: Array,
    payloads: Array,
) -> None:
    """Type of every script; for P2PKH and P2SH also prefix and hash, 21 of 25 bytes."""
    for i in range(len(offsets) - 1):
        start = offsets[i]
        kind = _kind(data, start, offsets[i + 1])
        kinds[i] = kind
        if kind in (P2PKH, P2SH):
            payloads[i, 0] = pubkey_prefix if kind == P2PKH else script_prefix
            skip = 3 if kind == P2PKH else 2
            for j in range(20):
                payloads[i, 1 + j] = data[start + skip + j]


@compiled(f"int64({BYTES}, {OFFSETS}, uint8[::1], uint8[:, ::1], {BYTES}, uint8[::1], int64[::1])")
def write_addresses(
    data: Array,
    offsets: Array,
    kinds: Array,
    payloads: Array,
    human: Array,
    text: Array,
    text_offsets: Array,
) -> Int:
    """Address of every classified script; returns the length of all of them together."""
    at = 0
    text_offsets[0] = 0
    for i in range(len(offsets) - 1):
        start, kind = offsets[i], kinds[i]
        if kind in (P2PKH, P2SH):
            at = _write_base58(payloads[i], text, at)
        elif P2WPKH <= kind <= P2TR or kind == WITNESS:
            version = np.int64(data[start]) - 0x50 if data[start] else 0
            at = _write_bech32(data, start + 2, offsets[i + 1], version, human, text, at)
        text_offsets[i + 1] = at
    return at


@compiled(f"boolean({BYTES}, int64, int64, uint8[::1])")
def _read_base58(text: Array, start: Int, stop: Int, payload: Array) -> Bool:
    """Decode base 58 into exactly 25 bytes; false where it is not that."""
    limbs = np.zeros(7, np.uint64)
    for i in range(start, stop):
        value = _BASE58_VALUE[text[i]]
        if value < 0:
            return False
        carry = np.uint64(value)
        for limb in range(6, -1, -1):
            carry += limbs[limb] * np.uint64(58)
            limbs[limb] = carry & np.uint64(0xFFFFFFFF)
            carry >>= np.uint64(32)
    if limbs[0] > np.uint64(255):
        return False
    for i in range(25):
        payload[i] = (limbs[(i + 3) // 4] >> np.uint64(8 * (3 - (i + 3) % 4))) & np.uint64(255)
    ones, zeros = 0, 0
    while start + ones < stop and text[start + ones] == _BASE58[0]:
        ones += 1
    while zeros < 25 and payload[zeros] == 0:
        zeros += 1
    return ones == zeros


@compiled(f"int64({BYTES}, int64, int64, uint8[::1])")
def _read_bech32(text: Array, start: Int, stop: Int, program: Array) -> Int:
    """Decode a segwit address into version, size and program bytes; returns its network group.

    Groups: 1 bc, 2 tb, 3 bcrt; 0 where the text is no valid segwit address.
    """
    if stop - start > 90:
        return 0
    upper, lower, mark = False, False, -1
    for i in range(start, stop):
        if 65 <= text[i] <= 90:
            upper = True
        elif 97 <= text[i] <= 122:
            lower = True
        elif text[i] == 49:
            mark = i
    size = stop - mark - 1
    if (upper and lower) or mark < 0 or size < 7:
        return 0
    human = np.zeros(mark - start, np.uint8)
    for i in range(start, mark):
        human[i - start] = text[i] | 32 if upper else text[i]
    group = 0
    if len(human) == 2 and human[1] == 99 and human[0] == 98:
        group = 1
    elif len(human) == 2 and human[0] == 116 and human[1] == 98:
        group = 2
    elif len(human) == 4 and human[0] == 98 and human[1] == 99:
        group = 3 if human[2] == 114 and human[3] == 116 else 0
    if group == 0:
        return 0
    check, waiting, bits, count = _human_check(human), 0, 0, 0
    version: Int = 0
    for i in range(mark + 1, stop):
        letter = text[i] | 32 if upper and text[i] >= 65 else text[i]
        value = _BECH32_VALUE[letter]
        if value < 0:
            return 0
        check = _polymod(check, value)
        if i == mark + 1:
            version = value
        elif i < stop - 6:
            waiting, bits = ((waiting << 5) | value) & 0xFFF, bits + 5
            if bits >= 8:
                bits -= 8
                if count == 40:
                    return 0
                program[2 + count] = (waiting >> bits) & 255
                count += 1
    if version > 16 or check != (_BECH32_SUM if version == 0 else _BECH32M_SUM):
        return 0
    if bits >= 5 or waiting & ((1 << bits) - 1) or count < 2:
        return 0
    if version == 0 and count != 20 and count != 32:
        return 0
    program[0] = version + 0x50 if version else 0
    program[1] = count
    return group


@compiled(f"void({BYTES}, {OFFSETS}, uint8[:, ::1], uint8[::1])")
def read_base58(text: Array, offsets: Array, payloads: Array, readable: Array) -> None:
    """The 25 bytes of every text that is base 58 of so many; its checksum is not looked at."""
    for i in range(len(offsets) - 1):
        start, stop = offsets[i], offsets[i + 1]
        readable[i] = 25 <= stop - start <= 36 and _read_base58(text, start, stop, payloads[i])


@compiled(f"int64({BYTES}, {OFFSETS}, uint8[:, ::1], uint8[::1], uint8[::1], int64[::1])")
def write_scripts(
    text: Array,
    offsets: Array,
    payloads: Array,
    groups: Array,
    scripts: Array,
    script_offsets: Array,
) -> Int:
    """The script of every address; an address that is not valid gives an empty script.

    `groups` comes with the group of each valid base58 address (0 for the others) and leaves
    with that of every valid address. Returns the length of all scripts together.
    """
    program = np.zeros(42, np.uint8)
    at: Int = 0
    script_offsets[0] = 0
    for i in range(len(offsets) - 1):
        prefix = payloads[i, 0]
        if groups[i] and (prefix == 0 or prefix == 111):
            scripts[at], scripts[at + 1], scripts[at + 2] = 0x76, 0xA9, 20
            for j in range(20):
                scripts[at + 3 + j] = payloads[i, 1 + j]
            scripts[at + 23], scripts[at + 24] = 0x88, 0xAC
            at += 25
        elif groups[i]:
            scripts[at], scripts[at + 1] = 0xA9, 20
            for j in range(20):
                scripts[at + 2 + j] = payloads[i, 1 + j]
            scripts[at + 22] = 0x87
            at += 23
        else:
            groups[i] = _read_bech32(text, offsets[i], offsets[i + 1], program)
            if groups[i]:
                for j in range(np.int64(program[1]) + 2):
                    scripts[at + j] = program[j]
                at = at + np.int64(program[1]) + 2
        script_offsets[i + 1] = at
    return at
