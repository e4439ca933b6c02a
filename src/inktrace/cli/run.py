"""`inktrace run`: bring the stages up to date."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.errors import UsageError

if TYPE_CHECKING:
    from inktrace.pipeline import StageRun


def run(
    stages: Annotated[
        list[str] | None,
        typer.Argument(help="Stages to run, with what they need.", show_default="all"),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Change a parameter first; kept in inktrace.toml."
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Run the stale stages in order: texts, authors, wallets, change, payments, attribution,
    credit, images, identities, rings, referrals.

    Example: inktrace run --workspace my-case --set attribution.report_q=0.05
    """
    from inktrace.pipeline import run_stages

    with opened(workspace) as case:
        if settings:
            case.set_parameters(dict(_setting(text) for text in settings))
        with progress_bars(as_json) as progress:
            done = run_stages(case, stages or [], progress)
    if as_json:
        print_json([dataclasses.asdict(stage) for stage in done])
    else:
        print_runs(done)


def print_runs(done: list[StageRun]) -> None:
    """Say of each stage what it did."""
    for stage in done:
        if stage.ran:
            rows = ", ".join(f"{count:,} {table}" for table, count in stage.rows.items())
            print(f"{stage.stage:14} ran in {stage.seconds:.1f} s: {rows}")
    if not any(stage.ran for stage in done):
        print("Nothing to do: every stage is up to date.")


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r} has no value", do="write it as NAME=VALUE")
    return name.strip(), value.strip()
