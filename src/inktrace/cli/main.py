"""The `inktrace` command: its sub-commands, and how errors become one line and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from inktrace import __version__
from inktrace.cli import (
    add,
    authors,
    case,
    demo,
    evaluate,
    export,
    hash,
    identities,
    keys,
    live,
    payments,
    referrals,
    run,
    show,
    wallets,
    wallets_evaluate,
    watch,
    workspace,
    world,
)
from inktrace.errors import InktraceError

_STOPPED = 130
app = typer.Typer(
    name="inktrace",
    help="Ties online ads to their authors, payments and wallets, with honest error rates.\n\n"
    "Every answer is a lead for a person to review, never proof.",
    epilog="Example: inktrace demo --out demo-case",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("init")(workspace.init)
app.add_typer(add.app, name="add")
app.command("run")(run.run)
app.command("show")(show.show)
app.command("export")(export.export)
app.command("score")(export.score)
app.command("hash")(hash.hash_pictures)
app.add_typer(authors.app, name="authors")
wallets.app.command("evaluate")(wallets_evaluate.evaluate)
app.add_typer(wallets.app, name="wallets")
app.add_typer(payments.app, name="payments")
app.add_typer(referrals.app, name="referrals")
app.add_typer(identities.app, name="identities")
app.add_typer(case.app, name="case")
app.add_typer(keys.app, name="keys")
app.command("params")(workspace.params)
app.command("doctor")(workspace.doctor)
app.command("watch")(watch.watch)
app.command("live")(live.live)
app.command("demo")(demo.demo)
app.add_typer(world.app, name="world")
app.command("evaluate")(evaluate.evaluate)


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        typer.echo(f"inktrace {__version__}")
        raise typer.Exit


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, by default the program's own; the console script's entry point."""
    try:
        try:
            app(words)
        finally:
            sys.stdout.flush()  # here, where a failure to write can still be told
    except InktraceError as error:
        print(f"inktrace: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except (KeyboardInterrupt, SystemExit) as end:
        # Typer makes a silent exit of most interrupts.
        if isinstance(end, SystemExit) and end.code != _STOPPED:
            raise
        print("inktrace: stopped; nothing half-done was kept", file=sys.stderr)
        sys.exit(_STOPPED)
    except BrokenPipeError:
        # The reader of our output (head, less) has left; that is no failure of ours.
        sys.stderr.close()
        sys.exit(0)
    except MemoryError:
        print("inktrace: there is not enough memory (free some, and try again)", file=sys.stderr)
        sys.exit(InktraceError.exit_status)
    except OSError as error:
        # Any path can be forbidden and any write can meet a full disk, temporary files and our
        # own output included.
        told = InktraceError(
            error.strerror or str(error),
            where=error.filename or "the output",
            do="check the path, its permissions and the free space",
        )
        print(f"inktrace: {told}", file=sys.stderr)
        sys.exit(told.exit_status)
