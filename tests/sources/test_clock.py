"""Clocks: jumps noticed, errors stated, another machine's clock bounded by what it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inktrace.sources.clock import Clock, PeerClock, SystemClockState, system_clock_state

UNKNOWN = SystemClockState(None, None)


class Hands:
    """Two clocks set by hand, nanoseconds."""

    def __init__(self):
        self.wall, self.steady, self.state = 10**18, 5 * 10**9, UNKNOWN

    def tick(self, seconds, wall_seconds=None):
        self.steady += int(seconds * 1e9)
        self.wall += int((seconds if wall_seconds is None else wall_seconds) * 1e9)

    def clock(self, steps):
        return Clock(
            step_us=500_000,
            on_step=steps.append,
            wall_ns=lambda: self.wall,
            steady_ns=lambda: self.steady,
            state=lambda: self.state,
        )


def test_a_jump_is_told_once_with_its_size_and_way():
    hands, steps = Hands(), []
    clock = hands.clock(steps)
    clock.now()
    hands.tick(1.0, -29.0)
    back = clock.now()
    hands.tick(1.0)
    clock.now()
    hands.tick(1.0, 61.0)
    clock.now()
    assert [step.step_us for step in steps] == [-30_000_000, 60_000_000]
    assert steps[0].at_us == back.at_us == 10**15 - 29_000_000


def test_slewing_is_no_jump():
    hands, steps = Hands(), []
    clock = hands.clock(steps)
    for _ in range(10_000):
        hands.tick(1.0, 1.0005)
        clock.now()
    assert steps == []


def test_after_a_jump_the_error_is_at_least_its_size_until_the_clock_is_synchronised():
    hands = Hands()
    clock = hands.clock([])
    assert clock.now().error_us is None
    hands.tick(1.0, 11.0)
    clock.now()
    assert clock.now().error_us == 10_000_000
    hands.state = SystemClockState(True, 700)
    clock.refresh()
    assert clock.now().error_us == 700


def test_the_system_says_something_or_that_it_does_not_know():
    state = system_clock_state()
    assert state.synchronised in (True, False, None)
    assert (state.error_us is not None) == (state.synchronised is True)


@given(
    st.integers(-(10**10), 10**10),
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(0, 2_000_000), st.floats(0, 1)), min_size=1
    ),
)
def test_a_peer_s_true_offset_always_lies_in_the_bounds(offset_us, asked):
    peer, now_us = PeerClock(), 10**15
    for pause_us, took_us, share in asked:
        now_us += pause_us
        read_us = now_us + int(took_us * share)
        assert not peer.hear(now_us, now_us + took_us, (read_us + offset_us) // 1_000_000)
        now_us += took_us
        assert peer.low_us <= offset_us <= peer.high_us


def test_many_answers_narrow_a_peer_s_offset_down_and_a_jump_is_noticed():
    peer = PeerClock()
    for number in range(200):
        sent_us = 10**15 + number * 137_331
        peer.hear(sent_us, sent_us + 1000, (sent_us + 500 + 3_250_000) // 1_000_000)
    assert abs(peer.offset_us() - 3_250_000) < 30_000
    assert peer.error_us() < 30_000
    assert peer.hear(10**15 + 10**8, 10**15 + 10**8 + 1000, 10**9 + 4000)


def test_an_offset_that_may_be_none_is_not_undone():
    peer = PeerClock()
    assert peer.offset_us() == 0
    assert peer.error_us() is None
    peer.hear(10**15 + 400_000, 10**15 + 401_000, 10**9)
    assert peer.offset_us() == 0
