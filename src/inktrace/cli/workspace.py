"""`inktrace init`, `params` and `doctor`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from inktrace.cli.options import HERE, JsonOption, WorkspaceOption, opened, print_json, wide_console


def init(
    directory: Annotated[
        Path | None, typer.Argument(help="The folder to make.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make a new case folder.

    Example: inktrace init my-case
    """
    from inktrace.workspace import create_workspace

    path = directory or workspace
    create_workspace(path).close()
    if as_json:
        print_json({"workspace": str(path)})
    else:
        print(f"Made the workspace {path}. Next: inktrace add ads FILE --workspace {path}")


def params(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """List every parameter: value, default, range, meaning and where the default comes from.

    Change one with: inktrace run --set authors.NAME=VALUE
    """
    from inktrace.params import SECTION_FIELDS

    with opened(workspace) as case:
        rows = [
            {
                "parameter": f"{section}.{name}",
                "value": getattr(getattr(case.params, section), name),
                "default": field.default,
                "low": field.metadata["low"],
                "high": field.metadata["high"],
                "help": field.metadata["help"],
                "source": field.metadata["source"],
            }
            for section, fields in SECTION_FIELDS.items()
            for name, field in fields.items()
        ]
    if as_json:
        print_json(rows)
        return
    table = Table("parameter", "value", "default", "meaning", "source")
    for row in rows:
        table.add_row(*(str(row[c]) for c in ("parameter", "value", "default", "help", "source")))
    wide_console().print(table)


def doctor(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Check a case folder: database, parameters, audit chain, and which stages are stale.

    Example: inktrace doctor --workspace my-case
    """
    from inktrace.pipeline import stage_states

    with opened(workspace) as case:
        entries = case.audit.check()
        stages = [dataclasses.asdict(state) for state in stage_states(case)]
        files = case.engine.rows("SELECT count(*) FROM source_files")[0][0]
    facts = {"audit_entries": entries, "source_files": files, "stages": stages}
    if as_json:
        print_json(facts)
        return
    print(f"The audit log holds: {entries} entries, each carrying the digest of the one before.")
    print(f"{files} source files were added.")
    for state in stages:
        print(f"{state['stage']:14} {'up to date' if state['fresh'] else 'stale: run it'}")
