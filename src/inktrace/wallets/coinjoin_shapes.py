"""What the CoinJoin rules look at: the counts of inputs and equal outputs of each transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.params import WalletsParams

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_LEAST_STANDARD_SAT: Final = 5_000
_NATIVE: Final = ("p2wpkh", "p2tr")
_MOST_STANDARD_SAT: Final = 134_375_000_000


def _standard_amounts() -> Ids:
    """Wasabi 2's output amounts, satoshi, ascending: 1, 2, 5 times powers of ten, 1 and 2 times
    powers of three, and powers of two, from 5,000 satoshi up."""
    bases = ((2, (1,)), (3, (1, 2)), (10, (1, 2, 5)))
    made = {times * base**power for base, all_times in bases for times in all_times
            for power in range(40)}  # fmt: skip
    return np.array(sorted(v for v in made if _LEAST_STANDARD_SAT <= v <= _MOST_STANDARD_SAT))


# References: WabiSabi (Ficsór et al. 2021) and the amount decomposition of Wasabi Wallet 2.0.
STANDARD_AMOUNTS_SAT: Final = _standard_amounts()
# Powers of two and three, which nobody asks for as a price.
ODD_AMOUNTS_SAT: Final = STANDARD_AMOUNTS_SAT[STANDARD_AMOUNTS_SAT % 1000 != 0]


@dataclass(frozen=True)
class Shapes:
    """Transactions with enough inputs and outputs for a CoinJoin, one element each, by tx_id.

    All int64. An input of unknown script counts as a script of its own. Outputs of no value
    (data carriers) are no outputs here.
    """

    tx_id: Ids
    inputs: Ids
    input_scripts: Ids
    unknown_values: Ids  # inputs whose value is not known
    outputs: Ids
    data_outputs: Ids  # outputs of no value
    most_equal: Ids  # outputs of the commonest value, each script once
    equal_value: Ids  # that value, satoshi; the largest where several are as common
    repeated_outputs: Ids  # outputs whose value occurs at least twice
    standard_outputs: Ids  # outputs of a Wasabi 2 standard amount
    odd_outputs: Ids  # of these, of amounts that are a power of two or three, or its double
    inputs_of_equal_value: Ids  # inputs worth exactly `equal_value`
    other_inputs: Ids  # known to be neither P2WPKH nor P2TR
    other_outputs: Ids  # the same, of outputs
    largest_input: Ids  # satoshi; unknown values count as 0
    smallest_input: Ids


@dataclass(frozen=True)
class Parts:
    """Inputs or outputs of the same transactions, ordered by tx_id, value and script.

    Rows of the transaction at place p: starts[p] to starts[p + 1]. Unknown values and scripts
    are -1.
    """

    tx_id: Ids
    starts: Ids
    value_sat: Ids
    script_id: Ids
    is_other: Mask  # known to be neither P2WPKH nor P2TR


def transaction_parts(relations: Relations, params: WalletsParams) -> tuple[Parts, Parts]:
    """Inputs and outputs of the transactions that have enough of both, in that order.

    Positions count up from 0, so a transaction has n inputs where one stands at place n - 1: no
    grouping is needed to leave most transactions out.
    """
    place = params.coinjoin_equal_outputs - 1
    inputs, outputs = relations["inputs"], relations["outputs"]
    enough = (
        outputs.filter(outputs.vout == place)
        .select("tx_id")
        .semi_join(inputs.filter(inputs.vin == place), "tx_id")
    )
    return _parts(relations, inputs, enough), _parts(relations, outputs, enough)


def transaction_shapes(spent: Parts, paid: Parts, params: WalletsParams) -> Shapes:
    """The counts of each transaction. Linear in the rows."""
    if not paid.tx_id.size:
        return Shapes(*(np.zeros(0, np.int64) for _ in Shapes.__annotations__))
    firsts, lasts = spent.starts[:-1], spent.starts[1:] - 1
    carrier = paid.value_sat == 0
    run, run_starts = _runs(paid, paid.value_sat)
    same_script = np.zeros(run.size, bool)
    same_script[1:] = (run[1:] == run[:-1]) & (paid.script_id[1:] == paid.script_id[:-1])
    size = np.bincount(run)
    # Equal payments to one and the same script are a habit of payers, not a CoinJoin.
    equal = np.bincount(run, ~same_script).astype(np.int64)
    run_value = paid.value_sat[run_starts]
    equal[run_value < params.coinjoin_least_sat] = 0
    first_run = run[paid.starts[:-1]]
    # Runs of one transaction ascend in value: the last of the longest is the largest value.
    code = np.maximum.reduceat((equal << 32) | np.arange(equal.size), first_run)
    best = code & 0xFFFFFFFF
    equal_value = np.where(code >> 32, run_value[best], 0)
    known = np.maximum(spent.value_sat, 0)
    tx_of_input = np.repeat(np.arange(spent.tx_id.size), np.diff(spent.starts))
    return Shapes(
        tx_id=paid.tx_id,
        inputs=np.diff(spent.starts),
        input_scripts=_scripts(spent, tx_of_input),
        unknown_values=_sums(spent.value_sat < 0, spent),
        outputs=_sums(~carrier, paid),
        data_outputs=_sums(carrier, paid),
        most_equal=code >> 32,
        equal_value=equal_value,
        repeated_outputs=_sums((size[run] > 1) & ~carrier, paid),
        standard_outputs=_sums(np.isin(paid.value_sat, STANDARD_AMOUNTS_SAT), paid),
        odd_outputs=_sums(np.isin(paid.value_sat, ODD_AMOUNTS_SAT), paid),
        inputs_of_equal_value=_sums(spent.value_sat == equal_value[tx_of_input], spent),
        other_inputs=_sums(spent.is_other, spent),
        other_outputs=_sums(paid.is_other & ~carrier, paid),
        largest_input=known[lasts],
        smallest_input=known[firsts],
    )


def _parts(relations: Relations, table: ir.Table, enough: ir.Table) -> Parts:
    types = relations["scripts"].select("script_id", "script_type")
    wanted = table.semi_join(enough, "tx_id").left_join(types, "script_id")
    rows = relations.collect(
        wanted.select("tx_id", "value_sat", "script_id", is_other=wanted.script_type.notin(_NATIVE))
    )
    columns = [_integers(rows, name) for name in ("tx_id", "value_sat", "script_id", "is_other")]
    order = np.lexsort((columns[2], columns[1], columns[0]))
    tx, value, script, other = (column[order] for column in columns)
    starts = np.flatnonzero(np.append(True, tx[1:] != tx[:-1])) if tx.size else np.zeros(0, int)
    ends = np.append(starts, tx.size).astype(np.int64)
    return Parts(tx[starts], ends, value, script, other == 1)


def _integers(rows: pa.Table, name: str) -> Ids:
    column = rows[name].combine_chunks().cast(pa.int64()).fill_null(-1)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.int64)


def _runs(parts: Parts, value: Ids) -> tuple[Ids, Ids]:
    """Which run of equal values of one transaction each row is in, and where runs start."""
    begins = np.zeros(value.size, bool)
    begins[1:] = value[1:] != value[:-1]
    begins[parts.starts[:-1]] = True
    return np.cumsum(begins) - 1, np.flatnonzero(begins)


def _sums(chosen: Mask, parts: Parts) -> Ids:
    return np.add.reduceat(chosen.astype(np.int64), parts.starts[:-1])


def _scripts(spent: Parts, tx: Ids) -> Ids:
    order = np.lexsort((spent.script_id, tx))
    script, ordered = spent.script_id[order], tx[order]
    fresh = np.ones(script.size, bool)
    fresh[1:] = (script[1:] != script[:-1]) | (ordered[1:] != ordered[:-1]) | (script[1:] < 0)
    return np.bincount(ordered, fresh, spent.tx_id.size).astype(np.int64)
