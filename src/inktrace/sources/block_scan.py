"""The blocks of one file one after the other, whatever is between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from inktrace.sources.block_checks import LARGEST_BLOCK_BYTES, BadBlock, has_proof_of_work
from inktrace.sources.block_files import (
    FRAME_BYTES,
    LEAST_FRAMED_BYTES,
    WINDOW_BYTES,
    deobfuscated,
    fill_window,
)
from inktrace.sources.block_format import BlockWindow, Room
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.byte_kernels import xor_bytes
from inktrace.sources.intake import Intake
from inktrace.sources.networks import Network
from inktrace.sources.streams import SourceStream
from inktrace.sources.undo import Undo

__all__ = ["BlockScan"]

# A whole frame may be left over from one window to the next.
_ROOM_BYTES: Final = WINDOW_BYTES + FRAME_BYTES + LARGEST_BLOCK_BYTES + 4
_ROOMS: Final = 2  # one being filled, one being stored
_BLANK_BYTES: Final = 8  # no block ends in so many zeros but one whose end is not written yet


@dataclass
class BlockScan:
    """Goes through the blocks of one file, keeps the good ones and rejects the others.

    `first_row` and `offset` say how many blocks were met, and bytes read, when the file was
    added before. Where `is_growing`, a last block that is not whole is left for the next time.
    """

    file: Intake
    network: Network
    undo: Undo | None
    row: int = 0  # blocks met so far, good or bad
    offset: int = 0  # place of the window's first byte in the file
    is_growing: bool = False
    done: int = field(default=0)  # place behind the last block that was kept or rejected …
    done_row: int = field(default=0)  # … and the blocks met before it
    unfinished: str | None = field(default=None)  # what is to be said of the last block, if any
    _lost: bool = field(default=False)  # after bytes that were reported; no frame found since
    _key: bytes | None = field(default=None)
    _told: list[tuple[int, str | None, str, str | bytes]] = field(default_factory=list)

    def framed(self, stream: SourceStream, key: bytes | None) -> Iterator[BlockWindow]:
        """All framed blocks of a stream, a stretch at a time.

        A window's memory is used again for the one after the next.
        """
        self._key, self.done, self.done_row = key, self.offset, self.row
        rooms: list[Room] = []
        rest, whole = b"", False
        while not whole:
            room = Room(_ROOM_BYTES) if len(rooms) < _ROOMS else rooms.pop(0)
            rooms.append(room)
            start = len(rest)
            view = memoryview(room.data)
            view[:start] = rest
            more, damage = fill_window(stream, view[start : start + WINDOW_BYTES])
            if damage is not None:
                self._told.append((0, None, damage, ""))
            whole = more < WINDOW_BYTES
            if key and any(key):
                new = np.frombuffer(view[start : start + more], np.uint8)
                xor_bytes(new, np.frombuffer(key, np.uint8), self.offset + start)
            window = BlockWindow(room.data, start + more, room)
            used = self._scan(window, whole)
            rest = bytes(room.data[used : window.size])
            self.offset += used
            window.position = stream.position
            yield self._finished(window)

    def single(self, data: bytes) -> BlockWindow:
        """One raw block; a frame of this network around it is taken off."""
        start = 0
        if data[:4] == self.network.magic:
            start = FRAME_BYTES if int.from_bytes(data[4:8], "little") == len(data) - 8 else 0
        window = BlockWindow(data)
        self._try(window, start, len(data))
        return self._finished(window)

    def unreadable_hex(self, text: bytes) -> None:
        """Record a line of a hex file that is not hexadecimal."""
        self.row += 1
        self.file.reject(self.row, None, "this is not hexadecimal text of a block", text)

    def _finished(self, window: BlockWindow) -> BlockWindow:
        window.rejects, self._told = self._told, []
        return window

    def _scan(self, window: BlockWindow, whole: bool) -> int:
        """Take the frames of a window; returns how many of its bytes are done with."""
        data, size, at = window.data, window.size, 0
        while True:
            found = data.find(self.network.magic, at, size)
            end = found if found >= 0 else size if whole else max(at, size - 3)
            self._report_gap(window, at, end, whole and found < 0)
            if found < 0:
                return end
            stop = found + FRAME_BYTES + window.number(found + 4)
            possible = LEAST_FRAMED_BYTES <= stop - found - FRAME_BYTES <= LARGEST_BLOCK_BYTES
            needed = stop + 4 if possible else found + FRAME_BYTES
            if needed > size and not whole:
                return found
            if whole and self._is_unfinished(window, found, stop, possible):
                return size
            at = self._frame(window, found, stop, possible)
            if not self._lost:
                self.done, self.done_row = self.offset + at, self.row

    def _frame(self, window: BlockWindow, found: int, stop: int, possible: bool) -> int:
        """Take one frame; returns where to look for the next."""
        start = found + FRAME_BYTES
        if self._lost and not has_proof_of_work(_header(window, start), self.network):
            return found + 1  # the magic stood there by chance
        if not possible or stop > window.size:
            size, there = stop - start, window.size - start
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
        following = bytes(window.data[stop : min(stop + 4, window.size)])
        self._lost = following not in (self.network.magic, b"")
        return found + 4 if self._lost else stop

    def _is_unfinished(self, window: BlockWindow, found: int, stop: int, possible: bool) -> bool:
        """Whether this frame is one that a node is still writing: the last, and not whole."""
        if not self.is_growing or self._lost:
            return False
        start, size = found + FRAME_BYTES, window.size
        there = f"{max(size - start, 0):,} of {stop - start:,} bytes"
        if possible and stop <= size:
            blank = self._blank_from(window, stop - _BLANK_BYTES)
            if not blank or _is_sound(window, start, stop, self.network):
                return False
            there = "its end is not written yet"
        elif stop == start:
            if not self._blank_from(window, start):
                return False
            there = "only its frame is written"
        elif not possible and size >= start:
            return False
        elif window.data.find(self.network.magic, found + 4, size) >= 0:
            return False  # other blocks follow: the length is wrong, not the file short
        self.unfinished = f"the last block is not whole ({there}): add the file again later"
        return True

    def _blank_from(self, window: BlockWindow, start: int) -> bool:
        # Nearly always the first bytes tell, and the rest of a window is long.
        first = bytes(window.data[start : min(start + _BLANK_BYTES, window.size)])
        if not self._is_blank(first, start):
            return False
        return self._is_blank(bytes(window.data[start : window.size]), start)

    def _is_blank(self, data: bytes, start: int) -> bool:
        """Whether nothing was written here: Bitcoin Core obfuscates no space it sets aside."""
        return _is_zero(data) or _is_zero(deobfuscated(data, self._key, self.offset + start))

    def _is_frame_begun(self, gap: bytes, start: int) -> bool:
        """Whether the first bytes of a frame were written and no more."""
        magic = self.network.magic
        begun = next(i for i in range(len(magic) + 1) if gap[i : i + 1] != magic[i : i + 1])
        return begun > 0 and self._is_blank(gap[begun:], start + begun)

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
        self._told.append((self.row, None, reason, raw))

    def _report_gap(self, window: BlockWindow, start: int, stop: int, is_last: bool) -> None:
        """Bytes between blocks are zeros (space set aside in advance) or damage."""
        if start >= stop or self._lost:
            return
        gap = bytes(window.data[start:stop])
        if self._is_blank(gap, start):
            return
        if is_last and self.is_growing and self._is_frame_begun(gap, start):
            return
        self._reject("the bytes before the next block are no block", gap[:32].hex())
        self._lost = True


def _header(window: BlockWindow, start: int) -> bytes:
    stop = min(start + HEADER_BYTES, window.size)
    return bytes(window.data[start:stop]).ljust(HEADER_BYTES, b"\0")


def _is_sound(window: BlockWindow, start: int, stop: int, network: Network) -> bool:
    """Whether a block passes every check, tried on a copy."""
    data = bytes(window.data[start:stop])
    try:
        BlockWindow(data).add(0, len(data), 1, network, None)
    except BadBlock:
        return False
    return True


def _is_zero(data: bytes) -> bool:
    return data.count(b"\0") == len(data)
