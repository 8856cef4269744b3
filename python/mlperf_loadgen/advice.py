"""What a report means for the next run."""

from __future__ import annotations

from mlperf_loadgen._core import Report
from mlperf_loadgen.text import one_line
from mlperf_loadgen.units import duration, quantity

__all__ = ["advice", "reasons"]

# How the established words begin that the core has for what advice() says with the figures of the
# run, or the table where it says how the run ended.
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
_MISSING = "never completed."  # of which the end reason tells more


def reasons(report: Report) -> list[str]:
    """Why the result does not count, whatever its figures: what was wrong with the answers."""
    return [
        one_line(text)
        for text in report.recommendations
        if not text.startswith(_ADVICE) and not (report.end_reason and text.endswith(_MISSING))
    ]


def advice(report: Report) -> list[str]:
    """What to do about the rules that were broken, what matters most first.

    Nothing where the answers themselves were wrong or the run did not reach its end: that comes
    first, and what the figures say otherwise does not follow.
    """
    if not report.has_performance or not report.complete or reasons(report):
        return []
    overload = [] if report.performance_constraints_met else _less_load(report)
    short = _limited_by(report) or ([] if overload else _more_queries(report))
    # More queries do not help a system that is too slow.
    return overload + short or _longer_run(report)


def _less_load(report: Report) -> list[str]:
    settings = report.settings
    if settings.scenario.name == "MultiStreamFixedInterval":
        return [
            "Too many queries skipped an interval or were late: pass fewer samples_per_query=, "
            "or a lower target_qps=."
        ]
    if settings.scenario.name != "Server":
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
    """The limit that ended the run before its minima were reached."""
    settings = report.settings
    if report.min_duration_met and report.min_queries_met:
        return []
    wants = []
    if not report.min_duration_met:
        wants.append(f"{quantity(settings.min_duration_ms)} ms (min_duration_ms)")
    if not report.min_queries_met:
        wants.append(f"{quantity(settings.min_query_count)} queries (min_query_count)")
    wanted = f"The run was shorter than {' and '.join(wants)}: "
    if 0 < settings.max_query_count <= report.query_count:
        return [f"{wanted}max_query_count={settings.max_query_count} ended it; raise it."]
    if (
        0
        < settings.max_duration_ms
        <= max(1000 * report.duration_seconds, settings.min_duration_ms)
    ):
        return [
            f"{wanted}max_duration_ms={settings.max_duration_ms} ended it; raise it well above "
            "the time that these take."
        ]
    return []


def _more_queries(report: Report) -> list[str]:
    """Queries are prepared before the run, as many as the expected speed asks for."""
    settings = report.settings
    if report.min_duration_met and report.min_queries_met:
        return []
    scenario = settings.scenario.name
    if scenario == "Offline":
        rate = f"{1.1 * report.samples_per_second:.4g}"
        return [f"The one query was done too soon: pass target_qps={rate} or more."]
    if scenario in ("SingleStream", "MultiStream"):
        summary = report.query_latency_ns if scenario == "MultiStream" else report.latency_ns
        return [
            "The queries that were prepared ran out: pass expected_latency_ns="
            f"{max(int(0.9 * summary.mean), 1)} or less."
        ]
    return ["The run was too short: let it run to its end."]


def _longer_run(report: Report) -> list[str]:
    """What early stopping asks for: the last of the points of its text."""
    tokens = report.tokens
    rules = [("", report.early_stopping)]
    if tokens:
        rules = [("TTFT: ", tokens.ttft_early_stopping), ("TPOT: ", tokens.tpot_early_stopping)]
    return [
        name + " ".join(rule.text.rpartition(" * ")[2].split())
        for name, rule in rules
        if not rule.met
    ]
