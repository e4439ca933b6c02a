"""Which form a block file has: framed by a network's magic, one raw block, or hex text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np

from inktrace.errors import InputError
from inktrace.sources.block_checks import LARGEST_BLOCK_BYTES, has_proof_of_work
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.intake import Intake, TruncatedStream
from inktrace.sources.networks import MAGICS, NETWORKS, Network, network_of_target
from inktrace.sources.streams import open_stream
from inktrace.sources.text_blocks import line_chunks

__all__ = [
    "FRAME_BYTES",
    "LEAST_FRAMED_BYTES",
    "WINDOW_BYTES",
    "Form",
    "deobfuscated",
    "file_form",
    "fill_window",
    "hex_texts",
    "raw_network",
    "read_key",
    "read_window",
]

WINDOW_BYTES: Final = 2**25
_KEY_BYTES: Final = 8
FRAME_BYTES: Final = 8
LEAST_FRAMED_BYTES: Final = HEADER_BYTES + 1
_LONGEST_HEX: Final = 3 * LARGEST_BLOCK_BYTES
_HEX_DIGITS: Final = frozenset(b"0123456789abcdefABCDEF \t\r\n")


@dataclass(frozen=True)
class Form:
    """How a file holds its blocks: framed by a network's magic, one raw block, or hex text."""

    kind: Literal["framed", "raw", "hex"]
    network: Network | None
    key: bytes | None


def read_key(folder: Path) -> bytes | None:
    """The key that Bitcoin Core obfuscated the files of this folder with; none without xor.dat.

    Raises InputError where xor.dat is not eight bytes.
    """
    path = folder / "xor.dat"
    if not path.is_file():
        return None
    with closing(open_stream(path)) as stream:
        key = stream.read(_KEY_BYTES + 1)
    if len(key) != _KEY_BYTES:
        raise InputError(
            "an obfuscation key has 8 bytes, this has another length",
            where=path,
            do="copy xor.dat again from where the blocks came from",
        )
    return key


def deobfuscated(data: bytes, key: bytes | None, offset: int) -> bytes:
    """The bytes before Bitcoin Core XORed them; `offset` is their place in the file."""
    if not key or not any(key) or not data:
        return data
    turn = offset % _KEY_BYTES
    pad = np.frombuffer((key[turn:] + key[:turn]) * (len(data) // _KEY_BYTES + 1), np.uint8)
    return (np.frombuffer(data, np.uint8) ^ pad[: len(data)]).tobytes()


def file_form(head: bytes, key: bytes | None) -> Form:
    """Tell the form of a file from its first bytes.

    A damaged start does not hide the rest: where no form fits, a frame with a header that has
    proof of work is looked for further on.
    """
    for tried in (None, key) if key else (None,):
        if network := MAGICS.get(deobfuscated(head[:4], tried, 0)):
            return Form("framed", network, tried)
    if len(head) >= 16 and _HEX_DIGITS.issuperset(head[: 2 * HEADER_BYTES]):
        return Form("hex", None, None)
    if not has_proof_of_work(head[:HEADER_BYTES], NETWORKS["regtest"]):
        for tried in (key, None) if key else (None,):
            if network := _later_frame(deobfuscated(head, tried, 0)):
                return Form("framed", network, tried)
    return Form("raw", None, None)


def _later_frame(data: bytes) -> Network | None:
    for magic, network in MAGICS.items():
        at = data.find(magic)
        while at >= 0:
            header = data[at + FRAME_BYTES : at + FRAME_BYTES + HEADER_BYTES]
            if len(header) == HEADER_BYTES and has_proof_of_work(header, network):
                return network
            at = data.find(magic, at + 1)
    return None


def read_window(file: Intake, stream: BinaryIO) -> bytes:
    """The next stretch of a stream; one cut short by a broken archive ends there."""
    room = bytearray(WINDOW_BYTES)
    size, damage = fill_window(stream, memoryview(room))
    if damage is not None:
        file.reject(0, None, damage, "")
    return bytes(memoryview(room)[:size])


def fill_window(stream: BinaryIO, room: memoryview) -> tuple[int, str | None]:
    """Fill the room from a stream: the bytes read, and why a broken archive ended too early.

    Fewer bytes than there is room for are read only at the end of the stream.
    """
    done = 0
    try:
        while done < len(room) and (more := stream.readinto1(room[done:])):  # type: ignore[attr-defined]
            done += more
    except TruncatedStream as error:
        return done, error.what
    return done, None


def _windows(file: Intake, stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """All stretches of a stream, beginning with `head`; the last one is short, maybe empty."""
    more = head
    yield more
    while len(more) == WINDOW_BYTES:
        more = read_window(file, stream)
        yield more


def hex_texts(file: Intake, stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """The hex text of each block: one a line, or a single block over many short lines."""
    if len(head.partition(b"\n")[0].strip()) < 2 * LEAST_FRAMED_BYTES:
        yield b"".join(head.split())  # a window holds the longest block even so
        return
    for lines in line_chunks(_windows(file, stream, head), _LONGEST_HEX):
        yield from (lines.lines or lines.too_long).split()


def raw_network(data: bytes, known: Network | None) -> Network:
    """The network of a block without magic: the one known, else the one its target allows."""
    return known or network_of_target(int.from_bytes(data[72:76], "little"))
