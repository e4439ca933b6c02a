"""What a stage is: a named, versioned function from tables to tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from inktrace.engine import Relations
from inktrace.progress import Progress


@dataclass(frozen=True)
class StageResult:
    """The tables a stage made (without run_id) and the figures it wants on record.

    A table is Arrow data or an ibis expression over the stage's inputs; its columns are those
    of schema.py, in any order. Notes must be JSON-serialisable and the same on every re-run.
    """

    tables: Mapping[str, pa.Table | ir.Table]
    notes: Mapping[str, Any] = field(default_factory=dict)


StageFunction = Callable[[Relations, Any, Progress], StageResult]


@dataclass(frozen=True)
class Stage:
    """A stage's declaration, the only thing the pipeline knows of it."""

    name: str
    version: int  # raise when the same inputs and parameters would give other results
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    section: str  # field of params.Params that holds its parameters
    function: StageFunction
    meaning: str
