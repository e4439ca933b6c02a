"""What a watch wrote to its spool, moved into the workspace's tables.

Each move is one database transaction, and remembers up to which row the spool is moved; a
stop at any moment, before or after the spool forgets those rows, doubles and loses nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.errors import InputError
from inktrace.params import SourceParams
from inktrace.sources.intake import Added, Intake, fetched, shown_path
from inktrace.sources.ledger import next_tx_id, store_transactions
from inktrace.sources.networks import NETWORKS, Network, settle_network
from inktrace.sources.raw_batch import raw_batch
from inktrace.sources.raw_transaction import read_transaction
from inktrace.sources.spent_outputs import resolve_inputs
from inktrace.sources.spool import Spool

__all__ = ["add_spool", "add_spool_file", "spool_network"]

_ROWS_PER_MOVE: Final = 100_000
_EVENTS: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("txid", pa.binary()),
        ("event", pa.string()),
        ("event_us", pa.int64()),
        ("observer", pa.string()),
        ("other", pa.binary()),
        ("clock", pa.string()),
        ("uncertainty_us", pa.int64()),
        ("clock_error_us", pa.int64()),
        ("clock_offset_us", pa.int64()),
    ]
)
_NOTES: Final = pa.schema(
    [
        ("row", pa.int64()),
        ("event_us", pa.int64()),
        ("observer", pa.string()),
        ("event", pa.string()),
        ("offset_us", pa.int64()),
        ("error_us", pa.int64()),
        ("detail", pa.string()),
    ]
)


def add_spool_file(engine: Engine, path: Path, params: SourceParams) -> Added:
    """Move all of a spool that no watch is writing into the workspace.

    Raises InputError where the file is no spool, WorkspaceError while a watch writes it.
    """
    with Spool(path) as spool:
        return add_spool(engine, spool, params)


def add_spool(engine: Engine, spool: Spool, params: SourceParams) -> Added:
    """Move what a spool holds on disk into `first_seen`, `mempool_events` and `watch_log`.

    The first time an observer saw a transaction unconfirmed goes to `first_seen`, whose
    earliest row of all observers is what counts; every event is in `mempool_events`. Content
    of transactions that left a mempool without a block goes to the transaction tables: no
    block would ever bring it. Figures count events.

    Raises InputError where the workspace holds another network.
    """
    total = Added("first-seen", shown_path(spool.path), 0, "", 0, 0, 0, already_added=True)
    while True:
        moved = _move_some(engine, spool, params)
        if moved is None:
            return total
        total = Added(
            moved.source,
            moved.path,
            moved.file_id,
            moved.sha256,
            total.rows_accepted + moved.rows_accepted,
            0,
            total.rows_rejected + moved.rows_rejected,
            already_added=False,
            first_reject=total.first_reject or moved.first_reject,
        )


def _move_some(engine: Engine, spool: Spool, params: SourceParams) -> Added | None:
    """Move one batch and let the spool forget it; none where there was nothing to move."""
    name = f"spool:{spool.fact('id')}"
    last_event, last_note = _moved_before(engine, name)
    spool.forget(last_event, last_note)
    events = _table(
        _EVENTS,
        spool.rows(
            "SELECT id, txid, event, at_us, observer, other, clock, uncertainty_us, "
            "clock_error_us, clock_offset_us FROM events WHERE id > ? ORDER BY id LIMIT ?",
            [last_event, _ROWS_PER_MOVE],
        ),
    )
    notes = _table(
        _NOTES,
        spool.rows(
            "SELECT id, at_us, observer, event, offset_us, error_us, detail FROM notes "
            "WHERE id > ? ORDER BY id LIMIT ?",
            [last_note, _ROWS_PER_MOVE],
        ),
    )
    if not events.num_rows and not notes.num_rows:
        return None
    network = spool_network(spool)
    reached = _last(events, last_event), _last(notes, last_note)
    manner = {
        "spool": spool.fact("id"),
        "events": [last_event + 1, reached[0]],
        "notes": [last_note + 1, reached[1]],
    }
    where = shown_path(spool.path)
    with fetched(engine, "first-seen", where, params, manner, _bytes_of(events, notes)) as file:
        settle_network(engine, network, spool.path)
        file.store("mempool_events", events)
        file.store("watch_log", notes)
        _name_rebroadcasts(file)
        _store_first_seen(file)
        _store_skew(file, reached[1])
        _store_contents(file, spool, last_event, reached[0], network)
        file.accepted = events.num_rows
        engine.execute("DELETE FROM workspace WHERE name = ?", [name])
        engine.execute("INSERT INTO workspace VALUES (?, ?)", [name, f"{reached[0]} {reached[1]}"])
    spool.forget(*reached)
    return file.added()


def _moved_before(engine: Engine, name: str) -> tuple[int, int]:
    found = engine.rows("SELECT value FROM workspace WHERE name = ?", [name])
    if not found:
        return 0, 0
    event, note = found[0][0].split()
    return int(event), int(note)


def _table(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _last(table: pa.Table, before: int) -> int:
    return int(table["row"][-1].as_py()) if table.num_rows else before


def spool_network(spool: Spool) -> Network:
    name = spool.fact("network")
    if name not in NETWORKS:
        raise InputError(
            "the spool does not say its network", where=spool.path, do="is it from a watch?"
        )
    return NETWORKS[name]


def _bytes_of(*tables: pa.Table) -> list[bytes]:
    """The rows as bytes, for their digest."""
    return [repr(row).encode() for table in tables for row in table.to_pylist()]


def _name_rebroadcasts(file: Intake) -> None:
    """A transaction that comes in after it had been dropped is a re-broadcast."""
    file.engine.execute(
        "UPDATE mempool_events AS e SET event = 'rebroadcast' FROM ("
        '  SELECT e.file_id, e."row" FROM mempool_events AS e JOIN mempool_events AS before '
        "  ON before.txid = e.txid AND before.observer = e.observer "
        "  AND before.event IN ('removed', 'replaced') "
        '  AND (before.file_id, before."row") < (e.file_id, e."row") '
        "  WHERE e.file_id = ? AND e.event = 'added') AS again "
        'WHERE e.file_id = again.file_id AND e."row" = again."row"',
        [file.file_id],
    )


def _store_first_seen(file: Intake) -> None:
    """Each observer's first sight of each transaction, where it has none stored yet."""
    file.engine.execute(
        'INSERT INTO first_seen (txid, first_seen_us, observer, file_id, "row", '
        "uncertainty_us, clock_error_us, clock_offset_us) "
        'SELECT e.txid, e.event_us, e.observer, e.file_id, e."row", e.uncertainty_us, '
        "e.clock_error_us, e.clock_offset_us FROM mempool_events AS e "
        "ANTI JOIN (SELECT txid, observer FROM first_seen WHERE file_id <> ? AND txid IN "
        "  (SELECT txid FROM mempool_events WHERE file_id = ?)) AS f "
        "ON f.txid = e.txid AND f.observer = e.observer "
        "WHERE e.file_id = ? AND e.event IN ('added', 'rebroadcast') "
        "QUALIFY row_number() OVER (PARTITION BY e.txid, e.observer ORDER BY e.event_us) = 1",
        [file.file_id] * 3,
    )


