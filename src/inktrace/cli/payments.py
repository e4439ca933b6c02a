"""`inktrace payments`: what links and attributions rest on, and what was learned of sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.cli.payments_tables import print_ad, print_laws, print_pair, print_service_leads

if TYPE_CHECKING:
    from inktrace.engine import Relations

app = typer.Typer(
    help="Explain which payment bought which ad, and whose wallet pays.", no_args_is_help=True
)


@app.command()
def explain(
    first: Annotated[
        str, typer.Argument(help="An ad's id, or an author's (A-…).", show_default=False)
    ],
    wallet: Annotated[
        str | None,
        typer.Argument(help="With an author: a wallet's number or address.", show_default=False),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Say what may have paid for an ad, or why a wallet is held to pay for an author's ads.

    For an ad: every candidate output, what each factor contributes, and what would change it. For
    an author and a wallet: the ads and payments that tie them, and whether the tie survives
    without its best ad, its best transaction, and each family of evidence.

    Example: inktrace payments explain ad000001
    """
    from inktrace.casefile.attribution_words import pair_words
    from inktrace.casefile.payment_words import ad_words
    from inktrace.payments import explained_ad, explained_pair
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["attribution"], progress)
        relations = case.engine.relations()
        facts: dict[str, Any] = (
            explained_ad(relations, first, progress)
            if wallet is None
            else explained_pair(
                relations, first, _wallet(relations, wallet), case.params.attribution, progress
            )
        )
    if as_json:
        words = ad_words if wallet is None else pair_words
        print_json({**facts, "in_words": words(facts)})
    elif wallet is None:
        print_ad(facts)
    else:
        print_pair(facts)


@app.command()
def laws(
    site: Annotated[
        str | None, typer.Argument(help="A site's name; none: all sites.", show_default=False)
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(help="Draw delays and amounts.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show what was learned of each site: paid share, delays, amounts, and how weak that is.

    The picture counts outputs at about the ads' prices by delay and by amount, over the measured
    background (the same counts around ads moved in time), with the fitted law on top.

    Example: inktrace payments laws board1.example --svg laws.svg
    """
    from inktrace.casefile.evaluation_files import write_text
    from inktrace.casefile.law_drawing import laws_picture
    from inktrace.casefile.law_words import law_words
    from inktrace.payments import explained_laws
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["payments"], progress)
        facts = explained_laws(case.engine.relations(), site, progress)
    if svg is not None:
        write_text(svg, laws_picture(facts))
    if as_json:
        told = [{**law, "in_words": law_words(law)} for law in facts["sites"]]
        print_json({**facts, "sites": told})
        return
    print_laws(facts)
    if svg is not None:
        print(f"\nWrote {svg}.")


@app.command("service-leads")
def service_leads(
    most_q: Annotated[
        float, typer.Option("--q", min=0.0, max=1.0, help="Largest q-value to list.")
    ] = 0.05,
    out: Annotated[
        Path | None, typer.Option(help="Write all of it as CSV.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List payments through exchanges and processors: what a legal request to one needs.

    A service is a place to ask, not a suspect. In CSV, text that a spreadsheet would run as a
    formula gets a leading apostrophe.

    Example: inktrace payments service-leads --out requests.csv
    """
    from inktrace.casefile.tables import write_csv
    from inktrace.payments import service_payments
    from inktrace.pipeline import run_stages

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["attribution"], progress)
        rows = service_payments(case.engine.relations(), most_q)
    if out is not None:
        write_csv(rows, out)
    if as_json:
        print_json(rows.to_pylist())
        return
    print_service_leads(rows.to_pylist(), most_q)
    if out is not None:
        print(f"\nWrote {out}: {rows.num_rows:,} rows.")


def _wallet(relations: Relations, word: str) -> int:
    from inktrace.wallets import found_wallet

    # Wallets are printed as bare numbers; W-17 is how people write them.
    return found_wallet(relations, word.strip().removeprefix("W-")).wallet_id
