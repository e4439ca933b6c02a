"""A Bitcoin node, asked by JSON-RPC and REST: which chain it follows, its blocks, its mempool.

Made for Bitcoin Core and what descends from it. Only reading calls are ever made.

References: Bitcoin Core, doc/JSON-RPC-interface.md, doc/REST-interface.md.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inktrace.errors import NodeError, UsageError
from inktrace.params import NodeParams
from inktrace.progress import Progress, silent
from inktrace.sources.networks import NETWORKS, Network
from inktrace.sources.node_http import Answer, HttpService, read_json, service_address

__all__ = ["CHAINS", "Credentials", "Node", "NodeFault", "NodeStarting", "open_node"]

_DEFAULT_PORT: Final = 8332
CHAINS: Final = {
    "main": "mainnet",
    "test": "testnet3",
    "testnet4": "testnet4",
    "signet": "signet",
    "regtest": "regtest",
}
_WARMING_UP: Final = -28  # RPC_IN_WARMUP, src/rpc/protocol.h
_LARGEST_COOKIE_BYTES: Final = 4096
_RETRY_S: Final = 0.25
_BUSY_TRIES: Final = 20


class NodeFault(NodeError):
    """The node understood a call and refused it; `code` is its RPC error code."""

    def __init__(self, code: int, said: str, where: str):
        """`said` is the node's own sentence."""
        self.code = code
        super().__init__(f"the node says: {said[:200]} (code {code})", where=where)


class NodeStarting(NodeError):
    """The node is still starting and answers nothing yet."""


@dataclass(frozen=True)
class Credentials:
    """How to prove to a node who asks: a cookie file, or a user and password; never shown."""

    cookie: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def header(self) -> dict[str, str]:
        """The Authorization header; a cookie is read anew, as each start of a node makes one.

        Raises UsageError for a cookie file that cannot be read or is none.
        """
        if self.cookie is not None:
            secret = _cookie(self.cookie)
        elif self.user is not None:
            secret = f"{self.user}:{self.password or ''}".encode()
        else:
            return {}
        return {"Authorization": "Basic " + base64.b64encode(secret).decode("ascii")}


def _cookie(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_COOKIE_BYTES + 1).strip()
    except OSError as error:
        raise UsageError(
            f"the cookie file cannot be read: {error.strerror}",
            where=path,
            do="it lies in the node's data folder while the node runs; ask for read access",
        ) from error
    if len(text) > _LARGEST_COOKIE_BYTES or b":" not in text or b"\n" in text:
        raise UsageError(
            "this is not a node's cookie file", where=path, do="name the file .cookie of the node"
        )
    return text


