"""Transactions exported by bitcoin-etl, from the public BigQuery data set or by Esplora."""

from __future__ import annotations

from pathlib import Path

from inktrace.engine import Engine
from inktrace.errors import UsageError
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.chain_checks import checked_rows
from inktrace.sources.chain_rows import chain_rows
from inktrace.sources.intake import Added, intake
from inktrace.sources.ledger import next_tx_id, store_transactions
from inktrace.sources.networks import NETWORKS, settle_network, stored_network
from inktrace.sources.spent_outputs import resolve_inputs

__all__ = ["add_chain"]


def add_chain(
    engine: Engine,
    path: Path,
    params: SourceParams,
    progress: Progress = silent,
    network: str | None = None,
) -> Added:
    """Store the transactions of an export (JSON Lines or Parquet, plain, .gz or .zst).

    Fields are those of bitcoin-etl's transactions; numbers may be written as text, times as
    epoch seconds, ISO 8601 or `2018-01-01 00:00:00 UTC`. Needed are `hash`, `inputs` and
    `outputs`. A missing version or lock time is stored as 0, a missing sequence as the final
    one. JSON may also be Esplora's (`txid`, `vin`, `vout`, `status`), one object a line or one
    list or object in the file; there the id is made of the fields, and one that is stated must
    agree. The network is `network`, else the workspace's, else told from the addresses.

    Notes: hashes of bitcoin-etl's exports cannot be recomputed; a false export is believed where
    it does not contradict itself or what is stored. An input's script follows from its address
    until the output it spends is stored; the P2PKH script stands for a P2PK key.

    Raises InputError where the file cannot be read, or belongs to another network than the
    workspace; UsageError for an unknown network.
    """
    if network is not None and network not in NETWORKS:
        raise UsageError(
            f"there is no network {network!r}", do=f"give one of {', '.join(NETWORKS)}"
        )
    with intake(engine, "chain", path, params, {"network": network}, progress) as file:
        if file.already_added:
            return file.added()
        first_tx_id = next_tx_id(engine)
        for rows in chain_rows(file, progress):
            known = NETWORKS[network] if network else stored_network(engine)
            batch, found = checked_rows(file, rows, known)
            if batch.transactions.num_rows:
                settle_network(engine, found, path)
                store_transactions(file, batch, found)
        resolve_inputs(engine, first_tx_id)
    return file.added()
