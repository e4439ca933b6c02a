"""A feed of ads: files that appear in a folder, and JSON Lines files that grow.

A JSON Lines file is read as it grows, whole lines only. Any other file is taken in whole, once
it was left alone for a while, and again, whole, when it has changed.
"""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from inktrace.engine import Engine
from inktrace.errors import InktraceError, InputError
from inktrace.params import LiveParams, SourceParams
from inktrace.progress import Progress, silent
from inktrace.sources.ads import AdProfile, add_ads
from inktrace.sources.feed_progress import FeedProgress, feed_progress, next_part
from inktrace.sources.intake import Added

__all__ = ["AdsFeed", "Arrival"]

_GROWING: Final = (".jsonl", ".ndjson", ".json")
_WHOLE: Final = (".csv", ".tsv", ".parquet")
_PACKED: Final = (".gz", ".zst", ".xz", ".bz2")
# In these encodings a line feed is one byte, and no other character's byte.
_BY_LINES: Final = (None, "utf-8", "utf8", "ascii")

_State = tuple[int, int, int]


@dataclass(frozen=True)
class Arrival:
    """What one look at the feed brought: files or parts taken in, and files that were refused.

    `first_us` is when the earliest of what was taken in was last written to (microseconds).
    """

    added: tuple[Added, ...] = ()
    errors: tuple[InktraceError, ...] = ()
    first_us: int | None = None


@dataclass
class AdsFeed:
    """A folder of ads, or one file. What was taken in is remembered in the workspace."""

    place: Path
    profile: AdProfile
    params: LiveParams
    limits: SourceParams
    _seen: dict[Path, _State] = field(default_factory=dict)
    _read: dict[Path, FeedProgress] = field(default_factory=dict)

    def waiting(self) -> list[Path]:
        """The files that hold something new, in order of name; reads no workspace.

        Raises InputError where the folder or file cannot be read.
        """
        return [path for path in self._files() if self._is_due(path)]

    def take_in(self, engine: Engine, progress: Progress = silent) -> Arrival:
        """Store what is new, file by file; one that cannot be used does not keep others out."""
        added: list[Added] = []
        errors: list[InktraceError] = []
        times: list[int] = []
        for path in self.waiting():
            try:
                state = _state(path)
                one = self._add(engine, path, progress)
            except InktraceError as error:
                errors.append(error)
            except FileNotFoundError:
                continue  # taken away again
            else:
                if one is not None:
                    added.append(one)
                    times.append(state[1] // 1000)
            self._seen[path] = state
        return Arrival(tuple(added), tuple(errors), min(times, default=None))

    def _add(self, engine: Engine, path: Path, progress: Progress) -> Added | None:
        if not self._grows(path):
            return add_ads(engine, path, self.limits, progress, self.profile)
        before = feed_progress(engine, path)
        part = next_part(path, before, self.limits.max_line_bytes)
        one = None
        if part is not None:
            one = add_ads(engine, path, self.limits, progress, self.profile, part)
            before = feed_progress(engine, path)
        self._read[path] = before
        return one

    def _is_due(self, path: Path) -> bool:
        try:
            state = _state(path)
            if self._seen.get(path) == state:
                return False
            if not self._grows(path):
                return time.time_ns() - state[1] >= self.params.settle_s * 1e9 or (
                    state[1] > time.time_ns()  # a clock ahead of ours must not keep it out
                )
            before = self._read.get(path)
            return before is None or (
                next_part(path, before, self.limits.max_line_bytes) is not None
            )
        except FileNotFoundError:
            return False
        except InputError:
            return True  # told when it is taken in

    def _grows(self, path: Path) -> bool:
        return path.suffix.lower() in _GROWING and self.profile.encoding in _BY_LINES

    def _files(self) -> Iterator[Path]:
        try:
            if not self.place.is_dir():
                self.place.stat()
                yield self.place
                return
            yield from (path for path in sorted(self.place.iterdir()) if _is_of_feed(path))
        except OSError as error:
            raise InputError(
                f"the feed cannot be read: {error.strerror}", where=self.place, do="check the path"
            ) from error


def _is_of_feed(path: Path) -> bool:
    """Whether a file's name is that of ads, finished: not hidden, nor `x.csv.part`."""
    name = path.with_suffix("") if path.suffix.lower() in _PACKED else path
    known = name.suffix.lower() in _GROWING + _WHOLE
    return known and not path.name.startswith(".") and path.is_file()


def _state(path: Path) -> _State:
    """What changes when a file does: its size, time of change, and number on the disk."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or not found.st_size:
        raise FileNotFoundError
    return found.st_size, found.st_mtime_ns, found.st_ino
