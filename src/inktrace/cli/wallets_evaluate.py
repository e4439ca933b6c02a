"""`inktrace wallets evaluate`: clusters, change and CoinJoin verdicts against known wallets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
    wide_console,
)


def evaluate(
    truth: Annotated[
        Path | None,
        typer.Option(
            help="CSV of known addresses: address, wallet.", show_default="actors named by tags"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write JSON and pictures into this folder.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Measure address clusters, change heuristics and CoinJoin verdicts on known wallets.

    Example: inktrace wallets evaluate --truth known.csv --out figures
    """
    from inktrace.casefile.evaluation_files import write_evaluation
    from inktrace.casefile.wallet_figures import wallet_pictures
    from inktrace.pipeline import run_stages
    from inktrace.sources.wallet_truth import read_wallet_truth
    from inktrace.wallets import evaluate_wallets

    known = None if truth is None else read_wallet_truth(truth)
    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["change"], progress)
        document = evaluate_wallets(case.engine.relations(), known, case.params.change, progress)
    files = [] if out is None else write_evaluation(document, out, wallet_pictures(document))
    if as_json:
        print_json(document)
        return
    print_wallet_figures(document)
    if files:
        print(f"Wrote {', '.join(files)} into {out}.")


def print_wallet_figures(document: Mapping[str, Any]) -> None:
    """Draw the figures of an evaluation as tables and lines."""
    console = wide_console()
    truth = document["truth"]
    console.print(
        f"Known: {truth['addresses_found']:,} of {truth['addresses']:,} addresses are here, of "
        f"{truth['wallets']:,} wallets. {truth['held_out']}",
        highlight=False,
    )
    for name, words in (
        ("clusters", "Clusters by co-spending"),
        ("clusters_joined_by_change", "If change joined them too"),
    ):
        found = document[name]
        console.print(
            f"{words}: {found['pairs_together']:,} pairs put together, "
            f"{found['wrong_pairs']:,} wrongly; precision {_share(found['precision'])}, recall "
            f"{_share(found['recall'])}; {found['clusters_of_several_owners']:,} clusters hold "
            "several owners.",
            highlight=False,
        )
    _print_change(console, document["change"])
    _print_coinjoins(console, document["coinjoins"])


def _print_change(console: Any, change: Mapping[str, Any]) -> None:
    title = f"Change, in {change['payments_with_change']:,} payments known to have it"
    columns = ("heuristic", "speaks of", "names", "right", "of all change", "keeps the change")
    table = Table(*columns, title=title, title_justify="left")
    for name, row in change["heuristics"].items():
        table.add_row(
            name, f"{row['speaks_of']:,}", f"{row['names']:,}", _share(row["precision"]),
            _share(row["coverage"]), _share(row["keeps_the_change"]),
        )  # fmt: skip
    together = change["together"]
    table.add_row(
        "composed", "", f"{together['names']:,}", _share(together["precision"]),
        _share(together["coverage"]), f"{together['conflicts']:,} conflicts",
    )  # fmt: skip
    console.print(table)
    for row in together["by_agreeing"]:
        console.print(
            f"Named by {row['agreeing']}{' or more' if row['agreeing'] == 3 else ''} alone: "
            f"stated {row['stated']:.1%} (measured on {', '.join(row['measured_on'])}), observed "
            f"{_share(row['observed'])}.",
            highlight=False,
        )


def _print_coinjoins(console: Any, found: Mapping[str, Any]) -> None:
    table = Table("CoinJoins: transactions", "yes", "undecided", "no")
    for name, row in found["against_truth"].items():
        table.add_row(name.replace("_", " "), *(f"{row[one]:,}" for one in row))
    console.print(table)
    rules = ", ".join(f"{name} {count:,}" for name, count in found["verdicts"].items())
    console.print(f"By rule: {rules or 'none'}. {found['payjoin']}", highlight=False)


def _share(share: Mapping[str, float] | None) -> str:
    if share is None:
        return "–"
    interval = f"{100 * share['low']:.1f}–{100 * share['high']:.1f}"
    return f"{share['value']:.1%} ({interval})"
