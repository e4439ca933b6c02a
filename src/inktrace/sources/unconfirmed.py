"""Transactions that a watched mempool holds, stored before any block brings them.

An ad appears minutes after its payment, a block may take an hour. The block that comes at last
completes what is stored here, as it completes transactions that were dropped and mined after all.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.intake import Intake, fetched, shown_path
from inktrace.sources.ledger import next_tx_id, store_transactions
from inktrace.sources.networks import settle_network
from inktrace.sources.raw_batch import raw_batch
from inktrace.sources.raw_transaction import RawTransaction, read_transaction
from inktrace.sources.spent_outputs import resolve_older_inputs
from inktrace.sources.spool import Spool
from inktrace.sources.watched import spool_network

__all__ = ["add_unconfirmed"]

_PER_BATCH: Final = 10_000


def add_unconfirmed(engine: Engine, spool: Spool, params: SourceParams) -> int:
    """Store what the watched mempools hold and the workspace does not; returns how many.

    Those without known bytes are left for later. Raises InputError where the workspace holds
    another network.
    """
    stored, first_tx_id = 0, next_tx_id(engine)
    batches = _batches_of_new(engine, spool)
    for txids in batches:
        whole = [raw for txid in txids if (raw := _bytes_of(spool, txid)) is not None]
        if not whole:
            continue
        manner = {"spool": spool.fact("id"), "unconfirmed": len(whole)}
        where = shown_path(spool.path)
        with fetched(engine, "first-seen", where, params, manner, whole) as file:
            network = spool_network(spool)
            settle_network(engine, network, spool.path)
            store_transactions(file, raw_batch(_read(file, whole)), network)
        stored += file.accepted
    if len(batches) > 1:  # a later one may hold what an earlier one spends
        with engine.transaction():
            resolve_older_inputs(engine, first_tx_id)
    return stored


def _read(file: Intake, whole: list[bytes]) -> list[tuple[int, RawTransaction]]:
    read = []
    for row, raw in enumerate(whole, start=1):
        try:
            read.append((row, read_transaction(raw)))
        except InputError as error:
            file.reject(row, None, error.what, raw)
    return read


def _batches_of_new(engine: Engine, spool: Spool) -> list[list[bytes]]:
    """Ids, in order of bytes, of what the mempools hold and no table does."""
    held = spool.rows("SELECT DISTINCT txid FROM mempool JOIN raw USING (txid)")
    table = pa.table({"txid": pa.array([row[0] for row in held], pa.binary())})
    with engine.view("held_transactions", table):
        found = engine.rows(
            "SELECT txid FROM held_transactions ANTI JOIN transactions USING (txid)"
        )
    new = sorted(row[0] for row in found)
    return [new[first : first + _PER_BATCH] for first in range(0, len(new), _PER_BATCH)]


def _bytes_of(spool: Spool, txid: bytes) -> bytes | None:
    found = spool.rows("SELECT raw FROM raw WHERE txid = ?", [txid])
    return found[0][0] if found else None  # confirmed or dropped in between
