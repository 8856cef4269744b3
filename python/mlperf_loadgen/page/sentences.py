"""Says in sentences what a result shows: pure functions of a record, one rule a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from mlperf_loadgen.page import columns
from mlperf_loadgen.page.columns import Columns, Grid
from mlperf_loadgen.page.figures import clock, share, time
from mlperf_loadgen.page.runs import Run
from mlperf_loadgen.units import quantity

__all__ = ["Finding", "findings", "headline_sentence"]

MOST = 6
Level = Literal["bad", "do", "warn", "note"]


@dataclass(frozen=True)
class Finding:
    """A sentence about a result, and how bad that is."""

    level: Level
    text: str


def findings(run: Run) -> list[Finding]:
    """Return what a reader should know, the worst first, six at most."""
    found = [finding for rule in _RULES for finding in rule(run)]
    order = {"bad": 0, "do": 1, "warn": 2, "note": 3}
    told = dict.fromkeys(sorted(found, key=lambda finding: order[finding.level]))
    return list(told)[:MOST]


def headline_sentence(run: Run) -> str:
    """Return the latency in words, beside the limit where there is one; empty without samples."""
    of = "query_latency" if run.whole_queries else "latency"
    summary = run.summary(of)
    if summary is None or run.record.get("timeline", {}).get("by") == "completion":
        return ""
    limit = run.limit()
    fraction = limit.fraction if limit else 0.99
    at = run.percentile(of, fraction)
    if at is None or summary["count"] < 100:
        took = f"{time(summary['min_ns'])} to {time(summary['max_ns'])}"
        return f"The {quantity(summary['count'])} queries took {took}."
    text = f"{share(fraction)} of the queries were answered within {time(at)}"
    return f"{text}; the rules allow {time(limit.ns)}." if limit else f"{text}."


def not_complete(run: Run) -> list[Finding]:
    """The run ended before its end."""
    if run.record["run"].get("complete", True):
        return []
    reason = str(run.record["run"].get("end_reason") or "it is not known why").rstrip(".")
    return [Finding("bad", f"The run did not reach its end: {reason}.")]


def failed_checks(run: Run) -> list[Finding]:
    """A check of the rules is not met, or answers were wrong."""
    verdict = run.record.get("verdict", {})
    checks = [check for check in verdict.get("checks", ()) if check.get("met") is False]
    texts = [str(check.get("sentence") or f"{check.get('name')} is not met.") for check in checks]
    texts += map(str, verdict.get("reasons", ()))
    return [Finding("bad", text) for text in texts]


def failed_samples(run: Run) -> list[Finding]:
    """Samples were answered with an error."""
    timeline = run.record.get("timeline", {})
    failed, done = sum(timeline.get("failed", ())), sum(timeline.get("completed", ()))
    if not failed:
        return []
    errors = run.record.get("errors", ())
    first = f" The first: {errors[0].get('first') or errors[0].get('kind')}" if errors else ""
    of_all = share(failed / max(done, failed))
    return [
        Finding("bad", f"{quantity(failed)} of {quantity(done)} samples failed ({of_all}).{first}")
    ]


def advice(run: Run) -> list[Finding]:
    """What to do about checks that are not met."""
    return [Finding("do", str(text)) for text in run.record.get("verdict", {}).get("advice", ())]


def generator_was_the_limit(run: Run) -> list[Finding]:
    """Queries were issued late, so that what was measured is not the planned load."""
    lag = run.percentile("lag", 0.99)
    limit = run.limit() or run.limit("ttft")
    allowed = limit.ns if limit else run.percentile("latency", 0.99)
    if lag is None or not allowed or lag < 0.05 * allowed:
        return []
    of = "the latency limit" if limit else "the 99th percentile of the latency"
    text = (
        f"The generator was the limit: 1 % of the queries were issued more than {time(lag)} late, "
        f"{share(lag / allowed)} of {of}."
    )
    return [Finding("bad" if lag > 0.5 * allowed else "warn", " ".join([text, *_lag_notes(run)]))]


def gaps_were_long(run: Run) -> list[Finding]:
    """Much of the run lay between a completed query and the next."""
    part = run.metrics.get("gap.share")
    if part is None or part < 0.05:
        return []
    return [
        Finding(
            "warn",
            f"{share(part)} of the run passed between a query's end and the next query's issue; "
            "latencies do not include it.",
        )
    ]


def rate_fell_short(run: Run) -> list[Finding]:
    """Fewer queries were issued than were due, from some time on."""
    seen = _planned(run)
    if seen is None:
        return []
    due, issued = np.cumsum(seen.sums["due"]), np.cumsum(seen.sums["issued"])
    behind = due - issued
    inside = _within_plan(seen)
    most = behind[:inside].max(initial=0)
    if most < max(0.02 * due[-1], 20):
        return []
    late = np.flatnonzero(behind[:inside] < 0.1 * most)
    start = int(late[-1]) + 1 if len(late) else 0
    start = min(start, inside - 1)
    seconds = seen.edges_s[inside] - seen.edges_s[start]
    of_issued = seen.sums["issued"][start:inside].sum() / seconds
    of_due = seen.sums["due"][start:inside].sum() / seconds
    since = "from the start" if start == 0 else f"from {clock(seen.edges_s[start] * 1e9)} on"
    text = f"{quantity(of_issued)} of {quantity(of_due)} a second were issued {since}."
    return [Finding("warn", f"The rate fell short: {text}")]


def queue_grew(run: Run) -> list[Finding]:
    """More and more was in flight, so the system does not sustain the rate."""
    seen = _planned(run)
    if seen is None:
        return []
    inside = _within_plan(seen)
    depth = seen.in_flight_end[:inside]
    if len(depth) < 12:
        return []
    parts = [float(part.mean()) for part in np.array_split(depth, 6)]
    grew = all(b > a for a, b in pairwise(parts[1:]))
    if not grew or depth[-1] < 10 or parts[-1] < 2 * parts[1]:
        return []
    early = len(depth) // 10
    after = clock(seen.edges_s[early + 1] * 1e9)
    before = seen.in_flight_max[early]
    text = f"{quantity(before)} in flight after {after}, {quantity(depth[-1])} at the end"
    return [
        Finding(
            "warn",
            f"The queue grew to the end ({text}): this rate is above what the system sustains.",
        )
    ]


def slow_start(run: Run) -> list[Finding]:
    """The first part of the run was slower than the rest."""
    seen = columns.read(run.record, 60)
    if seen is None or "latency" not in seen.grids or _offline(run):
        return []
    grid = seen.grids["latency"]
    count = len(grid.counts)
    if count < 20 or grid.total.mean() < 50:
        return []
    rest = float(_over(grid, count // 2, count).percentile(0.99)[0])
    slow = grid.percentile(0.99) > 1.5 * rest
    slow[grid.total == 0] = False
    leading = int(np.argmin(slow)) if not slow.all() else 0
    # Peaks that come back all the time are not the start's.
    if not 0 < leading <= count // 3 or slow[leading:].mean() > 0.04:
        return []
    first = float(_over(grid, 0, leading).percentile(0.99)[0])
    end = seen.edges_s[leading]
    cure = "warm the system up before the test"
    if run.scenario in ("OpenLoop", "ClosedLoop"):
        cure = f"give --warm-up {5 * int(np.ceil(1.2 * end / 5))}s"
    return [
        Finding(
            "warn",
            f"The first {clock(end * 1e9)} were slower than the rest (p99 {time(first)}, then "
            f"{time(float(_over(grid, leading, count).percentile(0.99)[0]))}): {cure}.",
        )
    ]


def processor_was_slow(run: Run) -> list[Finding]:
    """The processor ran well below its highest frequency, and was allowed to."""
    facts = run.record.get("environment", {}).get("processor", {})
    ran, most = facts.get("frequency_hz"), facts.get("frequency_max_hz")
    governor = facts.get("governor")
    if not ran or not most or ran > 0.75 * most or governor in (None, "performance"):
        return []
    return [
        Finding(
            "note",
            f"The processor ran at {ran / 1e9:.1f} of {most / 1e9:.1f} GHz; governor {governor}. "
            "See mlperf-loadgen doctor.",
        )
    ]


def notes(run: Run) -> list[Finding]:
    """What LoadGen itself says about the run."""
    told = _lag_notes(run) if generator_was_the_limit(run) else []
    found = [Finding("note", text) for text in _notes(run) if text not in told]
    for warning in run.record.get("warnings", ()):
        text = str(warning.get("first") or warning.get("kind"))
        found.append(Finding("note", f"{text.rstrip('.')}."))
    return found


_RULES: tuple[Callable[[Run], list[Finding]], ...] = (
    not_complete,
    failed_checks,
    failed_samples,
    generator_was_the_limit,
    gaps_were_long,
    queue_grew,
    rate_fell_short,
    slow_start,
    advice,
    processor_was_slow,
    notes,
)


def _notes(run: Run) -> list[str]:
    return [str(text) for text in run.record.get("generator", {}).get("notes", ())]


def _lag_notes(run: Run) -> list[str]:
    """Return what LoadGen says of queries that were late: it knows whose fault that was."""
    return [text for text in _notes(run) if "queries were issued more than" in text]


def _offline(run: Run) -> bool:
    return bool(run.record.get("timeline", {}).get("by") == "completion")


def _planned(run: Run) -> Columns | None:
    """Return the timeline of a run that had a schedule, or None."""
    if run.record.get("timeline", {}).get("by") != "due":
        return None
    seen = run.columns
    return seen if seen and seen.edges_s[-1] > 0 and {"due", "issued"} <= set(seen.sums) else None


def _within_plan(seen: Columns) -> int:
    """Return how many columns begin before the end of the plan."""
    end = seen.plan_end_s if seen.plan_end_s is not None else seen.edges_s[-1]
    return max(int(np.searchsorted(seen.edges_s[:-1], 0.999 * end)), 1)


def _over(grid: Grid, start: int, end: int) -> Grid:
    return Grid(grid.first_bin, grid.counts[start:end].sum(axis=0)[None])
