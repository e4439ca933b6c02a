"""`inktrace show`: results as readable tables."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from inktrace.cli.options import HERE, JsonOption, WorkspaceOption, opened, print_json, wide_console
from inktrace.units import iso_time


def show(
    what: Annotated[
        str,
        typer.Argument(
            help="authors, templates, identities, identity-links, identity-hubs, links, wallets, "
            "refused-merges, growth-alarms, tag-conflicts, attributions, shared-payers, "
            "credit-purchases, refunds, leads, hash-matches, shared-images, "
            "quarantined-images, referrals, rejects or runs",
            show_default=False,
        ),
    ],
    limit: Annotated[int, typer.Option(min=0, help="Most rows to show.")] = 20,
    method: Annotated[
        str, typer.Option(help="For links and attributions: inktrace, kdd2017 or chen2021.")
    ] = "inktrace",
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show results in a table.

    Example: inktrace show leads --limit 5
    """
    from inktrace.casefile.listings import listing

    with opened(workspace) as case:
        found = listing(case.engine, what, limit, method)
    rows = [{name: _readable(name, value) for name, value in row.items()} for row in found["rows"]]
    if as_json:
        print_json(rows)
        return
    columns = [name.removesuffix("_us") for name in found["columns"]]
    table = Table(*columns, title=f"{what}: {len(rows)} of {found['total']:,}")
    for row in rows:
        # Text objects, so that an ad's square brackets are never taken for our mark-up.
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    wide_console().print(table)


def _readable(name: str, value: Any) -> Any:
    return iso_time(value) if name.endswith("_us") and value is not None else value


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(mark if mark.isprintable() else " " for mark in text)
