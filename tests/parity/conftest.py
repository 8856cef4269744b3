"""One pair of workers for all tests here, and a table of what was compared at their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from parity.pair import Pair
from parity.tally import Tally

TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return TALLY


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    both = Pair()
    yield both
    both.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.cases:
        terminalreporter.section("ours beside the peer")
        for line in TALLY.lines():
            terminalreporter.write_line(line)
