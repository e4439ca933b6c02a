"""Raw Bitcoin blocks into tables, with what their inputs spent where undo data lies beside."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from inktrace.engine import Engine
from inktrace.errors import InputError, UsageError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.best_chain import BLOCKS_MEMORY, note_unsettled, settle_blocks
from inktrace.sources.block_files import read_key
from inktrace.sources.block_progress import FileProgress, progress_before, store_progress
from inktrace.sources.block_reader import BlockFile, FileReader
from inktrace.sources.intake import Added, Intake, Meter, Reject, intake
from inktrace.sources.known_ids import remember_ids
from inktrace.sources.ledger import InputCounts, next_tx_id
from inktrace.sources.networks import NETWORKS, Network
from inktrace.sources.streams import checked_size, open_plain, open_stream

__all__ = ["add_blocks", "block_files", "settle_blocks"]

_CORE_NAME: Final = re.compile(r"blk(\d{5,})\.dat(\.gz|\.zst)?")
_PACKED: Final = ("", ".gz", ".zst")
_HASH_BLOCK_BYTES: Final = 2**20
_MANY_BYTES: Final = 2**25  # of blocks, from which on ids are worth keeping in memory


def add_blocks(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    network: str | None = None,
    *,
    settle: bool = True,
) -> Added:
    """Check raw blocks and store their transactions; a bad block is rejected whole.

    `path` is a `blk*.dat` of Bitcoin Core (`xor.dat` and `rev*.dat` beside it are used), a
    folder of them, one raw block in binary, or hex text with one block a line; each may be
    .gz or .zst. Beside a single block `NAME.blk`, `NAME.undo` or `NAME.spent` tells what its
    inputs spent. A block without magic belongs to `network` (a key of NETWORKS), else to the
    workspace's network, else to mainnet unless its target is easier than mainnet allows.

    Each file is stored whole or not at all. One that grew since it was added is read on from
    where it ended. In the last file of a folder, a block that is not whole is left for the
    next time, as a node may be writing it; `notes` of the result say so. Rows in the reject
    table count the blocks of the file from 1; row 0 speaks of undo data or of the file.

    Heights, the best chain and what older inputs spent follow from all blocks together: they
    are settled at the end, or by `settle_blocks` where `settle` is false.

    Raises InputError where the file cannot be read, or belongs to another network than the
    workspace; UsageError for an unknown network.
    """
    if network is not None and network not in NETWORKS:
        raise UsageError(
            f"there is no network {network!r}", do=f"give one of {', '.join(NETWORKS)}"
        )
    wanted = NETWORKS[network] if network else None
    add = _add_folder if path.is_dir() else _add_file
    with engine.limited_memory(BLOCKS_MEMORY):
        if path.is_dir() or checked_size(path) >= _MANY_BYTES:
            remember_ids(engine)
        try:
            added = add(engine, path, params, progress, wanted)
        except InputError:
            if settle:
                settle_blocks(engine)  # other files may have been stored
            raise
        if settle:
            settle_blocks(engine)
    return added


def block_files(path: Path) -> list[Path]:
    """The blk*.dat files of a folder in their order; a path that is no folder stands for itself.

    Raises InputError for a folder that cannot be read or holds none.
    """
    if not path.is_dir():
        return [path]
    try:
        files = [one for one in path.iterdir() if _CORE_NAME.fullmatch(one.name)]
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
    return sorted(files, key=lambda one: (_number(one), one.name))


def _number(path: Path) -> int:
    core = _CORE_NAME.fullmatch(path.name)
    return int(core[1]) if core else -1


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
        tuple(f"{Path(one.path).name}: {note}" for one in added for note in one.notes),
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
    is_core = _CORE_NAME.fullmatch(path.name) is not None
    key = read_key(path.parent) if is_core else None
    undo_path = _undo_path(path)
    manner: dict[str, Any] = {"network": wanted.name if wanted else None}
    manner["xor_key"] = key.hex() if key else None
    manner["undo"] = {undo_path.name: _sha256(undo_path)} if undo_path else None
    with intake(engine, "blocks", path, params, manner, progress) as file:
        if file.already_added:
            return file.added()
        note_unsettled(engine, next_tx_id(engine))
        is_plain = is_core and path.suffix not in _PACKED[1:]
        before = _progress_before(file, key, undo_path) if is_plain else FileProgress()
        source = BlockFile(key, undo_path, wanted, is_core, is_plain and _is_last(path), before)
        with closing(open_stream(path)) as stream:
            meter = Meter(progress, f"reading {path.name}", file.size)
            reader = FileReader(file, stream, meter, source)
            done = reader.read()
        if done is not None and is_plain:
            store_progress(file, done)
        file.notes += _input_notes(reader.inputs)
    return file.added()


def _progress_before(file: Intake, key: bytes | None, undo_path: Path | None) -> FileProgress:
    """How far the file was read before; nowhere where undo data may now complete old blocks."""
    before = progress_before(file, key)
    if undo_path is not None and before.blocks_without_undo:
        return FileProgress()
    return before


def _input_notes(inputs: InputCounts) -> list[str]:
    """What is known of the inputs newly stored, in one sentence."""
    if not inputs.inputs:
        return []
    unknown = inputs.inputs - inputs.stated - inputs.found
    return [
        f"of {inputs.inputs:,} inputs, {inputs.stated:,} have value and script from undo data, "
        f"{inputs.found:,} from outputs stored here, {unknown:,} are unknown so far"
    ]


def _is_last(path: Path) -> bool:
    """Whether no block file with a higher number lies beside this one."""
    try:
        return all(_number(one) <= _number(path) for one in path.parent.iterdir())
    except OSError:
        return False


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
        digest, room = hashlib.sha256(), memoryview(bytearray(_HASH_BLOCK_BYTES))
        with closing(open_plain(path)) as file:
            while count := file.readinto(room):  # type: ignore[attr-defined]
                digest.update(room[:count])
        return digest.hexdigest()
    except InputError:
        return None  # cannot be read; said again, with the reason, when it is needed
