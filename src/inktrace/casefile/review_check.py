"""Whether a package says the same of its lead, runs and review where it states and holds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.findings import Finding, Unusable
from inktrace.casefile.bag.layout import CASE, MOST_SMALL_BYTES
from inktrace.casefile.bag.reading import bounded_bytes, json_object
from inktrace.casefile.exhibit_rows import read_csv, texts
from inktrace.casefile.words import counted

_JUDGEMENTS: Final = "data/exhibits/lead_judgements.csv"
_NAME: Final = "review"
_LEAD: Final = "lead"
# What case.json states, and where the exhibits hold it; a profile may leave the file out.
_HELD: Final = (
    ("lead_id", "the lead", "data/exhibits/statistics/lead.csv", "lead_id"),
    ("run_ids", "the runs", "data/exhibits/runs.csv", "run_id"),
)


def check_review(package: Path) -> Iterator[Finding]:
    """Whether case.json and the judgements in the exhibits agree on a person's review."""
    if not (package / _JUDGEMENTS).exists():
        yield Finding(_NAME, None, "The package holds no judgements to compare.", _NAME)
        return
    try:
        case = json_object(bounded_bytes(package / CASE, CASE, MOST_SMALL_BYTES), CASE)
    except Unusable as unusable:
        yield Finding(_NAME, False, str(unusable), _NAME)
        return
    judged = read_csv(package / _JUDGEMENTS).num_rows
    stated = case.get("reviewed") is True
    agrees = stated is (judged > 0)
    yield Finding(
        _NAME,
        agrees,
        f"{CASE} says that the lead was {'' if stated else 'not '}reviewed, "
        f"{'and' if agrees else 'but'} the exhibits hold {counted(judged, 'judgement')} of it.",
        _NAME,
    )


def check_lead(package: Path) -> Iterator[Finding]:
    """Whether case.json and the exhibits are of one lead and of the same runs."""
    try:
        case = json_object(bounded_bytes(package / CASE, CASE, MOST_SMALL_BYTES), CASE)
    except Unusable as unusable:
        yield Finding(_LEAD, False, str(unusable), _LEAD)
        return
    for field, what, path, column in _HELD:
        if not (package / path).exists():
            yield Finding(
                _LEAD, None, f"The package holds no {path} to compare {what} with.", _LEAD
            )
            continue
        stated = case.get(field)
        listed = stated if isinstance(stated, list) else [stated]
        held = texts(read_csv(package / path), column)
        # Each has its own order of runs.
        agrees = sorted(map(str, listed)) == sorted(map(str, held))
        words = "agree" if agrees else "do NOT agree"
        yield Finding(_LEAD, agrees, f"{CASE} and {path} {words} on {what}.", _LEAD)
