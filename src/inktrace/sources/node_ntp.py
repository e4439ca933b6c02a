"""How far our clock is off, by the word of one time server; asked only when told to.

References: RFC 4330 (SNTP version 4).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Final

from inktrace.errors import NodeError, UsageError

__all__ = ["ahead_of_server_us"]

_PORT: Final = 123
_EPOCH_S: Final = 2_208_988_800  # 1970 counted from 1900
_PACKET_BYTES: Final = 48
_TRIES: Final = 4
_TIMEOUT_S: Final = 2.0


def ahead_of_server_us(server: str, wall_ns: Callable[[], int] = time.time_ns) -> int:
    """Our clock ahead of the server's, microseconds: of four answers, the quickest one's.

    `server` is HOST or HOST:PORT. Raises UsageError for another form, NodeError where no
    answer of a synchronised server comes.
    """
    host, _, port = server.rpartition(":") if server.count(":") == 1 else (server, "", str(_PORT))
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"{server!r} is no time server", do="give HOST or HOST:PORT")
    found = []
    for _ in range(_TRIES):
        try:
            found.append(_asked(host, int(port), wall_ns))
        except OSError as error:
            reason = error.strerror or "no answer in time"
    if not found:
        raise NodeError(f"the time server does not answer: {reason}", where=server)
    return min(found)[1]


def _asked(host: str, port: int, wall_ns: Callable[[], int]) -> tuple[int, int]:
    """Round trip and offset of one answer, microseconds."""
    # The time we put in comes back: an answer that does not repeat it is not to our question.
    sent_us = wall_ns() // 1000
    stamp = _stamp(sent_us)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(_TIMEOUT_S)
        one.connect((host, port))
        one.send(b"\x23" + bytes(39) + stamp)
        answer = one.recv(1024)
    heard_us = wall_ns() // 1000
    if len(answer) < _PACKET_BYTES or answer[24:32] != stamp or answer[0] & 7 != 4:
        raise OSError("an answer that is none")
    if answer[0] >> 6 == 3 or not 0 < answer[1] < 16:
        raise OSError(0, "the server is not synchronised itself")
    received_us, answered_us = _microseconds(answer[32:40]), _microseconds(answer[40:48])
    offset = ((sent_us - received_us) + (heard_us - answered_us)) // 2
    return (heard_us - sent_us) - (answered_us - received_us), offset


def _stamp(us: int) -> bytes:
    seconds, rest = divmod(us, 1_000_000)
    return ((seconds + _EPOCH_S) % 2**32).to_bytes(4, "big") + (rest * 2**32 // 1_000_000).to_bytes(
        4, "big"
    )


def _microseconds(stamp: bytes) -> int:
    seconds = int.from_bytes(stamp[:4], "big")
    seconds += 2**32 if seconds < 2**31 else 0  # the era that began in 2036
    return (seconds - _EPOCH_S) * 1_000_000 + int.from_bytes(stamp[4:], "big") * 1_000_000 // 2**32
