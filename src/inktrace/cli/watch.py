"""`inktrace watch`: the first-seen time of every transaction, from one or more nodes."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inktrace.cli.node_options import RemoteOption, UserOption, credentials
from inktrace.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    opened,
    print_json,
    progress_bars,
)
from inktrace.errors import UsageError

if TYPE_CHECKING:
    from inktrace.sources.node_watch import WatchedNode
    from inktrace.workspace import Workspace

SPOOL = Path("watch") / "spool.sqlite"


def watch(
    urls: Annotated[list[str], typer.Argument(help="Nodes, e.g. http://127.0.0.1:8332.")],
    zmq: Annotated[
        list[str] | None,
        typer.Option(
            help="ZMQ address of each node, in the same order, or 'none' to poll its mempool.",
            show_default="asked of the node",
        ),
    ] = None,
    cookie: Annotated[
        list[Path] | None,
        typer.Option(help="Cookie file of each node, in the same order.", readable=False),
    ] = None,
    user: UserOption = None,
    remote: RemoteOption = False,
    seconds: Annotated[
        float | None, typer.Option("--for", help="Stop after so many seconds.", min=0.0)
    ] = None,
    time_server: Annotated[
        str | None,
        typer.Option("--ntp", help="Ask this time server how far our clock is off."),
    ] = None,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Record when every transaction was first seen unconfirmed, until stopped (Ctrl-C).

    Notes when transactions enter a node's mempool, leave it, are replaced, confirmed, come
    back; and what the clocks did. The nodes need zmqpubsequence, better zmqpubrawtx too; without,
    their mempools are polled. What was seen is in the case's watch folder at once, and moved into
    the workspace every minute, which is free for other commands in between.

    Example: inktrace watch http://127.0.0.1:8332 --cookie ~/.bitcoin/.cookie
    """
    from inktrace.sources.clock import Clock
    from inktrace.sources.networks import settle_network
    from inktrace.sources.node_ntp import ahead_of_server_us
    from inktrace.sources.node_watch import watch as watch_nodes
    from inktrace.sources.spool import Spool

    with opened(workspace) as case:
        limits = case.params
    clock = Clock()
    if time_server is not None:
        clock.offset_us = ahead_of_server_us(time_server)
    moved = {"events": 0}
    with progress_bars(as_json) as progress, Spool(workspace / SPOOL) as spool:

        def move() -> None:
            with opened(workspace) as case:
                moved["events"] += _moved(case, spool)

        nodes = _nodes(urls, zmq, cookie, user, remote, limits.node, progress)
        with opened(workspace) as case:
            for one in nodes:
                settle_network(case.engine, one.node.network, one.node.where)
            watched = {one.node.where: one.endpoint for one in nodes}
            case.audit.append("watch", {"nodes": watched, "time_server": time_server})
        stop = threading.Event()
        earlier = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in _SIGNALS}
        try:
            watch_nodes(
                nodes, spool, limits.node, move, stop, for_s=seconds, clock=clock, progress=progress
            )
        finally:
            for sign, handler in earlier.items():
                signal.signal(sign, handler)
    if as_json:
        print_json({"nodes": urls, **moved})
    else:
        print(f"{moved['events']:,} mempool events were recorded.")


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _moved(case: Workspace, spool: Any) -> int:
    from inktrace.sources.watched import add_spool

    added = add_spool(case.engine, spool, case.params.sources)
    if not added.already_added:
        case.audit.append(
            "add source",
            {"source": added.source, "path": added.path, "rows_accepted": added.rows_accepted},
        )
    return added.rows_accepted


def _nodes(
    urls: list[str],
    zmq: list[str] | None,
    cookies: list[Path] | None,
    user: str | None,
    remote: bool,
    params: Any,
    progress: Any,
) -> list[WatchedNode]:
    from inktrace.sources.node import open_node
    from inktrace.sources.node_watch import WatchedNode, announced_endpoint
    from inktrace.sources.node_zmq import checked_endpoint

    for name, given in (("--zmq", zmq), ("--cookie", cookies)):
        if given and len(given) != len(urls):
            raise UsageError(
                f"{name} is given {len(given)} times for {len(urls)} nodes",
                do="give one for each node, in the same order",
            )
    secret = credentials(None, user) if user is not None else None
    if secret is not None and cookies:
        raise UsageError("there are both --cookie and --user", do="give one of them")
    nodes = []
    for place, url in enumerate(urls):
        mine = secret or credentials(cookies[place] if cookies else None, None)
        node = open_node(url, mine, params, remote=remote, progress=progress)
        if zmq:
            told = zmq[place]
            endpoint = None if told == "none" else checked_endpoint(told, remote=remote)
        else:
            endpoint = announced_endpoint(node, remote=remote)
        nodes.append(WatchedNode(node, endpoint))
    return nodes
