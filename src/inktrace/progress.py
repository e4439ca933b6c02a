"""How long work tells of its progress without knowing who is watching."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by long work; the command line draws a bar, tests and libraries ignore it."""

    def __call__(self, what: str, done: float, total: float | None) -> None:
        """Say that `done` of `total` units (None: unknown) of `what` are finished."""


def silent(what: str, done: float, total: float | None) -> None:
    """A progress listener that ignores everything."""
