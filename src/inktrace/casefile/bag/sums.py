"""Lists of SHA-256 digests, in the one form that `sha256sum -c` and BagIt both read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from inktrace.casefile.bag.findings import Unusable, shown
from inktrace.casefile.bag.layout import MOST_FILES, is_safe_path

_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")


def sums_bytes(digests: Mapping[str, str]) -> bytes:
    """Lines of `digest  path`, sorted by path; of the map path → digest."""
    lines = [f"{digest}  {path}\n" for path, digest in sorted(digests.items())]
    return "".join(lines).encode("utf-8")


def read_sums(content: bytes, name: str) -> dict[str, str]:
    """The map path → digest of such a list.

    Read strictly, so that no byte of it can change unseen: raises Unusable for any other form,
    for a path that could leave its folder, and for two paths that some systems take for one.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(f"{name} is not text in UTF-8.") from error
    lines = text.split("\n")
    if lines.pop() or not lines:
        raise Unusable(f"{name} is empty or breaks off in its last line.")
    if len(lines) > MOST_FILES:
        raise Unusable(f"{name} lists more than {MOST_FILES:,} files.")
    digests = dict(_entry(line, name) for line in lines)
    if len({_folded(path) for path in digests}) != len(lines):
        raise Unusable(f"{name} lists a file twice.")
    if sums_bytes(digests) != content:
        raise Unusable(f"{name} is not in the order of its paths.")
    return digests


def folders_of(paths: Iterable[str]) -> set[str]:
    """Every folder that holds one of these paths."""
    return {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 1)}


def _entry(line: str, name: str) -> tuple[str, str]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise Unusable(f"{name} has a line that is no digest and path: {shown(line)}.")
    digest, path = match.groups()
    if not is_safe_path(path):
        raise Unusable(f"{name} names a path that is refused: {shown(path)}.")
    return path, digest


def _folded(path: str) -> str:
    # Windows and macOS take names for one that differ in case or in how accents are composed.
    return unicodedata.normalize("NFC", path).casefold()
