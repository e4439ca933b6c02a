"""The stages in order, what each reads and writes, which are stale, and how they are run.

A stage is stale when the digest of its inputs, parameters and version is not the run_id of its
stored result. Each stage is written in one transaction together with its run record, so a kill
at any moment leaves either the old result or the new one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from inktrace import __version__
from inktrace.authors import REFERRAL_TEXTS_STAGE
from inktrace.authors import STAGES as AUTHORS_STAGES
from inktrace.engine import Engine
from inktrace.errors import UsageError
from inktrace.identities import STAGE as IDENTITIES_STAGE
from inktrace.images import STAGE as IMAGES_STAGE
from inktrace.params import Params, as_values
from inktrace.payments import STAGES as PAYMENTS_STAGES
from inktrace.progress import Progress
from inktrace.referrals import STAGE as REFERRALS_STAGE
from inktrace.rings import STAGE as RINGS_STAGE
from inktrace.schema import TABLES
from inktrace.stage import Stage, StageResult
from inktrace.wallets import CHANGE_STAGE
from inktrace.wallets import STAGE as WALLETS_STAGE
from inktrace.workspace import Workspace

STAGES: Final[tuple[Stage, ...]] = (
    *AUTHORS_STAGES,
    WALLETS_STAGE,
    CHANGE_STAGE,
    *PAYMENTS_STAGES,
    IMAGES_STAGE,
    IDENTITIES_STAGE,
    RINGS_STAGE,
    REFERRAL_TEXTS_STAGE,
    REFERRALS_STAGE,
)
_PRODUCER: Final = {table: stage for stage in STAGES for table in stage.writes}
# Which kinds of source file fill a source table; those not named are filled by Bitcoin records.
_FILLED_BY: Final = {
    "ads": ("ads",),
    "judgements": ("judgements",),
    "referrals": ("referrals",),
    "referral_items": ("referrals",),
    "referral_judgements": ("referral-judgements",),
    "lead_judgements": ("lead-judgements",),
    "first_seen": ("first-seen",),
    "mempool_events": ("first-seen",),
    "prices": ("prices",),
    "price_rules": ("price-rules",),
    "tags": ("tags",),
    "known_hashes": ("hashes",),
}
# A watched mempool gives transactions too, under the name of first-seen times.
_CHAIN_SOURCES: Final = ("blocks", "chain", "first-seen")


@dataclass(frozen=True)
class StageRun:
    """What `run_stages` did with one stage."""

    stage: str
    run_id: str
    ran: bool
    rows: dict[str, int]
    seconds: float
    notes: dict[str, Any]


@dataclass(frozen=True)
class StageState:
    """Whether a stage's stored result is what the present inputs would give."""

    stage: str
    meaning: str
    fresh: bool


def run_stages(workspace: Workspace, names: Sequence[str], progress: Progress) -> list[StageRun]:
    """Bring the named stages, and all they need, up to date (no names: every stage).

    Returns one entry per stage looked at, in order; `ran` is false where nothing was stale.
    Raises UsageError for an unknown stage, StageError where a stage cannot run.
    """
    done = []
    for stage in needed_stages(names):
        run_id, inputs = expected_run(workspace.engine, stage, workspace.params)
        stored = _stored_run(workspace.engine, stage.name)
        if stored is not None and stored.run_id == run_id:
            done.append(stored)
            continue
        done.append(_run_stage(workspace, stage, run_id, inputs, progress))
    return done


def stage_states(workspace: Workspace) -> list[StageState]:
    """Which stages are up to date; a stage below a stale one is stale too."""
    states: list[StageState] = []
    stale_tables: set[str] = set()
    for stage in STAGES:
        stored = _stored_run(workspace.engine, stage.name)
        run_id, _ = expected_run(workspace.engine, stage, workspace.params)
        fresh = (
            stored is not None
            and stored.run_id == run_id
            and not stale_tables.intersection(stage.reads)
        )
        if not fresh:
            stale_tables.update(stage.writes)
        states.append(StageState(stage.name, stage.meaning, fresh))
    return states


