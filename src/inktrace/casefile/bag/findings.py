"""What was checked in a package, and how it came out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inktrace.casefile.words import visible

_MOST_SHOWN = 200


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: its name, whether it holds, and a sentence that says so.

    `holds` is None where it was not checked; the sentence says why. `part` groups findings:
    "files" for one file each, else the part of the package they are about.
    """

    name: str
    holds: bool | None
    sentence: str
    part: str = ""


class Unusable(Exception):
    """Something in a package that cannot be used; the message is the sentence that says so."""


def intact(findings: Iterable[Finding]) -> bool:
    """Whether nothing that was checked fails."""
    return all(finding.holds is not False for finding in findings)


def shown(value: Any) -> str:
    """A value from a package as one short line that is safe to print."""
    text = value if isinstance(value, str) else repr(value)[:_MOST_SHOWN]
    safe = text.encode("utf-8", "replace").decode("utf-8")
    return visible(safe[:_MOST_SHOWN]).replace("\n", "␣")


def why(error: OSError) -> str:
    """The reason of a failed read, in words."""
    return "it is missing" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
