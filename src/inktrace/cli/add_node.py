"""`inktrace add node`: blocks straight from a Bitcoin node."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from inktrace.sources.node_blocks import NodeBlocks

_REJECTED_STATUS = 4


def node(
    url: Annotated[str, typer.Argument(help="The node, e.g. http://127.0.0.1:8332.")],
    first: Annotated[int, typer.Option("--from", help="First block height.", min=0)] = 0,
    last: Annotated[
        int | None, typer.Option("--to", help="Last block height.", show_default="the tip")
    ] = None,
    cookie: Annotated[
        Path | None, typer.Option(help="The node's cookie file.", readable=False)
    ] = None,
    user: UserOption = None,
    rest: Annotated[
        bool, typer.Option("--rest", help="Ask by REST (node started with -rest=1).")
    ] = False,
    remote: RemoteOption = False,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Blocks of a node's best chain, with value and script of every input.

    Blocks that are stored are not fetched again; the command may be stopped and repeated.

    Example: inktrace add node http://127.0.0.1:8332 --from 800000 --cookie ~/.bitcoin/.cookie
    """
    from inktrace.sources.node import open_node
    from inktrace.sources.node_blocks import add_node

    secret = credentials(cookie, user)
    with opened(workspace) as case, progress_bars(as_json) as progress:
        limits = case.params
        with open_node(
            url, secret, limits.node, remote=remote, by_rest=rest, progress=progress
        ) as source:
            done = add_node(case.engine, source, limits.sources, first, last, progress)
        case.audit.append("add source", {"source": "node", **dataclasses.asdict(done)})
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        _tell(done)
    if done.rows_rejected:
        raise typer.Exit(_REJECTED_STATUS)


def _tell(done: NodeBlocks) -> None:
    parts = [f"{done.blocks_stored:,} blocks stored ({done.rows_accepted:,} transactions)"]
    if done.blocks_known:
        parts.append(f"{done.blocks_known:,} were stored before")
    if done.blocks_without_spent:
        parts.append(
            f"for {done.blocks_without_spent:,} the node does not know what their inputs spent"
        )
    if done.rows_rejected:
        parts.append(f"{done.rows_rejected:,} rejected (see: inktrace show rejects)")
    print(f"{done.path}, heights {done.first_height:,} to {done.last_height:,}: {'; '.join(parts)}")
    for height, block_hash in done.off_chain:
        print(f"Not on this node's best chain: block {height:,}, {block_hash}")
