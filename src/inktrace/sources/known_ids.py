"""The ids that transactions and scripts have in the workspace, and ids for new ones.

Ids are dense and given in order of appearance, so that the same files in the same order give
the same ids. They are looked up in the stored tables; or, while many blocks are added, in
tables in memory (`key_index`), as going through all that is stored anew for every stretch of
a file would take ever longer. Both give the same ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from inktrace.engine import Engine
from inktrace.sources.key_index import KeyIndex

__all__ = [
    "NumberedScripts",
    "NumberedTransactions",
    "forget_ids",
    "next_tx_id",
    "numbered_scripts",
    "numbered_transactions",
    "remember_ids",
]

# What 2**22 slots of 16 bytes hold: 64 MiB for transactions and as much for scripts, at most.
# All that reads blocks is to stay below 1 GB, and growing takes the half again for a moment.
_MOST_KEYS: Final = 2_900_000
_BATCH_ROWS: Final = 100_000


@dataclass(frozen=True)
class _Keys:
    """A stored table whose keys have ids."""

    table: str
    id_name: str
    key: str

    @property
    def beside(self) -> str:
        """What the engine keeps this table's index as."""
        return f"ids of {self.table}"


_TRANSACTIONS: Final = _Keys("transactions", "tx_id", "txid")
_SCRIPTS: Final = _Keys("scripts", "script_id", "script")


@dataclass(frozen=True)
class NumberedTransactions:
    """Ids of the transactions of a batch, which of them are new, and ids of what they spend.

    All int64 or bool; -1 where a spent transaction is neither stored nor in the batch. Of equal
    transactions in one batch the first is the new one.
    """

    tx_ids: Any
    is_new: Any
    spent_ids: Any


@dataclass(frozen=True)
class NumberedScripts:
    """Ids of columns of scripts, and those that are new, in order of their ids."""

    columns: list[pa.Array]
    new_ids: Any
    new_scripts: pa.Array


def remember_ids(engine: Engine) -> None:
    """Keep the ids of all that is stored in memory, from now on until `forget_ids`.

    Call it outside of a transaction. Where more is stored than memory is set aside for, the
    stored tables are asked, as ever.
    """
    for keys in (_TRANSACTIONS, _SCRIPTS):
        if keys.beside in engine.beside:
            continue
        index = KeyIndex(_MOST_KEYS)
        if not index.has_room(_next_id(engine, keys)):
            continue
        sql = f"SELECT {keys.key}, {keys.id_name} FROM {keys.table}"
        with closing(engine.batches(sql, _BATCH_ROWS)) as batches:
            for batch in batches:
                index.take(batch.column(0), batch.column(1).to_numpy())
        engine.beside[keys.beside] = index


def forget_ids(engine: Engine) -> None:
    """Free the memory that `remember_ids` took."""
    for keys in (_TRANSACTIONS, _SCRIPTS):
        engine.beside.pop(keys.beside, None)


def next_tx_id(engine: Engine) -> int:
    """The number that the next new transaction will get."""
    return _next_id(engine, _TRANSACTIONS)


def numbered_transactions(engine: Engine, txid: pa.Array, spent: pa.Array) -> NumberedTransactions:
    """Ids for transactions and for what they spend (binary arrays without nulls)."""
    base = next_tx_id(engine)
    index = _index(engine, _TRANSACTIONS, base, len(txid))
    if index is None:
        return _by_store(engine, txid, spent, base)
    tx_ids = index.number(txid, base)
    return NumberedTransactions(tx_ids, _is_first_new(tx_ids, base), index.find(spent))


