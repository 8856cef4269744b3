"""Makes the measured parts of a result from times: curves, figures, timeline, slowest samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen._core import TestScenario, scenario_traits
from mlperf_loadgen.convert.columns import By, Grids, timeline

__all__ = ["Series", "measured"]

Ints = NDArray[np.int64]

_FORMS: dict[str, By] = {
    "SingleStream": "order",
    "MultiStream": "order",
    "Offline": "completion",
}
_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p97": 0.97, "p99": 0.99, "p99.9": 0.999}
_SLOWEST = 50
_POINTS = 24  # of a curve for each nine
_NS = 1_000_000_000


@dataclass(frozen=True)
class Series:
    """What was measured: queries in the order of issue, and their samples in the same order.

    Times are ns since any moment.
    """

    scenario: str
    issued_ns: Ints
    """Of queries."""
    completed_ns: Ints
    """Of samples."""
    query: Ints
    """Of each sample, its query."""
    due_ns: Ints | None = None
    """Of queries, where the load has a schedule that is known: latencies count from it."""
    first_token_ns: Ints | None = None
    """Of samples; -1 where there was none."""
    tokens: Ints | None = None
    failed: NDArray[np.bool_] | None = None
    sample: Ints | None = None
    """Indices in the library."""


def measured(series: Series) -> dict[str, Any]:
    """Return the parts of a record that come from times: latency and the other durations, metrics,
    timeline, slowest, and duration_ns for ``run``. Samples that failed have no latency.
    """
    form = _FORMS.get(series.scenario, "due")
    origin = int((series.issued_ns if series.due_ns is None else series.due_ns).min())
    issued, completed = series.issued_ns - origin, series.completed_ns - origin
    due = issued if series.due_ns is None else series.due_ns - origin
    query, queries = series.query, len(issued)
    failed = np.zeros(len(query), np.bool_) if series.failed is None else series.failed
    good = ~failed
    latency = np.maximum(completed - (due if form == "due" else issued)[query], 0)
    last = int(max(completed.max(), issued.max()))
    plain = timeline(form, due, issued, completed, query, failed)
    grids = Grids(plain.columns)
    grids.add("latency", plain.of_samples[good], latency[good])
    found: dict[str, Any] = {}
    metrics = _durations(found, "latency", latency[good])
    seconds = max(last, 1) / _NS
    metrics |= {
        "qps": queries / seconds,
        "samples_per_second": len(query) / seconds,
        "errors": int(failed.sum()) / len(query),
        "in_flight.max": int(plain.counts["in_flight_max"].max()),
    }
    member = TestScenario.__members__.get(series.scenario)
    if form == "order" and member is not None and scenario_traits(member).contiguous_samples:
        of_query = np.zeros(queries, np.int64)
        np.maximum.at(of_query, query, latency)
        metrics |= _durations(found, "query_latency", of_query)
    if form == "due" and series.due_ns is not None:
        lag = np.maximum(issued - due, 0)
        grids.add("lag", plain.of_queries, lag)
        metrics |= _durations(found, "lag", lag)
    if form == "order" and queries > 1:
        done = np.zeros(queries, np.int64)
        np.maximum.at(done, query, completed)
        gap = np.maximum(issued[1:] - done[:-1], 0)
        grids.add("gap", plain.of_queries[1:], gap)
        metrics |= _durations(found, "gap", gap)
        metrics["gap.share"] = _sum(gap) / max(last, 1)
    if series.tokens is not None:
        metrics["tokens_per_second"] = int(series.tokens[good].sum()) / seconds
        plain.count("tokens", completed[good], series.tokens[good])
    if series.first_token_ns is not None:
        answered = good & (series.first_token_ns >= 0)
        first = series.first_token_ns - origin
        ttft = np.maximum(first - (due if form == "due" else issued)[query], 0)
        grids.add("ttft", plain.of_samples[answered], ttft[answered])
        metrics |= _durations(found, "ttft", ttft[answered])
        if series.tokens is not None:
            several = answered & (series.tokens > 1)
            tpot = np.maximum(completed - first, 0)[several] // (series.tokens[several] - 1)
            grids.add("tpot", plain.of_samples[several], tpot)
            metrics |= _durations(found, "tpot", tpot)
    lags = series.due_ns is not None or form != "due"
    at = np.flatnonzero(good)
    slow = at[np.argsort(-latency[good], kind="stable")[:_SLOWEST]]
    found["slowest"] = [
        {
            "sequence": int(i),
            **({} if series.sample is None else {"sample": int(series.sample[i])}),
            "due_ns": int(due[query[i]]),
            **({"lag_ns": int(max(issued[query[i]] - due[query[i]], 0))} if lags else {}),
            "latency_ns": int(latency[i]),
            "in_flight": int(plain.counts["in_flight_max"][plain.of_samples[i]]),
        }
        for i in slow
    ]
    found["timeline"] = plain.joined(grids)
    found["metrics"] = metrics
    found["duration_ns"] = last
    return found


def _durations(
    found: dict[str, Any],
    family: Literal["latency", "query_latency", "ttft", "tpot", "lag", "gap"],
    values: Ints,
) -> dict[str, float]:
    """Add the summary of durations to ``found``, and return their metrics."""
    count = len(values)
    if not count:
        return {}
    ordered = np.sort(values)
    shares = 10.0 ** (-np.arange(_POINTS * 20) / _POINTS)
    places = np.floor(count * (1 - shares[shares >= 1 / count])).astype(np.int64)
    found[family] = {
        "count": count,
        "min_ns": int(ordered[0]),
        "max_ns": int(ordered[-1]),
        "mean_ns": _sum(ordered) // count,
        "curve_ns": [*ordered[places].tolist(), int(ordered[-1])],
    }
    prefix = "" if family == "latency" else f"{family}."
    asked = _PERCENTILES if count < 10_000 else {**_PERCENTILES, "p99.99": 0.9999}
    metrics = {
        prefix + name: float(ordered[math.floor(count * fraction)])
        for name, fraction in asked.items()
    }
    return {
        **metrics,
        f"{prefix}max": float(ordered[-1]),
        f"{prefix}mean": float(ordered.mean()),
    }


def _sum(values: Ints) -> int:
    """Return the sum, which may have more than 64 bits."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
