"""Fixtures shared by all tests, and which tests stay together when several processes run them."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
HERE = Path(__file__).parent.name


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data folder ../shared/data is absent")
    return SHARED_DATA


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a fixture in one process, so that it is made once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and (group := _shared_with(item)):
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish() -> None:
    """Look for dead cycles seldom, and never among what was loaded: it took a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _shared_with(item: pytest.Item) -> str:
    """The module or folder whose fixture this test shares, the widest; empty where it has none."""
    known = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009  (pytest's own attribute)
    shared = [
        one[-1].baseid
        for one in known.values()
        if one and one[-1].scope in {"module", "session"} and one[-1].baseid not in {"", HERE}
    ]
    return min(shared, key=len, default="").replace("/", ".")
