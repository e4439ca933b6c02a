"""Options that many commands share, the open workspace, and the progress bar."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from inktrace import progress as quiet

if TYPE_CHECKING:
    from inktrace.workspace import Workspace

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="INKTRACE_WORKSPACE",
        help="The case folder.",
        show_default="the current folder",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
HERE = Path()
_UNWATCHED_WIDTH = 160


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Workspace]:
    """The workspace at `path`, closed at the end of the `with` block."""
    # Imported here so that `inktrace --help` does not wait for the database engine.
    from inktrace.workspace import open_workspace

    with open_workspace(path) as workspace:
        yield workspace


class _Bars:
    """Draws one bar per kind of work on standard error."""

    def __init__(self, bars: Progress):
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, done: float, total: float | None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)


@contextlib.contextmanager
def progress_bars(as_json: bool = False) -> Iterator[quiet.Progress]:
    """A progress listener that draws bars where a person is watching, and nothing elsewhere."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield quiet.silent
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield _Bars(bars)


def wide_console() -> Console:
    """A console as wide as the terminal; wide enough for our tables where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=_UNWATCHED_WIDTH)


def print_json(value: Any) -> None:
    """Write a JSON document to standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str, allow_nan=False)
    sys.stdout.write("\n")
