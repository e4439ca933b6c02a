"""Who pays for each transaction, and how busy each wallet is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.wallets.activity_kernels import count_partners, count_receipts, name_payers
from inktrace.wallets.clusters import Ids, Spends, spends

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Activity:
    """One int64 per wallet, in the order of `wallet_id`; times in UTC microseconds, 0 = unknown."""

    wallet_id: Ids
    scripts: Ids
    transactions_out: Ids
    transactions_in: Ids
    recipients: Ids  # different scripts of others that it paid
    payers: Ids  # different other wallets that paid it
    outputs_in: Ids
    addresses_paid: Ids
    first_us: Ids
    last_us: Ids


def payers_of(spent: Spends, wallet_id: Ids, left_out: Ids, transactions: int) -> Ids:
    """The wallet of each transaction's known inputs, -1 where unknown or left out.

    Two wallets in one transaction only where their merge was refused: then nobody is named.
    """
    payer = np.empty(transactions, np.int64)
    skipped = np.zeros(transactions, np.bool_)
    skipped[left_out[left_out < transactions]] = True
    name_payers(spent.tx_id, spent.script_id, wallet_id, skipped, payer)
    return payer


def paid_scripts(relations: Relations) -> Spends:
    """Which transaction paid which script, ascending by transaction."""
    rows = relations.collect(relations["outputs"].select("tx_id", "script_id"))
    return spends(rows["tx_id"], rows["script_id"])


def block_times(relations: Relations, transactions: int) -> Ids:
    """Each transaction's block time, UTC microseconds, 0 = unknown."""
    table = relations["transactions"]
    known = table.filter(table.block_time_us.notnull())
    rows = relations.collect(known.select("tx_id", "block_time_us"))
    times = np.zeros(transactions, np.int64)
    tx = np.asarray(rows["tx_id"], np.int64)
    within = tx < transactions
    times[tx[within]] = np.asarray(rows["block_time_us"], np.int64)[within]
    return times


def wallet_activity(paid: Spends, wallet_id: Ids, payer: Ids, time_us: Ids) -> Activity:
    """How often and with how many others each wallet deals, in a few passes over the outputs."""
    scripts = wallet_id.size
    transactions, outputs, addresses, last = (np.zeros(scripts, np.int64) for _ in range(4))
    first = np.full(scripts, _NEVER, np.int64)
    count_receipts(
        paid.tx_id,
        paid.script_id,
        wallet_id,
        payer,
        time_us,
        transactions,
        outputs,
        addresses,
        first,
        last,
    )
    recipients, payers = np.zeros(scripts, np.int64), np.zeros(scripts, np.int64)
    count_partners(paid.tx_id, paid.script_id, wallet_id, payer, False, recipients)
    count_partners(paid.tx_id, paid.script_id, wallet_id, payer, True, payers)
    funded = np.bincount(payer[payer >= 0], minlength=scripts)
    wallets = np.flatnonzero(wallet_id == np.arange(scripts))
    return Activity(
        wallets,
        np.bincount(wallet_id, minlength=scripts)[wallets],
        funded[wallets],
        transactions[wallets],
        recipients[wallets],
        payers[wallets],
        outputs[wallets],
        addresses[wallets],
        np.where(last > 0, first, 0)[wallets],
        last[wallets],
    )


def payer_rows(payer: Ids) -> pa.Table:
    """Table `payers`: the transactions whose payer is known."""
    known = np.flatnonzero(payer >= 0)
    return pa.table({"tx_id": known, "wallet_id": payer[known]})
