"""The clock that stamps what a watch sees: its jumps noticed, its stated error recorded.

Nothing here asks the network: the error bound is what the operating system itself states.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

__all__ = ["Clock", "ClockStep", "PeerClock", "Stamp", "SystemClockState", "system_clock_state"]

_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised
_STA_UNSYNC: Final = 0x0040
_US: Final = 1_000_000


class Stamp(NamedTuple):
    """A moment: UTC microseconds by our clock, and what was known of that clock then.

    error_us: bound stated by the system; none where it is not synchronised.
    offset_us: our clock ahead of UTC, as a time server said; none where none was asked.
    """

    at_us: int
    error_us: int | None = None
    offset_us: int | None = None


class ClockStep(NamedTuple):
    """The system clock jumped: from what it would have said to what it said, by `step_us`."""

    at_us: int
    step_us: int


class SystemClockState(NamedTuple):
    """What the operating system says of its clock; `error_us` none where not synchronised."""

    synchronised: bool | None
    error_us: int | None


class _Timex(ctypes.Structure):
    # struct timex of adjtimex(2) on 64-bit Linux, padded generously.
    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def system_clock_state() -> SystemClockState:
    """Whether the system clock is disciplined (NTP, PTP) and its greatest error, by adjtimex(2).

    Unknown (none) where the system has no such call or forbids it.
    """
    try:
        timex = _Timex()
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError, TypeError):
        return SystemClockState(None, None)
    if state < 0:
        return SystemClockState(None, None)
    if state == _TIME_ERROR or timex.status & _STA_UNSYNC:
        return SystemClockState(False, None)
    return SystemClockState(True, int(timex.maxerror))


@dataclass
class Clock:
    """Stamps moments, and tells of jumps of the system clock against the monotonic clock.

    After a jump the stamps follow the system clock, which is its newest word on UTC; where the
    system does not say that it is synchronised, their error is then at least the jump. A
    machine that slept shows as a jump forward, as the monotonic clock slept too.
    """

    step_us: int = 500_000
    on_step: Callable[[ClockStep], None] = field(default=lambda _: None)
    wall_ns: Callable[[], int] = time.time_ns
    steady_ns: Callable[[], int] = time.monotonic_ns
    state: Callable[[], SystemClockState] = system_clock_state
    offset_us: int | None = None  # ahead of UTC, where a time server was asked
    _ahead_us: int | None = None
    _error_us: int | None = None
    _jumped_us: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        """Learn what the system says of its clock."""
        self.refresh()

    def now(self) -> Stamp:
        """This moment."""
        step = None
        with self._lock:
            wall_us, steady_us = self.wall_ns() // 1000, self.steady_ns() // 1000
            ahead = wall_us - steady_us
            moved = 0 if self._ahead_us is None else ahead - self._ahead_us
            # Small moves are slewing, which the stamps follow.
            self._ahead_us = ahead
            if abs(moved) > self.step_us:
                self._jumped_us = abs(moved)
                step = ClockStep(wall_us, moved)
            stamp = Stamp(wall_us, self._stated_error(), self.offset_us)
        if step is not None:
            self.refresh()
            self.on_step(step)
        return stamp

    def refresh(self) -> SystemClockState:
        """Ask the system again how good its clock is; to be called now and then."""
        state = self.state()
        with self._lock:
            self._error_us = state.error_us
            if state.synchronised:
                self._jumped_us = None
        return state

    def _stated_error(self) -> int | None:
        if self._error_us is not None:
            return max(self._error_us, self._jumped_us or 0)
        return self._jumped_us


@dataclass
class PeerClock:
    """How far another machine's clock is ahead of ours, from whole seconds that it states.

    Each statement says that its clock read between D and D + 1 s at some moment between our
    asking and hearing; what all statements allow narrows the offset down with every one.
    """

    low_us: int | None = None
    high_us: int | None = None

    def hear(self, sent_us: int, received_us: int, date_s: int) -> bool:
        """Take one statement in; true where it contradicts those before: a clock jumped."""
        low, high = date_s * _US - received_us, (date_s + 1) * _US - sent_us
        if self.low_us is None or self.high_us is None:
            self.low_us, self.high_us = low, high
            return False
        # Let the bounds widen a little with every statement, for clocks that drift apart.
        narrowed = max(low, self.low_us - _DRIFT_US), min(high, self.high_us + _DRIFT_US)
        if narrowed[0] > narrowed[1]:
            self.low_us, self.high_us = low, high
            return True
        self.low_us, self.high_us = narrowed
        return False

    def offset_us(self) -> int:
        """The offset to undo: 0 where the statements allow none, else the middle."""
        if self.low_us is None or self.high_us is None or self.low_us <= 0 <= self.high_us:
            return 0
        return (self.low_us + self.high_us) // 2

    def error_us(self) -> int | None:
        """Half of what the statements leave open; none before the first."""
        if self.low_us is None or self.high_us is None:
            return None
        return (self.high_us - self.low_us + 1) // 2


_DRIFT_US: Final = 200  # 100 ppm between two statements two seconds apart
