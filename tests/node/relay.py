"""A TCP relay to a port of this machine, that can be cut and mended, and slowed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class Relay:
    """Use in a `with` block."""

    def __init__(self, port: int):
        self.port, self.connections, self.delay_s = port, 0, 0.0
        self._open = True
        self._stop = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)

    @property
    def zmq(self) -> str:
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Drop every connection, and each new one at once."""
        self._open = False
        self._drop()

    def mend(self) -> None:
        """Relay again."""
        self.connections, self._open = 0, True

    def __enter__(self) -> Relay:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._drop()
        for one in self._threads:
            one.join()
        self._listener.close()

    def _drop(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._sockets.clear()

    def _run(self, work, *words) -> None:
        self._threads.append(threading.Thread(target=work, args=words))
        self._threads[-1].start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            if not self._open:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.port))
            near.settimeout(None)
            self._sockets += [near, far]
            self.connections += 1
            self._run(self._pump, near, far)
            self._run(self._pump, far, near)

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                time.sleep(self.delay_s)
                other.sendall(data)