def needed_stages(names: Sequence[str]) -> list[Stage]:
    """The named stages with everything upstream of them, in running order."""
    known = {stage.name: stage for stage in STAGES}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no stage {name!r}", do=f"the stages are {', '.join(known)}")
    wanted = set(names or known)
    for stage in reversed(STAGES):
        if stage.name in wanted:
            wanted |= {_PRODUCER[table].name for table in stage.reads if table in _PRODUCER}
    return [stage for stage in STAGES if stage.name in wanted]


def expected_run(engine: Engine, stage: Stage, params: Params) -> tuple[str, dict[str, str]]:
    """The run_id that this stage would have on the present inputs, and the inputs' digests."""
    inputs = {table: _table_digest(engine, table) for table in sorted(stage.reads)}
    facts = {
        "stage": stage.name,
        "version": stage.version,
        "inputs": inputs,
        "parameters": as_values(getattr(params, stage.section)),
    }
    return _digest(facts)[:16], inputs


def _run_stage(
    workspace: Workspace, stage: Stage, run_id: str, inputs: dict[str, str], progress: Progress
) -> StageRun:
    engine, section = workspace.engine, getattr(workspace.params, stage.section)
    started = time.monotonic()
    progress(stage.name, 0, None)
    result = stage.function(engine.relations(stage.reads), section, progress)
    with engine.transaction():
        rows = _write_result(engine, stage, result, run_id)
        seconds = time.monotonic() - started
        engine.execute("DELETE FROM runs WHERE stage = ?", [stage.name])
        engine.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                run_id,
                stage.name,
                stage.version,
                json.dumps(inputs, sort_keys=True),
                json.dumps(as_values(section), sort_keys=True),
                json.dumps(rows, sort_keys=True),
                json.dumps(result.notes, sort_keys=True),
                seconds,
                __version__,
                time.time_ns() // 1000,
            ],
        )
    workspace.audit.append("run stage", {"stage": stage.name, "run_id": run_id, "rows": rows})
    return StageRun(stage.name, run_id, True, rows, seconds, dict(result.notes))


def _write_result(engine: Engine, stage: Stage, result: StageResult, run_id: str) -> dict[str, int]:
    if set(result.tables) != set(stage.writes):
        raise TypeError(f"stage {stage.name} made {sorted(result.tables)}, not {stage.writes}")
    rows = {}
    for name in stage.writes:
        # Made anew rather than emptied, so that the file does not grow with every run.
        engine.execute(f'DROP TABLE IF EXISTS "{name}"')
        engine.execute(TABLES[name].create_sql())
        rows[name] = engine.append(name, result.tables[name], run_id=run_id)
    return rows


def _stored_run(engine: Engine, stage: str) -> StageRun | None:
    found = engine.rows("SELECT run_id, rows, seconds, notes FROM runs WHERE stage = ?", [stage])
    if not found:
        return None
    run_id, rows, seconds, notes = found[0]
    return StageRun(stage, run_id, False, json.loads(rows), seconds, json.loads(notes))


def _table_digest(engine: Engine, table: str) -> str:
    """What a table's content depends on: its stage's run, or the files that filled it."""
    if table in _PRODUCER:
        found = engine.rows("SELECT run_id FROM runs WHERE stage = ?", [_PRODUCER[table].name])
        return found[0][0] if found else "never run"
    kinds = _FILLED_BY.get(table, _CHAIN_SOURCES)
    marks = ", ".join("?" for _ in kinds)
    files = engine.rows(
        "SELECT file_id, sha256, parameters, rows_accepted FROM source_files "
        f"WHERE source IN ({marks}) ORDER BY file_id",
        list(kinds),
    )
    return _digest(files)


def _digest(value: Any) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
