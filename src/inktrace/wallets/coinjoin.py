"""How a CoinJoin is recognised: by the shape of its inputs and outputs.

A verdict is yes, undecided or no, with the rule that spoke. Both yes and undecided keep a
transaction out of clustering, since joining strangers is the costlier mistake. The rules are
asked in order; the first that applies speaks. PayJoins (BIP 78) are made to look like ordinary
payments: in general they cannot be recognised, and no rule here does.

References: Meiklejohn & Orlandi, "Privacy-enhancing overlays in Bitcoin" (2015); Möser & Böhme,
"Join me on a market for anonymity" (2016); Stütz et al., "Adoption and actual privacy of
decentralized CoinJoin implementations in Bitcoin" (AFT 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import WalletsParams
from inktrace.wallets.coinjoin_shapes import (
    Ids,
    Mask,
    Parts,
    Shapes,
    transaction_parts,
    transaction_shapes,
)
from inktrace.wallets.joinmarket import (
    BALANCED,
    NOT_ASKED,
    UNDECIDED,
    Answers,
    joinmarket_balance,
)

# Whirlpool's pools, in satoshi (Stütz et al. 2022; 2,500,000 and 25,000,000: Ashigaru, 2025).
WHIRLPOOL_POOLS_SAT: Final = (
    100_000,
    1_000_000,
    2_500_000,
    5_000_000,
    25_000_000,
    50_000_000,
)
# Most that an output made for a pool holds above the pool's size: it pays the mix's miner. Ours:
# 62,920 is the most in half of the March 2024 mixes.
WHIRLPOOL_PREMIUM_SAT: Final = 100_000
_WHIRLPOOL_SMALLEST: Final = 5  # participants of a mix
_WHIRLPOOL_LARGEST: Final = 10


def coinjoin_verdicts(relations: Relations, params: WalletsParams) -> pa.Table:
    """Transactions that are or may be CoinJoins: tx_id, verdict, rule, in order of tx_id.

    A transaction that is not listed is none, as far as its shape can tell. Reads `inputs`,
    `outputs` and `scripts`. Cost: one filter of the first two, and a sort of the few per cent of
    transactions that have enough inputs and outputs.
    """
    spent, paid = transaction_parts(relations, params)
    return verdict_table(spent, paid, params)


def verdict_table(spent: Parts, paid: Parts, params: WalletsParams) -> pa.Table:
    """The verdicts on transactions of known parts; as `coinjoin_verdicts`."""
    shapes = transaction_shapes(spent, paid, params)
    balance = np.full(shapes.tx_id.size, NOT_ASKED)
    asked = np.flatnonzero(joinmarket_shape(shapes, params))
    balance[asked] = joinmarket_balance(shapes, spent, paid, asked, params)
    speaker = np.full(shapes.tx_id.size, len(RULES))
    for place, (_, _, applies) in reversed(list(enumerate(RULES))):
        speaker[applies(shapes, balance, params)] = place
    verdict = np.array([*(verdict for _, verdict, _ in RULES), "no"], object)[speaker]
    rule = np.array([*(name for name, _, _ in RULES), ""], object)[speaker]
    named = verdict != "no"
    return pa.table(
        {
            "tx_id": shapes.tx_id[named],
            "verdict": pa.array(verdict[named], pa.string()),
            "rule": pa.array(rule[named], pa.string()),
        }
    )


def whirlpool_tx0(shapes: Shapes, _: Answers, __: WalletsParams) -> Mask:
    """One owner's coins are cut to a Whirlpool pool's size: equal outputs of a little more than
    that, the coordinator's fee, a data output, and the change."""
    pool, is_entry = pool_of_entry(shapes.equal_value)
    return np.asarray(
        is_entry
        & (shapes.data_outputs == 1)
        # Besides the equal ones: the coordinator's fee, and change to one or two places.
        & (shapes.outputs - shapes.most_equal <= 3)
        & (shapes.outputs > shapes.most_equal)
        & (pool > 0)
    )


