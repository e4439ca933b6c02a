"""What an indicator is, and the register of all of them in the order in which they are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from inktrace.errors import StageError

Values = npt.NDArray[np.float64]
Facts = dict[str, Values]
Direction = Literal["for", "against"]


@dataclass(frozen=True)
class Indicator:
    """One indicator: its function, direction, least value that speaks, and source."""

    name: str
    direction: Direction
    least: float
    strength: float  # points by rarity = strength × log10(1 / rarity), bounded
    reference: str
    topic: str  # of the evidence rows that carry it
    sentence: str  # with {value}, and [one|many] where the words depend on it
    values: Callable[[Facts], Values]


REGISTRY: Final[dict[str, Indicator]] = {}


def indicator(
    direction: Direction, least: float, strength: float, reference: str, topic: str = ""
) -> Callable[[Callable[[Facts], Values]], Callable[[Facts], Values]]:
    """Register an indicator; `topic` names its evidence rows (default: its own name).

    Raises StageError where it lacks a sentence or a free name.
    """

    def register(function: Callable[[Facts], Values]) -> Callable[[Facts], Values]:
        sentence = " ".join((function.__doc__ or "").split())
        name = function.__name__
        if not sentence:
            raise StageError(f"indicator {name} has no sentence to show a reader")
        if name in REGISTRY or sentence in {known.sentence for known in REGISTRY.values()}:
            raise StageError(f"indicator {name} is there already")
        REGISTRY[name] = Indicator(
            name, direction, least, strength, reference, topic or name, sentence, function
        )
        return function

    return register
