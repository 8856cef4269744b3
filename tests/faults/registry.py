"""The list of faults: what happens, where it has a meaning, and what the user must see."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

SCENARIOS = ("SingleStream", "MultiStream", "Server", "Offline")

# The face a test is written with, and whether LoadGen's thread or the SUT's own ones complete.
NAMES = "names"  # ConstructSUT, StartTest
NAMES_THREADS = "names, threads"
RUN = "run"  # mlperf_loadgen.run
RUN_THREADS = "run, threads"
ALL_WAYS = (NAMES, NAMES_THREADS, RUN, RUN_THREADS)
TWO_WAYS = (NAMES, RUN_THREADS)

# How a case leaves its log files.
INVALID = "invalid"  # complete, and they say INVALID and why
CLEAN = "clean"  # complete, without an error: what happened is not a fault
REFUSED = "refused"  # no test began, so there is no report on disk
TORN = "torn"  # a file could not be written: no summary, or an empty or INVALID one
ANY = "any"  # the case says itself; what is there is well formed


@dataclass(frozen=True)
class Fault:
    name: str
    function: Callable[[Any], str | None]
    sees: str  # found in what the user sees
    ends: str
    scenarios: tuple[str, ...]
    ways: tuple[str, ...]
    within_s: float  # from the fault, or the start of the test, to its end
    limit_s: float  # for the whole process
    established: bool  # runs with nothing but the established names
    aftermath: bool  # the process can still do more after it


class Case(NamedTuple):
    fault: Fault
    scenario: str
    way: str

    @property
    def id(self) -> str:
        return f"{self.fault.name} [{self.scenario}; {self.way}]"


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    *,
    sees: str,
    ends: str = INVALID,
    scenarios: tuple[str, ...] | None = None,
    ways: tuple[str, ...] = TWO_WAYS,
    within_s: float = 1.0,
    limit_s: float = 10.0,
    established: bool = True,
    aftermath: bool = True,
) -> Callable[[Callable[[Any], str | None]], Callable[[Any], str | None]]:
    """Enters a function into the list. It gets a Bench; what it returns, or else the outcome of its
    last test, is what the user sees.

    It runs in all scenarios, unless no test begins: then the scenario has no part in it.
    """
    chosen = scenarios or (("Server",) if ends == REFUSED else SCENARIOS)

    def enter(function: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
        assert name not in FAULTS, name
        FAULTS[name] = Fault(
            name, function, sees, ends, chosen, ways, within_s, limit_s, established, aftermath,
        )  # fmt: skip
        return function

    return enter


def cases() -> Iterator[Case]:
    for module in sorted(
        m.name for m in pkgutil.iter_modules([str(Path(__file__).parent / "cases")])
    ):
        importlib.import_module(f"faults.cases.{module}")
    for entry in FAULTS.values():
        for scenario in entry.scenarios:
            for way in entry.ways:
                yield Case(entry, scenario, way)
