"""Says what to change after an invalid run."""

from __future__ import annotations

from mlperf_loadgen._core import Report, scenario_traits
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

__all__ = ["advice", "reasons"]

# Beginnings of the established recommendations that advice() replaces by sentences with the figures
# of the run, or that the table replaces by how the run ended.
_ADVICE = (
    "Reduce target QPS",
    "TTFT constrain not met",
    "TPOT constrain not met",
    "Reduce samples per query",
    "Decrease the expected latency",
    "Increase the target QPS",
    "Increase expected QPS",
    "Let the test run to its end",
    "The test exited early",
    "The test did not run to its end",
)
_MISSING = "never completed."  # the end reason says more


def reasons(report: Report) -> list[str]:
    """Return what was wrong with the answers, which makes a result invalid whatever its figures."""
    return [
        one_line(text)
        for text in report.recommendations
        if not text.startswith(_ADVICE) and not (report.end_reason and text.endswith(_MISSING))
    ]


def advice(report: Report) -> list[str]:
    """Return what to do about the checks that failed, the most important first.

    Empty when the answers were wrong or the run did not reach its end: the figures then say nothing
    about the next run.
    """
    if not report.has_performance or not report.complete or reasons(report):
        return []
    overload = [] if report.performance_constraints_met else _less_load(report)
    short = _limited_by(report) or ([] if overload else _more_queries(report))
    # More queries do not help a system that is too slow.
    return overload + short or _longer_run(report)


def _less_load(report: Report) -> list[str]:
    settings = report.settings
    constraint = scenario_traits(settings.scenario).constraint
    if constraint == "intervals":
        return [
            "Too many queries skipped an interval or were late: pass fewer samples_per_query=, "
            "or a lower target_qps=."
        ]
    if constraint == "none":
        return []
    percentile = f"p{100 * settings.target_latency_percentile:g}"
    lower = f"pass a lower target_qps= than {quantity(settings.target_qps)}."

    def late(name: str, measured_ns: int, allowed_ns: int) -> list[str]:
        if measured_ns <= allowed_ns:
            return []
        by = f"{duration(measured_ns * 1e-9)}, {duration(allowed_ns * 1e-9)} allowed"
        return [f"{name}{percentile} is too high ({by}): {lower}"]

    if report.tokens is None:
        return late("", report.latency_at_target_percentile_ns, settings.target_latency_ns)
    tokens = report.tokens
    return [
        *late("TTFT ", tokens.ttft_at_target_percentile_ns, settings.ttft_latency_ns),
        *late("TPOT ", tokens.tpot_at_target_percentile_ns, settings.tpot_latency_ns),
    ]


def _limited_by(report: Report) -> list[str]:
    """Return which limit ended the run before its minima were reached."""
    settings = report.settings
    if report.min_duration_met and report.min_queries_met:
        return []
    missing = []
    if not report.min_duration_met:
        missing.append(f"{quantity(settings.min_duration_ms)} ms (min_duration_ms)")
    if not report.min_queries_met:
        missing.append(f"{quantity(settings.min_query_count)} queries (min_query_count)")
    too_short = f"The run was shorter than {' and '.join(missing)}: "
    if 0 < settings.max_query_count <= report.query_count:
        return [f"{too_short}max_query_count={settings.max_query_count} ended it; raise it."]
    if (
        0
        < settings.max_duration_ms
        <= max(1000 * report.duration_seconds, settings.min_duration_ms)
    ):
        return [
            f"{too_short}max_duration_ms={settings.max_duration_ms} ended it; raise it well above "
            "the time that these take."
        ]
    return []


def _more_queries(report: Report) -> list[str]:
    """Return what to expect instead, as that decides how many queries are prepared."""
    settings = report.settings
    if report.min_duration_met and report.min_queries_met:
        return []
    traits = scenario_traits(settings.scenario)
    if traits.one_query:
        rate = f"{1.1 * report.samples_per_second:.4g}"
        return [f"The one query was done too soon: pass target_qps={rate} or more."]
    if traits.closed_loop:
        summary = report.query_latency_ns if traits.contiguous_samples else report.latency_ns
        return [
            "The queries that were prepared ran out: pass expected_latency_ns="
            f"{max(int(0.9 * summary.mean), 1)} or less."
        ]
    return ["The run was too short: let it run to its end."]


def _longer_run(report: Report) -> list[str]:
    """Return what early stopping requires: the last item of its text."""
    tokens = report.tokens
    rules = [("", report.early_stopping)]
    if tokens:
        rules = [("TTFT: ", tokens.ttft_early_stopping), ("TPOT: ", tokens.tpot_early_stopping)]
    return [
        name + " ".join(rule.text.rpartition(" * ")[2].split())
        for name, rule in rules
        if not rule.met
    ]
