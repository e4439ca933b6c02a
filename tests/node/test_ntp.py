"""A time server's word on our clock: only a proper answer to our own question counts."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from inktrace.errors import NodeError, UsageError
from inktrace.sources import node_ntp
from inktrace.sources.node_ntp import ahead_of_server_us


@contextmanager
def server(change):
    """Answers with its clock `behind_us` behind ours, after `change` was done to the packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(0.05)
        stop = threading.Event()

        def run():
            while not stop.is_set():
                try:
                    asked, who = one.recvfrom(1024)
                except TimeoutError:
                    continue
                now = node_ntp._stamp(time.time_ns() // 1000 - 3_000_000)
                packet = bytearray(b"\x24\x02" + bytes(22) + asked[40:48] + now + now)
                change(packet)
                one.sendto(bytes(packet), who)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"127.0.0.1:{one.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_our_clock_against_the_server_s():
    with server(lambda _: None) as where:
        assert ahead_of_server_us(where) == pytest.approx(3_000_000, abs=50_000)


@pytest.mark.parametrize(
    "change",
    [
        lambda packet: packet.__setitem__(0, 0xE4),  # says that it is not synchronised
        lambda packet: packet.__setitem__(1, 0),  # kiss of death
        lambda packet: packet.__setitem__(30, packet[30] ^ 1),  # no answer to what was asked
        lambda packet: packet.__delitem__(slice(40, 48)),
    ],
)
def test_other_answers_are_none(change):
    with server(change) as where, pytest.raises(NodeError, match="does not answer"):
        ahead_of_server_us(where)


@pytest.mark.parametrize("name", ["", ":123", "a:b", "a:99999"])
def test_what_is_no_server_s_name(name):
    with pytest.raises(UsageError, match="no time server"):
        ahead_of_server_us(name)
