"""Which transactions of an export can be believed, and those as the ledger takes them.

An export's rows cannot be checked against their hash (the signatures are missing), so they are
checked for what they say of themselves: numbers that are numbers, values between 0 and 21
million bitcoin, positions without gaps, addresses that agree with their scripts, outputs that
do not exceed inputs. A transaction with one bad field is rejected whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.sources.block_kernels import MAX_MONEY
from inktrace.sources.chain_fields import (
    Numbers,
    Verdict,
    as_mask,
    block_times,
    flat_text,
    positions,
    stated_scripts,
    txids,
    unhexed,
)
from inktrace.sources.chain_rows import ChainRows
from inktrace.sources.esplora_rows import made_ids
from inktrace.sources.intake import Intake
from inktrace.sources.ledger import TransactionBatch
from inktrace.sources.networks import NETWORKS, Network

__all__ = ["checked_rows"]

_MAINNET_GROUP, _REGTEST_GROUP, _GROUPS = 1, 3, 4
_FINAL_SEQUENCE: Final = 0xFFFFFFFF
_HIGHEST_BLOCK: Final = 20_000_000


def checked_rows(
    file: Intake, rows: ChainRows, known: Network | None
) -> tuple[TransactionBatch, Network]:
    """Reject the transactions that contradict themselves; give the others, and their network.

    The network is the one `known`, else that of most addresses; a transaction that names an
    address of another is rejected.

    Raises InputError where addresses are named and none is of the network `known`.
    """
    verdict = Verdict(rows.transactions.num_rows)
    paid = _Outputs.checked(file.engine, rows.outputs, verdict)
    spent = _Inputs.checked(file.engine, rows.inputs, verdict)
    batch = _checked_transactions(file.engine, rows, spent, paid, verdict)
    network = known or _likely_network(spent, paid)
    _refuse_other_networks(file, network, spent, paid, verdict)
    for place in np.flatnonzero(~verdict.sound).tolist():
        column, reason = verdict.reasons[verdict.fault[place]]
        file.reject(int(rows.row[place]), column, reason, rows.raw[place].as_py() or "")
    return _only(batch, verdict.sound), network


def _likely_network(spent: _Inputs, paid: _Outputs) -> Network:
    """The network whose addresses these are; testnet stands for all networks that write alike."""
    counts = np.bincount(np.r_[spent.groups, paid.groups], minlength=_GROUPS)
    if counts[_MAINNET_GROUP] >= counts[_MAINNET_GROUP + 1 :].sum():
        return NETWORKS["mainnet"]
    return NETWORKS["regtest" if counts[_REGTEST_GROUP] else "testnet3"]


def _refuse_other_networks(
    file: Intake, network: Network, spent: _Inputs, paid: _Outputs, verdict: Verdict
) -> None:
    is_own = np.full(_GROUPS, network.name != "mainnet")
    is_own[_MAINNET_GROUP] = network.name == "mainnet"
    groups = np.r_[spent.groups, paid.groups]
    named = groups > 0
    if named.any() and not is_own[groups[named]].any():
        raise InputError(
            f"the addresses are of another network than {network.name}",
            where=file.path,
            do="use one workspace per network",
        )
    for name, side in (("inputs", spent), ("outputs", paid)):
        owners = side.table["transaction"].to_numpy()
        bad = (side.groups > 0) & ~is_own[side.groups]
        reason = f"an address is of another network than {network.name}"
        verdict.refuse(bad, f"{name}.addresses", reason, owners)


@dataclass(frozen=True)
class _Outputs:
    table: pa.Table
    groups: Any  # of the address of each row, as script.scripts_of gives them

    @classmethod
    def checked(cls, engine: Engine, rows: pa.Table, verdict: Verdict) -> _Outputs:
        owners = rows["owner"].to_numpy()
        number = Numbers(engine, rows, ("index", "value"))
        vout = positions(number, rows, "outputs", verdict)
        value = number.whole("value", 0, MAX_MONEY, "outputs.value", verdict, owners)
        verdict.refuse(value < 0, "outputs.value", "an output has no value", owners)
        hex_text = flat_text(rows["script_hex"])
        given, is_hex = unhexed(hex_text)
        verdict.refuse(~is_hex, "outputs.script_hex", "a script is not hexadecimal", owners)
        stated, groups = stated_scripts(rows["address"])
        verdict.refuse(
            _contradicts(given, stated, groups),
            "outputs.addresses",
            "an output's address is not that of its script",
            owners,
        )
        script = pc.coalesce(given, stated)
        verdict.refuse(
            as_mask(pc.is_null(script)),
            "outputs.script_hex",
            "an output has neither a script nor a single address",
            owners,
        )
        table = pa.table(
            {"transaction": owners, "vout": vout, "value_sat": value, "script": script}
        )
        return cls(table, groups)


@dataclass(frozen=True)
class _Inputs:
    table: pa.Table
    groups: Any  # of the address of each row, as script.scripts_of gives them
    is_null: Any  # the input of a coinbase

    @classmethod
    def checked(cls, engine: Engine, rows: pa.Table, verdict: Verdict) -> _Inputs:
        owners = rows["owner"].to_numpy()
        number = Numbers(engine, rows, ("index", "spent_output_index", "sequence", "value"))
        vin = positions(number, rows, "inputs", verdict)
        spent_txid, is_txid = txids(flat_text(rows["spent_transaction_hash"]))
        zero = pc.equal(spent_txid, pa.scalar(bytes(32), pa.binary()))
        is_null = ~is_txid & as_mask(pc.is_null(rows["spent_transaction_hash"]))
        is_null |= is_txid & as_mask(pc.fill_null(zero, False))
        name = "inputs.spent_transaction_hash"
        verdict.refuse(~is_txid & ~is_null, name, "a spent hash is not 64 hex digits", owners)
        name = "inputs.spent_output_index"
        vout = number.whole("spent_output_index", 0, _FINAL_SEQUENCE, name, verdict, owners)
        verdict.refuse((vout < 0) & ~is_null, name, "an input does not say what it spends", owners)
        name = "inputs.sequence"
        sequence = number.whole("sequence", 0, _FINAL_SEQUENCE, name, verdict, owners)
        value = number.whole("value", 0, MAX_MONEY, "inputs.value", verdict, owners)
        script, groups = stated_scripts(rows["address"])
        if "script_hex" in rows.schema.names:
            given, is_hex = unhexed(flat_text(rows["script_hex"]))
            name = "inputs.script_hex"
            verdict.refuse(~is_hex, name, "a script is not hexadecimal", owners)
            bad = _contradicts(given, script, groups)
            reason = "an input's address is not that of its script"
            verdict.refuse(bad, "inputs.addresses", reason, owners)
            script = pc.coalesce(given, script)
        table = pa.table(
            {
                "transaction": owners,
                "vin": vin,
                "spent_txid": spent_txid,
                "spent_vout": vout,
                "value_sat": pa.array(value, mask=value < 0),
                "script": script,
                "sequence": np.where(sequence < 0, _FINAL_SEQUENCE, sequence),
            }
        )
        return cls(table, groups, is_null)


def _checked_transactions(
    engine: Engine, rows: ChainRows, spent: _Inputs, paid: _Outputs, verdict: Verdict
) -> TransactionBatch:
    given = rows.transactions
    txid, is_txid = txids(flat_text(given["hash"]))
    names = ("block_number", "version", "lock_time", "input_count", "output_count")
    number = Numbers(engine, given, names)
    height = number.whole("block_number", 0, _HIGHEST_BLOCK, "block_number", verdict)
    version = number.whole("version", -(2**31), 2**32 - 1, "version", verdict, unknown=0)
    lock_time = number.whole("lock_time", 0, 2**32 - 1, "lock_time", verdict, unknown=0)
    if "unlocking_hex" in rows.inputs.schema.names:
        txid = _checked_ids(rows, txid, version, lock_time, (spent, paid), verdict)
    else:
        verdict.refuse(~is_txid, "hash", "the hash is not 64 hex digits")
    time = block_times(engine, given["block_timestamp"], verdict)
    counts = [
        np.bincount(side.table["transaction"].to_numpy(), minlength=verdict.count)
        for side in (spent, paid)
    ]
    for name, count in zip(("input_count", "output_count"), counts, strict=True):
        stated = number.whole(name, 0, MAX_MONEY, name, verdict)
        verdict.refuse((stated >= 0) & (stated != count), name, f"{name} is not what is listed")
    verdict.refuse(counts[1] == 0, "outputs", "the transaction has no outputs")
    is_coinbase = _coinbases(given["is_coinbase"], counts[0], spent, verdict)
    _refuse_overspending(spent, paid, is_coinbase, verdict)
    table = pa.table(
        {
            "txid": txid,
            "block_height": pa.array(height, mask=height < 0),
            "block_time_us": time,
            "is_coinbase": is_coinbase,
            "version": np.where(version >= 2**31, version - 2**32, version),
            "lock_time": lock_time,
            "row": rows.row,
        }
    )
    inputs = spent.table.filter(pa.array(~spent.is_null))
    return TransactionBatch(table, _sorted(inputs, "vin"), _sorted(paid.table, "vout"))


def _coinbases(stated: pa.ChunkedArray, counts: Any, spent: _Inputs, verdict: Verdict) -> Any:
    """Which transactions pay new coins: as stated, or, unstated, those that spend nothing."""
    text = flat_text(stated)
    owners = spent.table["transaction"].to_numpy()
    real = np.bincount(owners[~spent.is_null], minlength=verdict.count)
    says_yes = as_mask(pc.fill_null(pc.equal(text, "true"), False))
    says_no = as_mask(pc.fill_null(pc.equal(text, "false"), False))
    unclear = as_mask(pc.is_valid(text)) & ~says_yes & ~says_no
    verdict.refuse(unclear, "is_coinbase", "is_coinbase is neither true nor false")
    verdict.refuse(says_yes & (real > 0), "is_coinbase", "a coinbase cannot spend an output")
    verdict.refuse(says_no & (real == 0), "inputs", "the transaction has no inputs")
    mixed = (real > 0) & (counts > real)
    verdict.refuse(mixed, "inputs.spent_transaction_hash", "an input does not say what it spends")
    return real == 0


def _checked_ids(
    rows: ChainRows,
    stated: pa.Array,
    version: Any,
    lock_time: Any,
    sides: tuple[_Inputs, _Outputs],
    verdict: Verdict,
) -> pa.Array:
    """The ids that the fields make; a transaction that states another id is refused."""
    owners = rows.inputs["owner"].to_numpy()
    unlocking, is_hex = unhexed(flat_text(rows.inputs["unlocking_hex"]))
    verdict.refuse(~is_hex, "vin.scriptsig", "a script is not hexadecimal", owners)
    for name in ("version", "lock_time"):
        verdict.refuse(as_mask(pc.is_null(rows.transactions[name])), name, f"{name} is missing")
    for name in ("sequence", "unlocking_hex"):
        missing = as_mask(pc.is_null(rows.inputs[name]))
        verdict.refuse(missing, "vin", "an input lacks its sequence or its script", owners)
    made = made_ids(version, lock_time, sides[0].table, unlocking, sides[1].table)
    given = as_mask(pc.is_valid(rows.transactions["hash"]))
    same = as_mask(pc.fill_null(pc.equal(made, stated), False))
    verdict.refuse(given & ~same, "txid", "the fields do not make the id that is stated")
    return made


def _refuse_overspending(
    spent: _Inputs, paid: _Outputs, is_coinbase: Any, verdict: Verdict
) -> None:
    sums, unknown = [], np.zeros(verdict.count, bool)
    for side in (spent, paid):
        owners = side.table["transaction"].to_numpy()
        values = side.table["value_sat"]
        unknown[owners[as_mask(pc.is_null(values))]] = True
        floats = pc.fill_null(values, 0).to_numpy().astype(np.float64)
        sums.append(np.bincount(owners, floats, verdict.count))
    bad = (sums[1] > sums[0]) & ~unknown & ~is_coinbase
    verdict.refuse(bad, "outputs.value", "the outputs hold more than the inputs brought")


def _contradicts(given: pa.Array, stated: pa.Array, groups: Any) -> Any:
    """Where a valid address is not the given script's; P2PK's own key may be named by address."""
    differ = as_mask(pc.fill_null(pc.not_equal(given, stated), False)) & (groups > 0)
    sizes = pc.fill_null(pc.binary_length(given), 0).to_numpy(zero_copy_only=False)
    return differ & ~np.isin(sizes, (35, 67))


def _only(batch: TransactionBatch, sound: Any) -> TransactionBatch:
    if sound.all():
        return batch
    renumbered = np.cumsum(sound) - 1
    sides = []
    for side in (batch.inputs, batch.outputs):
        owners = side["transaction"].to_numpy()
        kept = side.filter(pa.array(sound[owners]))
        sides.append(kept.set_column(0, "transaction", pa.array(renumbered[owners[sound[owners]]])))
    return TransactionBatch(batch.transactions.filter(pa.array(sound)), *sides)


def _sorted(table: pa.Table, position: str) -> pa.Table:
    owners, places = table["transaction"].to_numpy(), table[position].to_numpy()
    order = np.lexsort((places, owners))
    return table if (order == np.arange(len(order))).all() else table.take(pa.array(order))
