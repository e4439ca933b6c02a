"""What the change heuristics look at: the outputs of each payment, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma
from typing import Any, Final

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inktrace.engine import Relations

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
VIOLATES, ORDERED, UNSURE = 0, 1, 2
_BY_CHANCE: Final = 0.05  # chance of being in order up to which order is a habit
_FINAL_SEQUENCES: Final = 0xFFFFFFFE  # from here on an input does not signal replacement (BIP 125)


@dataclass(frozen=True)
class Habits:
    """How each transaction of the workspace was made, by tx_id."""

    version: Ids
    has_lock_time: Mask
    replaceable: Mask  # signals replacement (BIP 125)
    order: Ids  # of inputs and outputs (BIP 69): VIOLATES, ORDERED or UNSURE (by chance)


@dataclass(frozen=True)
class Facts:
    """Payments with two spendable outputs or more, and those outputs, by (tx_id, vout).

    Rows of payment p: starts[p] to starts[p + 1]. CoinJoins, coinbases and payments of wholly
    unknown inputs are left out.
    """

    tx_id: Ids  # one per payment
    starts: Ids  # one per payment and the end
    inputs: Ids
    smallest_input: Ids  # satoshi; -1 where some input's value is unknown
    input_type: Ids  # code of the script type that all inputs share, -1 where they share none
    seen_us: Ids  # first-seen time, UTC microseconds; -1 = unknown
    payment: Ids  # one per output: place of its payment
    vout: Ids
    value_sat: Ids
    script_id: Ids
    script_type: Ids  # code
    paid_before: Mask  # its script was paid or spent earlier, or is spent here
    is_own_script: Mask  # its script is among those that the payment spends
    spender: Ids  # tx_id of the transaction that spends it, -1 = unspent, unknown or a CoinJoin
    habits: Habits

    def outputs(self) -> Ids:
        """Outputs of each payment."""
        return np.diff(self.starts)


def change_facts(relations: Relations) -> Facts:
    """Read every payment that may have change.

    Reads transactions, inputs, outputs, scripts, coinjoins and first_seen. Memory: about 200
    bytes for each input and output.
    """
    made = _transactions(relations)
    spent = _inputs(relations)
    paid = relations.collect(
        relations["outputs"]
        .select("tx_id", "vout", "value_sat", "script_id")
        .order_by("tx_id", "vout")
    )
    types = _script_types(relations)
    tx, value, script = (numbers(paid, name) for name in ("tx_id", "value_sat", "script_id"))
    in_tx, in_script = numbers(spent, "tx_id"), numbers(spent, "script_id")
    size = made["rank"].size
    own = np.isin(_pairs(tx, script, types.size), _pairs(in_tx, in_script, types.size))
    before = _first_sight(made["rank"], types.size, tx, script, in_tx, in_script)
    rows = _eligible(made, in_tx, in_script, tx, value)
    payments, starts = np.unique(tx[rows], return_index=True)
    of_input = _InputFacts.read(spent, types, size)
    return Facts(
        tx_id=payments,
        starts=np.append(starts, rows.size).astype(np.int64),
        inputs=of_input.count[payments],
        smallest_input=of_input.smallest[payments],
        input_type=of_input.kind[payments],
        seen_us=made["seen_us"][payments],
        payment=np.searchsorted(payments, tx[rows]),
        vout=numbers(paid, "vout")[rows],
        value_sat=value[rows],
        script_id=script[rows],
        script_type=types[script[rows]],
        paid_before=(before[script[rows]] < made["rank"][tx[rows]]) | own[rows],
        is_own_script=own[rows],
        spender=_telling(_spenders(spent, tx, numbers(paid, "vout"))[rows], made["left_out"]),
        habits=Habits(
            made["version"],
            made["lock_time"] > 0,
            of_input.replaceable,
            _order(spent, of_input.count, tx, value, size),
        ),
    )


def numbers(rows: pa.Table, name: str) -> Ids:
    """A column as int64, -1 where it is unknown."""
    column = rows[name].combine_chunks().cast(pa.int64()).fill_null(-1)
    return np.asarray(column.to_numpy(zero_copy_only=False), np.int64)


@dataclass(frozen=True)
class _InputFacts:
    """Facts of each transaction's inputs, by tx_id."""

    count: Ids
    smallest: Ids
    kind: Ids
    replaceable: Mask

    @classmethod
    def read(cls, spent: pa.Table, types: Ids, size: int) -> _InputFacts:
        tx, value, script, sequence = (
            numbers(spent, name) for name in ("tx_id", "value_sat", "script_id", "sequence")
        )
        count = np.bincount(tx, minlength=size)
        smallest = np.full(size, np.iinfo(np.int64).max)
        np.minimum.at(smallest, tx, value)
        kinds = np.where(script >= 0, types[np.maximum(script, 0)], -1) if types.size else script
        lowest, highest = np.full(size, 10**6), np.full(size, -1)
        np.minimum.at(lowest, tx, kinds)
        np.maximum.at(highest, tx, kinds)
        replaceable = np.zeros(size, bool)
        replaceable[tx[sequence < _FINAL_SEQUENCES]] = True
        return cls(
            count, np.where(count > 0, smallest, -1), np.where(lowest == highest, highest, -1),
            replaceable,
        )  # fmt: skip


