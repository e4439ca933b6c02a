"""What no node says: HTML, half answers, endless ones, foreign JSON; and what a URL may be."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from inktrace.errors import NodeError, UsageError
from inktrace.params import NodeParams
from inktrace.sources.node import Credentials, NodeStarting, open_node
from inktrace.sources.node_http import service_address
from tests.node.fake_service import rpc, service

QUICK = NodeParams(timeout_s=1.0, warm_up_s=0.0, max_answer_bytes=2**20)
NOBODY = Credentials(user="ana", password="hunter2-secret")


def refused(reply, params=QUICK):
    with service(reply) as url, pytest.raises(NodeError) as told:
        open_node(url, NOBODY, params)
    assert "hunter2" not in str(told.value)
    assert url.rpartition(":")[2] in str(told.value)
    return told.value


@pytest.mark.parametrize(
    ("status", "kind", "body", "says"),
    [
        (200, "text/html", b"<html><body>Router login</body></html>", "HTML came"),
        (502, "text/plain", b"<!DOCTYPE html><p>Bad gateway", "HTML came"),
        (200, "application/json", b"[1, 2", "is not JSON"),
        (200, "application/json", b"", "is not JSON"),
        (200, "application/json", b'{"jsonrpc": "2.0"}', "not that of a Bitcoin node"),
        (200, "application/json", b"[" * 100_000, "is not JSON"),
        (200, "application/json", b"42", "not that of a Bitcoin node"),
        (401, "text/html", b"", "refuses the cookie or password"),
        (403, "text/html", b"", "does not talk to this machine"),
        (200, "application/json", b" " * (2**20 + 1), "larger than"),
    ],
)
def test_each_odd_answer_is_named(status, kind, body, says):
    assert says in refused(lambda *_: (status, kind, body)).what


def test_another_chain_is_named():
    assert "'main2'" in refused(rpc({"getblockchaininfo": {"chain": "main2"}})).what


def test_a_starting_node_is_waited_for_and_then_told_of():
    starting = {"code": -28, "message": "Loading block index…"}
    with (
        pytest.raises(NodeStarting, match="still starting: Loading"),
        service(rpc({"getblockchaininfo": starting})) as url,
    ):
        open_node(url, NOBODY, QUICK)
    states = iter([starting, starting, {"chain": "regtest"}])
    answers = {"getblockchaininfo": lambda: next(states), "getnetworkinfo": {"subversion": "/x/"}}
    patient = NodeParams(warm_up_s=10.0)
    with service(rpc(answers)) as url, open_node(url, NOBODY, patient) as node:
        pass
    assert (node.network.name, node.version) == ("regtest", "/x/")


def test_a_server_that_sends_no_end_is_left_in_time():
    listener = socket.create_server(("127.0.0.1", 0))

    def drip():
        one, _ = listener.accept()
        with one:
            one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            try:
                for _ in range(100):
                    one.sendall(b"{")
                    if stop.wait(0.05):
                        return
            except OSError:
                pass

    stop, thread = threading.Event(), threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(NodeError, match="no whole answer came within"):
            open_node(f"127.0.0.1:{listener.getsockname()[1]}", NOBODY, NodeParams(timeout_s=0.3))
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_nothing_listening_is_named():
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    with pytest.raises(NodeError, match="nothing listens there"):
        open_node(f"http://127.0.0.1:{port}", NOBODY, QUICK)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://ana:hunter2-secret@127.0.0.1:8332", "not taken"),
        ("ftp://127.0.0.1", "no http URL"),
        ("http://127.0.0.1:99999", "no URL"),
        ("http://127.0.0.1:8332/?key=1", "query"),
        ("http://example.org:8332", "another machine"),
        ("http://127.0.0.1.example.org", "another machine"),
    ],
)
def test_urls_that_are_not_taken(url, says):
    with pytest.raises(UsageError) as told:
        service_address(url, remote=False)
    assert says in str(told.value)
    assert "hunter2" not in str(told.value)


def test_a_password_is_sent_and_shown_nowhere():
    seen = []

    def reply(path, body, headers):
        seen.append(headers.get("Authorization"))
        return rpc({"getblockchaininfo": {"chain": "main"}, "getnetworkinfo": {}})(
            path, body, headers
        )

    with service(reply) as url, open_node(url, NOBODY, QUICK) as node:
        pass
    assert seen[0].startswith("Basic ")
    assert "hunter2" not in repr(node) + repr(NOBODY) + json.dumps(str(node.where))
