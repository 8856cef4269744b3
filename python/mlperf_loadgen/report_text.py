"""Formats a report as a plain-text table: what ``print(report)`` shows."""

from __future__ import annotations

import os
import sys

from mlperf_loadgen._core import LatencySummary, Report, rounds, scenario_traits
from mlperf_loadgen.advice import advice, reasons
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

__all__ = ["report_table"]

_WIDTH = 62
_NOT_MEASURED = "\N{EN DASH}"
_MAX_KINDS = 5  # of errors or warnings; the detail log has all


def report_table(report: Report) -> str:
    """Return the summary of a test in lines of 62 columns, about 25 if nothing went wrong."""
    settings = report.settings
    lines = [_rule(f"{settings.scenario.name} {settings.mode.name}: {_verdict(report)}")]
    lines += _row("ended", report.end_reason) if report.end_reason else []
    lines += _row("audit", report.audited) if report.audited else []
    lines += _row("SUT", report.sut_name)
    lines += _row("rules", settings.rules) if settings.rules != rounds()[-1] else []
    if report.has_performance:
        lines += _peak(report)
        lines += _headline(report)
        lines += _row("queries", f"{quantity(report.query_count)} issued")
        completed = f"{quantity(report.sample_count)} completed"
        took = f" in {duration(report.duration_seconds)}" if report.sample_count else ""
        lines += _row("samples", completed + took)
        traits = scenario_traits(settings.scenario)
        of_queries = traits.contiguous_samples
        lines += _latency(
            "query latency" if of_queries else "latency",
            report.query_latency_ns if of_queries else report.latency_ns,
            report.sample_count > 0,
        )
        if report.schedule_lag_ns is not None:
            lines += _figures("issued late by", report.schedule_lag_ns)
        if report.loadgen_overhead is not None:
            lines += _figures("between queries", report.loadgen_overhead.gap_ns)
            lines += _row("", f"{100 * report.loadgen_overhead.share:.1f} % of the run")
        if report.tokens is not None:
            lines += _row("tokens", f"{quantity(report.tokens.tokens_per_second)} a second")
            if traits.first_tokens:
                timed = report.tokens.tpot_sample_count
                lines += _latency("TTFT", report.tokens.ttft_ns, report.sample_count > 0)
                lines += _latency("TPOT", report.tokens.tpot_ns, timed > 0)
                if 0 < timed < report.sample_count:
                    lines += _row("", f"of {quantity(timed)} samples; the others have one token")
        lines += _checks(report)
    if report.accuracy_sample_count:
        lines += _row("accuracy", f"{quantity(report.accuracy_sample_count)} samples issued")
    for note in report.notes:
        lines += _row("note", note)
    for reason in reasons(report):
        lines += _row("invalid because", reason)
    for what in advice(report):
        lines += _row("do next", what)
    told = {one_line(line) for line in report.recommendations}
    told.add(one_line(report.end_reason))
    lines += _kinds("errors", report.error_count, report.errors, told)
    lines += _kinds("warnings", report.warning_count, report.warnings, told)
    if report.summary_path:
        lines += _row("logs", os.path.dirname(report.summary_path) or os.curdir)
    return _printable("\n".join([*lines, "─" * _WIDTH]))


