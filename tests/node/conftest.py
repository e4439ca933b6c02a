"""One regtest node for all tests that leave its chain usable, and a maker of further ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.node.regtest import Regtest, why_no_node
from tests.sources.conftest import empty_database, engine, rejects

__all__ = ["empty_database", "engine", "new_node", "node_is_here", "rejects"]


@pytest.fixture(scope="session")
def node_is_here() -> None:
    """Skips where the node's packages cannot be had."""
    if reason := why_no_node():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def new_node(
    node_is_here: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Regtest]]:
    """Starts nodes, and ends them all after the module."""
    made: list[Regtest] = []
    numbers = itertools.count()

    def start(*options: str) -> Regtest:
        one = Regtest(tmp_path_factory.mktemp(f"node{next(numbers)}"), options)
        made.append(one)
        return one.start()

    yield start
    for one in made:
        one.remove()
