"""The folder of a result: its name, and what is written there besides the log files."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlperf_loadgen._core import Report
from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.cli.request import Request
from mlperf_loadgen.errors import Error, OutputError
from mlperf_loadgen.page import write_page
from mlperf_loadgen.result.environment import state
from mlperf_loadgen.result.findings import changes, findings
from mlperf_loadgen.result.record import Context, make, write

__all__ = ["Result", "ResultFolder"]

_TEMPLATE = "results/{sut}-{scenario}-{time}"


@dataclass(frozen=True)
class Result:
    """What became of a result."""

    best: Path
    """What to look at."""
    record: dict[str, Any]
    problem: str = ""
    """Why something of it could not be written."""


class ResultFolder:
    """Where the result of a run goes."""

    def __init__(self, given: Mapping[str, Any], request: Request, sut: str) -> None:
        entry = request.config.output.get("dir")
        html = request.config.output.get("html")
        self._with_page = "no_html" not in given and (html is None or html.value)
        template = given.get("output") or (entry.value if entry else _TEMPLATE)
        names = {
            "sut": _short(sut),
            "scenario": request.scenario.lower(),
            "label": _plain(str(request.get("label", "run"))),
            "time": time.strftime("%Y%m%d-%H%M%S"),
        }
        try:
            self.path = Path(template if "output" in given else template.format(**names))
        except (KeyError, ValueError, IndexError):
            known = ", ".join(f"{{{name}}}" for name in names)
            raise UsageError(f'output: "{template}": there are {known}.') from None

    def write(
        self, report: Report, request: Request, environment: Mapping[str, Any], total: int
    ) -> Result:
        """Write report.json and the page. ``total``: samples of the library."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # said before the test
            explained = request.explained(report)
        context = Context(
            label=str(request.get("label", "")),
            model=request.model or "",
            command=("mlperf-loadgen", *sys.argv[1:]),
            library={"total_count": total},
            official=request.departures(explained),
            settings=[setting.plain() for setting in explained],
            environment=environment,
        )
        record = make(report, context)
        found = dict.fromkeys(findings(environment, self.path) + changes(environment, state()))
        record["warnings"] += [{"kind": f"{one.check}: {one.found}"} for one in found]
        best, problem = self.path, ""
        try:
            best = write(record, self.path)
            if self._with_page:
                best = write_page([record], self.path / "report.html")
        except OutputError as error:
            problem = str(error)
        except Error as error:  # what draws the page is not installed
            say(f"no page: {error}")
        return Result(best, record, problem)


def _short(sut: str) -> str:
    """Return a name for the SUT: that of its module or file."""
    name = sut.removeprefix("builtin:").partition("?")[0].rpartition(":")[0] or sut
    if sut.startswith("builtin:"):
        name = sut.removeprefix("builtin:").partition("?")[0]
    return _plain(Path(name).name.removesuffix(".py").rpartition(".")[2])


def _plain(text: str) -> str:
    """Return ``text`` as a part of the name of a file."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "run"
