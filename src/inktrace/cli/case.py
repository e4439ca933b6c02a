"""`inktrace case`: build and verify case packages."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from inktrace.cli.case_replay import replay
from inktrace.cli.chain_options import BlocksOption, CookieOption, NodeOption, raw_blocks
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.errors import VerificationError

app = typer.Typer(help="Build and verify case packages.", no_args_is_help=True)
app.command()(replay)


@app.command()
def build(
    lead: Annotated[str, typer.Argument(help="The lead, e.g. L-0123456789.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The folder to make.", show_default=False)],
    workspace: WorkspaceOption = HERE,
    blocks: BlocksOption = None,
    node: NodeOption = None,
    cookie: CookieOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the package of one lead: report.html, exhibits and manifest.json.

    Example: inktrace case build L-0123456789 --out package
    """
    from inktrace import __version__
    from inktrace.casefile import build_case
    from inktrace.schema import TABLES

    with opened(workspace) as case, progress_bars(as_json) as progress:
        relations = case.engine.relations(tuple(TABLES))
        with raw_blocks(case, blocks, node, cookie) as raw:
            summary = build_case(relations, lead, out, case.params, __version__, progress, raw)
        facts = dataclasses.asdict(summary)
        case.audit.append("build case", {"lead_id": lead, "out": str(out)})
    if as_json:
        print_json(facts)
    else:
        print(f"Built {out}. Open {out / 'report.html'} in a browser; a person must review it.")


@app.command()
def verify(
    directory: Annotated[Path, typer.Argument(help="The package's folder.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Check a package against its manifest; every altered, missing or added file is named.

    Example: inktrace case verify package
    """
    from inktrace.casefile import verify_case

    findings = verify_case(directory)
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print(f"{'holds' if finding.holds else 'FAILS':6} {finding.sentence}")
    failed = [finding for finding in findings if not finding.holds]
    if failed:
        raise VerificationError(
            f"{len(failed)} of {len(findings)} checks fail", where=directory, do="do not rely on it"
        )
