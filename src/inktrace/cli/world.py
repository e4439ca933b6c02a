"""`inktrace world`: make planted-truth worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inktrace.cli.options import JsonOption, print_json, progress_bars
from inktrace.errors import UsageError

app = typer.Typer(
    help="Make worlds with a planted truth, for trying out and for measuring.",
    no_args_is_help=True,
)


@app.command()
def make(
    out: Annotated[Path, typer.Option(help="The folder to make.", show_default=False)],
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 1,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A field of the world's parameters."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write ads, transactions, first-seen times, prices and tags, and apart from them the truth.

    Example: inktrace world make --out world --seed 7 --set authors=100
    """
    from inktrace.world import WorldParams, make_world, write_world

    values: dict[str, str] = {}
    for text in settings or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text!r} has no value", do="write it as NAME=VALUE")
        values[name] = value
    params = WorldParams(seed=seed).with_values(values)
    with progress_bars(as_json) as progress:
        write_world(make_world(params, progress), out, progress)
    if as_json:
        print_json({"world": str(out), "seed": seed})
    else:
        print(f"Made the world {out}; its truth lies apart in {out / 'truth'}.")
