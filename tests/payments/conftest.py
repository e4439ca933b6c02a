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


@pytest.fixture(scope="session")
def till_case() -> Case:
    """A case whose sites are paid through processors' wallets, with quotes and round amounts."""
    return simulated_case(
        seed=5, background=6000, days=20, authors=120, ads_each=(8, 30), till_share=0.9
    )


@pytest.fixture(scope="session")
def till_scored(till_case: Case) -> tuple[Engine, StageResult]:
    """That case's database after both stages, and what the payments stage returned."""
    engine = till_case.engine()
    made = score(engine)
    for name, rows in attribute(engine).tables.items():
        engine.append(name, rows)
    return engine, made
