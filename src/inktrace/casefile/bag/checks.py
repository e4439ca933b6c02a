"""What is checked of a package beyond its integrity: each room of this package adds its own.

A check is a function of the package's folder; it is called only when every file is as the
manifests say, and gives findings. Its docstring's first line says what it checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.findings import Finding, shown
from inktrace.casefile.chain import check_chain
from inktrace.casefile.handoff.validity import check_exports
from inktrace.casefile.review_check import check_lead, check_review
from inktrace.errors import InktraceError

Check = Callable[[Path], Iterable[Finding]]

# To add a check, import it here and name it. They run in this order.
CHECKS: Final[list[Check]] = [check_lead, check_review, check_chain, check_exports]


def further_findings(
    directory: Path, is_intact: bool, checks: Sequence[Check] = CHECKS
) -> list[Finding]:
    """What the further checks find; they are only named where the files are not intact."""
    findings: list[Finding] = []
    for check in checks:
        name = check.__name__.strip("_").replace("_", " ")
        if not is_intact:
            sentence = f"{_purpose(check)} Not checked, as the files are not intact."
            findings.append(Finding(name, None, sentence, name))
            continue
        try:
            findings += check(directory)
        # Files can be as their maker's manifest says and still be anything at all.
        except (
            InktraceError,
            OSError,
            ValueError,
            LookupError,
            TypeError,
            ArithmeticError,
            RecursionError,
        ) as error:
            sentence = f"{_purpose(check)} It cannot be checked: {shown(str(error))}."
            findings.append(Finding(name, False, sentence, name))
    return findings


def _purpose(check: Check) -> str:
    return (check.__doc__ or check.__name__).strip().splitlines()[0]
