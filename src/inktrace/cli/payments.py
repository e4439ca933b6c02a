"""`inktrace payments`: what links and attributions rest on, and what was learned of sites."""

from __future__ import annotations

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
from inktrace.cli.payments_tables import print_ad

app = typer.Typer(
    help="Explain which payment bought which ad, and whose wallet pays.", no_args_is_help=True
)


@app.command()
def explain(
    first: Annotated[
        str, typer.Argument(help="An ad's id, or an author's (A-…).", show_default=False)
    ],
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say what may have paid for an ad: every candidate, each factor, and what would change it.

    Example: inktrace payments explain ad000001
    """
    from inktrace.casefile.payment_words import ad_words
    from inktrace.payments import explained_ad
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["attribution"], progress)
        facts: dict[str, Any] = explained_ad(case.engine.relations(), first, progress)
    if as_json:
        print_json({**facts, "in_words": ad_words(facts)})
    else:
        print_ad(facts)
