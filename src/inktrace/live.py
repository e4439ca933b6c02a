"""A case kept up to date: new ads and newly seen transactions in, stale stages run, changes told.

Each step is a transaction of its own, and what was taken in is remembered beside it, so a stop
at any moment, in whatever step, loses and doubles nothing: the next update goes on from there.
Nothing is carried from one update to the next but the workspace's tables, so the result is that
of a batch run over the same files.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from inktrace.errors import InktraceError
from inktrace.pipeline import StageRun, run_stages
from inktrace.progress import Progress
from inktrace.sources.ads_feed import AdsFeed
from inktrace.sources.intake import Added
from inktrace.sources.spool import Spool
from inktrace.sources.unconfirmed import add_unconfirmed
from inktrace.sources.watched import add_spool
from inktrace.workspace import Workspace

__all__ = ["NamedPair", "PairChange", "Update", "pair_changes", "told", "update"]

_OURS: Final = "inktrace"


@dataclass(frozen=True)
class NamedPair:
    """An attribution as it stands: (author, wallet), its q-value, ads, and whether a service."""

    author_id: str
    wallet_id: int
    q_value: float
    ads_matched: int
    is_service: bool


@dataclass(frozen=True)
class PairChange:
    """A pair whose q-value crossed the threshold.

    `change` is "named" or "dropped", or "renamed" where the author's cluster has another id now
    than `author_was`. A q-value is none where the pair is not listed at all.
    """

    change: str
    author_id: str
    wallet_id: int
    q_before: float | None
    q_now: float | None
    ads_matched: int
    is_service: bool
    author_was: str | None = None


@dataclass(frozen=True)
class Update:
    """What one update did.

    `seconds_since_arrival` is from when the earliest file taken in was last written to until the
    attributions were stored; none where no ad came.
    """

    files: tuple[Added, ...]
    errors: tuple[InktraceError, ...]
    mempool_events: int
    transactions: int
    stages: tuple[StageRun, ...]
    changes: tuple[PairChange, ...]
    named: int
    seconds: float
    seconds_since_arrival: float | None

    @property
    def ran(self) -> bool:
        """Whether anything was taken in, refused or worked out."""
        return bool(
            self.files
            or self.errors
            or self.mempool_events
            or self.transactions
            or any(stage.ran for stage in self.stages)
        )


def update(
    workspace: Workspace, feed: AdsFeed, spool_path: Path, most_q: float, progress: Progress
) -> Update:
    """Take in what is new, run what is stale, and say which pairs crossed `most_q`.

    `spool_path` is where a watch writes, or nothing at all. A stage that cannot run is among the
    errors told. Raises InputError where feed or spool cannot be used.
    """
    began = time.monotonic()
    before = _Named.read(workspace, most_q)
    events, transactions = _fold_in(workspace, spool_path)
    arrival = feed.take_in(workspace.engine, progress)
    for one in arrival.added:
        if not one.already_added:
            workspace.audit.append("add source", dataclasses.asdict(one))
    errors, stages = list(arrival.errors), list[StageRun]()
    try:
        stages = run_stages(workspace, (), progress)
    except InktraceError as error:
        errors.append(error)  # what came in is stored, and is told all the same
    now = _Named.read(workspace, most_q)
    since = None if arrival.first_us is None else time.time() - arrival.first_us / 1e6
    return Update(
        tuple(one for one in arrival.added if not one.already_added),
        tuple(errors),
        events,
        transactions,
        tuple(stages),
        tuple(pair_changes(before.pairs, now.pairs, most_q, before.successors(now))),
        sum(pair.q_value <= most_q for pair in now.pairs.values()),
        time.monotonic() - began,
        since,
    )


def pair_changes(
    before: Mapping[tuple[str, int], NamedPair],
    now: Mapping[tuple[str, int], NamedPair],
    most_q: float,
    successors: Mapping[str, str],
) -> list[PairChange]:
    """What crossed the threshold, in order of author and wallet.

    `successors` says which author an author's ads belong to now, where that is another one.
    """
    was = {key for key, pair in before.items() if pair.q_value <= most_q}
    are = {key for key, pair in now.items() if pair.q_value <= most_q}
    changes = []
    for author, wallet in sorted(was - are):
        heir = successors.get(author, author), wallet
        if heir in are - was:
            are.remove(heir)  # told here, so it is not new
            changes.append(_change("renamed", before[author, wallet], now[heir], author))
        else:
            there = now.get((author, wallet))
            changes.append(_change("dropped", before[author, wallet], there))
    new = [_change("named", before.get(key), now[key]) for key in sorted(are - was)]
    return sorted([*new, *changes], key=lambda one: (one.author_id, one.wallet_id))


def _change(
    what: str, before: NamedPair | None, now: NamedPair | None, author_was: str | None = None
) -> PairChange:
    pair = now or before
    assert pair is not None  # noqa: S101  (one of them is there)
    return PairChange(
        what,
        pair.author_id,
        pair.wallet_id,
        None if before is None else before.q_value,
        None if now is None else now.q_value,
        pair.ads_matched,
        pair.is_service,
        author_was,
    )


def _fold_in(workspace: Workspace, spool_path: Path) -> tuple[int, int]:
    """Mempool events, and unconfirmed transactions, that came from a watch's spool."""
    if not spool_path.exists():
        return 0, 0
    limits = workspace.params.sources
    with Spool(spool_path, beside=True) as spool:
        if spool.fact("network") is None:
            return 0, 0  # a watch that has not begun
        added = add_spool(workspace.engine, spool, limits)
        transactions = add_unconfirmed(workspace.engine, spool, limits)
    if added.rows_accepted or transactions:
        found = {"path": added.path, "events": added.rows_accepted, "transactions": transactions}
        workspace.audit.append("add source", {"source": "first-seen", **found})
    return added.rows_accepted, transactions


