"""How far a block file was read, so that one that grew is read on from there."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from inktrace.sources.intake import Intake
from inktrace.sources.streams import open_plain

__all__ = ["FileProgress", "progress_before", "store_progress"]

_BLOCK_BYTES: Final = 2**20


@dataclass(frozen=True)
class FileProgress:
    """What was done with the beginning of a block file; see the table block_files."""

    bytes_read: int = 0
    blocks_met: int = 0
    blocks_without_undo: int = 0
    undo_records_used: int = 0


def progress_before(file: Intake, key: bytes | None) -> FileProgress:
    """What an earlier version of this file, which it begins with, was read to."""
    rows = file.engine.rows(
        "SELECT b.bytes_read, b.prefix_sha256, b.blocks_met, b.blocks_without_undo, "
        "b.undo_records_used, f.parameters FROM block_files AS b JOIN source_files AS f "
        "USING (file_id) WHERE b.name = ? AND b.bytes_read <= ? AND b.bytes_read > 0 "
        "ORDER BY b.bytes_read DESC, b.file_id DESC",
        [file.path.name, file.size],
    )
    digests: dict[int, str] = {}
    for bytes_read, digest, *counts, parameters in rows:
        if json.loads(parameters).get("xor_key") != (key.hex() if key else None):
            continue
        if bytes_read not in digests:
            digests[bytes_read] = _prefix_digest(file, bytes_read)
        if digests[bytes_read] == digest:
            return FileProgress(bytes_read, *counts)
    return FileProgress()


def store_progress(file: Intake, done: FileProgress) -> None:
    """Remember how far this file was read."""
    row = {
        "name": [file.path.name],
        "bytes_read": [done.bytes_read],
        "prefix_sha256": [_prefix_digest(file, done.bytes_read)],
        "blocks_met": [done.blocks_met],
        "blocks_without_undo": [done.blocks_without_undo],
        "undo_records_used": [done.undo_records_used],
    }
    file.engine.append("block_files", pa.table(row), file_id=file.file_id)


def _prefix_digest(file: Intake, size: int) -> str:
    if size == file.size:
        return file.sha256
    digest, left = hashlib.sha256(), size
    with closing(open_plain(file.path)) as stream:
        while left and (block := stream.read(min(left, _BLOCK_BYTES))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()
