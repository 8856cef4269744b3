"""Writes the figures of a result as OpenMetrics text, for the textfile collector of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlperf_loadgen.convert.figures import known
from mlperf_loadgen.result.metrics import METRICS, Metric, metric
from mlperf_loadgen.text import one_line

__all__ = ["as_openmetrics"]

_PREFIX = "mlperf_loadgen_"
_UNITS = {"ns": "seconds", "1/s": "per_second", "fraction": "ratio", "J": "joules"}
_NAMES = {"qps": "queries_per_second", "goodput": "good_queries_per_second"}
_NS = 1e9


def as_openmetrics(record: Mapping[str, Any]) -> str:
    """Return one text: a summary for each kind of durations, in seconds, and a gauge for every
    other figure. Labels say which run it is, of which scenario and SUT.
    """
    run = record.get("run", {})
    labels = {
        "run": record.get("id", ""),
        "scenario": run.get("scenario", ""),
        "sut": run.get("sut", ""),
    }
    figures = known(record)
    lines: list[str] = []
    for family in dict.fromkeys(m.family for m in METRICS.values() if m.family):
        of_family = {n: v for n, v in figures.items() if METRICS[n].family == family}
        if of_family:
            lines += _durations(family, of_family, record.get(family, {}), labels)
    for name, value in figures.items():
        if not METRICS[name].family:
            lines += _gauge(metric(name, record), value, labels)
    valid = record.get("verdict", {}).get("valid")
    if isinstance(valid, bool):
        lines += _family("valid", "gauge", "")
        lines.append(_sample("valid", labels, int(valid)))
    return "\n".join([*lines, "# EOF"]) + "\n"


def _durations(
    family: str, figures: Mapping[str, float], summary: Mapping[str, Any], labels: dict[str, str]
) -> Iterator[str]:
    name = f"{family}_seconds"
    yield from _family(name, "summary", "seconds")
    rest = {}
    for figure, value in figures.items():
        fraction = METRICS[figure].fraction
        if fraction is None:
            rest[figure.rpartition(".")[2]] = value
        else:
            yield _sample(name, {**labels, "quantile": str(fraction)}, value / _NS)
    count = summary.get("count")
    if isinstance(count, int) and "mean" in rest:
        yield _sample(f"{name}_count", labels, count)
        yield _sample(f"{name}_sum", labels, rest["mean"] * count / _NS)
    for statistic, value in rest.items():
        name = f"{family}_{statistic}_seconds"
        yield from _family(name, "gauge", "seconds")
        yield _sample(name, labels, value / _NS)


def _gauge(described: Metric, value: float, labels: dict[str, str]) -> Iterator[str]:
    unit = _UNITS.get(described.unit, "")
    name = _NAMES.get(described.name, described.name.replace(".", "_"))
    if unit and not name.endswith(f"_{unit}"):
        name = f"{name}_{unit}"
    yield from _family(name, "gauge", unit)
    yield _sample(name, labels, value / _NS if described.unit == "ns" else value)


def _family(name: str, kind: str, unit: str) -> Iterator[str]:
    yield f"# TYPE {_PREFIX}{name} {kind}"
    if unit:
        yield f"# UNIT {_PREFIX}{name} {unit}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{_PREFIX}{name}{{{pairs}}} {value!r}"


def _escaped(text: object) -> str:
    return one_line(str(text)).replace("\\", "\\\\").replace('"', '\\"')