def whirlpool(shapes: Shapes, _: Answers, __: WalletsParams) -> Mask:
    """As many inputs as outputs, every output of one Whirlpool pool's size, every input of that
    size (mixed before) or a little more (made for it by a tx0)."""
    known = shapes.unknown_values == 0
    inputs_fit = (
        (shapes.smallest_input == shapes.equal_value)
        & (shapes.largest_input > shapes.equal_value)
        & (shapes.largest_input <= shapes.equal_value + WHIRLPOOL_PREMIUM_SAT)
    )
    return np.asarray(
        (shapes.most_equal == shapes.outputs)
        & (shapes.inputs == shapes.outputs)
        & (shapes.outputs >= _WHIRLPOOL_SMALLEST)
        & (shapes.outputs <= _WHIRLPOOL_LARGEST)
        & np.isin(shapes.equal_value, WHIRLPOOL_POOLS_SAT)
        & (inputs_fit | ~known)
        & of_native_segwit(shapes)
    )


def wasabi1(shapes: Shapes, _: Answers, __: WalletsParams) -> Mask:
    """Ten or more outputs of one value near 0.1 bitcoin, from at least as many scripts."""
    return np.asarray(
        (shapes.most_equal >= 10)
        & (shapes.input_scripts >= shapes.most_equal)
        & (shapes.equal_value >= 8_000_000)
        & (shapes.equal_value <= 12_000_000)
        & of_native_segwit(shapes)
    )


def wasabi2(shapes: Shapes, _: Answers, params: WalletsParams) -> Mask:
    """Many inputs, and most outputs of Wasabi 2's standard amounts, some of them powers of two
    or three that nobody asks for as a price."""
    return np.asarray(
        (shapes.inputs >= params.wasabi2_inputs)
        & (2 * shapes.input_scripts >= shapes.inputs)
        & (shapes.odd_outputs >= params.wasabi2_odd_outputs)
        & (shapes.standard_outputs >= params.wasabi2_standard_share * shapes.outputs)
        & (shapes.repeated_outputs >= 2)
        & of_native_segwit(shapes)
    )


def joinmarket(_: Shapes, balance: Answers, __: WalletsParams) -> Mask:
    """Equal outputs, at most one other output for each of them, and inputs that can be shared
    out so that each participant brings what it takes, but for a maker's small fee."""
    return np.asarray(balance == BALANCED)


def joinmarket_unsure(_: Shapes, balance: Answers, __: WalletsParams) -> Mask:
    """Shaped like JoinMarket's CoinJoins, but its inputs are unknown or so many that no sharing
    out of them would prove anything."""
    return np.asarray(balance == UNDECIDED)


def equal_outputs(shapes: Shapes, _: Answers, params: WalletsParams) -> Mask:
    """Several equal outputs to different scripts, paid from at least as many scripts."""
    return np.asarray(
        (shapes.most_equal >= params.coinjoin_equal_outputs)
        & (shapes.input_scripts >= shapes.most_equal)
    )


def joinmarket_shape(shapes: Shapes, params: WalletsParams) -> Mask:
    """Equal outputs to different scripts, as many others or one fewer, from as many scripts."""
    return np.asarray(
        (shapes.most_equal >= params.coinjoin_equal_outputs)
        & (shapes.input_scripts >= shapes.most_equal)
        & (shapes.outputs <= 2 * shapes.most_equal)
        & (shapes.outputs >= 2 * shapes.most_equal - 1)
        & (shapes.data_outputs == 0)
    )


def of_native_segwit(shapes: Shapes) -> Mask:
    """Spends nothing but P2WPKH and P2TR, as the three coordinators' wallets do, and pays mostly
    to these. Unknown types do not count against it."""
    return np.asarray((shapes.other_inputs == 0) & (2 * shapes.other_outputs <= shapes.outputs))


def pool_of_entry(value_sat: Ids) -> tuple[Ids, Mask]:
    """The Whirlpool pool that an output of each value would enter, and whether it would."""
    pools = np.asarray(WHIRLPOOL_POOLS_SAT)
    pool = pools[np.maximum(np.searchsorted(pools, value_sat, side="left") - 1, 0)]
    above = value_sat - pool
    return pool, (above > 0) & (above <= WHIRLPOOL_PREMIUM_SAT)


Rule = tuple[str, str, Callable[[Shapes, Answers, WalletsParams], Mask]]
RULES: Final[tuple[Rule, ...]] = (
    ("whirlpool_tx0", "no", whirlpool_tx0),
    ("whirlpool", "yes", whirlpool),
    # Wasabi 2 rounds may hold ten outputs of 0.1 bitcoin; Wasabi 1 has no odd amounts.
    ("wasabi2", "yes", wasabi2),
    ("wasabi1", "yes", wasabi1),
    ("joinmarket", "yes", joinmarket),
    ("joinmarket", "undecided", joinmarket_unsure),
    ("equal_outputs", "undecided", equal_outputs),
)
