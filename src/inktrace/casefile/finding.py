"""What a check of a case package found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: its name, whether it holds, and a sentence that says so."""

    name: str
    holds: bool
    sentence: str
