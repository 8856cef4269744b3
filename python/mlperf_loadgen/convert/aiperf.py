"""Reads ``profile_export.jsonl`` of AIPerf: a JSON object a line, each a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlperf_loadgen.convert.imported import of_requests
from mlperf_loadgen.convert.requests import Requests, whole_ns
from mlperf_loadgen.untrusted import FileError, field

__all__ = ["is_aiperf", "read_aiperf"]

_UNITS_NS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9, "sec": 1e9}
_LARGEST = 1e15


def is_aiperf(first_line: str) -> bool:
    """Say whether a line is such an object."""
    try:
        content = json.loads(first_line)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"metadata", "metrics"} <= set(content)


def read_aiperf(path: Path, text: str) -> dict[str, Any]:
    """Return the record. Raises FileError, which names file and line. Requests of a phase other
    than profiling are left out.
    """
    requests = Requests()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}:"
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            raise FileError(f"{where} not a JSON object") from None
        about = field(content, "metadata", dict, where)
        if about.get("benchmark_phase", "profiling") == "profiling":
            _add(requests, content, about, where)
    return of_requests("aiperf", requests.series(str(path)))


def _add(requests: Requests, content: Any, about: Any, where: str) -> None:
    start = field(about, "request_start_ns", int, where)
    end = field(about, "request_end_ns", int, where)
    failed = content.get("error") is not None or about.get("was_cancelled") is True
    if failed:
        requests.add(where, start, max(end - start, 0), failed=True)
        return
    metrics = field(content, "metrics", dict, where)
    ttft_ns, tokens = -1, 0
    if "time_to_first_token" in metrics:
        ttft_ns = _duration_ns(metrics, "time_to_first_token", where)
    if "output_sequence_length" in metrics:
        tokens = int(_value(field(metrics, "output_sequence_length", dict, where), where))
    latency_ns = _duration_ns(metrics, "request_latency", where)
    requests.add(where, start, latency_ns, ttft_ns=ttft_ns, tokens=tokens)


def _duration_ns(metrics: dict[str, Any], name: str, where: str) -> int:
    metric = field(metrics, name, dict, where)
    unit = metric.get("unit")
    if not isinstance(unit, str) or unit not in _UNITS_NS:
        raise FileError(f"{where} {name} has a unit that is not known: {unit!r:.40}")
    return whole_ns(_value(metric, f"{where} {name}"), _UNITS_NS[unit])


def _value(metric: dict[str, Any], where: str) -> float:
    value: float = field(metric, "value", (int, float), where)
    if not abs(value) < _LARGEST:
        raise FileError(f"{where}: the value {value!r:.40} is out of range")
    return value
