"""Running commands in tests."""

from __future__ import annotations

import contextlib
import io
from typing import NamedTuple

from typer.testing import CliRunner

from inktrace.cli.main import app, main
from inktrace.errors import InktraceError


def inktrace(*words: object, expect: int = 0) -> str:
    """Run a command in this process, for speed; its output, or its error's line."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(done.exception, InktraceError):
        assert done.exception.exit_status == expect, done.exception
        return str(done.exception)
    assert done.exit_code == expect, f"{words}: {done.output}{done.exception!r}"
    return done.stdout


class Done(NamedTuple):
    """How a command ended."""

    returncode: object
    stdout: str
    stderr: str


def whole_command(*words: object) -> Done:
    """Run the whole program in this process: with the lines and statuses that a shell would see."""
    out, errors, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            status = end.code
    return Done(status or 0, out.getvalue(), errors.getvalue())
