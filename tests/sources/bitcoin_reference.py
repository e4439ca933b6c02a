"""A plain, slow reader and writer of Bitcoin blocks, undo data and addresses.

Written apart from the fast one, straight from the protocol's description, to check it against.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field

REGTEST_MAGIC = bytes.fromhex("fabfb5da")
NULL_TXID = bytes(32)
PRIME = 2**256 - 2**32 - 977


def sha256d(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def compact(number: int) -> bytes:
    if number < 253:
        return bytes([number])
    if number < 2**16:
        return b"\xfd" + struct.pack("<H", number)
    if number < 2**32:
        return b"\xfe" + struct.pack("<I", number)
    return b"\xff" + struct.pack("<Q", number)


@dataclass
class Output:
    value: int
    script: bytes


@dataclass
class Input:
    txid: bytes  # as in the block, last byte of the display form first
    vout: int
    script: bytes = b""
    sequence: int = 0xFFFFFFFF
    witness: list[bytes] = field(default_factory=list)


@dataclass
class Tx:
    inputs: list[Input]
    outputs: list[Output]
    version: int = 2
    lock_time: int = 0

    @property
    def has_witness(self) -> bool:
        return any(one.witness for one in self.inputs)

    def stripped(self) -> bytes:
        return self._head() + self._body() + struct.pack("<I", self.lock_time)

    def whole(self) -> bytes:
        if not self.has_witness:
            return self.stripped()
        witness = b"".join(
            compact(len(one.witness)) + b"".join(compact(len(w)) + w for w in one.witness)
            for one in self.inputs
        )
        return self._head() + b"\0\1" + self._body() + witness + struct.pack("<I", self.lock_time)

    def _head(self) -> bytes:
        return struct.pack("<i", self.version)

    def _body(self) -> bytes:
        made = compact(len(self.inputs))
        for one in self.inputs:
            made += one.txid + struct.pack("<I", one.vout)
            made += compact(len(one.script)) + one.script + struct.pack("<I", one.sequence)
        made += compact(len(self.outputs))
        for output in self.outputs:
            made += struct.pack("<q", output.value) + compact(len(output.script)) + output.script
        return made

    @property
    def txid(self) -> bytes:
        return sha256d(self.stripped())

    @property
    def shown(self) -> str:
        return self.txid[::-1].hex()


def merkle_root(hashes: list[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        if len(level) % 2:
            level.append(level[-1])
        level = [sha256d(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def coinbase(height: int, outputs: list[Output], stated: bytes | None = None) -> Tx:
    if stated is None:
        number = height.to_bytes((height.bit_length() + 8) // 8, "little")
        stated = bytes([len(number)]) + number + b"test"
    return Tx([Input(NULL_TXID, 0xFFFFFFFF, stated)], outputs)


def commit(txs: list[Tx]) -> None:
    """Add the witness commitment to the coinbase, which is the first."""
    txs[0].inputs[0].witness = [bytes(32)]
    root = merkle_root([bytes(32), *(sha256d(tx.whole()) for tx in txs[1:])])
    script = bytes.fromhex("6a24aa21a9ed") + sha256d(root + bytes(32))
    txs[0].outputs.append(Output(0, script))


def block(
    txs: list[Tx],
    previous: bytes = bytes(32),
    time: int = 1_600_000_000,
    bits: int = 0x207FFFFF,
    version: int = 0x20000000,
    root: bytes | None = None,
) -> bytes:
    """A block with proof of work for an easy target."""
    root = merkle_root([tx.txid for tx in txs]) if root is None else root
    body = compact(len(txs)) + b"".join(tx.whole() for tx in txs)
    return (
        mined(struct.pack("<i", version) + previous + root + struct.pack("<II", time, bits)) + body
    )


def mined(start: bytes) -> bytes:
    bits = struct.unpack("<I", start[72:76])[0]
    target = (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3)
    nonce = 0
    while True:
        header = start[:76] + struct.pack("<I", nonce)
        if int.from_bytes(sha256d(header), "little") <= target:
            return header
        nonce += 1


def framed(data: bytes, magic: bytes = REGTEST_MAGIC) -> bytes:
    return magic + struct.pack("<I", len(data)) + data


def xored(data: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[i % 8] for i, byte in enumerate(data))


# ── reading ───────────────────────────────────────────────────────────────────────────────


class Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        assert self.at + size <= len(self.data)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, form: str) -> int:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def compact(self) -> int:
        first = self.take(1)[0]
        return first if first < 253 else self.number({253: "<H", 254: "<I", 255: "<Q"}[first])

    def tx(self) -> Tx:
        version = self.number("<i")
        count = self.compact()
        witness = count == 0
        if witness:
            assert self.take(1) == b"\1"
            count = self.compact()
        inputs = []
        for _ in range(count):
            txid, vout = self.take(32), self.number("<I")
            inputs.append(Input(txid, vout, self.take(self.compact()), self.number("<I")))
        outputs = []
        for _ in range(self.compact()):
            value = self.number("<q")
            outputs.append(Output(value, self.take(self.compact())))
        if witness:
            for one in inputs:
                one.witness = [self.take(self.compact()) for _ in range(self.compact())]
        return Tx(inputs, outputs, version, self.number("<I"))


def read_block(data: bytes) -> list[Tx]:
    reader = Reader(data)
    reader.take(80)
    txs = [reader.tx() for _ in range(reader.compact())]
    assert reader.at == len(data)
    return txs


# ── undo data ─────────────────────────────────────────────────────────────────────────────


def packed_number(number: int) -> bytes:
    digits = [number & 127]
    while number > 127:
        number = (number >> 7) - 1
        digits.append((number & 127) | 128)
    return bytes(reversed(digits))


def packed_amount(amount: int) -> int:
    if amount == 0:
        return 0
    exponent = 0
    while amount % 10 == 0 and exponent < 9:
        amount, exponent = amount // 10, exponent + 1
    if exponent < 9:
        return 1 + ((amount // 10) * 9 + amount % 10 - 1) * 10 + exponent
    return 1 + (amount - 1) * 10 + 9


def packed_script(script: bytes) -> bytes:
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return b"\0" + script[3:23]
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return b"\1" + script[2:22]
    if len(script) == 35 and script[0] == 33 and script[1] in (2, 3) and script[34] == 0xAC:
        return script[1:2] + script[2:34]
    if len(script) == 67 and script[0] == 65 and script[1] == 4 and script[66] == 0xAC:
        return bytes([4 | script[65] & 1]) + script[2:34]
    return packed_number(len(script) + 6) + script


def undo_record(spent: list[list[Output]], height: int = 5) -> bytes:
    """A block's undo data as Bitcoin Core writes it."""
    made = compact(len(spent))
    for outputs in spent:
        made += compact(len(outputs))
        for output in outputs:
            made += packed_number(height * 2) + (b"\0" if height else b"")
            made += packed_number(packed_amount(output.value)) + packed_script(output.script)
    return made


def framed_undo(record: bytes, previous: bytes) -> bytes:
    size = struct.pack("<I", len(record))
    return REGTEST_MAGIC + size + record + sha256d(previous + record)


def full_key(x: int) -> bytes | None:
    """The uncompressed public key with this x, if there is a point."""
    y = pow(x**3 + 7, (PRIME + 1) // 4, PRIME)
    if (y * y - x**3 - 7) % PRIME:
        return None
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


# ── addresses ─────────────────────────────────────────────────────────────────────────────

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base58check(payload: bytes) -> str:
    data = payload + sha256d(payload)[:4]
    number, made = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        made = BASE58[digit] + made
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + made


def segwit_address(human: str, version: int, program: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in program)
    bits += "0" * (-len(bits) % 5)
    values = [version] + [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    spread = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    wanted = 1 if version == 0 else 0x2BC830A3
    check = polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ wanted
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return human + "1" + "".join(BECH32[value] for value in values)


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    return check
