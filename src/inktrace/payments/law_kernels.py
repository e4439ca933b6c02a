"""Compiled loops over candidates: their likelihood ratios, and the counts that teach the laws."""

from __future__ import annotations

from typing import Any, Final

from inktrace.compiled import compiled

Array = Any  # NumPy arrays of the types that each signature names
Float = Any  # 64-bit, as the signatures say

_NUMBERS: Final = "int64[::1]"
_BINS: Final = "int32[:, ::1]"
_REALS: Final = "float64[::1]"
_TABLE: Final = "float64[:, ::1]"
_NEGLIGIBLE: Final = 1e-9  # of a payment


@compiled(
    f"void({_NUMBERS}, {_REALS}, {_BINS}, float64, {_NUMBERS}, {_NUMBERS}, "
    f"{_REALS}, {_REALS}, {_TABLE}, {_TABLE}, {_TABLE}, {_TABLE}, {_REALS})"
)
def fill_ratios(
    group: Array,
    delay: Array,
    amount_bin: Array,
    amount_width: Float,
    zeros: Array,
    till: Array,
    base: Array,
    till_base: Array,
    amount_law: Array,
    age_law: Array,
    zeros_law: Array,
    till_law: Array,
    ratio: Array,
) -> None:
    """Likelihood ratio of each candidate: prior over background, times all its laws.

    `base` is the prior over the background of all outputs, `till_base` over that of the output's
    till (nought: no till).

    `delay` is the density of its delay under the laws, `amount_bin[i, j]` the bin of its amount
    had its rate been of age j.
    """
    ages = amount_bin.shape[1]
    for i in range(group.size):
        g = group[i]
        within = 0.0
        for j in range(ages):
            within += amount_law[g, amount_bin[i, j]] * age_law[g, j]
        paid_to = till_law[g, till_law.shape[1] - 1] * base[i] + till_law[g, till[i]] * till_base[i]
        ratio[i] = paid_to * zeros_law[g, zeros[i]] * delay[i] * within / amount_width


@compiled(
    f"void({_NUMBERS}, {_NUMBERS}, {_BINS}, {_NUMBERS}, {_NUMBERS}, boolean[::1], {_REALS}, "
    f"{_TABLE}, {_TABLE}, {_TABLE}, {_TABLE}, {_TABLE}, {_TABLE}, {_TABLE}, {_REALS})"
)
def count_payments(
    group: Array,
    delay_bin: Array,
    amount_bin: Array,
    zeros: Array,
    till: Array,
    is_sharp: Array,
    chance: Array,
    amount_law: Array,
    age_law: Array,
    delay_count: Array,
    amount_count: Array,
    age_count: Array,
    zeros_count: Array,
    till_count: Array,
    paid: Array,
) -> None:
    """Add each candidate's probability (signed) to the bins where it lies.

    An amount's is shared among the ages of its rate in proportion to the present laws. Delays
    known only as an interval (`is_sharp` false) tell nothing of the delay law.
    """
    ages = amount_bin.shape[1]
    for i in range(group.size):
        p = chance[i]
        if abs(p) <= _NEGLIGIBLE:
            continue
        g = group[i]
        paid[g] += p
        zeros_count[g, zeros[i]] += p
        till_count[g, till[i]] += p
        if is_sharp[i]:
            delay_count[g, delay_bin[i]] += p
        within = 0.0
        for j in range(ages):
            within += amount_law[g, amount_bin[i, j]] * age_law[g, j]
        if within <= 0.0:
            continue
        for j in range(ages):
            part = p * amount_law[g, amount_bin[i, j]] * age_law[g, j] / within
            amount_count[g, amount_bin[i, j]] += part
            age_count[g, j] += part
