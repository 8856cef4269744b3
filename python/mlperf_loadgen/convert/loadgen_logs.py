"""Makes a result of the folder of logs that a LoadGen, this one or another, has written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeGuard

from mlperf_loadgen._core import TestScenario, scenario_traits
from mlperf_loadgen.convert.imported import frame
from mlperf_loadgen.convert.loadgen_trace import NAME as TRACE
from mlperf_loadgen.convert.loadgen_trace import read_trace
from mlperf_loadgen.convert.series import measured
from mlperf_loadgen.text import one_line
from mlperf_loadgen.untrusted import FileError, read_text

__all__ = ["DETAIL", "read_logs"]

DETAIL = "mlperf_log_detail.txt"

_MARK = ":::MLLOG "
_MODES = {
    "PerformanceOnly": "performance",
    "AccuracyOnly": "accuracy",
    "SubmissionRun": "submission",
    "FindPeakPerformance": "find-peak",
}
_FAMILIES = {  # what is before and after the percentile in a key
    ("result_", "_percentile_latency_ns"): "",
    ("result_", "_percentile_per_query_latency_ns"): "query_latency.",
    ("result_first_token_", "_percentile_latency_ns"): "ttft.",
    ("result_time_per_output_token_", "_percentile_ns"): "tpot.",
    ("schedule_lag_", "_percentile_ns"): "lag.",
    ("generator_gap_", "_percentile_ns"): "gap.",
}
_METRICS = {
    "result_max_latency_ns": "max",
    "result_mean_latency_ns": "mean",
    "result_max_query_latency_ns": "query_latency.max",
    "result_mean_query_latency_ns": "query_latency.mean",
    "result_first_token_max_latency_ns": "ttft.max",
    "result_first_token_mean_latency_ns": "ttft.mean",
    "result_time_to_output_token_max": "tpot.max",
    "result_time_to_output_token_mean": "tpot.mean",
    "schedule_lag_max_ns": "lag.max",
    "generator_gap_mean_ns": "gap.mean",
    "generator_share": "gap.share",
    "result_completed_samples_per_sec": "qps",
    "result_qps_with_loadgen_overhead": "qps",
    "result_samples_per_second": "samples_per_second",
    "result_tokens_per_second": "tokens_per_second",
    "result_completed_tokens_per_second": "tokens_per_second",
}
_CHECKS = {
    "result_perf_constraints_met": ("latency", "The limits of the scenario are {}met."),
    "result_min_duration_met": ("min duration", "The run was {}long enough."),
    "result_min_queries_met": ("min queries", "There were {}enough queries."),
    "early_stopping_met": (
        "early stopping",
        "There were {}enough queries to be 99 % sure of the percentile.",
    ),
}
_PERCENTILES = ("50.00", "90.00", "95.00", "97.00", "99.00", "99.90")
_UNITS = {"_ns": "ns", "_ms": "ms", "_qps": "1/s", "_percentile": "fraction"}  # of settings
_POWER_TIME = "%m-%d-%Y %H:%M:%S.%f"
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class _Entry:
    key: str
    value: Any
    line: int
    error: bool
    warning: bool


def read_logs(folder: Path) -> dict[str, Any]:
    """Return the record of a run from its detail log, and from its trace where there is one.

    What the files do not say is absent. Raises OSError, and FileError, which names file and line.
    """
    path = folder / DETAIL
    entries = list(_entries(path))
    said = {entry.key: entry.value for entry in entries}
    scenario = said.get("effective_scenario", said.get("requested_scenario"))
    if not isinstance(scenario, str):
        raise FileError(f"{path}: it does not say which scenario was run")
    mode = _MODES.get(str(said.get("effective_test_mode", said.get("requested_test_mode"))))
    record = frame(
        "loadgen",
        one_line(str(said.get("loadgen_version", "unknown"))),
        _run(said, scenario, mode or "performance"),
    )
    record["settings"] = list(_settings(entries))
    record["errors"] = _kinds(entry for entry in entries if entry.error)
    record["warnings"] = _kinds(entry for entry in entries if entry.warning and not entry.error)
    record["verdict"] = _verdict(said)
    if mode == "performance" and (folder / TRACE).exists():
        series = read_trace(folder / TRACE, scenario)
        if series is not None:
            record |= measured(series)
            record["run"]["duration_ns"] = record.pop("duration_ns")
    record["metrics"] |= dict(_metrics(said))
    queries = said.get("result_query_count")
    if _is_count(queries):
        duration_ns = record["run"]["duration_ns"]
        phase = {"name": scenario, "measured": True, "from_ns": 0, "to_ns": duration_ns}
        record["phases"] = [{**phase, "queries": queries}]
    headline = _headline(said, scenario, record["metrics"])
    if headline is not None:
        record["headline"] = headline
    return record


def _entries(path: Path) -> Iterator[_Entry]:
    lines = read_text(path).split("\n")
    marked = False
    for number, line in enumerate(lines, 1):
        if not line.startswith(_MARK):
            continue
        marked = True
        try:
            entry = json.loads(line[len(_MARK) :], parse_constant=_refuse)
        except (ValueError, RecursionError):
            if number == len(lines):  # the run was killed while it wrote
                return
            raise FileError(f"{path}:{number}: not an entry of a detail log") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise FileError(f"{path}:{number}: not an entry of a detail log: it has no key")
        about = entry.get("metadata")
        about = about if isinstance(about, dict) else {}
        yield _Entry(
            one_line(entry["key"]),
            entry.get("value"),
            number,
            about.get("is_error") is True,
            about.get("is_warning") is True,
        )
    if not marked:
        raise FileError(f"{path}: no line begins with {_MARK.strip()}: not a detail log")


def _run(said: dict[str, Any], scenario: str, mode: str) -> dict[str, Any]:
    library: dict[str, Any] = {"name": one_line(str(said.get("qsl_name", "")))}
    for name in ("total_count", "performance_count"):
        if _is_count(said.get(f"qsl_reported_{name}")):
            library[name] = said[f"qsl_reported_{name}"]
    complete = "result_validity" in said or mode == "accuracy"
    run = {
        "scenario": one_line(scenario),
        "mode": mode,
        "sut": one_line(str(said.get("sut_name", ""))),
        "library": library,
        "complete": complete,
        "end_reason": "" if complete else "the log ends before the result",
        "duration_ns": _duration_ns(said),
    }
    if _UTC.fullmatch(str(said.get("test_datetime"))):
        run["started_at"] = said["test_datetime"]
    return run


def _duration_ns(said: dict[str, Any]) -> int:
    """Return how long the series was, to the ms; 0 where the log does not say."""
    try:
        begin, end = (datetime.strptime(said[f"power_{k}"], _POWER_TIME) for k in ("begin", "end"))
    except (KeyError, TypeError, ValueError):
        return 0
    return max(round((end - begin).total_seconds() * 1e9), 0)


def _settings(entries: list[_Entry]) -> Iterator[dict[str, Any]]:
    requested = {e.key: e.value for e in entries if e.key.startswith("requested_")}
    for entry in entries:
        name = entry.key.removeprefix("effective_")
        if name == entry.key or not _is_plain(entry.value):
            continue
        setting: dict[str, Any] = {
            "name": name,
            "value": one_line(entry.value) if isinstance(entry.value, str) else entry.value,
            "unit": next((unit for end, unit in _UNITS.items() if name.endswith(end)), ""),
            "source": {"layer": "log", "file": DETAIL, "line": entry.line, "text": entry.key},
            "overrides": [],
        }
        if _is_plain(requested.get(f"requested_{name}")):
            setting["requested"] = requested[f"requested_{name}"]
        yield setting


def _kinds(entries: Iterator[_Entry]) -> list[dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = {}
    for entry in entries:
        kind = kinds.setdefault(
            entry.key, {"kind": entry.key, "count": 0, "first": one_line(str(entry.value))}
        )
        kind["count"] += 1
    return list(kinds.values())


def _verdict(said: dict[str, Any]) -> dict[str, Any]:
    checks = [
        {
            "name": name,
            "met": said[key],
            "unit": "",
            "sentence": sentence.format("" if said[key] else "not "),
        }
        for key, (name, sentence) in _CHECKS.items()
        if isinstance(said.get(key), bool)
    ]
    verdict: dict[str, Any] = {"checks": checks, "reasons": [], "advice": []}
    if said.get("result_validity") in ("VALID", "INVALID"):
        verdict["valid"] = said["result_validity"] == "VALID"
    if said.get("result_invalid_reason"):
        verdict["reasons"] = [one_line(str(said["result_invalid_reason"])).strip()]
    if isinstance(said.get("early_stopping_result"), str) and said["early_stopping_result"]:
        verdict["early_stopping"] = one_line(said["early_stopping_result"]).strip()
    return verdict


def _metrics(said: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for (before, after), prefix in _FAMILIES.items():
        for percentile in _PERCENTILES:
            value = said.get(f"{before}{percentile}{after}")
            if _is_number(value):
                yield f"{prefix}p{float(percentile):g}", value
    for key, name in _METRICS.items():
        if _is_number(said.get(key)):
            yield name, said[key]


def _headline(
    said: dict[str, Any], scenario: str, metrics: dict[str, float]
) -> dict[str, Any] | None:
    """Return the one number of the scenario, where the log has it."""
    member = TestScenario.__members__.get(scenario)
    if member is None:
        return None
    traits = scenario_traits(member)
    if traits.result == "latency":
        asked = said.get("effective_target_latency_percentile")
        fraction = asked if _is_number(asked) else 0.9
        prefix = "query_latency." if traits.contiguous_samples else ""
        name, unit, better = f"{prefix}p{100 * fraction:g}", "ns", "lower"
    else:
        names = ("tokens_per_second", "qps" if traits.poisson else "samples_per_second")
        name = next((each for each in names if each in metrics), names[-1])
        unit, better = "1/s", "higher"
    if name not in metrics:
        return None
    return {"name": name, "value": metrics[name], "unit": unit, "better": better}


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | str) or _is_number(value)


def _is_number(value: Any) -> TypeGuard[float]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1 << 63  # which NaN and infinity are not


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
