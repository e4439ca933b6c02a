"""One HTTP service, spoken to carefully: bounded in time and size, no redirects, no proxies.

The seam through which every outside service is asked (Bitcoin nodes, GraphSense); its test
double is a local server. A secret goes into one header and nowhere else: no message, log or
record is ever built from it.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from inktrace.errors import NodeError, UsageError

__all__ = ["Answer", "HttpService", "ServiceAddress", "read_json", "service_address"]

_PIECE_BYTES: Final = 2**20
_OTHER_HOST_ADVICE: Final = (
    "the network is touched only when told to: add --remote to speak to that host"
)


@dataclass(frozen=True)
class ServiceAddress:
    """Where a service listens; holds no secret and may be shown and stored."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        """The URL, without any credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True)
class Answer:
    """What a service said: status, type and bytes."""

    status: int
    kind: str
    body: bytes


def service_address(url: str, *, remote: bool, default_port: int | None = None) -> ServiceAddress:
    """Read a URL of a service; a host that is not this machine needs `remote`.

    Raises UsageError for anything but plain http or https, for a URL that carries a user or
    password (which the list of processes would show to everybody), and for another host that
    was not expressly allowed.
    """
    if "@" in url:
        raise UsageError(
            "a URL with a user or password in it is not taken: other users of this machine can "
            "read it",
            do="use --cookie FILE, or --user NAME and be asked for the password",
        )
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or default_port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        raise UsageError(f"{url!r} is no URL", do="give one like http://127.0.0.1:8332") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port is None:
        raise UsageError(f"{url!r} is no http URL", do="give one like http://127.0.0.1:8332")
    if parts.query or parts.fragment:
        raise UsageError("the URL has a query or fragment", do="leave out ?… and #…")
    if not remote and not is_loopback(parts.hostname):
        raise UsageError(f"{parts.hostname} is another machine", do=_OTHER_HOST_ADVICE)
    return ServiceAddress(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, judged without asking any name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class HttpService:
    """A kept-alive connection to one service, for any number of threads, one request at a time.

    `headers` gives the headers that carry credentials, asked anew for each request. `heard` is
    told of each answer when we asked and heard (our clock, UTC microseconds), and what the
    service's own clock said in its Date header (epoch seconds; none where it sent none).
    """

    address: ServiceAddress
    timeout_s: float
    max_answer_bytes: int
    headers: Callable[[], dict[str, str]] = dict
    heard: Callable[[int, int, int | None], None] = lambda *_: None  # sent_us, received_us, date_s
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def get(self, path: str) -> Answer:
        """Ask for a page below the service's URL."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON and hear the answer."""
        return self._ask("POST", path, body)

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        with self._lock:
            reused = self._connection is not None
            try:
                return self._once(method, path, body)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                self.close()
                # A server closes idle connections; whatever we ask may be asked twice.
                if not reused:
                    raise self._unreachable(error) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise self._unreachable(error) from error
            except BaseException:
                self.close()
                raise
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise self._unreachable(error) from error

    def _once(self, method: str, path: str, body: bytes | None) -> Answer:
        deadline = time.monotonic() + self.timeout_s
        if self._connection is None:
            self._connection = self._connected()
        headers = {"Accept": "*/*", "User-Agent": "inktrace", **self.headers()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        sent_us = time.time_ns() // 1000
        self._connection.request(method, self.address.path + path, body, headers)
        response = self._connection.getresponse()
        received_us = time.time_ns() // 1000
        data = self._body(response, deadline)
        kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if response.will_close:
            self.close()
        self.heard(sent_us, received_us, _date_s(response.headers.get("Date")))
        return Answer(response.status, kind, data)

    def _connected(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        if self.address.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.timeout_s)

    def _body(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        if (response.length or 0) > self.max_answer_bytes:
            raise self._too_large()
        parts, size = [], 0
        while part := response.read1(_PIECE_BYTES):
            parts.append(part)
            size += len(part)
            if size > self.max_answer_bytes:
                raise self._too_large()
            # The socket's own limit is per piece: a peer that drips bytes would never meet it.
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        response.close()  # reading in pieces leaves it open, and the connection busy
        return b"".join(parts)

    def _too_large(self) -> NodeError:
        return NodeError(
            f"the answer is larger than {self.max_answer_bytes:,} bytes",
            where=str(self.address),
            do="check the URL; the limit is the parameter node.max_answer_bytes",
        )

    def _unreachable(self, error: Exception) -> NodeError:
        if isinstance(error, TimeoutError):
            what = f"no whole answer came within {self.timeout_s:g} seconds"
        elif isinstance(error, ConnectionRefusedError):
            what = "nothing listens there"
        elif isinstance(error, socket.gaierror):
            what = "there is no host of that name"
        elif isinstance(error, ssl.SSLError):
            what = f"no trusted encrypted connection: {error.reason or 'TLS failed'}"
        elif isinstance(error, OSError) and error.strerror:
            what = f"the connection failed: {error.strerror}"
        else:
            what = f"the connection broke off ({type(error).__name__})"
        return NodeError(what, where=str(self.address), do="check the URL and that it is running")


def read_json(answer: Answer, where: ServiceAddress, **how: Any) -> Any:
    """The JSON document of an answer.

    Raises NodeError, saying what came instead, for HTML and whatever else is no JSON.
    """
    start = answer.body[:64].lstrip().lower()
    if answer.kind == "text/html" or start.startswith((b"<!doctype", b"<html")):
        raise NodeError(
            f"HTML came as the answer (status {answer.status}), not JSON",
            where=str(where),
            do="this is a web server or a proxy's error page: check the URL and port",
        )
    try:
        return json.loads(answer.body, **how)
    except (ValueError, RecursionError):
        raise NodeError(
            f"the answer (status {answer.status}, {len(answer.body):,} bytes) is not JSON",
            where=str(where),
            do="check that the URL is that of the service meant",
        ) from None


def _date_s(text: str | None) -> int | None:
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
