"""`inktrace case verify`: what holds of a package, what does not, and what was not checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.options import JsonOption, print_json, progress_bars
from inktrace.errors import VerificationError

if TYPE_CHECKING:
    from inktrace.casefile.bag.findings import Finding

_WORDS = {True: "holds", False: "FAILS", None: "not checked"}


def verify(
    package: Annotated[
        Path, typer.Argument(help="The package: a folder or a zip file.", show_default=False)
    ],
    key: Annotated[
        str | None,
        typer.Option(
            help="The signer's public key (KEY.pub) or its fingerprint (SHA256:…).",
            show_default=False,
        ),
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option(help="Root certificates of time-stamp authorities (PEM).", show_default=False),
    ] = None,
    headers: Annotated[
        Path | None,
        typer.Option(help="Block headers that you trust, in hex, one a line.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a package: every altered, missing or added file is named; who signed it, and when.

    Example: inktrace case verify package --key officer.key.pub
    """
    from inktrace.casefile.bag.timestamp import read_roots
    from inktrace.casefile.verify import verify_case

    expected = None if key is None else _fingerprint(key)
    trusted = [] if roots is None else read_roots(roots)
    with progress_bars(as_json) as progress:
        findings = verify_case(package, expected, trusted, progress=progress, headers=headers)
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        _print(findings)
    failed = [finding for finding in findings if finding.holds is False]
    if failed:
        raise VerificationError(
            f"{len(failed)} of {len(findings)} checks fail", where=package, do="do not rely on it"
        )


def _fingerprint(key: str) -> str:
    from inktrace.casefile.bag.keys import read_public_key

    return key if key.startswith("SHA256:") else read_public_key(Path(key)).fingerprint


def _print(findings: Sequence[Finding]) -> None:
    """One line per finding; files that hold are counted, not listed."""
    files = [finding for finding in findings if finding.part == "files"]
    good = sum(finding.holds is True for finding in files)
    for finding in findings:
        if finding.part != "files" or not finding.holds:
            print(f"{_WORDS[finding.holds]:11}  {finding.sentence}")
    if good:
        print(f"{_WORDS[True]:11}  {good:,} files are as the manifests say.")
    held, failed, unchecked = (
        sum(finding.holds is state for finding in findings) for state in (True, False, None)
    )
    print(f"{held:,} hold, {failed:,} fail, {unchecked:,} not checked.")
    unsure = {finding.part for finding in findings if finding.holds is None}
    if "signature" in unsure and not failed:
        print(
            "Who made this package was not checked. Whoever alters files can write all lists of "
            "digests anew, and then they hold: see the lines “not checked”."
        )
    print("None of this shows that the lead is right: it shows what you hold, and from whom.")