def _transactions(relations: Relations) -> dict[str, Ids]:
    """Columns by tx_id: version, lock_time, whether it may be looked at, place in the chain."""
    seen = relations["first_seen"].group_by("txid").agg(seen_us=lambda t: t.first_seen_us.min())
    mixed = relations["coinjoins"].select("tx_id").mutate(mixed=ibis.literal(1))
    table = relations["transactions"].left_join(seen, "txid").drop("txid_right")
    table = table.left_join(mixed, "tx_id").drop("tx_id_right")
    rows = relations.collect(
        table.select(
            "tx_id", "version", "lock_time", "block_height", "seen_us",
            left_out=(table.is_coinbase | table.mixed.notnull()).cast("int64"),
        )
    )  # fmt: skip
    tx = numbers(rows, "tx_id")
    size = int(tx.max(initial=-1)) + 1
    made = {}
    for name in ("version", "lock_time", "block_height", "seen_us", "left_out"):
        made[name] = np.full(size, -1)
        made[name][tx] = numbers(rows, name)
    height = np.where(made["block_height"] < 0, np.iinfo(np.int64).max, made["block_height"])
    made["rank"] = np.empty(size, np.int64)
    made["rank"][np.lexsort((np.arange(size), height))] = np.arange(size)
    return made


def _inputs(relations: Relations) -> pa.Table:
    inputs = relations["inputs"]
    parents = relations["transactions"].select(parent_id="tx_id", parent_txid="txid")
    joined = inputs.left_join(parents, inputs.spent_txid == parents.parent_txid)
    names = ("tx_id", "vin", "value_sat", "script_id", "sequence", "spent_vout", "spent_txid")
    return relations.collect(joined.select(*names, "parent_id").order_by("tx_id", "vin"))


def _script_types(relations: Relations) -> Ids:
    """A code for the type of each script, by script_id."""
    rows = relations.collect(relations["scripts"].select("script_id", "script_type"))
    script = numbers(rows, "script_id")
    codes = np.full(int(script.max(initial=-1)) + 1, -1)
    _, code = np.unique(np.asarray(rows["script_type"].to_pylist(), dtype=str), return_inverse=True)
    codes[script] = code
    return codes


def _pairs(tx: Ids, script: Ids, scripts: int) -> Ids:
    return np.where(script >= 0, tx * np.int64(max(scripts, 1)) + script, -1 - tx)


def _first_sight(rank: Ids, scripts: int, tx: Ids, script: Ids, in_tx: Ids, in_script: Ids) -> Ids:
    first = np.full(scripts, np.iinfo(np.int64).max)
    np.minimum.at(first, script, rank[tx])
    known = in_script >= 0
    np.minimum.at(first, in_script[known], rank[in_tx[known]])
    return first


def _eligible(made: dict[str, Ids], in_tx: Ids, in_script: Ids, tx: Ids, value: Ids) -> Ids:
    size = made["rank"].size
    spendable = value > 0
    known = np.zeros(size, bool)
    known[in_tx[in_script >= 0]] = True
    enough = np.bincount(tx[spendable], minlength=size) >= 2
    fit = known & enough & (made["left_out"] == 0)
    return np.flatnonzero(spendable & fit[tx])


def _spenders(spent: pa.Table, tx: Ids, vout: Ids) -> Ids:
    """Which transaction spends each output; outputs are ordered by (tx_id, vout)."""
    made = np.full(tx.size, -1)
    parent, at = numbers(spent, "parent_id"), numbers(spent, "spent_vout")
    known = (parent >= 0) & (at >= 0)
    width = np.int64(max(int(vout.max(initial=0)), int(at.max(initial=0))) + 1)
    keys, wanted = tx * width + vout, parent[known] * width + at[known]
    place = np.minimum(np.searchsorted(keys, wanted), max(keys.size - 1, 0))
    found = keys[place] == wanted if keys.size else np.zeros(0, bool)
    made[place[found]] = numbers(spent, "tx_id")[known][found]
    return made


def _telling(spender: Ids, left_out: Ids) -> Ids:
    """Without the CoinJoins among the spenders: how these are made tells nothing of one owner."""
    mixed = (spender >= 0) & (left_out[np.maximum(spender, 0)] == 1) if left_out.size else False
    return np.where(mixed, -1, spender)


def _order(spent: pa.Table, inputs: Ids, tx: Ids, value: Ids, size: int) -> Ids:
    """Whether inputs go by outpoint and outputs by value (BIP 69), ties of value passed over."""
    in_tx, head, at = numbers(spent, "tx_id"), _heads(spent), numbers(spent, "spent_vout")
    falls = np.zeros(size, bool)
    same = in_tx[1:] == in_tx[:-1]
    down = (head[1:] < head[:-1]) | ((head[1:] == head[:-1]) & (at[1:] < at[:-1]))
    falls[in_tx[1:][same & down]] = True
    same = tx[1:] == tx[:-1]
    falls[tx[1:][same & (value[1:] < value[:-1])]] = True
    places = np.array([lgamma(n + 1.0) for n in range(171)])
    outputs = np.bincount(tx, minlength=size)
    by_chance = places[np.minimum(inputs, 170)] + places[np.minimum(outputs, 170)]
    habit = by_chance >= -np.log(_BY_CHANCE)
    return np.where(falls, VIOLATES, np.where(habit, ORDERED, UNSURE))


def _heads(spent: pa.Table) -> Any:
    """The first eight bytes of each spent txid, uint64."""
    column = spent["spent_txid"].combine_chunks().cast(pa.binary())
    if not len(column):
        return np.zeros(0, np.uint64)
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column)]
    data = np.frombuffer(column.buffers()[2], np.uint8)
    eight = data[offsets[:, None] + np.arange(8)]
    return np.ascontiguousarray(eight).view(">u8").ravel()
