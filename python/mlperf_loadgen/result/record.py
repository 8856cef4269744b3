"""Makes the record of a run, which report.json holds, from the report of the core."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlperf_loadgen._core import Report, TestMode, __version__, scenario_traits
from mlperf_loadgen.advice import advice, reasons
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

if TYPE_CHECKING:
    from mlperf_loadgen.result.store import Record

__all__ = ["Context", "figures", "html", "make", "save", "write"]

SCHEMA = "mlperf-loadgen/report/1"

_MODES = {
    TestMode.PerformanceOnly: "performance",
    TestMode.AccuracyOnly: "accuracy",
    TestMode.SubmissionRun: "submission",
    TestMode.FindPeakPerformance: "find-peak",
}
# Where the curves have the percentiles that metrics name: 24 points for each nine.
_CURVE = {"p90": 24, "p99": 48, "p99.9": 72, "p99.99": 96}
_SUMMARY = {"p50": "p50", "p90": "p90", "p95": "p95", "p97": "p97", "p99": "p99", "p99.9": "p99_9"}
_NS = 1_000_000_000


@dataclass(frozen=True)
class Context:
    """What is known about a run besides its report. Whatever is left out is absent in the record,
    except that the command is that of this process."""

    label: str = ""
    model: str = ""
    command: Sequence[str] = field(default_factory=lambda: tuple(sys.argv))
    library: Mapping[str, int] = field(default_factory=dict)
    """``total_count`` and ``performance_count``."""
    official: Sequence[str] | None = ("no rules were asked for",)
    """Why the run is none by MLPerf's rules; None: it is one."""
    settings: Sequence[Mapping[str, Any]] = ()
    """Entries as :meth:`Setting.plain` makes them; else the effective settings without source."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    accuracy: Mapping[str, Any] = field(default_factory=dict)
    ended_at: float | None = None
    """Seconds since the epoch; None: now."""


def save(report: Report, target: str | os.PathLike[str]) -> Path:
    """Write report.json to a folder, or to a file whose name ends in .json."""
    from mlperf_loadgen.result import store

    return store.save(make(report), Path(target))


def write(record: Record, folder: str | os.PathLike[str]) -> Path:
    """Write report.json to the folder of a run, with the size and hash of each other file."""
    from mlperf_loadgen.result import store

    return store.save({**record, "files": _files(Path(folder))}, Path(folder))


def html(report: Report) -> str:
    """Return what a notebook shows of a report."""
    from mlperf_loadgen.page.notebook import html_of

    return html_of(make(report))


def figures(report: Report) -> dict[str, float]:
    """Return every figure of a report by its name; durations are in ns."""
    if not report.has_performance or not report.sample_count:
        return {}
    found: dict[str, float] = {}
    traits = scenario_traits(report.settings.scenario)
    curves = report.curves
    found |= _percentiles("", report.latency_ns, curves.get("latency"))
    if traits.contiguous_samples:
        found |= _percentiles(
            "query_latency.", report.query_latency_ns, curves.get("query_latency")
        )
    seconds = report.duration_seconds
    if seconds > 0:
        found["qps"] = report.completed_samples_per_second or report.query_count / seconds
        found["samples_per_second"] = report.samples_per_second
    issued = report.sample_count + report.missing_samples
    found["errors"] = report.missing_samples / issued
    if report.tokens is not None:
        found["tokens_per_second"] = report.tokens.tokens_per_second
        if traits.first_tokens:
            found |= _percentiles("ttft.", report.tokens.ttft_ns, curves.get("ttft"))
            if report.tokens.tpot_sample_count:
                found |= _percentiles("tpot.", report.tokens.tpot_ns, curves.get("tpot"))
    if report.schedule_lag_ns is not None:
        found |= _percentiles("lag.", report.schedule_lag_ns, curves.get("lag"))
    if report.loadgen_overhead is not None:
        found |= _percentiles("gap.", report.loadgen_overhead.gap_ns, curves.get("gap"))
        found["gap.share"] = report.loadgen_overhead.share
    timeline = report.timeline
    if timeline is not None:
        found["in_flight.max"] = max(timeline["in_flight_max"])
    return found


def make(report: Report, context: Context | None = None) -> Record:
    """Return the record of a report: what report.json holds, without ``files``."""
    context = context if context is not None else Context()
    ended_at = time.time() if context.ended_at is None else context.ended_at
    duration_ns = round(report.duration_seconds * _NS)
    settings = report.settings
    run: Record = {
        "scenario": settings.scenario.name,
        "mode": _MODES[settings.mode],
        "round": settings.rules,
        "sut": report.sut_name,
        "library": {"name": report.qsl_name, **context.library},
        "complete": report.complete,
        "end_reason": one_line(report.end_reason),
        "started_at": _utc(ended_at - report.duration_seconds),
        "duration_ns": duration_ns,
    }
    if context.model:
        run["model"] = context.model
    record: Record = {
        "schema": SCHEMA,
        "id": os.urandom(8).hex(),
        "made": {
            "by": {"program": "mlperf-loadgen", "version": __version__},
            "at": _utc(time.time()),
            "command": list(context.command),
            "python": sys.version.partition(" ")[0],
            "label": context.label,
        },
        "run": run,
        "official": {"is": context.official is None, "reasons": list(context.official or ())},
        "verdict": _verdict(report),
        "metrics": figures(report),
        "generator": {"notes": list(report.notes)},
        "settings": list(context.settings) or _plain_settings(report),
        "environment": dict(context.environment),
        "errors": _kinds(report.errors),
        "warnings": _kinds(report.warnings),
    }
    headline = _headline(report, record["metrics"])
    if headline is not None:
        record["headline"] = headline
    record |= report.curves
    if "gap.share" in record["metrics"]:
        record["generator"]["share"] = record["metrics"]["gap.share"]
    timeline = report.timeline
    if timeline is not None:
        record["slowest"] = timeline.pop("slowest")
        record["timeline"] = {**timeline, "marks": []}
        record["phases"] = [
            {
                "name": settings.scenario.name,
                "measured": True,
                "from_ns": 0,
                "to_ns": duration_ns,
                "queries": report.query_count,
            }
        ]
    if report.accuracy_sample_count:
        record["accuracy"] = {"samples": report.accuracy_sample_count, **context.accuracy}
    return record


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _percentiles(prefix: str, summary: Any, curve: Mapping[str, Any] | None) -> dict[str, float]:
    found = {prefix + name: getattr(summary, attribute) for name, attribute in _SUMMARY.items()}
    place = _CURVE["p99.99"]
    # The last point is the maximum, whatever its place.
    if curve is not None and len(curve["curve_ns"]) > place + 1:
        found[prefix + "p99.99"] = curve["curve_ns"][place]
    found[prefix + "max"] = summary.max
    found[prefix + "mean"] = summary.mean
    return found


def _headline(report: Report, metrics: Mapping[str, float]) -> Record | None:
    """Return the one number of the scenario."""
    if not metrics:
        return None
    settings = report.settings
    traits = scenario_traits(settings.scenario)
    if traits.result == "latency":
        prefix = "query_latency." if traits.contiguous_samples else ""
        return {
            "name": f"{prefix}p{100 * settings.target_latency_percentile:g}",
            "value": report.latency_at_target_percentile_ns,
            "unit": "ns",
            "better": "lower",
        }
    if traits.result == "samples_per_query":
        value: float = settings.samples_per_query
        return {"name": "samples_per_query", "value": value, "unit": "1", "better": "higher"}
    name = "samples_per_second"
    if report.tokens is not None:
        name = "tokens_per_second"
    elif traits.poisson:
        name = "qps"
    return {"name": name, "value": metrics.get(name, 0), "unit": "1/s", "better": "higher"}


def _verdict(report: Report) -> Record:
    if not report.has_performance:
        return {"checks": [], "reasons": [one_line(text) for text in report.recommendations]}
    found: Record = {
        "valid": report.valid,
        "checks": _checks(report),
        "reasons": reasons(report),
        "advice": advice(report),
    }
    if report.early_stopping.text:
        found["early_stopping"] = report.early_stopping.text
    return found


def _checks(report: Report) -> list[Record]:
    settings = report.settings
    constraint = scenario_traits(settings.scenario).constraint
    checks = []
    if constraint == "latency" and report.tokens is None:
        checks.append(
            _limit(
                "latency",
                report.performance_constraints_met,
                settings.target_latency_ns,
                report.latency_at_target_percentile_ns,
                settings.target_latency_percentile,
            )
        )
    elif constraint == "latency" and report.tokens is not None:
        for name, asked, got in (
            ("TTFT", settings.ttft_latency_ns, report.tokens.ttft_at_target_percentile_ns),
            ("TPOT", settings.tpot_latency_ns, report.tokens.tpot_at_target_percentile_ns),
        ):
            checks.append(
                _limit(name, got <= asked, asked, got, settings.target_latency_percentile)
            )
    elif constraint == "intervals":
        skipping = report.skipping_query_count or 0
        checks.append(
            {
                "name": "intervals",
                "met": report.performance_constraints_met,
                "asked": report.query_count // 100,
                "got": skipping,
                "unit": "queries",
                "sentence": f"{quantity(skipping)} of {quantity(report.query_count)} queries "
                "skipped an interval; at most 1 % may.",
            }
        )
    asked_ns = settings.min_duration_ms * 1_000_000
    got_ns = round(report.duration_seconds * _NS)
    checks.append(
        {
            "name": "min duration",
            "met": report.min_duration_met,
            "asked": asked_ns,
            "got": got_ns,
            "unit": "ns",
            "sentence": f"The run took {duration(got_ns / _NS)}; "
            f"the rules ask for {duration(asked_ns / _NS)}.",
        }
    )
    checks.append(
        {
            "name": "min queries",
            "met": report.min_queries_met,
            "asked": settings.min_query_count,
            "got": report.query_count,
            "unit": "queries",
            "sentence": f"Queries issued: {quantity(report.query_count)}; "
            f"the rules ask for {quantity(settings.min_query_count)}.",
        }
    )
    if not report.early_stopping.text and report.tokens is None:
        return checks
    met = report.early_stopping_met
    checks.append(
        {
            "name": "early stopping",
            "met": met,
            "unit": "",
            "sentence": "Enough queries ran to be 99 % sure of the percentile."
            if met
            else "Too few queries ran to be 99 % sure of the percentile.",
        }
    )
    return checks


def _limit(name: str, met: bool, asked: int, got: int, percentile: float) -> Record:
    return {
        "name": name,
        "met": met,
        "asked": asked,
        "got": got,
        "unit": "ns",
        "sentence": f"{100 * percentile:g} % of the queries have a {name} of at most "
        f"{duration(got / _NS)}; the limit is {duration(asked / _NS)}.",
    }


def _plain_settings(report: Report) -> list[Record]:
    effective = report.settings
    return [
        {"name": name, "value": value}
        for name, member in vars(type(effective)).items()
        if isinstance(member, property)
        and isinstance(value := getattr(effective, name), bool | int | float | str)
    ]


def _kinds(lines: Sequence[str]) -> list[Record]:
    return [{"kind": one_line(line)} for line in lines]


def _files(folder: Path) -> list[Record]:
    import hashlib

    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.is_file() or path.name.startswith(("report.", ".")):
            continue
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        found.append({"name": path.name, "size": path.stat().st_size, "sha256": digest.hexdigest()})
    return found
