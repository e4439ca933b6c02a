"""Making a folder into a BagIt bag (RFC 8493) that is the same bytes every time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bagit

from inktrace.casefile.bag.layout import (
    CASE_FORMAT,
    CASE_FORMAT_VERSION,
    DECLARATION,
    DECLARATION_TEXT,
    MANIFEST,
    TAG_FILES,
    TAG_MANIFEST,
)
from inktrace.casefile.bag.reading import json_bytes
from inktrace.casefile.bag.sums import sums_bytes


def case_json(
    *,
    lead_id: str,
    reviewed: bool,
    redaction: str,
    redaction_key: str = "",
    software_version: str,
    run_ids: Sequence[str],
) -> bytes:
    """The document data/case.json: what a package is of, by what it was made, of which runs.

    `redaction` names the profile, `redaction_key` its key's fingerprint, never the key.
    """
    document: dict[str, Any] = {
        "format": CASE_FORMAT,
        "format_version": CASE_FORMAT_VERSION,
        "lead_id": lead_id,
        "reviewed": reviewed,
        "redaction": redaction,
        "redaction_key": redaction_key or None,
        "software_version": software_version,
        "run_ids": sorted(run_ids),
    }
    return json_bytes(document)


def write_bag(directory: Path, lead_id: str, software_version: str) -> str:
    """Move what a folder holds to data/ and describe it; returns the tag manifest's SHA-256.

    Raises OSError where it cannot be written. Notes: the library changes the current folder of
    the process while it works, so nothing else may run beside it.
    """
    info = {
        "Bag-Software-Agent": f"Inktrace {software_version}",
        "External-Identifier": lead_id,
        "External-Description": "Case package of one lead, for a person to review",
        # No lines of it: the day of the build would make two builds differ.
        "Bagging-Date": [],
    }
    try:
        bagit.make_bag(str(directory), info, checksums=["sha256"])
    except bagit.BagError as error:
        raise OSError(str(error)) from error
    # The library still declares the draft 0.97, and writes one space where sha256sum needs two.
    (directory / DECLARATION).write_bytes(DECLARATION_TEXT.encode("ascii"))
    manifest = (directory / MANIFEST).read_bytes().splitlines()
    digests = dict(_path_and_digest(line) for line in manifest)
    (directory / MANIFEST).write_bytes(sums_bytes(digests))
    tags = {name: _sha256(directory / name) for name in TAG_FILES}
    (directory / TAG_MANIFEST).write_bytes(sums_bytes(tags))
    return _sha256(directory / TAG_MANIFEST)


def _path_and_digest(line: bytes) -> tuple[str, str]:
    digest, path = line.decode("utf-8").split("  ", 1)
    return path, digest


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
