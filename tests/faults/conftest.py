"""Starts the processes of all selected cases, and prints what users see at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from at_the_end import say_at_the_end
from faults import registry
from faults.runner import Result, Runner, count, table

RESULTS: list[Result] = []

say_at_the_end("faults", lambda: [*table(RESULTS), count(RESULTS)] if RESULTS else [])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--peer", metavar="DIR",
        help="run the fault cases that need only the established names against the module in DIR",
    )  # fmt: skip


@pytest.fixture(scope="session")
def results() -> list[Result]:
    return RESULTS


@pytest.fixture(scope="session")
def runner(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    peer = request.config.getoption("--peer", None)
    runner = Runner(tmp_path_factory.mktemp("faults"), peer)
    params = [getattr(item, "callspec", None) for item in request.session.items]
    selected = [spec.params["case"] for spec in params if spec and "case" in spec.params]
    runner.start(case for case in selected if isinstance(case, registry.Case))
    yield runner
    runner.close()
