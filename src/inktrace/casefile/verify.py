"""Whether a case package is still what its manifest says: the check of the one who receives it.

The package may come from anyone, so nothing in it is trusted: sizes are bounded before anything
is read, links are refused, and a path that leaves the folder is an error, never followed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inktrace.casefile.finding import Finding
from inktrace.casefile.manifest import FORMAT, FORMAT_VERSION, MANIFEST
from inktrace.casefile.words import visible
from inktrace.errors import InputError

# A manifest of 100,000 files has some 15 MB; a larger one is not ours.
MOST_MANIFEST_BYTES: Final = 16 * 2**20
MOST_FILES: Final = 100_000
# 100 times the largest package the report's caps allow; bounds the time to hash a hostile one.
MOST_FILE_BYTES: Final = 20 * 2**30
_DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class _Entry:
    path: str
    size: int
    sha256: str


class _Unusable(Exception):
    """A manifest that cannot be used; the message is the sentence."""


def verify_case(directory: Path) -> list[Finding]:
    """Every file of a package against its manifest; altered, missing and added files are named.

    One finding on the manifest, one per listed file, one per file that should not be there.
    That all hold shows the package is unaltered since its manifest was written; who wrote the
    manifest is shown only by comparing its digest (given in the first finding) with one that
    came by another way. Raises InputError if there is no such folder.
    """
    if directory.is_symlink() or not directory.is_dir():
        raise InputError("this is not a folder", where=directory, do="name a case package's folder")
    try:
        document, digest = _read_manifest(directory)
        entries = _entries(document)
    except _Unusable as unusable:
        return [Finding(MANIFEST, False, str(unusable))]
    findings = [_identity(document, digest, len(entries))]
    findings += [_file_finding(directory, entry) for entry in entries]
    listed = {entry.path for entry in entries} | {MANIFEST}
    findings += _added(directory, listed)
    return findings


def _read_manifest(directory: Path) -> tuple[Mapping[str, Any], str]:
    path = directory / MANIFEST
    try:
        raw = _bounded_bytes(path)
    except OSError as error:
        raise _Unusable(f"manifest.json cannot be read: {_why(error)}.") from error
    try:
        document = json.loads(raw.decode("ascii"), object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        raise _Unusable("manifest.json is not a well-formed JSON document.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _Unusable("manifest.json is not the manifest of an Inktrace case package.")
    if document.get("format_version") != FORMAT_VERSION:
        raise _Unusable(
            f"manifest.json has format version {_short(document.get('format_version'))}; this "
            f"program reads version {FORMAT_VERSION}."
        )
    return document, hashlib.sha256(raw).hexdigest()


def _bounded_bytes(path: Path) -> bytes:
    with _opened(path) as stream:
        raw: bytes = stream.read(MOST_MANIFEST_BYTES + 1)
    if len(raw) > MOST_MANIFEST_BYTES:
        raise _Unusable(f"manifest.json is larger than {MOST_MANIFEST_BYTES:,} bytes.")
    return raw


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _entries(document: Mapping[str, Any]) -> list[_Entry]:
    files = document.get("files")
    if not isinstance(files, list) or not files:
        raise _Unusable("manifest.json lists no files.")
    if len(files) > MOST_FILES:
        raise _Unusable(f"manifest.json lists more than {MOST_FILES:,} files.")
    entries = [_entry(item) for item in files]
    paths = [entry.path for entry in entries]
    if len(set(paths)) != len(paths):
        raise _Unusable("manifest.json lists a file twice.")
    return entries


def _entry(item: Any) -> _Entry:
    if not isinstance(item, dict):
        raise _Unusable("manifest.json has a file entry that is not an object.")
    path, size, digest = item.get("path"), item.get("bytes"), item.get("sha256")
    if not isinstance(path, str) or not _is_safe(path):
        raise _Unusable(f"manifest.json names a path that is refused: {_short(path)}.")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _Unusable(f"manifest.json gives no proper size for {_short(path)}.")
    if not isinstance(digest, str) or not _DIGEST.match(digest):
        raise _Unusable(f"manifest.json gives no proper SHA-256 for {_short(path)}.")
    return _Entry(path, size, digest)


def _is_safe(path: str) -> bool:
    """Whether a path stays inside the folder on every system, and is not the manifest itself."""
    parts = path.split("/")
    return (
        0 < len(path) <= 1000
        and path != MANIFEST
        and path.isprintable()
        and not any(character in path for character in '\\:*?"<>|')
        and all(part not in ("", ".", "..") for part in parts)
        and all(part == part.strip() and not part.endswith(".") for part in parts)
    )


def _identity(document: Mapping[str, Any], digest: str, files: int) -> Finding:
    return Finding(
        MANIFEST,
        True,
        f"manifest.json is well-formed and lists {files} files of lead "
        f"{_short(document.get('lead_id'))}; its own SHA-256 is {digest}: compare it with the one "
        "you were given by another way.",
    )


def _file_finding(directory: Path, entry: _Entry) -> Finding:
    fault = _fault(directory, entry)
    if fault is None:
        return Finding(entry.path, True, f"{entry.path} is as the manifest says.")
    return Finding(entry.path, False, f"{entry.path} {fault}.")


def _fault(directory: Path, entry: _Entry) -> str | None:
    path = directory
    for part in entry.path.split("/"):
        path = path / part
        if path.is_symlink():
            return "is or lies behind a symbolic link, which is refused"
    if not path.exists():
        return "is missing"
    if not path.is_file():
        return "is not a file"
    if entry.size > MOST_FILE_BYTES:
        return f"is said to have more than {MOST_FILE_BYTES:,} bytes, which is refused"
    try:
        return _content_fault(path, entry)
    except OSError as error:
        return f"cannot be read: {_why(error)}"


def _content_fault(path: Path, entry: _Entry) -> str | None:
    digest = hashlib.sha256()
    with _opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size != entry.size:
            return f"was altered: it has {size:,} bytes, the manifest says {entry.size:,}"
        left = entry.size
        while chunk := stream.read(min(_CHUNK_BYTES, left + 1)):
            left -= len(chunk)
            if left < 0:
                break
            digest.update(chunk)
    if left or digest.hexdigest() != entry.sha256:
        return "was altered: its SHA-256 is not the one in the manifest"
    return None


def _opened(path: Path) -> Any:
    """A regular file opened for reading; a link, a pipe or a device raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a regular file")
    return os.fdopen(descriptor, "rb")


def _added(directory: Path, listed: set[str]) -> Iterator[Finding]:
    folders = {
        "/".join(path.split("/")[:n]) for path in listed for n in range(1, path.count("/") + 1)
    }
    seen = 0
    for place, names, files in os.walk(directory, followlinks=False):
        names.sort()
        here = Path(place)
        for name in sorted((*names, *files)):
            path = here / name
            relative = path.relative_to(directory).as_posix()
            is_folder = path.is_dir() and not path.is_symlink()
            if relative in listed or (is_folder and relative in folders):
                continue
            seen += 1
            if seen > MOST_FILES:
                yield Finding("added files", False, f"More than {MOST_FILES:,} files were added.")
                return
            what = "folder" if is_folder else "link" if path.is_symlink() else "file"
            shown = _short(relative)
            yield Finding(shown, False, f"{shown} was added: the manifest has no such {what}.")


def _why(error: OSError) -> str:
    return "it is missing" if isinstance(error, FileNotFoundError) else error.strerror or str(error)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)[:200]
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return visible(safe[:200]).replace("\n", "␣")
