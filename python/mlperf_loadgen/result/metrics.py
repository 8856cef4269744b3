"""Names the figures of a result: their units, which direction is better, where they are found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from mlperf_loadgen.suggest import or_nearest

__all__ = ["METRICS", "Metric", "flat", "lookup", "metric"]

Better = Literal["higher", "lower"]
Unit = Literal["ns", "1/s", "fraction", "1", "J", ""]


@dataclasses.dataclass(frozen=True)
class Metric:
    """A figure of a result."""

    name: str
    unit: Unit  # "": that of the scenario, or of the app
    better: Better
    family: str = ""  # the durations it is a statistic of: "latency", "ttft", ...
    fraction: float | None = None  # the percentile


# The order is that of tables, and of suggestions.
_PERCENTILES = {
    "p50": 0.5,
    "p90": 0.9,
    "p99": 0.99,
    "p99.9": 0.999,
    "p99.99": 0.9999,
    "p95": 0.95,
    "p97": 0.97,
}


def _durations(family: str, prefix: str) -> list[Metric]:
    of_percentiles = [
        Metric(prefix + name, "ns", "lower", family, fraction)
        for name, fraction in _PERCENTILES.items()
    ]
    return [*of_percentiles, *(Metric(prefix + n, "ns", "lower", family) for n in ("max", "mean"))]


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("headline", "", "lower"),
        *_durations("latency", ""),
        Metric("qps", "1/s", "higher"),
        Metric("samples_per_second", "1/s", "higher"),
        Metric("tokens_per_second", "1/s", "higher"),
        Metric("goodput", "1/s", "higher"),
        *_durations("query_latency", "query_latency."),
        *_durations("ttft", "ttft."),
        *_durations("tpot", "tpot."),
        *_durations("lag", "lag."),
        *_durations("gap", "gap."),
        Metric("gap.share", "fraction", "lower"),
        Metric("errors", "fraction", "lower"),
        Metric("in_flight.max", "1", "lower"),
        Metric("slo.share", "fraction", "higher"),
        Metric("rate.share", "fraction", "higher"),
        Metric("accuracy", "", "higher"),
        Metric("energy.joule_per_sample", "J", "lower"),
    )
}


def flat(record: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure of a record by its name; durations are in ns."""
    figures = dict(record.get("metrics", {}))
    for name in ("headline", "accuracy"):
        value = record.get(name, {}).get("value")
        if name not in figures and isinstance(value, int | float):
            figures[name] = value
    return figures


def metric(name: str, record: Mapping[str, Any] | None = None) -> Metric:
    """Return the metric of this name. ``record`` says what its headline and accuracy are.

    Raises ValueError, with the nearest names, when there is none.
    """
    found = METRICS.get(name)
    if found is None:
        raise ValueError(f'no metric "{name}".{or_nearest(name, METRICS)}')
    described = (record or {}).get(name, {}) if not found.unit else {}
    if described.get("name") in METRICS:
        return dataclasses.replace(METRICS[described["name"]], name=name)
    unit, better = described.get("unit"), described.get("better")
    return dataclasses.replace(
        found,
        unit=unit if unit in ("ns", "1/s", "fraction", "1", "J") else found.unit,
        better=better if better in ("higher", "lower") else found.better,
    )


def lookup(record: Mapping[str, Any], name: str) -> float | None:
    """Return the value of a metric, or None when this result does not have it."""
    return flat(record).get(name)
