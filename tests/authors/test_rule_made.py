"""The ads made by rule can be drawn without end: no digits stop them."""

from __future__ import annotations

import random

from evaluation.identifiers.rule_made import _number


class _Drawn(random.Random):
    """Gives the digits that it was given."""

    def __init__(self, digits: str):
        super().__init__(0)
        self._digits = iter(digits)

    def randrange(self, *_: int) -> int:  # type: ignore[override]
        return int(next(self._digits))


def test_digits_that_the_phone_library_takes_for_a_call_abroad_are_drawn_anew():
    assert _number("US", _Drawn("0119996228" + "2123456789")) == "2123456789"
