"""First-seen times: when someone's clock saw a transaction before any block held it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.batch import Batch, Layout
from inktrace.sources.cell_times import times
from inktrace.sources.cells import mask_of, matches
from inktrace.sources.intake import Added, Intake, intake
from inktrace.sources.repeats import settle_repeats
from inktrace.sources.rows import batches
from inktrace.sources.sieve import Sieve
from inktrace.sources.spool import is_spool
from inktrace.sources.watched import add_spool_file

__all__ = ["add_first_seen"]

_TXID_BYTES: Final = 32
_LAYOUT: Final = Layout(
    {"txid": "txid", "first_seen": "first_seen", "source": "source"},
    (("txid",), ("first_seen",)),
)


def add_first_seen(
    engine: Engine, path: Path, params: SourceParams, progress: Progress = silent
) -> Added:
    """Store when transactions were first seen unconfirmed, and by whose clock.

    Columns: txid (64 hex digits, display order), first_seen (epoch seconds, decimals allowed,
    or ISO 8601 with offset), optional source (whose clock). Several observers of one
    transaction are all kept; the same statement twice counts once. The spool that a watch
    left is taken too.

    Raises InputError where the file as a whole cannot be used.

    Notes
    -----
    A time after the transaction's block is stored as it is: the block may be added later, and
    which clock is wrong is not for this step to say.
    """
    if is_spool(path):
        return add_spool_file(engine, path, params)
    with intake(engine, "first-seen", path, params, {}, progress) as file:
        if file.already_added:
            return file.added()
        for batch in batches(file, _LAYOUT, progress):
            file.store("first_seen", _good_rows(file, batch))
        settle_repeats(file, "first_seen", ("txid", "first_seen_us", "observer"))
        return file.added()


def _good_rows(file: Intake, batch: Batch) -> pa.Table:
    sieve = Sieve(file, batch)
    txid = pc.utf8_trim_whitespace(sieve.text("txid"))
    sieve.require(txid, "txid")
    odd = mask_of(pc.is_valid(txid)) & ~matches(txid, r"^[0-9a-fA-F]{64}$")
    sieve.drop(odd, "txid", "txid is not 64 hex digits")
    seen, verdicts = times(sieve.cells("first_seen"), None)
    sieve.judge(verdicts, "first_seen")
    sieve.drop_far_times(seen, "first_seen")
    good = pa.array(sieve.good)
    return pa.table(
        {
            "txid": _bytes_of(txid.filter(good)),
            "first_seen_us": seen[sieve.good],
            "observer": sieve.text("source").filter(good),
            "row": batch.rows[sieve.good],
        }
    )


def _bytes_of(txids: pa.Array) -> pa.Array:
    """Transaction ids as 32 bytes each; all cells hold 64 hex digits."""
    joined = bytes.fromhex("".join(txids.to_pylist()))
    offsets = np.arange(0, len(joined) + 1, _TXID_BYTES, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.binary(), len(txids), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(joined)]
    )
