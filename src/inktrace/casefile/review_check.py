"""Whether a package says the same of its review where it states it and where it holds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from inktrace.casefile.bag.findings import Finding, Unusable
from inktrace.casefile.bag.layout import CASE, MOST_SMALL_BYTES
from inktrace.casefile.bag.reading import bounded_bytes, json_object
from inktrace.casefile.exhibit_rows import read_csv
from inktrace.casefile.words import counted

_JUDGEMENTS: Final = "data/exhibits/lead_judgements.csv"
_NAME: Final = "review"


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
