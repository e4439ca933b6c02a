"""`inktrace referrals`: the month's work list of reports, and why each stands where it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
    wide_console,
)
from inktrace.units import iso_time

app = typer.Typer(
    help="Say which reports to look at first, and why. A place on the list is no finding.",
    no_args_is_help=True,
)


@app.command()
def worklist(
    month: Annotated[
        str | None, typer.Option(help="As 2026-10.", show_default="the latest")
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="How many items can be worked on.")] = 40,
    out: Annotated[Path | None, typer.Option(help="Write it as CSV.", show_default=False)] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List a month's reports in the order of their priority, with reasons.

    Reports of one case are one item with its count: copies of one report, or all that join one
    lead or poster. Items that were judged are left out. How complete a report is stands beside
    its priority and has no part in it. In CSV, text that a spreadsheet would run as a formula
    gets a leading apostrophe.

    Example: inktrace referrals worklist --month 2026-10 --size 40 --out october.csv
    """
    from inktrace.casefile.tables import write_csv
    from inktrace.pipeline import run_stages
    from inktrace.referrals.worklist import work_list

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["referrals"], progress)
        rows = work_list(case.engine.relations(), month, size)
    if out is not None:
        write_csv(rows, out)
    listed = [{**_timed(row)} for row in rows.to_pylist()]
    if as_json:
        print_json(listed)
        return
    _print_list(listed)
    if out is not None:
        print(f"Wrote {out}: {rows.num_rows:,} items.")


@app.command()
def explain(
    referral_id: Annotated[str, typer.Argument(help="A report's id.", show_default=False)],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say why a report has its priority: each point, what was found, and where.

    Example: inktrace referrals explain R-1024
    """
    from inktrace.pipeline import run_stages
    from inktrace.referrals.worklist import explained_report

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["referrals"], progress)
        facts = explained_report(case.engine.relations(), referral_id)
    if as_json:
        print_json(facts)
        return
    _print_report(facts)


@app.command()
def feedback(workspace: WorkspaceOption = HERE, as_json: JsonOption = False) -> None:
    """Say how often each reason stood on reports that people judged useful.

    The intervals hold for reports like those judged, which are those that stood high. Points are
    not changed by this: change them with `inktrace run --set referrals.NAME=POINTS`.

    Example: inktrace referrals feedback
    """
    from inktrace.pipeline import run_stages
    from inktrace.referrals.worklist import judged_reasons

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["referrals"], progress)
        rows = judged_reasons(case.engine.relations())
    if as_json:
        print_json(rows)
        return
    table = Table("reason", "judged", "useful", "share", "95% interval", title="judged reports")
    for row in rows:
        span = f"{row['low']:.2f} to {row['high']:.2f}"
        table.add_row(
            row["reason"], str(row["judged"]), str(row["useful"]), f"{row['share']:.2f}", span
        )
    wide_console().print(table)


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_us"): iso_time(value) if name.endswith("_us") else value
        for name, value in row.items()
    }


def _print_list(rows: list[dict[str, Any]]) -> None:
    table = Table("rank", "item", "priority", "complete", "reports", "received", "why")
    for row in rows:
        cells = (
            str(row["rank"]),
            row["item_id"],
            f"{row['priority']:g}",
            f"{row['completeness']:.0%}",
            f"{row['reports']} ({row['reporters']} reporters)",
            row["received"][:10],
            (row["reasons"] or "").replace(" | ", "\n"),
        )
        table.add_row(*(_shown(cell) for cell in cells))
    wide_console().print(table)


def _print_report(facts: dict[str, Any]) -> None:
    console = wide_console()
    rank = facts["rank"]
    place = f"item {facts['item_id']}, {facts['item_reports']} reports, {facts['grouped_by']}"
    listed = f", rank {rank} of {facts['month']}" if rank else ""
    console.print(_shown(f"Report {facts['referral_id']}: {place}{listed}"))
    said = f"priority {facts['priority']:g}; completeness {facts['completeness']:.0%}"
    judged = f"; judged {facts['verdict']}" if facts["verdict"] else ""
    console.print(_shown(f"{said}, which has no part in it{judged}"))
    for row in facts["reasons"]:
        console.print(_shown(f"{row['points']:+g}  {row['what']}  [{row['source']}]"))
    for row in facts["identifiers"]:
        console.print(_shown(f"gives {row['kind']} {row['value']} ({row['found_in']})"))
    others = [one["referral_id"] for one in facts["item"]]
    console.print(_shown("reports of the item: " + " ".join(others)))


def _shown(value: str) -> Text:
    """As plain text: never mark-up, never a terminal's escape sequence."""
    return Text("".join(mark if mark.isprintable() or mark == "\n" else " " for mark in value))
