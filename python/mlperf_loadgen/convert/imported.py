"""What every result has that was made from files of another program."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from mlperf_loadgen.convert.series import Series, measured

__all__ = ["frame", "of_requests", "utc"]

_NOTE = "When requests were due is not known: latencies count from when they were sent."


def frame(program: str, version: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without figures; ``run`` has at least its scenario and duration_ns."""
    return {
        "schema": "mlperf-loadgen/report/1",
        "id": os.urandom(8).hex(),
        "made": {"by": {"program": program, "version": version}, "at": utc(time.time())},
        "run": {"mode": "performance", "complete": True, **run},
        "official": {"is": False, "reasons": [f"converted from files of {program}"]},
        "verdict": {"checks": []},
        "metrics": {},
        "generator": {"notes": []},
        "settings": [],
        "errors": [],
        "warnings": [],
    }


def of_requests(
    program: str, series: Series, run: Mapping[str, Any] | None = None, notes: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the record of requests that another program has sent."""
    parts = measured(series)
    duration_ns = parts.pop("duration_ns")
    record = frame(
        program,
        "unknown",
        {"scenario": series.scenario, "duration_ns": duration_ns, **(run or {})},
    )
    record |= parts
    record["generator"]["notes"] = [*(() if series.due_ns is not None else (_NOTE,)), *notes]
    record["phases"] = [
        {
            "name": series.scenario,
            "measured": True,
            "from_ns": 0,
            "to_ns": duration_ns,
            "queries": len(series.issued_ns),
        }
    ]
    record["headline"] = {
        "name": "tokens_per_second" if series.tokens is not None else "qps",
        "value": record["metrics"]["tokens_per_second" if series.tokens is not None else "qps"],
        "unit": "1/s",
        "better": "higher",
    }
    return record


def utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