def _printable(text: str) -> str:
    """Replace the characters that standard output cannot encode."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text.translate({ord("─"): "-", ord("µ"): "u", ord("·"): "|"})
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    return text


def _verdict(report: Report) -> str:
    if report.has_performance:
        return "VALID" if report.valid else "INVALID"
    if not report.complete:
        return "NOT COMPLETE"
    return "INVALID" if report.recommendations else "complete"


def _rule(title: str) -> str:
    return f"── {title} ".ljust(_WIDTH, "─")


def _row(name: str, value: str) -> list[str]:
    """Return a line, or several if the value does not fit into one."""
    label = f"  {name:<18}"
    room = _WIDTH - len(label)
    rows: list[str] = []
    for word in one_line(value).split(" "):
        if rows and len(rows[-1]) + 1 + len(word) <= room:
            rows[-1] += " " + word
        else:
            rows.append(word)
    return [(label if i == 0 else " " * len(label)) + row for i, row in enumerate(rows)]


def _kinds(name: str, count: int, kinds: list[str], told: set[str]) -> list[str]:
    """Return the count, and a line for each kind except those in ``told``."""
    lines = _row(name, quantity(count)) if count else []
    untold = [kind for kind in kinds if one_line(kind) not in told]
    for kind in untold[:_MAX_KINDS]:
        lines += _row("", kind)
    more = len(untold) - _MAX_KINDS
    return lines + (_row("", f"and {more} kinds more, see the detail log") if more > 0 else [])


def _peak(report: Report) -> list[str]:
    """Return what a search found: the peak, and why the next trial failed."""
    trials = report.peak_trials
    if not trials:
        return []
    traits = scenario_traits(report.settings.scenario)
    unit = "queries/s" if traits.peak_search == "qps" else "samples per query"
    found = "none" if report.peak is None else f"{quantity(report.peak)} {unit}"
    text = f"{found} ({len(trials)} {'trial' if len(trials) == 1 else 'trials'}"
    failed = [trial for trial in trials if not trial.valid]
    if failed:
        nearest = min(failed, key=lambda trial: trial.load)
        latency = duration(nearest.latency_at_target_percentile_ns * 1e-9)
        percentile = f"p{100 * report.settings.target_latency_percentile:g}"
        text += f"; {quantity(nearest.load)} failed: {percentile} {latency}. "
        text += " ".join(nearest.reason.split())
    return _row("peak", text + ")")


def _headline(report: Report) -> list[str]:
    settings = report.settings
    if report.sample_count == 0:
        return _row("result", f"{_NOT_MEASURED} (no sample was completed)")
    percentile = f"p{100 * settings.target_latency_percentile:g}"

    def limited(name: str, latency_ns: int | None, allowed_ns: int) -> list[str]:
        allowed = duration(allowed_ns * 1e-9)
        measured = _NOT_MEASURED if latency_ns is None else duration(latency_ns * 1e-9)
        return _row("", f"{name}{percentile} {measured}, at most {allowed} allowed")

    traits = scenario_traits(settings.scenario)
    if traits.result == "latency":
        at_percentile = duration(report.latency_at_target_percentile_ns * 1e-9)
        return _row("result", f"{percentile} {at_percentile}")
    if traits.result == "samples_per_query":
        result = _row("result", f"{quantity(settings.samples_per_query)} samples per query")
    else:
        result = _row("result", f"{quantity(report.samples_per_second)} samples a second")
    if traits.constraint == "none":
        return result
    if traits.constraint == "intervals":
        skipping = quantity(report.skipping_query_count or 0)
        of_queries = f"{quantity(report.query_count)} queries skipped an interval"
        result += _row("", f"{skipping} of {of_queries}")
    if report.tokens is None or traits.constraint == "intervals":
        measured_ns = report.latency_at_target_percentile_ns
        return result + limited("", measured_ns, settings.target_latency_ns)
    ttft_ns = report.tokens.ttft_at_target_percentile_ns
    has_tpot = report.tokens.tpot_sample_count > 0
    tpot_ns = report.tokens.tpot_at_target_percentile_ns if has_tpot else None
    limits = limited("TTFT ", ttft_ns, settings.ttft_latency_ns)
    limits += limited("TPOT ", tpot_ns, settings.tpot_latency_ns)
    return result + limits


def _figures(name: str, summary: LatencySummary) -> list[str]:
    figures = (("p50", summary.p50), ("p90", summary.p90), ("p99", summary.p99))
    return _row(name, "  ".join(f"{label} {duration(ns * 1e-9)}" for label, ns in figures))


def _latency(name: str, summary: LatencySummary, measured: bool) -> list[str]:
    if not measured:
        return _row(name, _NOT_MEASURED)
    second = f"min {duration(summary.min * 1e-9)}  max {duration(summary.max * 1e-9)}"
    return _figures(name, summary) + _row("", second)


def _checks(report: Report) -> list[str]:
    checks = [
        ("min duration", report.min_duration_met),
        ("min queries", report.min_queries_met),
        ("early stopping", report.early_stopping_met),
    ]
    constraint = scenario_traits(report.settings.scenario).constraint
    if constraint != "none":
        checks.insert(0, (constraint, report.performance_constraints_met))
    lines: list[str] = []
    for name, met in checks:
        found = "ok" if met else "NO"
        shown = found if report.sample_count else _NOT_MEASURED
        lines += _row("" if lines else "checks", f"{name:<15} {shown}")
    return lines
