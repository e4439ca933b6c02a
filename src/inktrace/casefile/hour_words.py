"""Posting hours in sentences: evidence apart from style, never added to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from inktrace.casefile.words import support

Facts = Mapping[str, Any]
_STANDS_OUT: Final = 2.0  # times the sites' own share, from which an hour is named
_LEAST_SITTINGS: Final = 8


def pair_hour_words(facts: Facts) -> list[str]:
    """What the hours of two ads, and those of their two authors, say."""
    found = [f"Posting hours of the two ads: {_compared(facts['ads'])}"]
    if facts["authors"] is not None:
        found.append(f"Posting hours of their two groups of ads: {_compared(facts['authors'])}")
    return [*found, _limits(facts)]


def author_hour_words(facts: Facts) -> str:
    """At what hours an author posts, and what that is worth."""
    sittings = facts["sittings"]
    if not sittings:
        return "Posting hours: not known, the times of these ads are dates only."
    told = (
        f"Posting hours: {sittings:,} sitting{'' if sittings == 1 else 's'} "
        f"(bursts of ads, each counted once)."
    )
    hours = _hours_that_stand_out(facts["by_hour"], facts["usual_by_hour"])
    if sittings < _LEAST_SITTINGS:
        told += " Too few to speak of a habit."
    elif hours:
        told += f" More often than is usual on these sites: {', '.join(hours)} UTC."
    else:
        told += " No hour stands out from what is usual on these sites."
    return f"{told} {_limits(facts)}"


def member_hour_words(hours: Facts | None) -> str:
    """The hours of the ads that came in with one, against the rest of its author."""
    if hours is None:
        return "–"
    if not hours["sittings"] or not hours["rest_sittings"]:
        return "not known"
    return (
        f"{hours['log10_lr']:+.2f} ({hours['sittings']:g} against {hours['rest_sittings']:g} "
        "sittings)"
    )


def _compared(facts: Facts) -> str:
    a, b = facts["sittings_a"], facts["sittings_b"]
    if not a or not b:
        return "not known; they say nothing."
    return (
        f"{support(facts['log10_lr'])} for one habit of the clock against two "
        f"(log10 LR {facts['log10_lr']:+.2f}; {a:g} and {b:g} sittings)."
    )


def _limits(facts: Facts) -> str:
    fitted = facts["fitted_on_authors"]
    known = f"fitted on {fitted:,} authors known here" if fitted else "not fitted here"
    return (
        f"Hours are told apart from style and never added to it ({known}; at most "
        f"±{facts['most_log10_lr']:.2f})."
    )


def _hours_that_stand_out(by_hour: list[int], usual: list[float]) -> list[str]:
    busy = [
        hour
        for hour, (count, expected) in enumerate(zip(by_hour, usual, strict=True))
        if count >= 2 and count >= _STANDS_OUT * expected
    ]
    return [f"{hour:02d}–{(hour + 1) % 24:02d}" for hour in busy]
