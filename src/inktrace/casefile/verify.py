"""Whether a case package is still what was handed over: the check of the one who receives it.

The package may come from anyone, so nothing in it is trusted: sizes are bounded before anything
is read, links are refused, and a path that leaves the folder is an error, never followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.x509 import Certificate

from inktrace.casefile.bag.checks import CHECKS, Check, further_findings
from inktrace.casefile.bag.contents import bag_findings
from inktrace.casefile.bag.findings import Finding, Unusable, intact
from inktrace.casefile.bag.layout import SIGNATURE
from inktrace.casefile.bag.signing import signature_findings
from inktrace.casefile.bag.timestamp import token_findings
from inktrace.casefile.bag.zip_read import unpacked
from inktrace.casefile.chain import check_chain, headers_of
from inktrace.errors import InputError
from inktrace.progress import Progress, silent


def verify_case(
    package: Path,
    expected: str | None = None,
    roots: Sequence[Certificate] = (),
    checks: Sequence[Check] = CHECKS,
    progress: Progress = silent,
    headers: Path | None = None,
) -> list[Finding]:
    """Every file of a package, its signature, its time-stamp, and what else can be checked.

    `package` is a folder or a zip file; `expected` the fingerprint of the key that the reader
    knows to be the signer's; `roots` certificates of time-stamp authorities that they trust;
    `headers` a file of block headers that they trust, in hex, one a line.
    Altered, missing and added files are named, one finding each. Raises InputError if there is
    no such folder or file, or the headers cannot be read.
    """
    if headers is not None:
        headers_of(headers)  # an unreadable file is the reader's, no fault of the package
        checks = [_with_headers(headers) if one is check_chain else one for one in checks]
    if package.is_symlink() or not (package.is_dir() or package.is_file()):
        raise InputError(
            "this is neither a folder nor a zip file", where=package, do="name a case package"
        )
    if package.is_dir():
        return _folder_findings(package, expected, list(roots), checks, progress)
    try:
        with unpacked(package) as directory:
            return _folder_findings(directory, expected, list(roots), checks, progress)
    except Unusable as unusable:
        return [Finding("zip file", False, str(unusable), "zip file")]


def _with_headers(headers: Path) -> Check:
    def chain(root: Path) -> Iterator[Finding]:
        """Raw transactions and their proofs, against the headers that you trust."""
        return check_chain(root, headers)

    return chain


def _folder_findings(
    directory: Path,
    expected: str | None,
    roots: list[Certificate],
    checks: Sequence[Check],
    progress: Progress,
) -> list[Finding]:
    findings = bag_findings(directory, progress)
    is_intact = intact(findings)
    findings += signature_findings(directory, expected)
    if (directory / SIGNATURE).is_dir() and not (directory / SIGNATURE).is_symlink():
        findings += token_findings(directory, roots)
    return [*findings, *further_findings(directory, is_intact, checks)]
