"""Whether a bag is complete and unaltered: every file against the manifests, and what was added."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bagit

from inktrace.casefile.bag.findings import Finding, Unusable, intact, shown, why
from inktrace.casefile.bag.layout import (
    CASE,
    CASE_FORMAT,
    CASE_FORMAT_VERSION,
    DECLARATION,
    DECLARATION_TEXT,
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    MOST_MANIFEST_BYTES,
    MOST_PATH,
    MOST_SMALL_BYTES,
    PAYLOAD,
    SIGNATURE,
    TAG_FILES,
    TAG_MANIFEST,
)
from inktrace.casefile.bag.reading import bounded_bytes, file_sha256, json_object
from inktrace.casefile.bag.sums import folders_of, read_sums
from inktrace.progress import Progress, silent

_BAG: Final = "bag"
FILES: Final = "files"
_TOLD_EVERY: Final = 200


def bag_findings(directory: Path, progress: Progress = silent) -> list[Finding]:
    """One finding on each manifest, one per listed file, one per file that should not be there.

    That all hold shows that the package is unaltered since its manifests were written; who wrote
    them is another question, which the signature answers.
    """
    try:
        there = _there(directory)
    except Unusable as unusable:
        return [Finding(_BAG, False, str(unusable), _BAG)]
    findings: list[Finding] = []
    listed: dict[str, tuple[str, str]] = {}  # path → the manifest that lists it, its digest
    for name, read in ((TAG_MANIFEST, _tag_manifest), (MANIFEST, _manifest)):
        try:
            content = bounded_bytes(directory / name, name, MOST_MANIFEST_BYTES)
            digests, sentence = read(content)
        except Unusable as unusable:
            findings.append(Finding(name, False, str(unusable), _BAG))
        else:
            findings.append(Finding(name, True, sentence, _BAG))
            listed.update({path: (name, digest) for path, digest in digests.items()})
    findings.append(_declaration(directory))
    findings += _each_file(directory, there, listed, progress)
    findings += _added(there, {*listed, *TAG_FILES, TAG_MANIFEST})
    if intact(findings):
        findings.append(_second_opinion(directory))
    if intact(findings):
        findings.append(_identity(directory))
    return findings


@dataclass(frozen=True)
class _There:
    """What lies in a folder, as paths relative to it; nothing was followed."""

    files: frozenset[str]
    folders: frozenset[str]
    others: frozenset[str]  # links, pipes, devices


def _there(directory: Path) -> _There:
    """Raises Unusable where more lies there than a package may have, or a folder is unreadable."""
    files, folders, others = set(), set(), set()
    waiting = [""]
    try:
        while waiting:
            prefix = waiting.pop()
            with os.scandir(directory / prefix) as entries:
                for entry in entries:
                    path = f"{prefix}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        folders.add(path)
                        waiting.append(f"{path}/")
                    elif entry.is_file(follow_symlinks=False):
                        files.add(path)
                    else:
                        others.add(path)
                    if len(files) + len(folders) + len(others) > 2 * MOST_FILES:
                        raise Unusable(f"There are more than {2 * MOST_FILES:,} files and folders.")
                    if len(path) > 2 * MOST_PATH:
                        raise Unusable(f"A path is longer than {2 * MOST_PATH:,} characters.")
    except OSError as error:
        raise Unusable(f"A folder of the package cannot be read: {why(error)}.") from error
    return _There(frozenset(files), frozenset(folders), frozenset(others))


def _tag_manifest(content: bytes) -> tuple[dict[str, str], str]:
    tags = read_sums(content, TAG_MANIFEST)
    if set(tags) != set(TAG_FILES):
        raise Unusable(f"{TAG_MANIFEST} lists other files than {', '.join(sorted(TAG_FILES))}.")
    digest = hashlib.sha256(content).hexdigest()
    return (
        tags,
        f"{TAG_MANIFEST} is well-formed; its own SHA-256, which stands for all, is {digest}.",
    )


def _manifest(content: bytes) -> tuple[dict[str, str], str]:
    payload = read_sums(content, MANIFEST)
    if not all(path.startswith(f"{PAYLOAD}/") for path in payload):
        raise Unusable(f"{MANIFEST} lists a file outside {PAYLOAD}/.")
    return payload, f"{MANIFEST} is well-formed and lists {len(payload):,} files."


def _declaration(directory: Path) -> Finding:
    try:
        content = bounded_bytes(directory / DECLARATION, DECLARATION, MOST_SMALL_BYTES)
    except Unusable as unusable:
        return Finding(DECLARATION, False, str(unusable), _BAG)
    same = content == DECLARATION_TEXT.encode("ascii")
    sentence = f"{DECLARATION} {'declares' if same else 'does not declare'} a bag of RFC 8493."
    return Finding(DECLARATION, same, sentence, _BAG)


def _each_file(
    directory: Path, there: _There, listed: Mapping[str, tuple[str, str]], progress: Progress
) -> Iterator[Finding]:
    left = MOST_BYTES
    for done, (path, (manifest, digest)) in enumerate(sorted(listed.items())):
        if done % _TOLD_EVERY == 0:
            progress("check the files", done, len(listed))
        fault, size = _fault(directory, there, path, digest, manifest, left)
        left -= size
        sentence = f"{path} {fault}." if fault else f"{path} is as {manifest} says."
        yield Finding(path, fault is None, sentence, FILES)


def _fault(
    directory: Path, there: _There, path: str, digest: str, manifest: str, left: int
) -> tuple[str | None, int]:
    if path in there.others or any(folder in there.others for folder in folders_of([path])):
        return "is or lies behind a link, a pipe or a device, which is refused", 0
    if path not in there.files:
        return "is not a file" if path in there.folders else "is missing", 0
    try:
        found, size = file_sha256(directory / path, left)
    except OSError as error:
        return f"cannot be read: {why(error)}", 0
    if size > left:
        return f"goes beyond the {MOST_BYTES:,} bytes that a package may have", left
    if found == digest:
        return None, size
    return f"was altered: its SHA-256 is not the one in {manifest}", size


def _added(there: _There, listed: set[str]) -> Iterator[Finding]:
    """What lies outside signature/ and is in no manifest."""
    folders = {*folders_of(listed), SIGNATURE}
    kinds = ((there.files - listed, "file"), (there.folders - folders, "folder"))
    for paths, kind in (*kinds, (there.others - listed, "link, pipe or device")):
        for path in sorted(paths):
            # The signature's files have a list of their own; folders and links have no place.
            if kind == "file" and path.rpartition("/")[0] == SIGNATURE:
                continue
            name = shown(path)
            sentence = f"{name} was added: no manifest has such a {kind}."
            yield Finding(name, False, sentence, FILES)


def _second_opinion(directory: Path) -> Finding:
    """The bag as the library of the Library of Congress sees it: another reader than ours."""
    try:
        bagit.Bag(str(directory)).validate()
    except (bagit.BagError, OSError, ValueError) as error:
        sentence = f"The library bagit does not find the bag valid: {shown(str(error))}."
        return Finding(_BAG, False, sentence, _BAG)
    return Finding(_BAG, True, "The library bagit, too, finds the bag complete and valid.", _BAG)


def _identity(directory: Path) -> Finding:
    try:
        case = json_object(bounded_bytes(directory / CASE, CASE, MOST_SMALL_BYTES), CASE)
    except Unusable as unusable:
        return Finding(CASE, False, str(unusable), _BAG)
    if (case.get("format"), case.get("format_version")) != (CASE_FORMAT, CASE_FORMAT_VERSION):
        sentence = (
            f"{CASE} is of format {shown(case.get('format'))}, version "
            f"{shown(case.get('format_version'))}; this program reads {CASE_FORMAT}, version "
            f"{CASE_FORMAT_VERSION}."
        )
        return Finding(CASE, False, sentence, _BAG)
    reviewed = "was reviewed by a person" if case.get("reviewed") is True else "was NOT REVIEWED"
    sentence = (
        f"The package is of lead {shown(case.get('lead_id'))}, made by Inktrace "
        f"{shown(case.get('software_version'))}; the lead {reviewed}."
    )
    return Finding(CASE, True, sentence, _BAG)
