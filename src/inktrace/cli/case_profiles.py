"""`inktrace case profiles`: what each profile of redaction keeps and replaces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inktrace.cli.options import JsonOption, print_json, wide_console

RedactOption = Annotated[
    str,
    typer.Option(
        "--redact",
        help="What the receiver may see: standard, prosecutor, partner, research, or full "
        "(nothing is replaced). `inktrace case profiles` tells them apart.",
    ),
]
RedactionKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--redaction-key",
        help="A file with a secret: packages made with it have the same keyed hashes.",
        show_default=False,
    ),
]


def profiles(as_json: JsonOption = False) -> None:
    """List the profiles of redaction, and what each makes of every kind of content.

    Example: inktrace case profiles
    """
    from rich.table import Table

    from inktrace.casefile.redaction.profiles import NAMES, PROFILES
    from inktrace.casefile.redaction.words import profile_table

    rows = profile_table()
    if as_json:
        about = {name: PROFILES[name].receiver for name in NAMES}
        print_json({"profiles": about, "content": rows})
        return
    for name in NAMES:
        print(f"{name}: {PROFILES[name].receiver}")
    table = Table("content", *NAMES)
    for row in rows:
        table.add_row(*row.values())
    wide_console().print(table)
