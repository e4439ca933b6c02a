"""Options of `inktrace case build` that say where raw blocks are found again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inktrace.cli.node_options import credentials
from inktrace.errors import InputError

if TYPE_CHECKING:
    from inktrace.sources.raw_blocks import RawBlocks
    from inktrace.workspace import Workspace

BlocksOption = Annotated[
    Path | None,
    typer.Option("--blocks", help="A folder of block files, where those added were moved."),
]
NodeOption = Annotated[
    str | None,
    typer.Option("--node", help="URL of your own node, asked for blocks found nowhere else."),
]
CookieOption = Annotated[Path | None, typer.Option("--cookie", help="That node's cookie file.")]


@contextlib.contextmanager
def raw_blocks(
    case: Workspace, folder: Path | None, url: str | None, cookie: Path | None
) -> Iterator[RawBlocks]:
    """Where the blocks of a workspace's transactions are looked for. Raises InputError."""
    from inktrace.sources.networks import NETWORKS, stored_network
    from inktrace.sources.node import open_node
    from inktrace.sources.raw_blocks import RawBlocks

    if folder is not None and not folder.is_dir():
        raise InputError("this is not a folder", where=folder, do="name a folder of blk*.dat files")
    network = stored_network(case.engine) or NETWORKS["mainnet"]
    if url is None:
        yield RawBlocks(network, folder)
        return
    with open_node(url, credentials(cookie, None), case.params.node) as node:
        if node.network is not network:
            raise InputError(
                f"the node is on {node.network.name}, the workspace holds {network.name}", where=url
            )
        yield RawBlocks(network, folder, node)
