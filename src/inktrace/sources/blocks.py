"""Raw Bitcoin blocks into tables, with what their inputs spent where undo data lies beside."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import InputError, UsageError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.block_checks import (
    LARGEST_BLOCK_BYTES,
    BadBlock,
    check_work,
    double_sha256,
)
from inktrace.sources.block_files import (
    BlockScan,
    Form,
    deobfuscated,
    file_form,
    hex_texts,
    raw_network,
    read_key,
    read_window,
)
from inktrace.sources.block_format import BlockWindow
from inktrace.sources.block_kernels import HEADER_BYTES
from inktrace.sources.heights import fill_heights
from inktrace.sources.intake import Added, Intake, Meter, Reject, intake
from inktrace.sources.ledger import next_tx_id, resolve_inputs, store_transactions
from inktrace.sources.networks import MAGICS, NETWORKS, Network, settle_network, stored_network
from inktrace.sources.streams import SourceStream, open_plain, open_stream
from inktrace.sources.undo import CoreUndo, ListedUndo, Undo, json_undo, listed_undo

__all__ = ["add_blocks", "block_files", "store_headers"]

_CORE_NAME: Final = re.compile(r"blk(\d{5,})\.dat(\.gz|\.zst)?")
_PACKED: Final = ("", ".gz", ".zst")
_LARGEST_UNDO_BYTES: Final = 2**29


def add_blocks(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    network: str | None = None,
) -> Added:
    """Check raw blocks and store their transactions; a bad block is rejected whole.

    `path` is a `blk*.dat` of Bitcoin Core (`xor.dat` and `rev*.dat` beside it are used), a
    folder of them, one raw block in binary, or hex text with one block a line; each may be
    .gz or .zst. Beside a single block `NAME.blk`, `NAME.undo` or `NAME.spent` tells what its
    inputs spent. A block without magic belongs to `network` (a key of NETWORKS), else to the
    workspace's network, else to mainnet unless its target is easier than mainnet allows.

    Rows in the reject table count the blocks of the file from 1; row 0 speaks of undo data or
    of the file.

    Raises InputError where the file cannot be read, or belongs to another network than the
    workspace; UsageError for an unknown network.
    """
    if network is not None and network not in NETWORKS:
        raise UsageError(
            f"there is no network {network!r}", do=f"give one of {', '.join(NETWORKS)}"
        )
    wanted = NETWORKS[network] if network else None
    if path.is_dir():
        return _add_folder(engine, path, params, progress, wanted)
    return _add_file(engine, path, params, progress, wanted)


def block_files(path: Path) -> list[Path]:
    """The blk*.dat files of a folder in their order; a path that is no folder stands for itself.

    Raises InputError for a folder that cannot be read or holds none.
    """
    if not path.is_dir():
        return [path]
    try:
        files = sorted(one for one in path.iterdir() if _CORE_NAME.fullmatch(one.name))
    except OSError as error:
        raise InputError(
            f"this folder cannot be read: {error.strerror}", where=path, do="ask for read access"
        ) from error
    if not files:
        raise InputError(
            "there is no blk*.dat file in this folder",
            where=path,
            do="name Bitcoin Core's blocks folder, or the files themselves",
        )
    return files


def _add_folder(
    engine: Engine, folder: Path, params: SourceParams, progress: Progress, wanted: Network | None
) -> Added:
    """Take in every blk*.dat of a folder, each as a file of its own; sums of their figures."""
    added, failed = [], []
    for path in block_files(folder):
        try:
            added.append(_add_file(engine, path, params, progress, wanted))
        except InputError as error:
            failed.append(error)
    if failed:
        also = f" (and {len(failed) - 1} more files)" if len(failed) > 1 else ""
        raise InputError(
            f"{failed[0].what}{also}; {len(added)} other files were stored",
            where=failed[0].where,
            do=failed[0].do,
        )
    digests = "".join(f"{one.sha256}\n" for one in added)
    return Added(
        "blocks",
        str(folder),
        added[-1].file_id,
        hashlib.sha256(digests.encode()).hexdigest(),
        sum(one.rows_accepted for one in added),
        sum(one.rows_repeated for one in added),
        sum(one.rows_rejected for one in added),
        all(one.already_added for one in added),
        _first_reject(added),
    )


def _first_reject(added: list[Added]) -> Reject | None:
    """The first reject of several files; its reason names the file, which the row counts in."""
    for one in added:
        if one.first_reject is not None:
            row, column, reason = one.first_reject
            return Reject(row, column, f"{Path(one.path).name}: {reason}")
    return None


def _add_file(
    engine: Engine, path: Path, params: SourceParams, progress: Progress, wanted: Network | None
) -> Added:
    key = read_key(path.parent) if _CORE_NAME.fullmatch(path.name) else None
    undo_path = _undo_path(path)
    manner: dict[str, Any] = {"network": wanted.name if wanted else None}
    manner["xor_key"] = key.hex() if key else None
    manner["undo"] = {undo_path.name: _sha256(undo_path)} if undo_path else None
    with intake(engine, "blocks", path, params, manner, progress) as file:
        if file.already_added:
            return file.added()
        first_tx_id = next_tx_id(engine)
        with closing(open_stream(path)) as stream:
            meter = Meter(progress, f"reading {path.name}", file.size)
            _FileReader(file, stream, meter, key, undo_path, wanted).read()
        resolve_inputs(engine, first_tx_id)
        fill_heights(engine)
    return file.added()


@dataclass
class _FileReader:
    """One block file on its way into the tables."""

    file: Intake
    stream: SourceStream
    meter: Meter
    key: bytes | None
    undo_path: Path | None
    wanted: Network | None
    undo: Undo | None = None
    kept: int = 0  # blocks that passed the checks

    def read(self) -> None:
        """Read all blocks of the file, whatever its form."""
        head = read_window(self.file, self.stream)
        form = file_form(head, self.key)
        known = self.wanted or stored_network(self.file.engine)
        if form.kind == "framed" and form.network is not None:
            self._scan(form, form.network).framed(
                self.stream, head, form.key, self._keeper(form.network)
            )
            self._refuse_wrong_key(form)
        elif form.kind == "hex":
            self._read_hex(head, form, known)
        else:
            self._read_raw(head, form, known)
        self._complain()

    def _refuse_wrong_key(self, form: Form) -> None:
        """Where not one block is readable, the key is damaged sooner than all of the blocks."""
        if self.kept or not form.key or not any(form.key):
            return
        first = self.file.first_reject
        raise InputError(
            f"no block can be read with the key in xor.dat: {first.reason if first else 'none'}",
            where=self.file.path,
            do="copy xor.dat and the block files again, from one folder",
        )

    def _scan(self, form: Form, network: Network) -> BlockScan:
        self.undo = self._read_undo(form, network)
        return BlockScan(self.file, network, self.undo)

    def _read_raw(self, head: bytes, form: Form, known: Network | None) -> None:
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
        self._scan(form, network).single(head, self._keeper(network))

    def _read_hex(self, head: bytes, form: Form, known: Network | None) -> None:
        scan: BlockScan | None = None
        for text in hex_texts(self.file, self.stream, head):
            try:
                data = bytes.fromhex(text.decode("ascii"))
            except ValueError:
                data = b""
            network = MAGICS.get(data[:4]) or raw_network(data, known)
            if scan is None:
                scan = self._scan(form, network)
            if data:
                scan.network = network
                scan.single(data, self._keeper(network))
            else:
                scan.unreadable_hex(text)

    def _keeper(self, network: Network) -> Any:
        def keep(window: BlockWindow) -> None:
            self._store(window, network)

        return keep

    def _store(self, window: BlockWindow, network: Network) -> None:
        for row, fault in window.undo_faults:
            self.file.reject(row, "undo", fault, "")
        self.kept += len(window.blocks)
        if window.blocks:
            settle_network(self.file.engine, network, self.file.path)
            store_transactions(self.file, window.batch(), network)
            store_headers(self.file, window)
        self.meter.at(self.stream.position)

    def _read_undo(self, form: Form, network: Network) -> Undo | None:
        """The undo data beside the file; data that cannot be read is told of and left out."""
        path = self.undo_path
        if path is None:
            return None
        try:
            with closing(open_stream(path)) as stream:
                data = stream.read(_LARGEST_UNDO_BYTES + 1)
            if len(data) > _LARGEST_UNDO_BYTES:
                raise InputError(f"is larger than {_LARGEST_UNDO_BYTES:,} bytes")
            if _CORE_NAME.fullmatch(self.file.path.name):
                return CoreUndo(path.name, deobfuscated(data, form.key, 0), network)
            read = json_undo if ".spent" in path.suffixes else listed_undo
            return ListedUndo(path.name, read(data))
        except InputError as error:
            self.file.reject(0, "undo", f"{path.name} is not used: {error.what}", "")
            return None

    def _complain(self) -> None:
        if self.undo is not None:
            for complaint in self.undo.complaints():
                self.file.reject(0, "undo", complaint, "")


def _undo_path(path: Path) -> Path | None:
    """The undo file that lies beside a block file, by its name."""
    if core := _CORE_NAME.fullmatch(path.name):
        stems = [f"rev{core[1]}.dat"]
    else:
        name = path.with_suffix("") if path.suffix in _PACKED[1:] else path
        stems = [f"{name.stem}.undo", f"{name.stem}.spent"]
    candidates = (path.with_name(stem + packed) for stem in stems for packed in _PACKED)
    return next((one for one in candidates if one.is_file() and one != path), None)


def _sha256(path: Path) -> str | None:
    try:
        digest = hashlib.sha256()
        with closing(open_plain(path)) as file:
            while block := file.read(2**23):
                digest.update(block)
        return digest.hexdigest()
    except InputError:
        return None  # cannot be read; said again, with the reason, when it is needed


def store_headers(file: Intake, window: BlockWindow) -> None:
    """Add the headers of a window's blocks, those that are stored already left out."""
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
        }
    )
    file.engine.append("blocks", table, file_id=file.file_id)
