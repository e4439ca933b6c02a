"""Every error a user can meet, and the exit status it becomes.

InktraceError                  anything we can explain to the person at the keyboard
├── UsageError                 the command's words are off                     (exit 2)
├── InputError                 a file cannot be used; names path, row, column  (exit 3)
│   └── NodeError              a node cannot be reached or does not answer     (exit 3)
├── WorkspaceError             the case folder cannot be opened or written     (exit 3)
│   └── WorkspaceTakenError    another process has it open just now            (exit 3)
├── StageError                 a stage cannot run on what the workspace holds  (exit 3)
└── VerificationError          a case package does not hold what it claims     (exit 3)

Anything else that escapes is a bug and shows its traceback.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "InktraceError",
    "InputError",
    "NodeError",
    "StageError",
    "UsageError",
    "VerificationError",
    "WorkspaceError",
    "WorkspaceTakenError",
]


class InktraceError(Exception):
    """Something went wrong that the user can understand and act on."""

    exit_status = 3

    def __init__(self, what: str, *, where: str | Path | None = None, do: str | None = None):
        """Build the one line a user reads: where it happened, what was wrong, what to do."""
        self.what, self.where, self.do = what, None if where is None else str(where), do
        place = "" if where is None else f"{where}: "
        advice = "" if do is None else f" ({do})"
        super().__init__(_one_line(f"{place}{what}{advice}"))


def _one_line(text: str) -> str:
    # File names and headers come from outside: a line feed in one would make two lines of this
    # one, and an escape sequence would be obeyed by the terminal.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class UsageError(InktraceError):
    """The command was not given what it needs."""

    exit_status = 2


class InputError(InktraceError):
    """An input file cannot be read as what it was said to be."""


class NodeError(InputError):
    """A node or other service cannot be reached, refuses us, or does not answer as one."""


class WorkspaceError(InktraceError):
    """The case folder is missing, foreign, newer, locked or cannot be written."""


class WorkspaceTakenError(WorkspaceError):
    """Another process has the case folder open; it is free again when that ends."""


class StageError(InktraceError):
    """A stage lacks the tables or rows that it needs."""


class VerificationError(InktraceError):
    """A case package was altered, is incomplete, or is not one."""
