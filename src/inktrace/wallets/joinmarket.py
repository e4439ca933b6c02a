"""Whether the inputs of a transaction can be shared out among JoinMarket's participants.

Each participant of a JoinMarket CoinJoin takes one equal output and its own change, and brings
inputs worth both. A maker gets back a little more than it brought (its fee), the one taker pays
those fees and the miner. Where no sharing out of the inputs keeps to this, the transaction is no
JoinMarket CoinJoin, however many equal outputs it has.

References: JoinMarket's protocol documents; Möser & Böhme, "Join me on a market for anonymity"
(2016), on fees.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from inktrace.compiled import compiled
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin_shapes import Ids, Parts, Shapes

BALANCED: Final = 1
UNBALANCED: Final = 0
UNDECIDED: Final = 2
NOT_ASKED: Final = -1

Answers = npt.NDArray[np.int64]


def joinmarket_balance(
    shapes: Shapes, spent: Parts, paid: Parts, chosen: Ids, params: WalletsParams
) -> Answers:
    """BALANCED, UNBALANCED or UNDECIDED for the transactions at the chosen places, int64.

    Undecided: input values are unknown; the search was given up after `joinmarket_search_steps`
    comparisons; or so many inputs stand beside so few participants that some sharing out would
    fit by chance. Costs at most that many comparisons a transaction, whatever its size.
    """
    answers = np.full(chosen.size, UNDECIDED, np.int64)
    known = shapes.unknown_values[chosen] == 0
    for place, at in enumerate(chosen):
        if known[place]:
            answers[place] = _answer(shapes, spent, paid, int(at), params)
    return answers


def _answer(shapes: Shapes, spent: Parts, paid: Parts, at: int, params: WalletsParams) -> int:
    equal, people = int(shapes.equal_value[at]), int(shapes.most_equal[at])
    brought = _by_script(spent, at)
    rows = slice(paid.starts[at], paid.starts[at + 1])
    values = paid.value_sat[rows]
    change = np.sort(values[(values != equal) & (values > 0)])[::-1]
    needs = np.zeros(people, np.int64)
    if change.size > people:
        return UNBALANCED
    needs[: change.size] = change
    needs += equal
    fee = max(int(params.joinmarket_fee_share * equal), params.joinmarket_fee_sat)
    if _chance_fits_log10(brought.size, needs, fee + params.joinmarket_fee_sat) > -1.0:
        return UNDECIDED
    return int(
        _shared_out(brought, needs, fee, params.joinmarket_fee_sat, params.joinmarket_search_steps)
    )


def _by_script(spent: Parts, at: int) -> Ids:
    """What each script brings, descending: coins of one script have one owner."""
    rows = slice(spent.starts[at], spent.starts[at + 1])
    value, script = spent.value_sat[rows], spent.script_id[rows]
    unknown = script < 0
    _, place = np.unique(script[~unknown], return_inverse=True)
    sums = np.bincount(place, value[~unknown]) if place.size else np.zeros(0)
    return np.sort(np.append(sums.astype(np.int64), value[unknown]))[::-1].copy()


def _chance_fits_log10(inputs: int, needs: Ids, window: int) -> float:
    """log10 of how many sharings out would fit by chance: there are people^inputs of them, and
    each but the last participant's must fall into a window of satoshi."""
    people = needs.size
    spread = max(float(needs.mean()), 2.0 * window)
    return float(inputs * np.log10(people) + (people - 1) * np.log10(window / spread))


@compiled("int64(int64[::1], int64[::1], int64, int64, int64)")
def _shared_out(brought: Ids, needs: Ids, maker_fee: int, maker_part: int, steps: int) -> int:
    """Give each input to a participant, largest first, going back where none has room.

    One participant is the taker, who may bring more by all the makers' fees and the miner's;
    every choice of the taker is tried.
    """
    people, inputs = needs.size, brought.size
    total_in, total_needs = brought.sum(), needs.sum()
    miner = total_in - total_needs
    if miner < 0 or inputs < people:
        return 0
    room = np.empty(people, np.int64)
    taken = np.empty(inputs, np.int64)
    for taker in range(people):
        if taker and needs[taker] == needs[taker - 1]:
            continue
        extra = miner + (people - 1) * maker_fee
        for one in range(people):
            room[one] = needs[one] + (extra if one == taker else maker_part)
        taken[:] = people
        left = total_in
        at = 0
        while at >= 0:
            steps -= people
            if steps < 0:
                return 2
            if at == inputs:
                fits = True
                for one in range(people):
                    slack = extra if one == taker else maker_part + maker_fee
                    if room[one] > slack:
                        fits = False
                        break
                if fits:
                    return 1
                at -= 1
                continue
            if taken[at] < people:
                room[taken[at]] += brought[at]
                left += brought[at]
            # Needs descend: the last participant with room is about the one that it fits best.
            choice = taken[at] - 1
            lacking = 0
            for one in range(people):
                slack = extra if one == taker else maker_part + maker_fee
                lacking += max(room[one] - slack, 0)
            if lacking > left:
                choice = -1
            while choice >= 0:
                alike = False
                steps -= people - choice
                for before in range(choice + 1, people):
                    # Two makers with as much room left are one choice.
                    if room[before] == room[choice] and before != taker and choice != taker:
                        alike = True
                        break
                if not alike and room[choice] >= brought[at]:
                    break
                choice -= 1
            if choice < 0:
                taken[at] = people
                at -= 1
            else:
                taken[at] = choice
                room[choice] -= brought[at]
                left -= brought[at]
                at += 1
    return 0
