"""One block file on its way into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from inktrace.errors import InputError
from inktrace.sources.ahead import ahead
from inktrace.sources.block_checks import (
    LARGEST_BLOCK_BYTES,
    BadBlock,
    check_work,
    double_sha256,
)
from inktrace.sources.block_files import (
    Form,
    deobfuscated,
    file_form,
    hex_texts,
    raw_network,
    read_window,
)
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.block_progress import FileProgress
from inktrace.sources.block_scan import BlockScan
from inktrace.sources.intake import Intake, Meter, TruncatedStream
from inktrace.sources.ledger import InputCounts, store_transactions
from inktrace.sources.networks import MAGICS, Network, settle_network, stored_network
from inktrace.sources.streams import SourceStream, open_stream
from inktrace.sources.undo import CoreUndo, ListedUndo, Undo, json_undo, listed_undo

__all__ = ["BlockFile", "FileReader", "store_headers"]

_LARGEST_UNDO_BYTES: Final = 2**29


@dataclass(frozen=True)
class BlockFile:
    """What is known of a block file before it is read."""

    key: bytes | None
    undo_path: Path | None
    wanted: Network | None
    is_core: bool = False  # by its name one of Bitcoin Core's
    is_growing: bool = False  # the last of them, which a node may be writing
    before: FileProgress = field(default_factory=FileProgress)


@dataclass
class FileReader:
    """Reads the blocks of one file and stores them."""

    file: Intake
    stream: SourceStream
    meter: Meter
    source: BlockFile
    undo: Undo | None = None
    kept: int = 0  # blocks that passed the checks
    without_undo: int = 0
    settled: Network | None = None
    inputs: InputCounts = field(default_factory=InputCounts)

    def read(self) -> FileProgress | None:
        """Read all blocks of the file, whatever its form; how far it was read, if it may grow."""
        form, head = self._form()
        known = self.source.wanted or stored_network(self.file.engine)
        done = None
        if form.kind == "framed" and form.network is not None:
            done = self._read_framed(form, form.network)
        elif form.kind == "hex":
            self._read_hex(head, form, known)
        else:
            self._read_raw(head, form, known)
        if self.undo is not None:
            for complaint in self.undo.complaints():
                self.file.reject(0, "undo", complaint, "")
        return done

    def _form(self) -> tuple[Form, bytes]:
        """The form of the file, told from its start; and that start, where it was used up."""
        key = self.source.key
        try:
            start = self.stream.peek(4)[:4]
        except TruncatedStream:
            start = b""
        for tried in (None, key) if key else (None,):
            if network := MAGICS.get(deobfuscated(start, tried, 0)):
                return Form("framed", network, tried), b""
        head = read_window(self.file, self.stream)
        form = file_form(head, key)
        if form.kind == "framed":
            self.stream.close()
            self.stream = open_stream(self.file.path)
        return form, head

    def _read_framed(self, form: Form, network: Network) -> FileProgress | None:
        is_plain = self.stream.seekable()  # not compressed, whatever its name says
        before = self.source.before if is_plain else FileProgress()
        if before.bytes_read:
            self.stream.seek(before.bytes_read)
        self.undo = self._read_undo(form, network, before.undo_records_used)
        scan = BlockScan(
            self.file,
            network,
            self.undo,
            row=before.blocks_met,
            offset=before.bytes_read,
            is_growing=self.source.is_growing and is_plain,
        )
        with closing(self.stream):
            for window in ahead(scan.framed(self.stream, form.key)):
                self._store(window, network)
        if not before.bytes_read:
            self._refuse_wrong_key(form)
        if scan.unfinished is not None:
            self.file.notes.append(scan.unfinished)
        if not is_plain:
            return None
        return FileProgress(
            scan.done,
            scan.done_row,
            before.blocks_without_undo + self.without_undo,
            before.undo_records_used + (self.undo.used if self.undo else 0),
        )

    def _refuse_wrong_key(self, form: Form) -> None:
        """Where not one block is readable, the key is damaged sooner than all of the blocks."""
        first = self.file.first_reject
        if self.kept or first is None or not form.key or not any(form.key):
            return
        raise InputError(
            f"no block can be read with the key in xor.dat: {first.reason}",
            where=self.file.path,
            do="copy xor.dat and the block files again, from one folder",
        )

    def _read_raw(self, head: bytes, form: Form, known: Network | None) -> None:
        if self.source.is_growing and not any(head):
            self.file.notes.append("no block is written yet: add the file again later")
            return
        if len(head) > LARGEST_BLOCK_BYTES:
            raise InputError(
                "this is not a Bitcoin block file: no block was found at its start",
                where=self.file.path,
                do="give a blk*.dat file or a single raw block",
            )
        network = raw_network(head, known)
        header = head[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0")
        try:
            check_work(header, double_sha256(header), network)
        except BadBlock as bad:
            # Without this any small file would count as a damaged block.
            raise InputError(
                f"this is not a Bitcoin block file, or its first header is damaged: {bad.reason}",
                where=self.file.path,
                do="give a blk*.dat file, with its xor.dat beside it, or a single raw block",
            ) from bad
        self.undo = self._read_undo(form, network)
        self._store(BlockScan(self.file, network, self.undo).single(head), network)

    def _read_hex(self, head: bytes, form: Form, known: Network | None) -> None:
        scan: BlockScan | None = None
        for text, data in self._unhexed(head):
            network = MAGICS.get(data[:4]) or raw_network(data, known)
            if scan is None:
                self.undo = self._read_undo(form, network)
                scan = BlockScan(self.file, network, self.undo)
            if data:
                scan.network = network
                self._store(scan.single(data), network)
            else:
                scan.unreadable_hex(text)

    def _unhexed(self, head: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Each line of hex text, and its bytes; none where it is not that."""
        for text in hex_texts(self.file, self.stream, head):
            try:
                yield text, bytes.fromhex(text.decode("ascii"))
            except ValueError:
                yield text, b""

    def _store(self, window: BlockWindow, network: Network) -> None:
        for reject in window.rejects:
            self.file.reject(*reject)
        for row, fault in window.undo_faults:
            self.file.reject(row, "undo", fault, "")
        self.kept += len(window.blocks)
        self.without_undo += window.without_undo
        if window.blocks:
            if network is not self.settled:
                settle_network(self.file.engine, network, self.file.path)
                self.settled = network
            new_rows = store_headers(self.file, window)
            self.inputs += store_transactions(self.file, window.batch(), network, new_rows)
        self.meter.at(window.position)

    def _read_undo(self, form: Form, network: Network, used_before: int = 0) -> Undo | None:
        """The undo data beside the file; data that cannot be read is told of and left out."""
        path = self.source.undo_path
        if path is None:
            return None
        try:
            with closing(open_stream(path)) as stream:
                data = stream.read(_LARGEST_UNDO_BYTES + 1)
            if len(data) > _LARGEST_UNDO_BYTES:
                raise InputError(f"is larger than {_LARGEST_UNDO_BYTES:,} bytes")
            if self.source.is_core:
                clear = deobfuscated(data, form.key, 0)
                return CoreUndo(path.name, clear, network, used_before)
            read = json_undo if ".spent" in path.suffixes else listed_undo
            return ListedUndo(path.name, read(data))
        except InputError as error:
            self.file.reject(0, "undo", f"{path.name} is not used: {error.what}", "")
            return None


