"""Running this room's stages in tests."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.params import AttributionParams, PaymentsParams
from inktrace.payments.stage import ATTRIBUTION, PAYMENTS
from inktrace.progress import silent
from inktrace.stage import StageResult

# Simulated cases are given their authors.
KNOWN = replace(AttributionParams(), author_doubt=0.0)
FAST = replace(PaymentsParams(), decoy_rounds=10)


def score(engine: Engine, params: PaymentsParams = FAST) -> StageResult:
    """Run the payments stage and store its tables."""
    made = PAYMENTS.function(engine.relations(PAYMENTS.reads), params, silent)
    for name, rows in made.tables.items():
        engine.append(name, rows)
    return made


def attribute(engine: Engine, params: AttributionParams | None = None) -> StageResult:
    """Run the attribution stage on what the payments stage stored."""
    relations = engine.relations(ATTRIBUTION.reads)
    return ATTRIBUTION.function(relations, params or KNOWN, silent)


def named(rows: pa.Table, q: float = 0.05, method: str = "inktrace") -> set[tuple[str, int]]:
    """The (author, wallet) pairs that a method names."""
    return {
        (row["author_id"], row["wallet_id"])
        for row in rows.to_pylist()
        if row["method"] == method and (row["q_value"] is None or row["q_value"] <= q)
    }
