"""Folders of exhibits made from raw blocks, as a package holds them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from inktrace.casefile.chain import write_chain
from inktrace.casefile.exhibits import _readable
from inktrace.casefile.tables import write_csv
from inktrace.casefile.trail import _inputs, _outputs, _transactions
from inktrace.engine import Engine
from inktrace.params import SourceParams
from inktrace.schema import TABLES
from inktrace.sources.blocks import add_blocks
from inktrace.sources.networks import NETWORKS
from inktrace.sources.raw_blocks import RawBlocks


def workspace_of(*paths: Path) -> Engine:
    engine = Engine(threads=1)
    for table in TABLES.values():
        engine.execute(table.create_sql())
    for path in paths:
        add_blocks(engine, path, SourceParams())
    return engine


def write_exhibits_of(
    engine: Engine, folder: Path, every: int = 1, source: RawBlocks | None = None
) -> Path:
    """Exhibits on every n-th stored transaction; parameters.json marks the folder."""
    relations = engine.relations()
    ids = [row[0] for row in engine.rows("SELECT tx_id FROM transactions ORDER BY tx_id")][::every]
    import ibis

    picked = ibis.memtable(pa.table({"tx_id": pa.array(ids, pa.int64())}))
    transactions = _transactions(relations, picked, set(ids), set())
    folder.mkdir()
    (folder / "parameters.json").write_text("{}")
    tables = {
        "transactions": transactions,
        "inputs": _inputs(relations, picked),
        "outputs": _outputs(relations, picked),
    }
    for name, table in tables.items():
        write_csv(_readable(table), folder / f"{name}.csv")
    write_chain(relations, transactions, folder / "chain", source)
    return folder


def regtest(**how) -> RawBlocks:
    return RawBlocks(NETWORKS["regtest"], **how)