@dataclass(frozen=True)
class _Named:
    """Attributions by our method, and the ads of authors that are named."""

    pairs: dict[tuple[str, int], NamedPair]
    ads_of: dict[str, list[str]]
    author_of: dict[str, str]

    @classmethod
    def read(cls, workspace: Workspace, most_q: float) -> _Named:
        rows = workspace.engine.rows(
            "SELECT author_id, wallet_id, q_value, ads_matched, is_service FROM attributions "
            "WHERE method = ? AND q_value IS NOT NULL",
            [_OURS],
        )
        pairs = {(row[0], row[1]): NamedPair(*row) for row in rows}
        named = {pair.author_id for pair in pairs.values() if pair.q_value <= most_q}
        author_of: dict[str, str] = dict(
            workspace.engine.rows("SELECT ad_id, author_id FROM authors ORDER BY ad_id")
        )
        ads_of: dict[str, list[str]] = {}
        for ad, author in author_of.items():
            if author in named:
                ads_of.setdefault(author, []).append(ad)
        return cls(pairs, ads_of, author_of)

    def successors(self, now: _Named) -> dict[str, str]:
        """The author who has most of a named author's ads now, where that is another id."""
        found: dict[str, str] = {}
        for author, ads in self.ads_of.items():
            owners = [now.author_of[ad] for ad in ads if ad in now.author_of]
            if owners:
                heir = max(sorted(set(owners)), key=owners.count)
                if heir != author:
                    found[author] = heir
        return found


def told(one: Update) -> dict[str, Any]:
    """An update as JSON values."""
    return {
        "files": [
            {
                "path": file.path,
                "file_id": file.file_id,
                "rows_accepted": file.rows_accepted,
                "rows_repeated": file.rows_repeated,
                "rows_rejected": file.rows_rejected,
            }
            for file in one.files
        ],
        "errors": [str(error) for error in one.errors],
        "mempool_events": one.mempool_events,
        "transactions": one.transactions,
        "stages": {run.stage: round(run.seconds, 2) for run in one.stages if run.ran},
        "changes": [dataclasses.asdict(change) for change in one.changes],
        "named": one.named,
        "seconds": round(one.seconds, 2),
        "seconds_since_arrival": None
        if one.seconds_since_arrival is None
        else round(one.seconds_since_arrival, 2),
    }
