"""How often the change that a heuristic names is the payer's: measured, never assumed.

Where later spending joins one output of a payment with the payer's other coins, its change is
revealed, whatever any heuristic says. On these payments of the workspace itself each heuristic is
measured; where they are too few, figures from regtest stand in. Payments whose change is never
revealed may differ: wallets that reuse addresses reveal more.

References: Möser & Narayanan, "Resurrecting address clustering in Bitcoin" (FC 2022), for ground
truth from revealed change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from inktrace.params import ChangeParams
from inktrace.wallets.change import Change
from inktrace.wallets.change_facts import Floats, Ids, Mask
from inktrace.wallets.shares import counted_share

# Named and right, from evaluation/wallets/regtest_change.py: wallets of Bitcoin Core's software
# on regtest. TOGETHER by how many heuristics each left just that output (3: three or more).
REGTEST: Final[dict[str, tuple[int, int]]] = {
    "one_time": (295, 291),
    "optimal": (132, 40),
    "script_type": (1132, 1084),
    "round_satoshi": (520, 515),
    "round_fiat": (593, 569),
    "version": (658, 655),
    "lock_time": (677, 675),
    "replaceable": (685, 684),
    "output_order": (61, 60),
}
REGTEST_TOGETHER: Final[dict[int, tuple[int, int]]] = {
    0: (13, 13),
    1: (280, 275),
    2: (418, 417),
    3: (877, 876),
}
# The habits of those wallets and their payments were set by us: no figure of theirs may claim
# more of a chain on which nothing could be measured.
_MOST_FROM_REGTEST: Final = 0.9
MOST_AGREEING: Final = 3
_CERTAIN: Final = ("own_script",)  # names the payer's own script: nothing to be wrong about
_MOST_LOG10_LR: Final = 3.0


@dataclass(frozen=True)
class Revealed:
    """Payments whose change is known from later spending."""

    payment: Mask  # one per payment
    change: Mask  # one per output: it is the payer's


@dataclass(frozen=True)
class Precision:
    """A share with its 95% interval, and where it was measured: workspace or regtest.

    The lower end of a regtest figure is never above 0.9.
    """

    value: float
    low: float
    high: float
    source: str


def revealed_change(change: Change, wallet_of: Ids, payer_of: Ids) -> Revealed:
    """From wallets by co-spending: `wallet_of` by script_id, `payer_of` by tx_id, -1 = unknown.

    A payment counts where just one output is in the payer's wallet and none goes back to a script
    that it spends, which would reveal itself.
    """
    facts = change.facts
    payer = payer_of[facts.tx_id]
    mine = (wallet_of[facts.script_id] == payer[facts.payment]) & (payer[facts.payment] >= 0)
    count = np.bincount(facts.payment[mine], minlength=facts.tx_id.size)
    itself = np.zeros(facts.tx_id.size, bool)
    itself[facts.payment[facts.is_own_script]] = True
    return Revealed((count == 1) & ~itself, mine)


def heuristic_precision(
    change: Change, revealed: Revealed, params: ChangeParams
) -> dict[str, Precision | None]:
    """Precision of each heuristic where it leaves one output; None where nothing is known."""
    found = {}
    for place, name in enumerate(change.names):
        rows = np.flatnonzero(change.kept[place] & change.names_one[place][change.facts.payment])
        found[name] = _precision(rows, change, revealed, REGTEST.get(name), params)
    return found


def trusted(precision: dict[str, Precision | None], params: ChangeParams) -> tuple[str, ...]:
    """The heuristics that are composed: those not measured to be wrong too often."""
    return tuple(
        name
        for name, measured in precision.items()
        if name in _CERTAIN or (measured is not None and measured.value >= params.least_precision)
    )


def together_precision(
    change: Change, revealed: Revealed, params: ChangeParams
) -> dict[int, Precision | None]:
    """Precision of what all heuristics together name, by how many of them agree (0 … 3)."""
    rows = change.named()
    agreeing = np.minimum(change.agreeing(rows), MOST_AGREEING)
    return {
        count: _precision(
            rows[agreeing == count], change, revealed, REGTEST_TOGETHER.get(count), params
        )
        for count in range(MOST_AGREEING + 1)
    }


def change_log10_lr(probability: Floats, outputs: Ids) -> Floats:
    """Evidence that an output is change, against its being any of its payment's outputs.

    `probability`: lower end of the measured precision. Never beyond 3 either way: no measurement
    supports more.
    """
    least = 10.0**-_MOST_LOG10_LR
    held = np.clip(probability, least, 1.0 - least)
    odds = np.log10(held / (1.0 - held)) + np.log10(np.maximum(outputs - 1, 1))
    return np.asarray(np.clip(odds, -_MOST_LOG10_LR, _MOST_LOG10_LR))


def as_document(precision: Precision | None) -> dict[str, Any] | None:
    """A precision as JSON."""
    return None if precision is None else dict(vars(precision))


def _precision(
    rows: Ids,
    change: Change,
    revealed: Revealed,
    regtest: tuple[int, int] | None,
    params: ChangeParams,
) -> Precision | None:
    known = rows[revealed.payment[change.facts.payment[rows]]]
    named, source = (int(known.size), int(revealed.change[known].sum())), "workspace"
    if known.size < params.least_revealed:
        if regtest is None:
            return None
        named, source = regtest, "regtest"
    share = counted_share(named[1], named[0])
    if share is None:
        return None
    low = share["low"] if source == "workspace" else min(share["low"], _MOST_FROM_REGTEST)
    return Precision(share["value"], low, share["high"], source)
