"""A real Bitcoin node on regtest, on this machine only."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inktrace.errors import NodeError, UsageError
from inktrace.params import NodeParams
from inktrace.sources.node import Credentials, Node, open_node
from tests.node.raw import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import fetch_node  # noqa: E402

STARTING_S = 90.0
PARAMS = NodeParams(timeout_s=20.0, warm_up_s=30.0)


def why_no_node(timeout_s: float = 60.0) -> str | None:
    """Fetch the node's packages where they are not here yet; the reason where there are none."""
    try:
        fetch_node.fetch(timeout_s=timeout_s)
    except fetch_node.CannotFetch as reason:
        return f"no Bitcoin node here: {reason}"
    return None


@dataclass
class Regtest:
    """One node in a folder of its own, on loopback, that can be stopped, killed and restarted."""

    folder: Path
    options: Sequence[str] = ()
    chain: str = "regtest"
    rpc_port: int = field(default_factory=lambda: free_port())
    zmq_port: int = field(default_factory=lambda: free_port())
    p2p_port: int = field(default_factory=lambda: free_port())
    process: Any = None
    rpc: Any = None
    coins: list[tuple[str, int, int]] = field(default_factory=list)
    clients: list[Node] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def zmq(self) -> str:
        return f"tcp://127.0.0.1:{self.zmq_port}"

    @property
    def cookie(self) -> Path:
        return self.folder / self.chain / ".cookie"

    def start(self, *more: str, client: bool = True) -> Regtest:
        """Start it and wait until it answers; without `client`, do not wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [
            *(fetch_node.node_command() or ["bitcoind"]),
            f"-chain={self.chain}",
            f"-datadir={self.folder}",
            f"-rpcport={self.rpc_port}",
            f"-bind=127.0.0.1:{self.p2p_port}",
            "-dnsseed=0",
            "-fixedseeds=0",
            "-discover=0",
            "-rest=1",
            "-acceptnonstdtxn=1",
            "-minrelaytxfee=0.00000001",
            "-checkmempool=0",  # on regtest every transaction would look at the whole mempool
            "-checkblockindex=0",
            "-dbcache=16",
            "-par=1",
            "-rpcworkqueue=256",
            f"-zmqpubsequence={self.zmq}",
            f"-zmqpubrawtx={self.zmq}",
            "-printtoconsole=0",
            *self.options,
            *more,
        ]
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + STARTING_S
        while client:
            try:
                self.rpc = self.client()
                return self
            except (NodeError, UsageError):
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
        return self

    def client(self) -> Node:
        """A new connection to it."""
        self.clients.append(open_node(self.url, Credentials(cookie=self.cookie), PARAMS))
        return self.clients[-1]

    def stop(self) -> None:
        """Let it write its mempool and end."""
        self._hang_up()
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STARTING_S)
            self.process = None

    def kill(self) -> None:
        """End it without any warning."""
        self._hang_up()
        if self.process is not None:
            self.process.kill()
            self.process.wait(STARTING_S)
            self.process = None

    def remove(self) -> None:
        """End it and drop its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _hang_up(self) -> None:
        while self.clients:
            self.clients.pop().close()

    def mine(self, blocks: int = 1, script: str = SCRIPT.hex()) -> list[str]:
        """Mine blocks whose reward anyone may spend (after 100 more)."""
        return list(self.rpc.call("generatetodescriptor", blocks, f"raw({script})"))

    def mature_coins(self, count: int = 5) -> list[tuple[str, int, int]]:
        """Mine until `count` rewards can be spent: (txid, vout, satoshi) of each."""
        hashes = self.mine(100 + count)[:count]
        made = [self.rpc.call("getblock", one, 2)["tx"][0] for one in hashes]
        self.coins = [(tx["txid"], 0, round(tx["vout"][0]["value"] * 100_000_000)) for tx in made]
        return self.coins

    def send(self, raw: bytes) -> str:
        """Hand a transaction to the node; its id."""
        return str(self.rpc.call("sendrawtransaction", raw.hex(), 0))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
