"""`inktrace export` and `inktrace score`: tables for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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


def export(
    what: Annotated[
        str,
        typer.Argument(
            help="authors, identities, identity-links, identity-hubs, links, wallets, "
            "attributions, leads, transactions, inputs or outputs",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
    format: Annotated[str, typer.Option(help="csv, parquet or jsonl.")] = "csv",
    method: Annotated[
        str, typer.Option(help="For attributions: inktrace, kdd2017 or chen2021.")
    ] = "inktrace",
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write a result table to a file. Times are epoch seconds, unknown values are empty.

    Example: inktrace export attributions --format csv --out attributions.csv
    """
    from inktrace.casefile.exports import write_export

    with opened(workspace) as case:
        rows = write_export(case.engine, what, out, _format(format), method)
    _say(as_json, {"file": str(out), "rows": rows}, f"{out}: {rows:,} rows")


def score(
    pairs: Annotated[
        Path, typer.Argument(help="CSV with columns ad_id_a, ad_id_b.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="The CSV file to write.", show_default=False)],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Score any pairs of ads: log10 likelihood ratio of one author against two, from text alone.

    Example: inktrace score pairs.csv --out scores.csv
    """
    from inktrace.authors import score_pairs
    from inktrace.casefile.tables import write_csv
    from inktrace.pipeline import run_stages
    from inktrace.sources.pairs import read_pairs

    with opened(workspace) as case, progress_bars(as_json) as progress:
        wanted = read_pairs(pairs)
        run_stages(case, ["authors"], progress)
        scores = score_pairs(case.engine.relations(), wanted, case.params.authors)
    write_csv(scores, out)
    _say(as_json, {"file": str(out), "rows": scores.num_rows}, f"{out}: {scores.num_rows:,} pairs")


def _format(text: str) -> Any:
    if text not in ("csv", "parquet", "jsonl"):
        raise UsageError(f"there is no format {text!r}", do="choose csv, parquet or jsonl")
    return text


def _say(as_json: bool, facts: dict[str, Any], sentence: str) -> None:
    if as_json:
        print_json(facts)
    else:
        print(sentence)
