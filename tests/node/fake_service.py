"""A local HTTP server that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, str, bytes]


@contextmanager
def service(reply: Callable[[str, bytes, dict[str, str]], Reply]) -> Iterator[str]:
    """Serve on loopback; `reply` gets path, body and headers. Gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            status, kind, data = reply(self.path, body, dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rpc(results: dict[str, Any]) -> Callable[[str, bytes, dict[str, str]], Reply]:
    """Replies as a node does, by method; a value that is an error dictionary is an error."""

    def reply(path: str, body: bytes, headers: dict[str, str]) -> Reply:
        request = json.loads(body)
        found = results[request["method"]]
        found = found() if callable(found) else found
        is_error = isinstance(found, dict) and set(found) == {"code", "message"}
        answer = {
            "result": None if is_error else found,
            "error": found if is_error else None,
            "id": request["id"],
        }
        return 500 if is_error else 200, "application/json", json.dumps(answer).encode()

    return reply
