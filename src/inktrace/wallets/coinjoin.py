"""How a CoinJoin is recognised: by the shape of its inputs and equal outputs.

A verdict is yes, undecided or no. Both yes and undecided keep a transaction out of clustering,
since joining strangers is the costlier mistake. PayJoins look like ordinary payments and are
not found by any rule here.

References: Meiklejohn & Orlandi, "Privacy-enhancing overlays in Bitcoin" (2015); Möser & Böhme,
"Join me on a market for anonymity" (2016); Stütz et al., "Adoption and actual privacy of
decentralized CoinJoin implementations in Bitcoin" (AFT 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import WalletsParams

Mask = npt.NDArray[np.bool_]
# Whirlpool's pools, in satoshi (Stütz et al. 2022).
_WHIRLPOOL_POOLS_SAT: Final = (100_000, 1_000_000, 2_500_000, 5_000_000, 50_000_000)


@dataclass(frozen=True)
class Shapes:
    """What the rules look at, one element per transaction with at least three equal outputs
    or many inputs."""

    tx_id: npt.NDArray[np.int64]
    inputs: npt.NDArray[np.int64]
    input_scripts: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int64]
    most_equal: npt.NDArray[np.int64]  # outputs of the commonest value
    equal_value: npt.NDArray[np.int64]  # that value, satoshi
    repeated_outputs: npt.NDArray[np.int64]  # outputs whose value occurs at least twice
    repeated_values: npt.NDArray[np.int64]  # values that occur at least twice


def coinjoin_verdicts(relations: Relations, params: WalletsParams) -> pa.Table:
    """Transactions that are or may be CoinJoins: tx_id, verdict, rule, in order of tx_id."""
    shapes = transaction_shapes(relations, params)
    verdict = np.full(shapes.tx_id.size, "", dtype=object)
    rule = np.full(shapes.tx_id.size, "", dtype=object)
    for name, answer, applies in RULES:
        newly = (rule == "") & applies(shapes, params)
        rule[newly], verdict[newly] = name, answer
    named = rule != ""
    return pa.table(
        {
            "tx_id": shapes.tx_id[named],
            "verdict": pa.array(verdict[named], pa.string()),
            "rule": pa.array(rule[named], pa.string()),
        }
    )


def transaction_shapes(relations: Relations, params: WalletsParams) -> Shapes:
    """Counts of inputs, scripts and equal outputs of the transactions worth a look."""
    outputs, inputs = relations["outputs"], relations["inputs"]
    by_value = outputs.group_by("tx_id", "value_sat").aggregate(
        n=outputs.count(), scripts=outputs.script_id.nunique()
    )
    # Equal payments to one and the same script are a habit of payers, not a CoinJoin.
    equal = ibis.least(by_value.n, by_value.scripts)
    by_value = by_value.mutate(equal=equal)
    best = ibis.window(
        group_by="tx_id", order_by=[ibis.desc(by_value.equal), ibis.desc(by_value.value_sat)]
    )
    top = by_value.mutate(place=ibis.row_number().over(best))
    by_tx = top.group_by("tx_id").aggregate(
        outputs=top.n.sum(),
        most_equal=top.equal.max(),
        equal_value=top.value_sat.max(where=top.place == 0),
        repeated_outputs=top.n.sum(where=top.n > 1),
        repeated_values=top.count(where=top.n > 1),
    )
    spent = inputs.group_by("tx_id").aggregate(
        inputs=inputs.count(), input_scripts=inputs.script_id.nunique()
    )
    joined: ir.Table = by_tx.join(spent, "tx_id")
    worth = (joined.most_equal >= params.coinjoin_equal_outputs) | (
        joined.inputs >= params.wasabi2_inputs
    )
    rows = relations.collect(joined.filter(worth).order_by("tx_id"))
    return Shapes(**{name: _integers(rows, name) for name in Shapes.__annotations__})


def _integers(rows: pa.Table, name: str) -> npt.NDArray[np.int64]:
    column = rows[name].combine_chunks().cast(pa.int64()).fill_null(0)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.int64)


def whirlpool(shapes: Shapes, _: WalletsParams) -> Mask:
    """Every output has the size of a Whirlpool pool and there are as many inputs as outputs."""
    return np.asarray(
        (shapes.most_equal == shapes.outputs)
        & (shapes.inputs == shapes.outputs)
        & (shapes.outputs >= 5)
        & (shapes.outputs <= 10)
        & np.isin(shapes.equal_value, _WHIRLPOOL_POOLS_SAT)
    )


def wasabi1(shapes: Shapes, _: WalletsParams) -> Mask:
    """Ten or more outputs of one value near 0.1 bitcoin, from at least as many scripts."""
    return np.asarray(
        (shapes.most_equal >= 10)
        & (shapes.input_scripts >= shapes.most_equal)
        & (shapes.equal_value >= 8_000_000)
        & (shapes.equal_value <= 12_000_000)
    )


def wasabi2(shapes: Shapes, params: WalletsParams) -> Mask:
    """Very many inputs, and most outputs share their value with another one."""
    return np.asarray(
        (shapes.inputs >= params.wasabi2_inputs)
        & (shapes.input_scripts >= params.wasabi2_inputs // 2)
        & (shapes.repeated_values >= 5)
        & (shapes.repeated_outputs >= 0.3 * shapes.outputs)
    )


def joinmarket(shapes: Shapes, params: WalletsParams) -> Mask:
    """Equal outputs to different scripts and at most one other output for each of them."""
    return np.asarray(
        (shapes.most_equal >= params.coinjoin_equal_outputs)
        & (shapes.input_scripts >= shapes.most_equal)
        & (shapes.outputs <= 2 * shapes.most_equal)
        & (shapes.outputs >= 2 * shapes.most_equal - 2)
    )


def equal_outputs(shapes: Shapes, params: WalletsParams) -> Mask:
    """Several equal outputs to different scripts, paid from at least as many scripts."""
    return np.asarray(
        (shapes.most_equal >= params.coinjoin_equal_outputs)
        & (shapes.input_scripts >= params.coinjoin_equal_outputs)
    )


Rule = tuple[str, str, Callable[[Shapes, WalletsParams], Any]]
RULES: Final[tuple[Rule, ...]] = (
    ("whirlpool", "yes", whirlpool),
    ("wasabi1", "yes", wasabi1),
    ("wasabi2", "yes", wasabi2),
    ("joinmarket", "yes", joinmarket),
    ("equal_outputs", "undecided", equal_outputs),
)
