"""Options of the commands that speak to a node, and its password, never taken from the line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.errors import UsageError

if TYPE_CHECKING:
    from inktrace.sources.node import Credentials

PASSWORD_VARIABLE = "INKTRACE_NODE_PASSWORD"  # noqa: S105  (the name of one, not one)

UserOption = Annotated[
    str | None,
    typer.Option(help=f"RPC user; the password is read from {PASSWORD_VARIABLE}, or asked for."),
]
RemoteOption = Annotated[
    bool, typer.Option("--remote", help="Allow a node on another machine than this one.")
]


def credentials(cookie: Path | None, user: str | None) -> Credentials:
    """Credentials from the options; asks for the password where nothing else gives it."""
    from inktrace.sources.node import Credentials

    if cookie is not None and user is not None:
        raise UsageError("there are both --cookie and --user", do="give one of them")
    if user is None:
        return Credentials(cookie=cookie)
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt(f"Password of {user}", hide_input=True, err=True)
    return Credentials(user=user, password=password)
