"""The manifest of a case package: every file with its size and digest, nothing of the clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = "manifest.json"
FORMAT: Final = "inktrace case package"
FORMAT_VERSION: Final = 1
_CHUNK_BYTES: Final = 1 << 20


def write_manifest(
    directory: Path, *, lead_id: str, software_version: str, run_ids: Sequence[str]
) -> str:
    """Write manifest.json over all files of a folder; returns the manifest's own SHA-256."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    document: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "lead_id": lead_id,
        "reviewed": False,
        "software_version": software_version,
        "run_ids": sorted(run_ids),
        "files": [
            {
                "path": path.relative_to(directory).as_posix(),
                "bytes": path.stat().st_size,
                "sha256": file_sha256(path),
            }
            for path in files
        ],
    }
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    (directory / MANIFEST).write_text(text, encoding="ascii", newline="\n")
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
