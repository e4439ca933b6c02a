"""`inktrace case`: build, sign, time-stamp and verify case packages."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.case_export import export
from inktrace.cli.case_profiles import RedactionKeyOption, RedactOption, profiles
from inktrace.cli.case_replay import replay
from inktrace.cli.case_verify import verify
from inktrace.cli.chain_options import BlocksOption, CookieOption, NodeOption, raw_blocks
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.cli.passphrases import PassphraseOption, passphrase_from
from inktrace.errors import InputError, UsageError, VerificationError

if TYPE_CHECKING:
    from inktrace.casefile.bag.signing import Signing

app = typer.Typer(
    help="Build, sign, time-stamp, verify and replay case packages.", no_args_is_help=True
)

_Name = Annotated[
    str | None,
    typer.Option("--signer-name", help="A name to put beside the signature.", show_default=False),
]
_Package = Annotated[Path, typer.Argument(help="The package's folder.", show_default=False)]


def build(
    lead: Annotated[str, typer.Argument(help="The lead, e.g. L-0123456789.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The folder to make.", show_default=False)],
    as_zip: Annotated[
        bool, typer.Option("--zip", help="Make one file, OUT.zip, and no folder.")
    ] = False,
    sign_with: Annotated[
        Path | None,
        typer.Option("--sign", help="Sign with this private key.", show_default=False),
    ] = None,
    passphrase_file: PassphraseOption = None,
    signer_name: _Name = None,
    redact: RedactOption = "standard",
    redaction_key: RedactionKeyOption = None,
    workspace: WorkspaceOption = HERE,
    blocks: BlocksOption = None,
    node: NodeOption = None,
    cookie: CookieOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the package of one lead as a BagIt bag: report, exhibits, digests, signature.

    Example: inktrace case build L-0123456789 --out package --sign officer.key
    """
    from inktrace import __version__
    from inktrace.casefile.package import build_case
    from inktrace.casefile.redaction.gathered import Redaction
    from inktrace.casefile.redaction.profiles import profile_named
    from inktrace.schema import TABLES

    if sign_with is None and (passphrase_file is not None or signer_name is not None):
        raise UsageError("a passphrase or a name is given, but no key", do="name one with --sign")
    profile_named(redact)
    # Before the work starts: a wrong passphrase should cost no minute.
    signing = None if sign_with is None else _signing(sign_with, passphrase_file, signer_name)
    with opened(workspace) as case, progress_bars(as_json) as progress:
        relations = case.engine.relations(tuple(TABLES))
        with raw_blocks(case, blocks, node, cookie) as raw:
            summary = build_case(
                relations,
                lead,
                out,
                case.params,
                __version__,
                progress,
                as_zip=as_zip,
                signing=signing,
                raw_blocks=raw,
                redaction=Redaction.of_workspace(workspace, lead, redact, redaction_key),
            )
        facts = dataclasses.asdict(summary)
        details = {"lead_id": lead, "out": summary.directory, "sha256": summary.manifest_sha256}
        details |= {"redaction": redact, "lead_in_package": summary.lead_id}
        if summary.signer is not None:
            details["signer"] = summary.signer
        case.audit.append("build case", details)
    if as_json:
        print_json(facts)
        return
    page = "data/report.html" if as_zip else Path(summary.directory) / "data" / "report.html"
    print(f"Built {summary.directory}. Open {page} in a browser; a person must review it.")
    print(f"SHA-256 of tagmanifest-sha256.txt, for the receiver: {summary.manifest_sha256}")
    print(summary.redaction)
    if summary.lead_id != lead:
        print(f"In the package this lead is called {summary.lead_id}.")
    if summary.signer is not None:
        print(f"Signed with the key {summary.signer}.")


def sign(
    package: _Package,
    key: Annotated[Path, typer.Option(help="The private key.", show_default=False)],
    passphrase_file: PassphraseOption = None,
    signer_name: _Name = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a package that was built without a signature; its files are checked first.

    Example: inktrace case sign package --key officer.key
    """
    from inktrace.casefile.bag.contents import bag_findings
    from inktrace.casefile.bag.findings import intact
    from inktrace.casefile.bag.signing import write_signature

    _refuse_other_than_folder(package)
    if not intact(bag_findings(package)):
        raise VerificationError(
            "this package is not intact, and a signature would vouch for it",
            where=package,
            do="see what is wrong: inktrace case verify DIR",
        )
    public = write_signature(package, _signing(key, passphrase_file, signer_name))
    if as_json:
        print_json({"package": str(package), "signer": public.fingerprint})
    else:
        print(f"Signed {package} with the key {public.fingerprint}.")


def timestamp(
    package: _Package,
    request: Annotated[
        Path | None,
        typer.Option(help="Write a request here, to send to an authority.", show_default=False),
    ] = None,
    token: Annotated[
        Path | None,
        typer.Option(help="Attach this answer of an authority.", show_default=False),
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option(help="Root certificates to check the answer with (PEM).", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a time-stamp request (RFC 3161) over a signed package, or attach the answer to one.

    Nobody is contacted: you send the request and fetch the answer.

    Example: inktrace case timestamp package --request package.tsq
    """
    from inktrace.casefile.bag.timestamp import attach_token, read_roots, write_request

    _refuse_other_than_folder(package)
    if (request is None) == (token is None):
        raise UsageError("name either --request or --token", do="first the one, then the other")
    if request is not None:
        write_request(package, request)
        facts = [{"request": str(request)}]
        told = [
            f"Wrote {request}. Send it to a time-stamp authority (content type "
            "application/timestamp-query), and attach the answer with --token."
        ]
    if token is not None:
        findings = attach_token(package, token, [] if roots is None else read_roots(roots))
        facts = [dataclasses.asdict(finding) for finding in findings]
        told = [f"Attached {token}.", *(finding.sentence for finding in findings)]
    if as_json:
        print_json(facts)
    else:
        print("\n".join(told))


# In the order of the work, which is how the help lists them.
for _command in (build, verify, replay, sign, timestamp, export, profiles):
    app.command()(_command)


def _signing(key: Path, passphrase_file: Path | None, name: str | None) -> Signing:
    from inktrace.casefile.bag.keys import read_private_key
    from inktrace.casefile.bag.signing import Signing

    private = read_private_key(key, passphrase_from(passphrase_file))
    return Signing(private, name, time.time_ns() // 1000)


def _refuse_other_than_folder(package: Path) -> None:
    if package.is_symlink() or not package.is_dir():
        raise InputError("this is not a folder", where=package, do="name a package's folder")