@dataclass
class Node:
    """A node that has been asked which chain it follows. Made by `open_node`; use in `with`."""

    service: HttpService
    params: NodeParams
    network: Network
    by_rest: bool = False  # everything is asked by REST, which needs no credentials
    version: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def where(self) -> str:
        """Its URL, without credentials."""
        return str(self.service.address)

    def call(self, method: str, *arguments: Any, **how: Any) -> Any:
        """One RPC call's result; `how` goes to the JSON reader.

        Raises NodeFault where the node refuses, NodeStarting while it starts, NodeError where
        it cannot be reached, refuses the credentials or gives no JSON-RPC answer.
        """
        request = self._request(method, arguments)
        reply = self._post(request, how)
        if not isinstance(reply, dict):
            raise self._no_rpc()
        return self._result(reply, request["id"])

    def calls(self, method: str, each: Sequence[Sequence[Any]]) -> list[Any]:
        """Many calls of one method in one request; a refused call gives its NodeFault."""
        if not each:
            return []
        requests = [self._request(method, arguments) for arguments in each]
        replies = self._post(requests, {})
        if isinstance(replies, dict):
            self._result(replies, replies.get("id"))  # raises what the node complains of
        if not isinstance(replies, list) or not all(isinstance(one, dict) for one in replies):
            raise self._no_rpc()
        by_number = {one.get("id"): one for one in replies}
        results: list[Any] = []
        for request in requests:
            try:
                results.append(self._result(by_number.get(request["id"], {}), request["id"]))
            except NodeFault as fault:
                results.append(fault)
        return results

    def rest(self, path: str) -> bytes:
        """The bytes at a path below `/rest/`, such as `block/HASH.bin`.

        Raises NodeFault (code: the HTTP status) for a status other than 200, NodeStarting while
        the node starts, NodeError else.
        """
        return self._rest(path).body

    def rest_json(self, path: str, **how: Any) -> Any:
        """The JSON document at a path below `/rest/`; `how` goes to the JSON reader."""
        return read_json(self._rest(path), self.service.address, **how)

    def _rest(self, path: str) -> Answer:
        answer = _patient(lambda: self.service.get(f"/rest/{path}"))
        said = answer.body[:200].decode("utf-8", "replace").strip()
        if answer.status == 503 and "warm" in said.lower():
            raise NodeStarting(
                f"the node is still starting: {said[:100]}", where=self.where, do="try again"
            )
        if answer.status != 200 and answer.kind != "text/html":
            if answer.status == 404 and not said:
                said = "there is no REST interface; start the node with -rest=1"
            raise NodeFault(answer.status, said, self.where)
        if answer.kind == "text/html":
            read_json(answer, self.service.address)  # raises, and says that it is HTML
        return answer

    def close(self) -> None:
        """Drop the connection."""
        self.service.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _request(self, method: str, arguments: Sequence[Any]) -> dict[str, Any]:
        number = next(self._numbers)
        return {"jsonrpc": "1.0", "id": number, "method": method, "params": list(arguments)}

    def _post(self, request: Any, how: dict[str, Any]) -> Any:
        body = json.dumps(request).encode("ascii")
        answer = _patient(lambda: self.service.post("/", body))
        if answer.status == 401:
            raise NodeError(
                "the node refuses the cookie or password",
                where=self.where,
                do="give the --cookie of this very node (each start makes a new one), or --user",
            )
        if answer.status == 403:
            raise NodeError(
                "the node does not talk to this machine", where=self.where, do="see its rpcallowip"
            )
        return read_json(answer, self.service.address, **how)

    def _result(self, reply: dict[str, Any], number: Any) -> Any:
        error = reply.get("error")
        if isinstance(error, dict):
            code, said = error.get("code"), str(error.get("message", ""))
            if code == _WARMING_UP:
                raise NodeStarting(
                    f"the node is still starting: {said[:100]}",
                    where=self.where,
                    do="wait and try again",
                )
            raise NodeFault(code if isinstance(code, int) else 0, said, self.where)
        if error is not None or reply.get("id") != number or "result" not in reply:
            raise self._no_rpc()
        return reply["result"]

    def _no_rpc(self) -> NodeError:
        return NodeError(
            "the answer is JSON but not that of a Bitcoin node",
            where=self.where,
            do="check the URL and port",
        )


def open_node(
    url: str,
    credentials: Credentials,
    params: NodeParams,
    *,
    remote: bool = False,
    by_rest: bool = False,
    progress: Progress = silent,
) -> Node:
    """Reach a node and learn its network; one that is starting is waited for.

    With `by_rest` it is asked through its REST interface only.

    Raises UsageError for a URL that is not allowed, NodeError where no node answers there.
    """
    address = service_address(url, remote=remote, default_port=_DEFAULT_PORT)
    service = HttpService(address, params.timeout_s, params.max_answer_bytes, credentials.header)
    node = Node(service, params, NETWORKS["mainnet"], by_rest)
    try:
        node.network = asked_network(node, progress)
        if not by_rest:
            info = node.call("getnetworkinfo")
            node.version = str(info.get("subversion", ""))[:100] if isinstance(info, dict) else ""
    except BaseException:
        node.close()
        raise
    return node


def asked_network(node: Node, progress: Progress = silent) -> Network:
    """The network a node says it is on, waiting while it starts."""
    began = time.monotonic()
    while True:
        try:
            info = chain_info(node)
            break
        except NodeStarting:
            waited = time.monotonic() - began
            if waited > node.params.warm_up_s:
                raise
            progress("waiting for the node to start", waited, node.params.warm_up_s)
            time.sleep(_RETRY_S)
    chain = info.get("chain")
    if not isinstance(chain, str) or chain not in CHAINS:
        raise NodeError(
            f"the node is on a chain that is not known here: {str(chain)[:40]!r}",
            where=node.where,
            do=f"known are {', '.join(CHAINS)}",
        )
    return NETWORKS[CHAINS[chain]]


def chain_info(node: Node) -> dict[str, Any]:
    """What a node says of its chain: `chain`, `blocks` (its height), `bestblockhash`, …"""
    found = node.rest_json("chaininfo.json") if node.by_rest else node.call("getblockchaininfo")
    if not isinstance(found, dict):
        raise NodeError("the node does not tell its chain", where=node.where)
    return found


def _patient(ask: Callable[[], Answer]) -> Answer:
    """Ask again while the node's work queue is full (status 503 and no JSON)."""
    for _ in range(_BUSY_TRIES):
        answer = ask()
        if answer.status != 503 or answer.body[:1] in (b"{", b"["):
            return answer
        time.sleep(_RETRY_S)
    return answer
