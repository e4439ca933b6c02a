"""Tx0: the transactions that cut coins to a Whirlpool pool's size before they are mixed."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from inktrace.engine import Relations
from inktrace.wallets.coinjoin import WHIRLPOOL_POOLS_SAT, WHIRLPOOL_PREMIUM_SAT

_COORDINATOR_PER_MILLE: Final = (20, 50)  # of the pool's size: 3.5% or 5%, less with a code
_MOST_OTHER_OUTPUTS: Final = 3  # the coordinator's fee, and change to one or two places


def pool_entries(relations: Relations) -> ir.Table:
    """Every tx0: tx_id, pool_sat and how many outputs enter the pool, by tx_id.

    One owner's: equal outputs of a pool's size and at most 100,000 satoshi more, one output that
    carries data, one that pays the coordinator, and change. Reads `outputs`.

    References: Stütz et al. 2022.
    """
    outputs = relations["outputs"].filter(lambda t: t.value_sat >= 0)
    value = outputs.value_sat
    pool = ibis.cases(
        *(
            ((value > size) & (value <= size + WHIRLPOOL_PREMIUM_SAT), size)
            for size in reversed(WHIRLPOOL_POOLS_SAT)
        ),
        else_=0,
    ).cast("int64")
    entering = outputs.mutate(pool_sat=pool).filter(lambda t: t.pool_sat > 0)
    cuts = entering.group_by("tx_id", "pool_sat", "value_sat").aggregate(
        outputs=lambda t: t.script_id.nunique()
    )
    # Change may look like an entry by chance: the largest group of a transaction counts.
    best = ibis.window(group_by="tx_id", order_by=[ibis.desc("outputs"), "value_sat"])
    cuts = cuts.mutate(place=ibis.row_number().over(best)).filter(lambda t: t.place == 0)
    sides = outputs.semi_join(cuts, "tx_id").group_by("tx_id").aggregate(
        total=lambda t: t.count(),
        carriers=lambda t: (t.value_sat == 0).sum(),
    )  # fmt: skip
    joined = cuts.join(sides, "tx_id").filter(
        lambda t: (t.carriers == 1) & (t.total - t.outputs - 1 <= _MOST_OTHER_OUTPUTS)
    )
    paid = outputs.select("tx_id", fee_sat="value_sat").join(joined, "tx_id")
    low, high = _COORDINATOR_PER_MILLE
    fee = paid.filter(
        lambda t: (t.fee_sat * 1000 >= t.pool_sat * low) & (t.fee_sat * 1000 <= t.pool_sat * high)
    ).select("tx_id").distinct()  # fmt: skip
    return joined.semi_join(fee, "tx_id").select("tx_id", "pool_sat", "outputs").order_by("tx_id")