def numbered_scripts(engine: Engine, columns: Sequence[pa.ChunkedArray]) -> NumberedScripts:
    """Ids for columns of scripts; null stays null."""
    every = [chunk for column in columns for chunk in column.chunks]
    base = _next_id(engine, _SCRIPTS)
    index = _index(engine, _SCRIPTS, base, sum(map(len, every)))
    if index is None:
        return _scripts_by_store(engine, columns, base)
    ids, new_ids, new_scripts = [], [], []
    for chunk in every:
        known = chunk.drop_null() if chunk.null_count else chunk
        found = index.number(known, base)
        is_new = _is_first_new(found, base)
        new_ids.append(found[is_new])
        new_scripts.append(known.filter(pa.array(is_new)))
        base += int(is_new.sum())
        if known is chunk:
            ids.append(pa.array(found))
        else:
            is_null = chunk.is_null().to_numpy(zero_copy_only=False)
            full = np.zeros(len(chunk), np.int64)
            full[~is_null] = found
            ids.append(pa.array(full, mask=is_null))
    parts = []
    for column in columns:
        own = [ids.pop(0) for _ in column.chunks]
        parts.append(pa.concat_arrays(own) if own else pa.nulls(0, pa.int64()))
    return NumberedScripts(
        parts,
        np.concatenate([np.empty(0, np.int64), *new_ids]),
        pa.concat_arrays([pa.nulls(0, pa.binary()), *new_scripts]),
    )


def _index(engine: Engine, keys: _Keys, next_id: int, more: int) -> KeyIndex | None:
    """The table in memory, if there is one that knows all that is stored and has room."""
    index = engine.beside.get(keys.beside)
    if not isinstance(index, KeyIndex):
        return None
    if index.next_number != next_id or not index.has_room(more):
        del engine.beside[keys.beside]
        return None
    return index


def _is_first_new(ids: Any, base: int) -> Any:
    """Where an id from `base` on stands for the first time; they stand in ascending order."""
    if not len(ids):
        return np.zeros(0, bool)
    highest = np.maximum.accumulate(ids)
    return (ids >= base) & np.r_[True, ids[1:] > highest[:-1]]


def _next_id(engine: Engine, keys: _Keys) -> int:
    sql = f"SELECT coalesce(max({keys.id_name}) + 1, 0) FROM {keys.table}"
    return int(engine.rows(sql)[0][0])


def _by_store(engine: Engine, txid: pa.Array, spent: pa.Array, base: int) -> NumberedTransactions:
    encoded = _encoded(pa.chunked_array([txid, spent], pa.binary()))
    ids = _known_ids(engine, _TRANSACTIONS, encoded.dictionary)
    codes = encoded.indices.to_numpy().astype(np.int64)
    codes, spent_codes = codes[: len(txid)], codes[len(txid) :]
    is_new = np.zeros(len(codes), bool)
    is_new[np.unique(codes, return_index=True)[1]] = True
    is_new &= ids[codes] < 0
    ids[codes[is_new]] = base + np.arange(int(is_new.sum()))
    return NumberedTransactions(ids[codes], is_new, ids[spent_codes])


def _scripts_by_store(
    engine: Engine, columns: Sequence[pa.ChunkedArray], base: int
) -> NumberedScripts:
    every = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.binary())
    encoded = _encoded(every)
    ids = _known_ids(engine, _SCRIPTS, encoded.dictionary)
    missing = np.flatnonzero(ids < 0)
    ids[missing] = base + np.arange(len(missing))
    found = pa.array(ids).take(encoded.indices) if len(ids) else pa.nulls(len(every), pa.int64())
    parts, start = [], 0
    for column in columns:
        parts.append(found.slice(start, len(column)))
        start += len(column)
    return NumberedScripts(parts, ids[missing], encoded.dictionary.take(pa.array(missing)))


def _encoded(values: pa.ChunkedArray) -> pa.DictionaryArray:
    """Codes in order of first appearance; full bytes are compared."""
    return values.combine_chunks().dictionary_encode()


def _known_ids(engine: Engine, keys: _Keys, distinct: pa.Array) -> Any:
    """The stored id of each distinct key; -1 where there is none."""
    ids = np.full(len(distinct), -1, np.int64)
    wanted = pa.table({"place": np.arange(len(distinct)), "wanted_key": distinct})
    with engine.view("wanted_keys", wanted):
        found = engine.query(
            f"SELECT w.place, min(s.{keys.id_name}) AS id FROM wanted_keys AS w "
            f"JOIN {keys.table} AS s ON s.{keys.key} = w.wanted_key GROUP BY w.place"
        )
    ids[found["place"].to_numpy()] = found["id"].to_numpy()
    return ids
