"""Running commands in tests."""

from __future__ import annotations

from typer.testing import CliRunner

from inktrace.cli.main import app
from inktrace.errors import InktraceError


def inktrace(*words: object, expect: int = 0) -> str:
    """Run a command in this process, for speed; its output, or its error's line."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(done.exception, InktraceError):
        assert done.exception.exit_status == expect, done.exception
        return str(done.exception)
    assert done.exit_code == expect, f"{words}: {done.output}{done.exception!r}"
    return done.stdout
