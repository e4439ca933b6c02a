"""`inktrace evaluate`: results of a workspace against a planted or known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from inktrace.cli.options import HERE, JsonOption, WorkspaceOption, opened, print_json, wide_console

_NAMES = {"inktrace": "Inktrace", "kdd2017": "KDD 2017 rule", "chen2021": "Chen 2021 rule"}


def evaluate(
    truth: Annotated[Path, typer.Option(help="The truth folder of a world.", show_default=False)],
    q: Annotated[float, typer.Option(min=0, max=1, help="Report rows with q at most this.")] = 0.05,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Compare what was found with the truth: recall and false discoveries, ours and baselines.

    Example: inktrace evaluate --truth world/truth --workspace my-case
    """
    from inktrace.world.figures import figures

    with opened(workspace) as case:
        found = figures(case.engine, truth, q)
    if as_json:
        print_json(found)
    else:
        print_figures(found)


def print_figures(found: dict[str, Any]) -> None:
    """Draw the figures as two small tables and a line on authors."""
    console = wide_console()
    for kind, title in (
        ("attributions", "Who paid for whose ads: (author, wallet)"),
        ("links", "Which payment bought which ad"),
    ):
        columns = ("method", "named", "right", "false share", "to find", "found", "recall")
        table = Table(*columns, title=title, title_justify="left")
        for method, row in found[kind].items():
            table.add_row(
                _NAMES[method],
                f"{row['reported']:,}",
                f"{row['true']:,}",
                _percent(row["false_discovery_proportion"]),
                f"{row['to_find']:,}",
                f"{row['found']:,}",
                _percent(row["recall"]),
            )
        console.print(table)
    authors = found["authors"]
    console.print(
        f"Authors: of the pairs of ads put together, {_percent(authors['pair_precision'])} have "
        f"one author; of the pairs with one author, {_percent(authors['pair_recall'])} were put "
        "together.",
        highlight=False,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
