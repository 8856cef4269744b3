"""The folder of a result: its name, and what is written there besides the log files."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlperf_loadgen._core import Report
from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.cli.request import Request

__all__ = ["Result", "ResultFolder"]

_TEMPLATE = "results/{sut}-{scenario}-{time}"


@dataclass(frozen=True)
class Result:
    """What became of a result."""

    best: Path
    """What to look at."""
    metrics: dict[str, float]
    record: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    """Why something of it could not be written."""


class ResultFolder:
    """Where the result of a run goes."""

    def __init__(self, given: Mapping[str, Any], request: Request, sut: str) -> None:
        entry = request.config.output.get("dir")
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

    def write(self, report: Report, request: Request, codes: Sequence[int]) -> Result:
        """Write what a report says beside its log files."""
        return Result(self.path, _figures(report))


def _figures(report: Report) -> dict[str, float]:
    """Return the figures that gates can be about."""
    if not report.sample_count:
        return {}
    latency = report.latency_ns
    figures: dict[str, float] = {
        "p50": latency.p50,
        "p90": latency.p90,
        "p95": latency.p95,
        "p97": latency.p97,
        "p99": latency.p99,
        "p99.9": latency.p99_9,
        "max": latency.max,
        "mean": latency.mean,
        "qps": report.query_count / report.duration_seconds,
        "samples_per_second": report.samples_per_second,
    }
    return figures


def _short(sut: str) -> str:
    """Return a name for the SUT: that of its module or file."""
    name = sut.removeprefix("builtin:").partition("?")[0].rpartition(":")[0] or sut
    if sut.startswith("builtin:"):
        name = sut.removeprefix("builtin:").partition("?")[0]
    return _plain(Path(name).name.removesuffix(".py").rpartition(".")[2])


def _plain(text: str) -> str:
    """Return ``text`` as a part of the name of a file."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.") or "run"
