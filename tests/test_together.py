"""Tests that share a fixture run in one process: otherwise the suite takes twice its time."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def shared():
    return []


def test_a_shared_fixture_makes_a_group_that_is_heard(shared, request):
    (group,) = request.node.get_closest_marker("xdist_group").args
    assert group == "tests.test_together.py"
    # pytest 9.2 made pytest-xdist 3.8 deaf to groups without a word.
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith(f"@{group}")


def test_a_test_of_its_own_is_in_no_group(request):
    assert request.node.get_closest_marker("xdist_group") is None
