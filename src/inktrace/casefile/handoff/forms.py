"""Forms: what the objects of a large document have in common, so that a few stand for all.

A validator that takes milliseconds for each object would need minutes for a large wallet. Two
objects have one form when they have the same type, the same properties, values of the same kinds
and references to the same types: a schema that looks at these cannot tell them apart. So every
object is put to its form here, and the validator sees two of each.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

EACH: Final = 2
"""How many of each form a validator is shown: two, so that 'at most one' can fail."""
MOST_FORMS: Final = 400
"""Ours have some thirty; a document of more is not one of ours and would take too long."""

_TIME: Final = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z\Z"
)
_HEX: Final = re.compile(r"([0-9a-fA-F]{2})+\Z")
_Item = TypeVar("_Item")


def one_form_each(
    items: Iterable[_Item], form: Callable[[_Item], Hashable]
) -> dict[Hashable, list[_Item]]:
    """The first EACH items of every form, in order. Raises ValueError for too many forms."""
    found: dict[Hashable, list[_Item]] = {}
    for item in items:
        held = found.setdefault(form(item), [])
        if len(held) < EACH:
            held.append(item)
        if len(found) > MOST_FORMS:
            raise ValueError(f"its objects have more than {MOST_FORMS} different forms")
    return found


def number_kind(number: float, tops: Sequence[int]) -> str:
    """What a schema can ask of a number: whole, negative, and up to which of its limits."""
    if not math.isfinite(number):
        return "not finite"
    whole = "whole " if isinstance(number, int) else ""
    if number < 0:
        return f"{whole}negative"
    within = next((f"to {top}" for top in tops if number <= top), "larger")
    return f"{whole}{within}"


def text_kind(text: str) -> str:
    """What a schema can ask of a text that is neither a name nor a reference."""
    if _TIME.match(text):
        return "time"
    if _HEX.match(text):
        return f"hex {len(text)}" if len(text) in (32, 40, 64) else "hex"
    return "text" if text else "empty"


def list_kind(kinds: Iterable[Hashable]) -> Hashable:
    """Which kinds stand in a list, and whether once or more often."""
    counted = Counter(kinds)
    return frozenset((kind, min(count, EACH)) for kind, count in counted.items())
