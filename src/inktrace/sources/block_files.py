"""Which form a block file has, and its blocks one after the other, whatever is between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np

from inktrace.errors import InputError
from inktrace.sources.block_checks import LARGEST_BLOCK_BYTES, BadBlock, has_proof_of_work
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.intake import Intake, TruncatedStream
from inktrace.sources.networks import MAGICS, NETWORKS, Network, network_of_target
from inktrace.sources.streams import open_stream
from inktrace.sources.text_blocks import line_chunks
from inktrace.sources.undo import Undo

__all__ = [
    "BlockScan",
    "Form",
    "deobfuscated",
    "file_form",
    "hex_texts",
    "raw_network",
    "read_key",
    "read_window",
]

WINDOW_BYTES: Final = 2**25
_KEY_BYTES: Final = 8
_FRAME_BYTES: Final = 8
_LEAST_FRAMED_BYTES: Final = HEADER_BYTES + 1
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
            header = data[at + _FRAME_BYTES : at + _FRAME_BYTES + HEADER_BYTES]
            if len(header) == HEADER_BYTES and has_proof_of_work(header, network):
                return network
            at = data.find(magic, at + 1)
    return None


@dataclass
class BlockScan:
    """Goes through the blocks of one file, keeps the good ones and rejects the others."""

    file: Intake
    network: Network
    undo: Undo | None
    row: int = 0  # blocks met so far, good or bad
    _lost: bool = field(default=False)  # after bytes that were reported; no frame found since
    _key: bytes | None = field(default=None)
    _offset: int = field(default=0)  # place of the window's first byte in the file

    def framed(
        self, stream: BinaryIO, head: bytes, key: bytes | None, keep: Callable[[BlockWindow], None]
    ) -> None:
        """Take all framed blocks of a stream; `keep` stores each window's blocks."""
        rest, end = b"", 0
        self._key = key
        for more in _windows(self.file, stream, head):
            data = rest + deobfuscated(more, key, end)
            end += len(more)
            self._offset = end - len(data)
            whole = len(more) < WINDOW_BYTES
            window = BlockWindow(data)
            used = self._scan(window, whole)
            keep(window)
            rest = data[used:]

    def single(self, data: bytes, keep: Callable[[BlockWindow], None]) -> None:
        """Take one raw block; a frame of this network around it is taken off."""
        start = 0
        if data[:4] == self.network.magic:
            start = _FRAME_BYTES if int.from_bytes(data[4:8], "little") == len(data) - 8 else 0
        window = BlockWindow(data)
        self._try(window, start, len(data))
        keep(window)

    def unreadable_hex(self, text: bytes) -> None:
        """Record a line of a hex file that is not hexadecimal."""
        self._reject("this is not hexadecimal text of a block", text)

    def _scan(self, window: BlockWindow, whole: bool) -> int:
        """Take the frames of a window; returns how many of its bytes are done with."""
        data, at = window.data, 0
        while True:
            found = data.find(self.network.magic, at)
            end = found if found >= 0 else len(data) if whole else max(at, len(data) - 3)
            self._report_gap(data, at, end)
            if found < 0:
                return end
            stop = found + _FRAME_BYTES + int.from_bytes(data[found + 4 : found + 8], "little")
            possible = _LEAST_FRAMED_BYTES <= stop - found - _FRAME_BYTES <= LARGEST_BLOCK_BYTES
            needed = stop + 4 if possible else found + _FRAME_BYTES
            if needed > len(data) and not whole:
                return found
            at = self._frame(window, found, stop, possible)

    def _frame(self, window: BlockWindow, found: int, stop: int, possible: bool) -> int:
        """Take one frame; returns where to look for the next."""
        data, start = window.data, found + _FRAME_BYTES
        if self._lost and not has_proof_of_work(
            data[start : start + HEADER_BYTES].ljust(HEADER_BYTES, b"\0"), self.network
        ):
            return found + 1  # the magic stood there by chance
        if not possible or stop > len(data):
            size, there = stop - start, len(data) - start
            if there < 0:
                reason = "the file ends before this block begins"
            elif possible:
                reason = f"the file ends inside this block: {there:,} of {size:,} bytes"
            else:
                reason = f"a block cannot be {size:,} bytes long"
            self._reject(reason, "")
            self._lost = True
            return found + 4
        if self._try(window, start, stop):
            self._lost = False
            return stop
        # Where the next frame follows, the length was right; else it may be what is damaged.
        self._lost = data[stop : stop + 4] not in (self.network.magic, b"")
        return found + 4 if self._lost else stop

    def _try(self, window: BlockWindow, start: int, stop: int) -> bool:
        try:
            window.add(start, stop, self.row + 1, self.network, self.undo)
        except BadBlock as bad:
            self._reject(bad.reason, bad.shown_hash)
            return False
        self.row += 1
        return True

    def _reject(self, reason: str, raw: str | bytes) -> None:
        self.row += 1
        self.file.reject(self.row, None, reason, raw)

    def _report_gap(self, data: bytes, start: int, stop: int) -> None:
        """Bytes between blocks are zeros (space set aside in advance) or damage."""
        gap = data[start:stop]
        # Bitcoin Core does not obfuscate the space that it sets aside.
        if self._lost or _is_zero(gap):
            return
        if _is_zero(deobfuscated(gap, self._key, self._offset + start)):
            return
        self._reject("the bytes before the next block are no block", gap[:32].hex())
        self._lost = True


def _is_zero(data: bytes) -> bool:
    return data.count(b"\0") == len(data)


def read_window(file: Intake, stream: BinaryIO) -> bytes:
    """The next stretch of a stream; one cut short by a broken archive ends there."""
    parts, missing = [], WINDOW_BYTES
    try:
        while missing and (part := stream.read1(missing)):  # type: ignore[attr-defined]
            parts.append(part)
            missing -= len(part)
    except TruncatedStream as error:
        file.reject(0, None, error.what, "")
    return b"".join(parts)


def _windows(file: Intake, stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """All stretches of a stream, beginning with `head`; the last one is short, maybe empty."""
    more = head
    yield more
    while len(more) == WINDOW_BYTES:
        more = read_window(file, stream)
        yield more


def hex_texts(file: Intake, stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """The hex text of each block: one a line, or a single block over many short lines."""
    if len(head.partition(b"\n")[0].strip()) < 2 * _LEAST_FRAMED_BYTES:
        yield b"".join(head.split())  # a window holds the longest block even so
        return
    for lines in line_chunks(_windows(file, stream, head), _LONGEST_HEX):
        yield from (lines.lines or lines.too_long).split()


def raw_network(data: bytes, known: Network | None) -> Network:
    """The network of a block without magic: the one known, else the one its target allows."""
    return known or network_of_target(int.from_bytes(data[72:76], "little"))
