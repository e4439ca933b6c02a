"""A simulated case that all tests of this room may read, scored once."""

from __future__ import annotations

import pytest

from inktrace.engine import Engine
from inktrace.stage import StageResult

from .running import attribute, score
from .simulated import Case, simulated_case


@pytest.fixture(scope="session")
def case() -> Case:
    """Forty authors, seventy in a hundred of whom pay, among eight thousand transactions."""
    return simulated_case(seed=3)


@pytest.fixture(scope="session")
def scored(case: Case) -> tuple[Engine, StageResult]:
    """The case's database after the payments stage, and what that stage returned."""
    engine = case.engine()
    return engine, score(engine)


@pytest.fixture(scope="session")
def attributed(scored: tuple[Engine, StageResult]) -> StageResult:
    """What the attribution stage returns for the case."""
    return attribute(scored[0])


@pytest.fixture(scope="session")
def attributed_engine(case: Case) -> Engine:
    """The case's database with the tables of both stages."""
    engine = case.engine()
    score(engine)
    for name, rows in attribute(engine).tables.items():
        engine.append(name, rows)
    return engine
