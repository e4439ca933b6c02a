"""`inktrace add node` and `add graphsense`: what comes from a service and no file."""

from __future__ import annotations

import dataclasses
import os
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


def graphsense(
    url: Annotated[str, typer.Argument(help="The service, e.g. https://api.example.org.")],
    addresses: Annotated[
        list[str] | None, typer.Option("--address", help="Ask for this address; repeatable.")
    ] = None,
    wallets: Annotated[
        list[int] | None,
        typer.Option("--wallet", help="Ask for all addresses of this wallet; repeatable."),
    ] = None,
    remote: Annotated[
        bool,
        typer.Option(
            "--remote",
            help="Allow another machine. Whoever runs it learns which addresses are asked for.",
        ),
    ] = False,
    workspace: WorkspaceOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Tags and cluster ids of addresses, from a GraphSense service.

    Its key, where it needs one, is read from INKTRACE_GRAPHSENSE_KEY.

    Example: inktrace add graphsense https://api.example.org --wallet 42 --remote
    """
    from inktrace.sources.node_graphsense import (
        add_graphsense,
        addresses_of_wallets,
        open_graphsense,
    )

    with opened(workspace) as case, progress_bars(as_json) as progress:
        asked = [*(addresses or ()), *addresses_of_wallets(case.engine, wallets or ())]
        key = os.environ.get(_KEY_VARIABLE)
        with open_graphsense(url, key, case.params.node, remote=remote) as service:
            added = add_graphsense(case.engine, service, asked, case.params.sources, progress)
        case.audit.append("add source", dataclasses.asdict(added))
    if as_json:
        print_json(dataclasses.asdict(added))
    else:
        parts = [f"{added.rows_accepted:,} tags accepted", f"{added.rows_repeated:,} known"]
        parts.append(f"{added.rows_rejected:,} rejected")
        print(f"{added.path}, {len(asked):,} addresses asked for: {', '.join(parts)}")
    if added.rows_rejected:
        raise typer.Exit(_REJECTED_STATUS)


_KEY_VARIABLE = "INKTRACE_GRAPHSENSE_KEY"