def _store_skew(file: Intake, last_note: int) -> None:
    """How much later than the earliest each observer saw what several saw: median and spread.

    Delay of relay and difference of clocks cannot be told apart in it.
    """
    file.engine.execute(
        "INSERT INTO watch_log SELECT max(event_us), observer, 'skew', "
        "CAST(median(late) AS BIGINT), CAST(mad(late) AS BIGINT), "
        "'later than the first observer, median and median deviation over ' || count(*) || "
        "' transactions seen by several', ?, ? FROM ("
        "  SELECT observer, event_us, event_us - min(event_us) OVER (PARTITION BY txid) AS late,"
        "  count(*) OVER (PARTITION BY txid) AS observers FROM ("
        "    SELECT txid, observer, min(event_us) AS event_us FROM mempool_events "
        "    WHERE file_id = ? AND event = 'added' AND clock = 'ours' GROUP BY txid, observer)) "
        "WHERE observers > 1 GROUP BY observer ORDER BY observer",
        [file.file_id, last_note, file.file_id],
    )


def _store_contents(file: Intake, spool: Spool, after: int, last: int, network: Network) -> None:
    """Content of transactions that were dropped or replaced, as far as their bytes are known."""
    found = spool.rows(
        "SELECT max(e.id), r.raw FROM events AS e JOIN raw AS r USING (txid) "
        "WHERE e.id > ? AND e.id <= ? AND e.event IN ('removed', 'replaced') "
        "GROUP BY r.txid ORDER BY 1",
        [after, last],
    )
    read = [(row, read_transaction(raw)) for row, raw in found]
    if not read:
        return
    first_tx_id = next_tx_id(file.engine)
    store_transactions(file, raw_batch(read), network)
    resolve_inputs(file.engine, first_tx_id)
