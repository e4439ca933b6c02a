"""`inktrace wallets`: what makes a wallet of addresses, and what leads from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.cli.wallets_tables import print_path, print_wallet
from inktrace.errors import UsageError

if TYPE_CHECKING:
    from inktrace.engine import Relations
    from inktrace.wallets.lookup import Found

app = typer.Typer(
    help="Show how wallets were joined, what ties two addresses, and how good it all is.",
    no_args_is_help=True,
)


@app.command()
def show(
    wallet: Annotated[
        str, typer.Argument(help="A wallet's number or an address.", show_default=False)
    ],
    svg: Annotated[
        Path | None, typer.Option(help="Draw its flows and joins.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show how a wallet was joined, who deals with it, and its money in and out in time.

    Example: inktrace wallets show 1BoatSLRHtKNngkdXEeobR76b53LETtpyT --svg wallet.svg
    """
    from inktrace.casefile.evaluation_files import write_text
    from inktrace.casefile.wallet_drawing import wallet_picture
    from inktrace.pipeline import run_stages
    from inktrace.wallets import wallet_story

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["wallets"], progress)
        relations = case.engine.relations()
        progress("reading the wallet", 0, None)
        story = wallet_story(relations, _found(relations, wallet).wallet_id)
    if svg is not None:
        write_text(svg, wallet_picture(story))
    if as_json:
        print_json(story)
        return
    print_wallet(story)
    if svg is not None:
        print(f"\nWrote {svg}.")


@app.command()
def path(
    first: Annotated[str, typer.Argument(help="A wallet or address.", show_default=False)],
    second: Annotated[str, typer.Argument(help="Another one.", show_default=False)],
    hops: Annotated[
        int, typer.Option(min=1, max=20, help="Most payments between two wallets.")
    ] = 4,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show the shortest chain of evidence between two addresses.

    Within one wallet, transactions that spent both; between two wallets, payments, which say
    nothing of common ownership.

    Example: inktrace wallets path 1BoatSLRHtKNngkdXEeobR76b53LETtpyT 17 --hops 3
    """
    from inktrace.pipeline import run_stages
    from inktrace.wallets import evidence_path

    with opened(workspace) as case, progress_bars(as_json) as progress:
        run_stages(case, ["wallets"], progress)
        relations = case.engine.relations()
        ends = [_found(relations, word) for word in (first, second)]
        progress("looking for a path", 0, None)
        found = evidence_path(relations, ends[0], ends[1], hops)
    if as_json:
        print_json(found)
    else:
        print_path(found)


def _found(relations: Relations, word: str) -> Found:
    from inktrace.sources.script import script_of
    from inktrace.wallets import found_wallet

    word = word.strip()
    # Both cases of bech32 mean the same (BIP 173); stored addresses are lower-case.
    if word.isascii() and word.isupper() and word.startswith(("BC1", "TB1", "BCRT1")):
        word = word.lower()
    try:
        return found_wallet(relations, word)
    except UsageError:
        if word.isdigit() or script_of(word) is not None:
            raise
        raise UsageError(
            f"{word[:100]!r} is neither a wallet's number nor a valid address",
            do="its checksum fails: compare it letter by letter",
        ) from None
