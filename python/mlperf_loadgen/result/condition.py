"""Reads conditions on a result: ``p99>120ms``, ``errors<=0.1%``, ``p99>+5%``."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from mlperf_loadgen.result.metrics import METRICS, Metric
from mlperf_loadgen.suggest import or_nearest

__all__ = ["DURATIONS_NS", "Condition", "parse"]

Form = Literal["absolute", "ratio", "difference"]

DURATIONS_NS = {
    "ns": 1,
    "us": 1e3,
    "µs": 1e3,
    "ms": 1e6,
    "s": 1e9,
    "m": 60e9,
    "h": 3600e9,
}
_CONDITION = re.compile(r"\s*([\w.]+)\s*(>=|<=|>|<)\s*(.+?)\s*")
_VALUE = re.compile(r"([+-]?)\s*([0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)\s*(%|[a-zµ]*)")


@dataclasses.dataclass(frozen=True)
class Condition:
    """What a metric is compared with.

    ``value`` is in the unit of the metric. Of a condition on a change it has a sign, and is a
    difference to the base, or, as a ``ratio``, a fraction of the base: +5 % is 0.05.
    """

    text: str
    metric: Metric
    op: str
    value: float
    form: Form = "absolute"

    def holds(self, value: float) -> bool:
        """Return whether it holds for a value, or, of a condition on a change, for the change."""
        if self.op[0] == ">":
            return value >= self.value if self.op == ">=" else value > self.value
        return value <= self.value if self.op == "<=" else value < self.value


def parse(text: str, *, change: bool = False) -> Condition:
    """Read ``METRIC OP VALUE``; with ``change`` the value is relative to a base and has a sign.

    Durations need a unit. A fraction is written with "%"; of a metric that is a fraction itself,
    as errors, a change in "%" is the difference of the two. Raises ValueError that begins with the
    text and says what to write.
    """
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        example = "p99>+5%" if change else "p99>120ms"
        raise ValueError(f'"{text}": not METRIC OP VALUE, as {example}; OP is > >= < or <=.')
    name, op, written = parts.groups()
    metric = METRICS.get(name)
    if metric is None:
        raise ValueError(f'"{text}": no metric "{name}".{or_nearest(name, METRICS)}')
    found = _VALUE.fullmatch(written)
    if found is None:
        raise ValueError(f'"{text}": "{written}" is not a value. Write {_example(metric, change)}.')
    sign, digits, unit = found.groups()
    if change and not sign:
        raise ValueError(
            f'"{text}": a change from the base has a sign. Write +{written} or -{written}.'
        )
    if sign and not change:
        raise ValueError(f'"{text}": a value has no sign. Write {digits}{unit}.')
    number = float(digits.replace("_", "")) * (-1 if sign == "-" else 1)
    form: Form = "difference" if change else "absolute"
    if unit == "%" and change and metric.unit != "fraction":
        return Condition(text, metric, op, number / 100, "ratio")
    return Condition(text, metric, op, number * _scale(text, metric, digits, unit, change), form)


def _scale(text: str, metric: Metric, digits: str, unit: str, change: bool) -> float:
    """Return what one of this unit is in the unit of the metric."""
    if metric.unit == "ns":
        if unit in DURATIONS_NS:
            return DURATIONS_NS[unit]
        if not unit:
            raise ValueError(f'"{text}": a unit is missing. Write {digits}ms.')
    elif metric.unit == "fraction":
        if unit == "%":
            return 0.01
        if not unit and float(digits.replace("_", "")) == 0:
            return 1
        if not unit:
            raise ValueError(f'"{text}": a unit is missing. Write {digits}%.')
    elif not metric.unit and unit in DURATIONS_NS:  # headline: of the scenario's unit
        return DURATIONS_NS[unit]
    elif not unit:
        return 1
    raise ValueError(
        f'"{text}": "{unit}" is not a unit of {metric.name}. Write {_example(metric, change)}.'
    )


def _example(metric: Metric, change: bool) -> str:
    sign = ("+" if metric.better == "lower" else "-") if change else ""
    absolute = {"ns": "120ms", "fraction": "0.1%", "": "120ms or 950"}.get(metric.unit, "950")
    return f"{sign}{'5%' if change and metric.unit != 'fraction' else absolute}"
