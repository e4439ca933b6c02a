"""A node's ZMQ messages, stamped on receipt: a node sends no time with them.

Two sockets, so that a flood of transaction bytes (a block repeats all of its transactions)
never crowds out the messages that say what entered and left the mempool.

References: Bitcoin Core, doc/zmq.md.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

import zmq

from inktrace.errors import UsageError
from inktrace.sources.clock import Clock, Stamp
from inktrace.sources.node_http import is_loopback

__all__ = ["Listener", "Message", "checked_endpoint"]

_LARGEST_MESSAGE_BYTES: Final = 4_100_000
_MOST_WAITING: Final = 1_000_000
_WAIT_MS: Final = 200
_RECONNECT_MS: Final = 100
_LONGEST_RECONNECT_MS: Final = 2000
_HASH_BYTES: Final = 32


class Message(NamedTuple):
    """One message.

    label: A (added), R (removed), C (block connected), D (block disconnected), T (bytes).

    body: transaction or block id in display order; the transaction's bytes for T. counter: the
    publisher's count of its messages of this topic. sequence: the mempool's own, for A and R.
    """

    label: str
    body: bytes
    counter: int
    sequence: int
    stamp: Stamp


def checked_endpoint(text: str, *, remote: bool) -> str:
    """A ZMQ address to connect to. Raises UsageError for other forms and other machines."""
    scheme, _, rest = text.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme == "ipc" and rest:
        return text
    if scheme != "tcp" or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"{text!r} is no ZMQ address", do="give one like tcp://127.0.0.1:28332")
    if not remote and not is_loopback(host.strip("[]")):
        raise UsageError(f"{host} is another machine", do="add --remote to listen to that host")
    return text


class Listener:
    """Hears one node in a thread of its own and puts its messages in `queue`."""

    def __init__(self, endpoint: str, clock: Clock):
        """`endpoint` as `checked_endpoint` gives it; nothing is opened before `start`."""
        self.endpoint, self.clock = endpoint, clock
        self.queue: SimpleQueue[Message] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"zmq {endpoint}", daemon=True)

    def start(self) -> None:
        """Begin to listen; a node that is not there yet is connected to when it comes."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what was heard stays in the queue."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with (
            zmq.Context() as context,
            self._socket(context, b"sequence") as sequence,
            self._socket(context, b"rawtx") as rawtx,
        ):
            poller = zmq.Poller()
            for one in (sequence, rawtx):
                poller.register(one, zmq.POLLIN)
            while not self._stop.is_set():
                if poller.poll(_WAIT_MS):
                    self._drain(sequence, 1000)
                    self._drain(rawtx, 50)

    def _drain(self, socket: Any, most: int) -> None:
        for _ in range(most):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            message = _read(frames, self.clock.now())
            if message is not None and (message.label != "T" or self.queue.qsize() < _MOST_WAITING):
                self.queue.put(message)

    def _socket(self, context: Any, topic: bytes) -> Any:
        socket = context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, _MOST_WAITING)
        socket.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE_BYTES)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, _LONGEST_RECONNECT_MS)
        socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, 30)
        socket.setsockopt(zmq.SUBSCRIBE, topic)
        socket.connect(self.endpoint)
        return socket


def _read(frames: list[bytes], stamp: Stamp) -> Message | None:
    """A message's parts; none for what no node sends."""
    if len(frames) != 3 or len(frames[2]) != 4:
        return None
    topic, body = frames[0], frames[1]
    counter = int.from_bytes(frames[2], "little")
    if topic == b"rawtx":
        return Message("T", body, counter, 0, stamp)
    if topic != b"sequence" or len(body) not in (_HASH_BYTES + 1, _HASH_BYTES + 9):
        return None
    label = chr(body[_HASH_BYTES])
    if label not in "ARCD":
        return None
    sequence = int.from_bytes(body[_HASH_BYTES + 1 :], "little")
    return Message(label, body[:_HASH_BYTES], counter, sequence, stamp)
