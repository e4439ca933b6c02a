"""`inktrace live`: attributions kept up to date while ads come in."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.add import REJECTED_STATUS, first_reject, sentence
from inktrace.cli.options import HERE, JsonOption, WorkspaceOption, opened, progress_bars
from inktrace.cli.watch import SPOOL
from inktrace.errors import InktraceError, WorkspaceTakenError

if TYPE_CHECKING:
    from inktrace.live import PairChange, Update
    from inktrace.params import LiveParams, SourceParams
    from inktrace.progress import Progress
    from inktrace.sources.ads_feed import AdsFeed

_TAKEN_WAIT_S = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def live(
    ads: Annotated[
        Path,
        typer.Option(
            help="The feed: a folder where files of ads appear or grow, or one file.",
            show_default=False,
            readable=False,
        ),
    ],
    profile: Annotated[
        Path | None,
        typer.Option(help="TOML profile of the ads, as for add ads.", readable=False),
    ] = None,
    spool: Annotated[
        Path | None,
        typer.Option(
            help="Where inktrace watch writes what it sees.",
            show_default="the case's watch folder",
            readable=False,
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            help="Look at the feed every so many seconds.", min=0.05, show_default="live.look_s"
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", help="Stop after so many seconds.", min=0.0)
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Make one update, then stop.")] = False,
    q: Annotated[float, typer.Option(help="A pair is named up to this q-value.")] = 0.05,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take in ads as they come, with what inktrace watch sees, and say what changed (Ctrl-C stops).

    New files are taken in whole, of a JSON Lines file that grows only whole new lines. Then the
    stale stages run, and (author, wallet) pairs that are newly named or no longer named are told;
    with --json one line of JSON for each update. The result is that of `add ads` and `run`. The
    case is open to other commands between updates.

    Example: inktrace live --ads incoming --profile site.toml
    """
    from inktrace.sources.ads_feed import AdsFeed
    from inktrace.sources.profile import AdProfile, read_profile

    mapping = read_profile(profile) if profile else AdProfile()
    params, limits = _parameters(workspace, patient=not once)
    params = params if every is None else dataclasses.replace(params, look_s=every)
    feed = AdsFeed(ads, mapping, params, limits)
    feed.waiting()  # a feed that cannot be read is told at once
    made: Update | None = None
    runner = _Runner(workspace, feed, spool or workspace / SPOOL, q, as_json)
    earlier = {sign: signal.signal(sign, runner.interrupt) for sign in _SIGNALS}
    try:
        with progress_bars(as_json) as progress:
            if once:
                made = runner.update(progress)
            else:
                runner.run(params, seconds, progress)
    except KeyboardInterrupt:
        pass  # the usual end: whatever was under way is undone, and made up for the next time
    finally:
        for sign, handler in earlier.items():
            signal.signal(sign, handler)
    if made is not None:
        if made.errors:
            raise made.errors[-1]
        if any(file.rows_rejected for file in made.files):
            raise typer.Exit(REJECTED_STATUS)
    elif not as_json:
        print(f"{runner.updates:,} updates were made.")


def _parameters(workspace: Path, patient: bool) -> tuple[LiveParams, SourceParams]:
    """The case's own, waited for while another process has it open."""
    while True:
        try:
            with opened(workspace) as case:
                return case.params.live, case.params.sources
        except WorkspaceTakenError:
            if not patient:
                raise
            time.sleep(_TAKEN_WAIT_S)


class _Runner:
    """The loop: looks, updates, tells."""

    def __init__(self, workspace: Path, feed: AdsFeed, spool: Path, q: float, as_json: bool):
        self.updates = 0
        self._workspace, self._feed, self._spool = workspace, feed, spool
        self._q, self._as_json = q, as_json
        self._complaint = ""
        self._stopped = False

    def interrupt(self, *_: object) -> None:
        """Handle a signal to stop. Raises KeyboardInterrupt.

        Notes: an exception that comes while Python clears away an object is dropped, and the
        engine may turn one into its own. So it is also noted, for the loop to see.
        """
        self._stopped = True
        raise KeyboardInterrupt

    def run(self, params: LiveParams, seconds: float | None, progress: Progress) -> None:
        began, last = time.monotonic(), float("-inf")
        while seconds is None or time.monotonic() - began < seconds:
            if self._stopped:
                raise KeyboardInterrupt
            try:
                due = time.monotonic() - last >= params.transactions_s
                if due or self._feed.waiting():
                    self.update(progress)
                    last = time.monotonic()
                    continue  # what came meanwhile has waited long enough
            except WorkspaceTakenError:
                pass  # a watch moves what it saw, or somebody works with the case
            except InktraceError as error:
                if not self._stopped:
                    self._complain(error)
            time.sleep(params.look_s)

    def update(self, progress: Progress) -> Update:
        """Make one update and tell of it."""
        from inktrace.live import update

        with opened(self._workspace) as case:
            made = update(case, self._feed, self._spool, self._q, progress)
        if not made.errors:
            self._complaint = ""
        if made.ran:
            self.updates += 1
            self._tell(made)
        return made

    def _complain(self, error: InktraceError) -> None:
        """Say once what hinders an update."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            print(f"inktrace: {error}", file=sys.stderr, flush=True)

    def _tell(self, made: Update) -> None:
        from inktrace.live import told

        rejected = [one for file in made.files if (one := first_reject(file)) is not None]
        for error in (*rejected, *made.errors):
            self._complain(error)
        if self._as_json:
            line = {"update": self.updates, **told(made)}
            print(json.dumps(line, ensure_ascii=False, allow_nan=False), flush=True)
            return
        for file in made.files:
            print(sentence(file))
        for change in made.changes:
            print(_sentence_of(change, self._q))
        since = made.seconds_since_arrival
        after = "" if since is None else f", {since:.0f} s after the first new ad"
        seen = f"{made.mempool_events:,} mempool events, {made.transactions:,} transactions; "
        seen = seen if made.mempool_events or made.transactions else ""
        print(
            f"{seen}{made.named:,} pairs are named; updated in {made.seconds:.0f} s{after}.",
            flush=True,
        )


def _sentence_of(change: PairChange, most_q: float) -> str:
    def shown(q: float | None) -> str:
        return "not listed" if q is None else f"q {q:.3g}"

    service = " (a service)" if change.is_service else ""
    pair = f"author {change.author_id}, wallet {change.wallet_id}{service}"
    if change.author_was is not None:
        return f"Renamed: {pair}; the author was {change.author_was} before"
    what = "Named" if change.change == "named" else "No longer named"
    course = f"{shown(change.q_before)} → {shown(change.q_now)}, threshold {most_q:g}"
    return f"{what}: {pair}, {change.ads_matched:,} ads, {course}"
