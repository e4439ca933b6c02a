"""`inktrace authors`: how good the author scores are here, and what one of them rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inktrace.cli.authors_tables import print_author, print_evaluation, print_pair
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)

app = typer.Typer(
    help="Measure same-author scores, and explain them in words.", no_args_is_help=True
)


@app.command()
def evaluate(
    labels: Annotated[
        str, typer.Option(help="Who wrote what: author_label or identifiers.")
    ] = "author_label",
    out: Annotated[
        Path | None,
        typer.Option(help="Write JSON and pictures into this folder.", show_default=False),
    ] = None,
    pairs: Annotated[
        int, typer.Option(min=1000, max=5_000_000, help="Different-author pairs to draw.")
    ] = 100_000,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Measure error rates on ads of known authors, with intervals over authors.

    Example: inktrace authors evaluate --labels author_label --out figures
    """
    from inktrace.authors import evaluate_workspace
    from inktrace.casefile.evaluation_files import write_evaluation
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["authors"], progress)
        document = evaluate_workspace(
            case.engine.relations(), case.params.authors, labels, pairs, progress
        )
    files = write_evaluation(document, out) if out is not None else []
    if as_json:
        print_json(document)
        return
    print_evaluation(document)
    if files:
        print(f"Wrote {', '.join(files)} into {out}.")


@app.command()
def explain(
    first: Annotated[
        str, typer.Argument(help="An ad's id, or an author's (A-…).", show_default=False)
    ],
    second: Annotated[
        str | None, typer.Argument(help="The other ad's id.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with both texts.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say what speaks for and against one author of two ads, or why an author's ads are together.

    Example: inktrace authors explain ad000001 ad000002 --html pair.html
    """
    from inktrace import __version__
    from inktrace.authors import explained_author, explained_pair
    from inktrace.casefile.author_words import member_words, pair_words
    from inktrace.casefile.evaluation_files import write_text
    from inktrace.casefile.explanation_page import explanation_html
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["authors"], progress)
        relations, params = case.engine.relations(), case.params.authors
        facts: dict[str, Any] = (
            explained_author(relations, first, params)
            if second is None
            else explained_pair(relations, first, second, params)
        )
    if html is not None:
        write_text(html, explanation_html(facts, __version__))
    if as_json:
        if second is not None:
            facts["in_words"] = pair_words(facts)
        for member in facts.get("members", []):
            member["in_words"] = member_words(member)
        print_json(facts)
        return
    if second is None:
        print_author(facts)
    else:
        print_pair(facts)
    if html is not None:
        print(f"\nWrote {html}; a person must review it.")
