"""How tests run beside each other, and what is left out of the fast ones.

With `pytest -n 2 --dist loadfile` the files of the tests are spread over two processes.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from pathlib import Path
from typing import Any

import at_the_end
import pytest
from hypothesis.internal.conjecture import providers

# Hypothesis also tries the numbers that it finds in modules of the project. Without them it draws
# the same whether the package is installed or editable, and whatever else has been imported.
if hasattr(providers, "is_local_module_file"):
    providers.is_local_module_file = lambda path: False

TESTS = Path(__file__).parent
# Beside mlcommons-loadgen, a process a fault, builds with what is installed, models: minutes each.
SLOW = {"parity", "faults", "install", "apps"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in SLOW and not item.get_closest_marker("smoke"):
            item.add_marker("slow")
    # First, so that the rest need not wait for them at the end.
    alone = {item.path for item in items if item.get_closest_marker("alone")}
    items.sort(key=lambda item: item.path not in alone)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that is marked as `alone` waits until those of other processes have ended, and they
    wait for it. Outside of any time limit."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    assert item.config.cache is not None
    folder = item.config.cache.mkdir("turns")
    alone = item.get_closest_marker("alone") is not None
    with open(folder / "next", "w") as next_, open(folder / "running", "w") as running:
        fcntl.flock(next_, fcntl.LOCK_EX)  # kept by who is alone, so that no other one starts
        fcntl.flock(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(next_, fcntl.LOCK_UN)
        try:
            return (yield)
        finally:  # though a child of the test may still have the files open
            fcntl.flock(running, fcntl.LOCK_UN)
            fcntl.flock(next_, fcntl.LOCK_UN)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["sections"] = at_the_end.said_here()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    at_the_end.add(getattr(node, "workeroutput", {}).get("sections", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, lines in at_the_end.said().items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.write_line(line)
