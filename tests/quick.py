"""Tests that take milliseconds, for what holds in every scenario."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg

SAMPLES = 32
SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline", "MultiStreamFixedInterval"]
QUICK: dict[str, dict[str, Any]] = {
    "SingleStream": {"expected_latency_ns": 1000},
    "MultiStream": {"expected_latency_ns": 1000, "samples_per_query": 4},
    "Server": {"target_qps": 5000},
    "Offline": {"target_qps": 1000},
    "MultiStreamFixedInterval": {"target_qps": 5000, "samples_per_query": 4},
}


def run(sut: Any, scenario: str = "SingleStream", **more: Any) -> lg.Report:
    library = more.pop("library", range(SAMPLES))
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 20, **QUICK[scenario]}
    return lg.run(sut, library, scenario=scenario, **{**quick, **more})


def complete(samples: lg.Samples) -> None:
    samples.complete()


def logged(report: lg.Report) -> dict[int, bytes]:
    """The bytes that were logged for each index of the library."""
    records = json.loads(Path(report.accuracy_path).read_text(encoding="ascii"))
    return {record["qsl_idx"]: bytes.fromhex(record["data"]) for record in records}


def in_a_query(check: Callable[[lg.Samples], None]) -> None:
    """Runs `check` on one query of 4 samples, and passes on what it raises."""
    checked: list[bool] = []

    def sut(samples: lg.Samples) -> None:
        if not checked:
            checked.append(True)
            check(samples)
        else:
            samples.complete()

    run(sut, "MultiStream")
    assert checked
