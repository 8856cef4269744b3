"""The charts of a comparison and of a history: where in the distribution, and in which run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlperf_loadgen.compare.comparison import Comparison
from mlperf_loadgen.compare.gates import allowed
from mlperf_loadgen.page import axes, theme
from mlperf_loadgen.page.charts import Chart, Table
from mlperf_loadgen.page.charts.chart import (
    Label,
    drawing,
    labels,
    line,
    place,
    rule,
)
from mlperf_loadgen.page.figures import figure, percentile_name
from mlperf_loadgen.page.runs import Run
from mlperf_loadgen.result.metrics import flat, metric

__all__ = ["history_chart", "runs_chart", "shift_chart"]

_HEIGHT = 280
_BASE, _NEW = theme.SERIES[0], theme.SERIES[1]
_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def shift_chart(comparison: Comparison) -> Chart | None:
    """Return the change of the latency at each percentile, in %, with its interval."""
    shift = comparison.shift
    if shift is None or len(shift.fractions) < 2:
        return None
    change, low, high = (
        [100 * v for v in values] for values in (shift.change, shift.low, shift.high)
    )
    limit = _limit(comparison)
    ends = [0.0, *low, *high, *([limit] if limit is not None else [])]
    y = _percent_axis(min(ends), max(ends))
    x = _percentile_axis(shift.fractions)
    at = [_logit(fraction) for fraction in shift.fractions]
    layers: list[dict[str, Any] | None] = [
        _band(at, low, high, x, y),
        rule(y=0.0, axis=y, colour=theme.MUTED),
        line(list(zip(at, change, strict=True)), x, y, colour=_NEW, strokeWidth=2.25),
    ]
    ends_of_lines = [
        Label("no change", place(0.0, y, _HEIGHT), theme.MUTED),
        Label(f"{change[-1]:+.1f} %", place(change[-1], y, _HEIGHT)),
    ]
    if limit is not None:
        layers.append(rule(y=limit, axis=y, colour=theme.LIMIT))
        ends_of_lines.append(Label("allowed", place(limit, y, _HEIGHT), theme.LIMIT))
    layers.append(labels(ends_of_lines, _HEIGHT))
    sure = f"{100 * comparison.confidence:g} % interval"
    half = min(range(len(at)), key=lambda i: abs(at[i]))
    rows = [
        [percentile_name(f), f"{c:+.2f} %", f"{lo:+.2f} %", f"{hi:+.2f} %"]
        for f, c, lo, hi in zip(shift.fractions, change, low, high, strict=True)
    ]
    return Chart(
        name="shift",
        title="Change at each percentile",
        description=(
            f"{change[half]:+.1f} % at the median, {change[-1]:+.1f} % at "
            f"{percentile_name(shift.fractions[-1])}. The band is the {sure} of each percentile."
        ),
        spec=drawing(layers, _HEIGHT),
        table=Table(["percentile", "change", "from", "to"], rows),
    )


def runs_chart(base: Sequence[Run], new: Sequence[Run], name: str) -> Chart | None:
    """Return a dot a run, in the order in which they were made, so that drift is seen."""
    runs = sorted([*base, *new], key=lambda run: str(run.record["run"].get("started_at", "")))
    values = [flat(run.record).get(name) for run in runs]
    if len(runs) < 3 or any(value is None or value <= 0 for value in values):
        return None
    found = [float(value) for value in values if value is not None]
    unit = metric(name, runs[0].record).unit
    low, high = min(found), max(found)
    y = _figure_axis(low, high, unit)
    x = _order_axis(len(runs))
    layers = [
        {
            "data": {
                "values": [
                    {"x": i, "y": value}
                    for i, (run, value) in enumerate(zip(runs, found, strict=True), 1)
                    if any(run is one for one in base) == of_base
                ]
            },
            "mark": {
                "type": "point",
                "shape": "circle" if of_base else "square",
                "size": 90,
                "fill": _BASE if of_base else _NEW,
                "stroke": None,
            },
            "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}},
        }
        for of_base in (True, False)
    ]
    return Chart(
        name="runs",
        title=f"{name} of each run",
        description=(
            "In the order in which the runs were made: circles are the base, squares are new. "
            f"From {figure(low, unit)} to {figure(high, unit)}."
        ),
        spec=drawing(layers),
        table=Table(
            ["run", "began", name],
            [
                [run.key, str(run.record["run"].get("started_at", "")), figure(value, unit)]
                for run, value in zip(runs, found, strict=True)
            ],
        ),
    )


def history_chart(entries: Sequence[Mapping[str, Any]], kinds: Sequence[Any], name: str) -> Chart:
    """Return a metric of entries of a history, in their order; lines join those of one kind."""
    found = [float(entry["metrics"][name]) for entry in entries]
    unit = metric(name, entries[-1]).unit
    x, y = _order_axis(len(found)), _figure_axis(min(found), max(found), unit)
    layers: list[dict[str, Any] | None] = []
    # The newest kind has the first colour.
    for i, kind in enumerate(dict.fromkeys(reversed(kinds))):
        colour = theme.SERIES[i % len(theme.SERIES)]
        points = [(at + 1.0, v) for at, v in enumerate(found) if kinds[at] == kind]
        layers.append(
            line(points, x, y, colour=colour, point={"fill": colour, "size": 30, "stroke": None})
        )
    layers.append(
        labels([Label(figure(found[-1], unit), place(found[-1], y))]) if len(found) > 1 else None
    )
    several = len(set(kinds)) > 1
    return Chart(
        name="history",
        title=name,
        description=(
            f"The last {len(found)}, from {figure(min(found), unit)} to {figure(max(found), unit)}."
            + (" Lines join results with the same settings on the same machine." if several else "")
        ),
        spec=drawing(layers),
        table=Table(
            ["when", name],
            [
                [str(entry.get("at", "")), figure(value, unit)]
                for entry, value in zip(entries, found, strict=True)
            ],
        ),
    )


def _limit(comparison: Comparison) -> float | None:
    """Return what is allowed of percentiles of the latency, in %, if it is one number."""
    limits = {
        100 * math.expm1(limit)
        for row in comparison.rows
        if row.gate is not None and row.metric.family == "latency" and row.relative
        if (limit := allowed(row.gate, row.base, True)) is not None
    }
    return limits.pop() if len(limits) == 1 else None


def _band(
    at: list[float], low: list[float], high: list[float], x: Mapping[str, Any], y: Mapping[str, Any]
) -> dict[str, Any]:
    rows = [{"x": a, "low": lo, "high": hi} for a, lo, hi in zip(at, low, high, strict=True)]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "fill": _NEW, "fillOpacity": 0.16, "clip": True},
        "encoding": {
            "x": {"field": "x", **x},
            "y": {"field": "low", **y},
            "y2": {"field": "high"},
        },
    }


def _figure_axis(low: float, high: float, unit: str) -> dict[str, Any]:
    room = (high - low) * 0.1 or abs(high) * 0.05 or 1.0
    low, high = low - room, high + room
    ticks = axes.linear_ticks(low, high, 5)
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low, high], "nice": False, "zero": False},
        "axis": {"values": ticks, "labelExpr": _chosen([figure(t, unit) for t in ticks], ticks)},
    }


def _order_axis(count: int) -> dict[str, Any]:
    ticks = range(1, count + 1, -(-count // 12))
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0.5, count + 0.5], "nice": False},
        "axis": {"values": list(ticks), "format": "d"},
    }


def _percent_axis(low: float, high: float) -> dict[str, Any]:
    room = max((high - low) * 0.08, 0.5)
    low, high = low - room, high + room
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low, high], "nice": False, "zero": False},
        "axis": {
            "values": axes.linear_ticks(low, high, 6),
            "labelExpr": "datum.value === 0 ? '0 %' : format(datum.value, '+.4~r') + ' %'",
        },
    }


def _percentile_axis(fractions: Sequence[float]) -> dict[str, Any]:
    """Return an axis on which both tails have room: of the logarithm of the odds."""
    ends = [_logit(fractions[0]), _logit(fractions[-1])]
    shown = [f for f in _TICKS if ends[0] <= _logit(f) <= ends[1]]
    ticks = [_logit(f) for f in shown]
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": ends, "nice": False, "zero": False},
        "axis": {"values": ticks, "labelExpr": _chosen([percentile_name(f) for f in shown], ticks)},
    }


def _chosen(texts: Sequence[str], ticks: Sequence[float]) -> str:
    """Return the Vega expression for the text of each tick. ``index`` of a tick is not its place
    in the list, so the nearest value decides."""
    last, *others = reversed(list(zip(texts, ticks, strict=True)))
    expression = f"'{last[0]}'"
    middle = last[1]
    for text, tick in others:
        expression = f"datum.value < {(tick + middle) / 2!r} ? '{text}' : {expression}"
        middle = tick
    return expression


def _logit(fraction: float) -> float:
    return math.log10(fraction / (1 - fraction))