def store_headers(file: Intake, window: BlockWindow) -> dict[int, str]:
    """Store the headers of blocks not stored yet; row and hash (hex) of each of them."""
    blocks = {block.block_hash[::-1].hex(): block for block in reversed(window.blocks)}
    with file.engine.view("window_blocks", pa.table({"block_hash": list(blocks)})):
        stored = file.engine.query(
            "SELECT block_hash FROM window_blocks JOIN blocks USING (block_hash)"
        )
    for block_hash in stored["block_hash"].to_pylist():
        del blocks[block_hash]
    rows = sorted(blocks.items(), key=lambda item: item[1].row)
    table = pa.table(
        {
            "block_hash": pa.array([block_hash for block_hash, _ in rows], pa.string()),
            "block_height": pa.array([block.height for _, block in rows], pa.int64()),
            "block_time_us": pa.array([block.time_s * 1_000_000 for _, block in rows], pa.int64()),
            "previous_hash": pa.array(
                [block.previous_hash[::-1].hex() for _, block in rows], pa.string()
            ),
            "transactions": pa.array([block.transactions for _, block in rows], pa.int64()),
            "row": pa.array([block.row for _, block in rows], pa.int64()),
            "target_bits": pa.array([block.target_bits for _, block in rows], pa.int64()),
        }
    )
    file.engine.append("blocks", table, file_id=file.file_id)
    return {block.row: block_hash for block_hash, block in rows}
