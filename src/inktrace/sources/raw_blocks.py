"""Raw blocks found again where they came from, each known by its hash.

The workspace keeps no raw bytes. A block is known by the hash of its header, which commits to
every byte of its transactions, so it does not matter in which file it is found again: one that
grew, was moved or was compressed serves as well as the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inktrace.errors import InputError, NodeError
from inktrace.progress import Progress, silent
from inktrace.sources.block_checks import LARGEST_BLOCK_BYTES, double_sha256
from inktrace.sources.block_files import (
    FRAME_BYTES,
    LEAST_FRAMED_BYTES,
    deobfuscated,
    file_form,
    read_key,
)
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.blocks import block_files
from inktrace.sources.networks import Network
from inktrace.sources.node import Node
from inktrace.sources.streams import SourceStream, open_stream

__all__ = ["BlockPlace", "RawBlocks"]

_HEAD_BYTES: Final = 2**20
_LONGEST_HEX: Final = 3 * LARGEST_BLOCK_BYTES


@dataclass(frozen=True)
class BlockPlace:
    """A block by its hash (hex, display order), and the file or node that it came from."""

    block_hash: str
    path: str


@dataclass
class RawBlocks:
    """Where raw blocks are looked for: the files they came from, a folder, the user's node.

    `folder` holds block files that were moved there; those of the same name are read first.
    `why_not` says, after a search, of each block not found what was wrong.
    """

    network: Network
    folder: Path | None = None
    node: Node | None = None
    why_not: dict[str, str] = field(default_factory=dict)

    def found(
        self, places: Sequence[BlockPlace], progress: Progress = silent
    ) -> Iterator[tuple[str, bytes]]:
        """Hash and bytes of each block that is found, each once; one block in memory at a time.

        Notes: of a plain file only the frames and the wanted blocks are read; a compressed one
        is decompressed up to the last wanted block.
        """
        wanted = {place.block_hash for place in places}
        total = len(wanted)
        by_path: dict[str, set[str]] = {}
        for place in places:
            by_path.setdefault(place.path, set()).add(place.block_hash)
        for path in sorted(by_path):
            for one in self._files_named(path):
                yield from self._of_file(one, by_path[path] & wanted, wanted)
            progress("find raw blocks", total - len(wanted), total)
        if wanted and self.folder is not None:
            for one in _block_files_in(self.folder):
                yield from self._of_file(one, set(wanted), wanted)
                progress("find raw blocks", total - len(wanted), total)
        if self.node is not None:
            for block_hash in sorted(wanted):
                yield from self._of_node(block_hash, wanted)
                progress("find raw blocks", total - len(wanted), total)
        for place in places:
            if place.block_hash in wanted:
                self.why_not.setdefault(
                    place.block_hash,
                    f"the block is not in {_name(place.path)} any more, nor in another place that "
                    "was named",
                )

    def hash_at(self, height: int) -> str | None:
        """The hash of the node's block at a height; none without a node or such a block."""
        if self.node is None or self.node.by_rest:
            return None
        try:
            found = self.node.call("getblockhash", height)
        except NodeError:
            return None
        return found if isinstance(found, str) and len(found) == 64 else None

    def _files_named(self, path: str) -> Iterator[Path]:
        if self.folder is not None and (self.folder / Path(path).name).is_file():
            yield self.folder / Path(path).name
        if "://" not in path:
            yield Path(path)

    def _of_file(self, path: Path, here: set[str], wanted: set[str]) -> Iterator[tuple[str, bytes]]:
        here &= wanted
        if not here:
            return
        try:
            for block_hash, data in _blocks_of(path, here, self.network):
                if block_hash in wanted:
                    wanted.discard(block_hash)
                    yield block_hash, data
        except InputError as error:
            for block_hash in here & wanted:
                self.why_not[block_hash] = f"{path.name} cannot be used: {error.what}"

    def _of_node(self, block_hash: str, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
        node = self.node
        if node is None:
            return
        try:
            if node.by_rest:
                data = node.rest(f"block/{block_hash}.bin")
            else:
                data = bytes.fromhex(str(node.call("getblock", block_hash, 0)))
        except (NodeError, ValueError) as error:
            self.why_not[block_hash] = f"the node did not give the block: {error}"
            return
        if len(data) <= LARGEST_BLOCK_BYTES and _shown_hash(data) == block_hash:
            wanted.discard(block_hash)
            yield block_hash, data
        else:
            self.why_not[block_hash] = "the node gave another block than the one asked for"


def _block_files_in(folder: Path) -> list[Path]:
    try:
        return block_files(folder)
    except InputError:
        return []


def _name(path: str) -> str:
    return path if "://" in path else Path(path).name


def _blocks_of(path: Path, wanted: set[str], network: Network) -> Iterator[tuple[str, bytes]]:
    """The wanted blocks of one file of any form; see `block_files`."""
    key = read_key(path.parent)
    with closing(open_stream(path)) as stream:
        head = stream.read(_HEAD_BYTES)
        form = file_form(head, key)
        if form.kind == "raw":
            data = _unframed(head + stream.read(LARGEST_BLOCK_BYTES + FRAME_BYTES), network)
            if _shown_hash(data) in wanted:
                yield _shown_hash(data), data
            return
        if form.kind == "hex":
            yield from _hex_blocks(head, stream, wanted, network)
            return
    left = set(wanted)
    magic = (form.network or network).magic
    # The frames' own lengths lead from block to block; where damage broke that chain, a
    # second pass looks at every place where a frame may begin.
    for every in (False, True):
        if left:
            with closing(open_stream(path)) as stream:
                for block_hash, data in _framed(_Window(stream, form.key), magic, left, every):
                    left.discard(block_hash)
                    yield block_hash, data
                    if not left:
                        return


def _framed(
    window: _Window, magic: bytes, wanted: set[str], every: bool
) -> Iterator[tuple[str, bytes]]:
    while len(head := window.peek(FRAME_BYTES + HEADER_BYTES)) == FRAME_BYTES + HEADER_BYTES:
        if head[:4] != magic:
            stretch = window.peek(_HEAD_BYTES)
            place = stretch.find(magic)
            window.skip(place if place >= 0 else max(1, len(stretch) - len(magic) + 1))
            continue
        size = int.from_bytes(head[4:8], "little")
        is_possible = LEAST_FRAMED_BYTES <= size <= LARGEST_BLOCK_BYTES
        block_hash = _shown_hash(head[FRAME_BYTES:])
        if is_possible and block_hash in wanted:
            data = window.peek(FRAME_BYTES + size)[FRAME_BYTES:]
            if len(data) == size:
                yield block_hash, data
        window.skip(FRAME_BYTES + size if is_possible and not every else len(magic))


class _Window:
    """A stretch of a file that moves forward; what lies between is passed over unread."""

    def __init__(self, stream: SourceStream, key: bytes | None):
        # Unbuffered where the file is plain: a buffer would read all that is to be skipped.
        self._is_plain = stream.seekable()
        self._source: Any = stream.raw if self._is_plain else stream
        self._key, self._at, self._held = key, 0, b""

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer only at the file's end."""
        parts, there = [self._held], len(self._held)
        while there < size and (more := self._source.read(size - there)):
            parts.append(deobfuscated(more, self._key, self._at + there))
            there += len(more)
        self._held = b"".join(parts)
        return self._held[:size]

    def skip(self, size: int) -> None:
        """Go on by so many bytes."""
        beyond = size - len(self._held)
        self._held, self._at = self._held[size:], self._at + size
        if beyond > 0 and self._is_plain:
            self._source.seek(self._at)
        while beyond > 0 and not self._is_plain and (more := self._source.read(beyond)):
            beyond -= len(more)


def _hex_blocks(
    head: bytes, stream: SourceStream, wanted: set[str], network: Network
) -> Iterator[tuple[str, bytes]]:
    lines = _joined(head, stream)
    for text in lines:
        try:
            data = _unframed(bytes.fromhex(text.decode("ascii")), network)
        except ValueError:
            continue
        if _shown_hash(data) in wanted:
            yield _shown_hash(data), data


def _joined(head: bytes, stream: SourceStream) -> Iterator[bytes]:
    """The hex text of each block: one a line, or a single block over many short lines."""
    if len(head.partition(b"\n")[0].strip()) < 2 * LEAST_FRAMED_BYTES:
        yield b"".join((head + stream.read(_LONGEST_HEX)).split())
        return
    *whole, rest = head.split(b"\n")
    yield from whole
    yield rest + stream.readline(_LONGEST_HEX)
    while line := stream.readline(_LONGEST_HEX):
        yield line


def _unframed(data: bytes, network: Network) -> bytes:
    is_framed = data[:4] == network.magic
    if is_framed and int.from_bytes(data[4:8], "little") == len(data) - FRAME_BYTES:
        return data[FRAME_BYTES:]
    return data


def _shown_hash(data: bytes) -> str:
    return double_sha256(data[:HEADER_BYTES])[::-1].hex()
