"""`inktrace identities`: why the ads of an identity are together."""

from __future__ import annotations

from collections.abc import Mapping
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

app = typer.Typer(help="Explain who was taken for one identity, and why.", no_args_is_help=True)

_MOST_ROWS = 40


# A callback keeps `explain` a command of its own while it is the only one.
@app.callback()
def _root() -> None:
    pass


@app.command()
def explain(
    identity: Annotated[
        str, typer.Argument(help="An identity's id (I-…), or an ad's.", show_default=False)
    ],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say why the ads of an identity are together: every join as a sum of log10 weights.

    Example: inktrace identities explain I-0123456789
    """
    from inktrace.identities import explained_identity
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["identities"], progress)
        facts = explained_identity(case.engine.relations(), identity, case.params.identities)
    if as_json:
        print_json(facts)
        return
    _print(facts)


def _print(facts: Mapping[str, Any]) -> None:
    console = wide_console()
    console.print(
        f"{facts['identity_id']}: {len(facts['ads']):,} ads of {len(facts['authors']):,} authors "
        f"({' '.join(facts['authors'][:10])}), in {len(facts['parts']):,} parts held together by "
        "their own contacts or text.",
        highlight=False,
    )
    if facts["joins"]:
        console.print(_weights(facts, "joins", "Joined, in order; log10 weights add up"))
    if facts["refused"]:
        console.print(_weights(facts, "refused", "Weighed and not joined"))
    for hub in facts["hubs"]:
        console.print(
            Text(f"Hub, ties nobody: {hub['kind']} {_shown(hub['value'])}: {hub['reason']}.")
        )
    console.print(
        f"Clusters are joined from log10 odds of {facts['threshold']:g}. A judgement of two ads "
        "(inktrace add judgements) joins or parts them. A lead for a person to review, no proof.",
        highlight=False,
    )


def _weights(facts: Mapping[str, Any], key: str, title: str) -> Table:
    rows = facts[key]
    more = f" (first {_MOST_ROWS} of {len(rows):,})" if len(rows) > _MOST_ROWS else ""
    table = Table("a", "ads", "b", "ads", "prior", *facts["weights"], "= total", "why",
                  title=title + more, title_justify="left")  # fmt: skip
    for row in rows[:_MOST_ROWS]:
        why = row["reason"]
        if row.get("in_common"):
            others = row["in_common_count"] - 2
            why += ": " + ", ".join(_shown(one) for one in row["in_common"][:2])
            why += f" and {others:,} more" if others > 0 else ""
        table.add_row(
            row["part_id_a"], f"{row['ads_a']:,}", row["part_id_b"], f"{row['ads_b']:,}",
            *(f"{row[name]:+.2f}" for name in ("prior", *facts["weights"], "total")),
            Text(why),
        )  # fmt: skip
    return table


def _shown(value: str) -> str:
    printable = "".join(mark if mark.isprintable() else " " for mark in value)
    return printable if len(printable) <= 30 else printable[:29] + "…"
