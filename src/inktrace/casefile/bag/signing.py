"""Who vouches for a package: a statement that names the bag's digest, and its signature."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inktrace.casefile.bag.findings import Finding, Unusable, shown
from inktrace.casefile.bag.keys import PublicKey, parsed_public_key, public_of
from inktrace.casefile.bag.layout import (
    CASE,
    MOST_FILES,
    MOST_SMALL_BYTES,
    PUBLIC_KEY,
    SIGNATURE,
    SIGNATURE_SUMS,
    SIGNED_FILES,
    STATEMENT,
    STATEMENT_SIGNATURE,
    TAG_MANIFEST,
    TIMESTAMP,
)
from inktrace.casefile.bag.reading import bounded_bytes, json_bytes, json_object
from inktrace.casefile.bag.sshsig import signature_of, signer_of
from inktrace.casefile.bag.sums import read_sums, sums_bytes
from inktrace.errors import InputError, WorkspaceError
from inktrace.units import iso_time

STATEMENT_FORMAT: Final = "inktrace case signature"
STATEMENT_VERSION: Final = 1
MOST_NAME: Final = 200


@dataclass(frozen=True)
class Signing:
    """With what a package is signed: the key, a name to put beside it, and the time (UTC, µs)."""

    key: Ed25519PrivateKey
    name: str | None
    signed_us: int


def write_signature(directory: Path, signing: Signing) -> PublicKey:
    """Write signature/ of a bag; it appears only when it is whole. Returns the signer's key.

    Raises InputError if it is signed already or the name is unusable, WorkspaceError where it
    cannot be written.
    """
    target = directory / SIGNATURE
    if target.exists() or target.is_symlink():
        raise InputError(
            "this package is signed already",
            where=directory,
            do="take away its folder signature/ first if another signature shall replace it",
        )
    name = signing.name
    if name is not None and not (name.isprintable() and 0 < len(name) <= MOST_NAME):
        raise InputError(
            f"the signer's name must be 1 to {MOST_NAME} printable characters", do="shorten it"
        )
    files = _signature_files(directory, signing)
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        try:
            for path, content in files.items():
                (partial / Path(path).name).write_bytes(content)
            partial.chmod(0o755)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise WorkspaceError(
            f"the signature cannot be written: {error.strerror or error}",
            where=target,
            do="check the folder, its permissions and the free space",
        ) from error
    return public_of(signing.key)


def signature_sums(directory: Path, paths: tuple[str, ...]) -> bytes:
    """The digests of files of signature/ as a list that `sha256sum -c` reads."""
    return sums_bytes(
        {path: hashlib.sha256((directory / path).read_bytes()).hexdigest() for path in paths}
    )


def signature_findings(directory: Path, expected: str | None) -> list[Finding]:
    """What signature/ says and whether it holds.

    `expected` is the fingerprint of the key that the reader knows to be the signer's, or None.
    """
    folder = directory / SIGNATURE
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return [Finding(SIGNATURE, False, f"{SIGNATURE} is not a folder.", SIGNATURE)]
    if not folder.exists():
        holds = None if expected is None else False
        sentence = (
            "The package is not signed: nothing in it shows who made it. Compare the SHA-256 of "
            f"{TAG_MANIFEST} with one that came by another way."
        )
        return [Finding(SIGNATURE, holds, sentence, SIGNATURE)]
    findings = _sums_findings(directory)
    try:
        statement, key = _checked(directory)
        findings += [_says(statement, key), _identity(key, expected)]
        findings += _agreement(directory, statement, key)
    except Unusable as unusable:
        findings.append(Finding(STATEMENT_SIGNATURE, False, str(unusable), SIGNATURE))
    return findings


def statement_bytes(directory: Path) -> bytes:
    """The signed statement of a package. Raises Unusable if there is none."""
    return bounded_bytes(directory / STATEMENT, STATEMENT, MOST_SMALL_BYTES)


def _signature_files(directory: Path, signing: Signing) -> dict[str, bytes]:
    case = json_object(bounded_bytes(directory / CASE, CASE, MOST_SMALL_BYTES), CASE)
    key = public_of(signing.key)
    statement = json_bytes(
        {
            "format": STATEMENT_FORMAT,
            "format_version": STATEMENT_VERSION,
            "tagmanifest_sha256": _tag_manifest_sha256(directory),
            "lead_id": case.get("lead_id"),
            "reviewed": case.get("reviewed"),
            "signer_fingerprint": key.fingerprint,
            "signer_name": signing.name,
            "signed_at": iso_time(signing.signed_us // 1_000_000 * 1_000_000),
        }
    )
    files = {
        PUBLIC_KEY: key.line.encode("ascii"),
        STATEMENT: statement,
        STATEMENT_SIGNATURE: signature_of(statement, signing.key),
    }
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    return {**files, SIGNATURE_SUMS: sums_bytes(digests)}


def _tag_manifest_sha256(directory: Path) -> str:
    content = bounded_bytes(directory / TAG_MANIFEST, TAG_MANIFEST, MOST_SMALL_BYTES)
    return hashlib.sha256(content).hexdigest()


def _sums_findings(directory: Path) -> list[Finding]:
    """Each file of signature/ against its list: names what was damaged, missing or added."""
    may_be = {*SIGNED_FILES, TIMESTAMP}
    findings = []
    try:
        content = bounded_bytes(directory / SIGNATURE_SUMS, SIGNATURE_SUMS, MOST_SMALL_BYTES)
        digests = read_sums(content, SIGNATURE_SUMS)
        listed = set(digests)
        if not set(SIGNED_FILES) <= listed or not listed <= may_be:
            raise Unusable(f"{SIGNATURE_SUMS} does not list the files that a signature has.")
    except Unusable as unusable:
        findings.append(Finding(SIGNATURE_SUMS, False, str(unusable), SIGNATURE))
        listed, digests = may_be, {}
    for path, digest in sorted(digests.items()):
        fault = _fault(directory, path, digest)
        sentence = fault or f"{path} is as {SIGNATURE_SUMS} says."
        findings.append(Finding(path, fault is None, sentence, SIGNATURE))
    for place in sorted(itertools.islice((directory / SIGNATURE).iterdir(), MOST_FILES)):
        path = f"{SIGNATURE}/{place.name}"
        if path not in {*listed, SIGNATURE_SUMS}:
            name = shown(path)
            sentence = f"{name} was added: {SIGNATURE_SUMS} does not name it."
            findings.append(Finding(name, False, sentence, SIGNATURE))
    return findings


def _fault(directory: Path, path: str, digest: str) -> str | None:
    try:
        content = bounded_bytes(directory / path, path, MOST_SMALL_BYTES)
    except Unusable as unusable:
        return str(unusable)
    if hashlib.sha256(content).hexdigest() == digest:
        return None
    return f"{path} is not what {SIGNATURE_SUMS} says: one of the two was altered."


def _checked(directory: Path) -> tuple[dict[str, Any], PublicKey]:
    content = statement_bytes(directory)
    signature = bounded_bytes(
        directory / STATEMENT_SIGNATURE, STATEMENT_SIGNATURE, MOST_SMALL_BYTES
    )
    try:
        key = signer_of(content, signature)
    except Unusable as unusable:
        raise Unusable(f"{STATEMENT_SIGNATURE} does not hold: {unusable}.") from unusable
    statement = json_object(content, STATEMENT)
    wanted = (STATEMENT_FORMAT, STATEMENT_VERSION)
    if (statement.get("format"), statement.get("format_version")) != wanted:
        raise Unusable(f"{STATEMENT} is not a statement of the kind that this program reads.")
    return statement, key


def _says(statement: dict[str, Any], key: PublicKey) -> Finding:
    name = statement.get("signer_name")
    who = f"; the signer calls themselves {shown(name)}" if name is not None else ""
    sentence = (
        f"The signature holds: the key {key.fingerprint} signed {STATEMENT}{who}. By the signer's "
        f"own clock that was at {shown(statement.get('signed_at'))}."
    )
    return Finding(STATEMENT_SIGNATURE, True, sentence, SIGNATURE)


def _agreement(directory: Path, statement: dict[str, Any], key: PublicKey) -> list[Finding]:
    findings = []
    signed = statement.get("tagmanifest_sha256") == _tag_manifest_sha256(directory)
    words = "is the one" if signed else "is NOT the one"
    sentence = f"{TAG_MANIFEST} {words} that was signed."
    findings.append(Finding(TAG_MANIFEST, signed, sentence, SIGNATURE))
    case = json_object(bounded_bytes(directory / CASE, CASE, MOST_SMALL_BYTES), CASE)
    same = all(statement.get(field) == case.get(field) for field in ("lead_id", "reviewed"))
    words = "agrees" if same else "does NOT agree"
    sentence = f"The statement {words} with {CASE} on the lead and whether a person reviewed it."
    findings.append(Finding(STATEMENT, same, sentence, SIGNATURE))
    given = parsed_public_key(bounded_bytes(directory / PUBLIC_KEY, PUBLIC_KEY, MOST_SMALL_BYTES))
    ours = given == key and statement.get("signer_fingerprint") == key.fingerprint
    words = "is the key" if ours else "is NOT the key"
    sentence = f"{PUBLIC_KEY} {words} that signed, and that the statement names."
    return [*findings, Finding(PUBLIC_KEY, ours, sentence, SIGNATURE)]


def _identity(key: PublicKey, expected: str | None) -> Finding:
    if expected is None:
        sentence = (
            "Whose key it is was not checked: the package itself says so. Compare "
            f"{key.fingerprint} with the fingerprint that the signer gives you by another way, "
            "or name their key with --key."
        )
        return Finding("signer", None, sentence, SIGNATURE)
    if key.fingerprint == expected:
        return Finding("signer", True, "The key is the one that you expected.", SIGNATURE)
    sentence = f"The key is NOT the one that you expected, which is {shown(expected)}."
    return Finding("signer", False, sentence, SIGNATURE)
