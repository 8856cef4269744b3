"""What was counted over the run: events a second, samples in flight, tokens a second."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen.page import axes, theme
from mlperf_loadgen.page.charts.chart import (
    Chart,
    Label,
    Table,
    drawing,
    labels,
    line,
    marks,
    place,
)
from mlperf_loadgen.page.charts.over_time import over_time_end
from mlperf_loadgen.page.columns import Columns
from mlperf_loadgen.page.figures import clock
from mlperf_loadgen.page.runs import Run
from mlperf_loadgen.units import quantity

__all__ = ["in_flight_chart", "throughput_chart", "tokens_chart"]

Floats = NDArray[np.float64]
Shown = list[tuple[Run, Columns]]

_HEIGHT = 160


def throughput_chart(runs: list[Run]) -> Chart | None:
    """Return due and completed a second, and failed where there are any."""
    shown = _timed(runs, "completed")
    if not shown:
        return None
    if len(shown) > 1:
        return _one_line_each(
            shown, "throughput", "Throughput", "completed", "Completed a second, in each part."
        )
    run, columns = shown[0]
    planned = "due" in columns.sums and run.record["timeline"].get("by") == "due"
    lines = [("due", theme.MUTED, {"strokeDash": [3, 3]})] if planned else []
    lines.append(("completed", run.colour, {}))
    high = max(float(columns.rate(name).max()) for name, _, _ in lines)
    failed = columns.rate("failed") if "failed" in columns.sums else np.zeros(1)
    if failed.max() > 0.05 * high:
        lines.append(("failed", theme.LIMIT, {}))
    y = axes.count_axis(high, "/s")
    x = axes.time_axis(over_time_end(runs))
    layers: list[dict[str, Any] | None] = []
    for name, colour, mark in lines:
        values = columns.rate(name)
        if name == "due" and columns.plan_end_s is not None:
            values = np.where(columns.edges_s[:-1] < 0.999 * columns.plan_end_s, values, np.nan)
        layers.append(_steps(columns, values, x, y, colour=colour, name=name, **mark))
    layers += marks(run, x, named=False)
    few = 0 < failed.max() <= 0.05 * high
    layers.append(_where_failed(columns, failed, x, y) if few else None)
    ends = [
        Label(name, place(_last(columns, columns.rate(name)), y, _HEIGHT), colour)
        for name, colour, _ in lines
    ]
    ends += [Label("failed", _HEIGHT - 6.0, theme.LIMIT)] if few else []
    names = [name for name in ("due", "issued", "completed", "failed") if name in columns.sums]
    return Chart(
        name="throughput",
        title="Throughput",
        description=_throughput_words(columns, planned),
        spec=drawing([*layers, labels(ends, _HEIGHT)], _HEIGHT, over="time", unit="/s"),
        table=_table(shown, {name: columns.sums[name] for name in names}),
    )


def in_flight_chart(runs: list[Run]) -> Chart | None:
    """Return how many samples were issued and not yet complete."""
    shown = _timed(runs, "issued")
    if not shown:
        return None
    high = max(float(columns.in_flight_max.max()) for _, columns in shown)
    if all((columns.in_flight_max == high).all() for _, columns in shown):
        return None  # one query after another, as the scenario asks
    y = axes.count_axis(high)
    x = axes.time_axis(over_time_end(runs))
    layers: list[dict[str, Any] | None] = []
    ends = []
    if len(shown) == 1:
        run, columns = shown[0]
        layers.append(_area(columns, columns.in_flight_max, x, y, run.colour))
        layers.append(_steps(columns, columns.in_flight_max, x, y, colour=run.colour, name="most"))
        layers += marks(run, x, named=False)
        peak = int(columns.in_flight_max.argmax())
        at = columns.middles_s[peak]
        words = f"At most {quantity(high)} at a time, {clock(at * 1e9)} after the start"
        words += f"; {quantity(float(columns.in_flight_end[-1]))} at the end."
    else:
        words = "The most samples in flight in each part of the run."
        for run, columns in shown:
            values = columns.in_flight_max
            layers.append(
                _steps(columns, values, x, y, colour=run.colour, name=run.key, strokeDash=run.dash)
            )
            ends.append(Label(run.key, place(_last(columns, values), y, _HEIGHT)))
    run, columns = shown[0]
    return Chart(
        name="in-flight",
        title="In flight",
        description=words,
        spec=drawing([*layers, labels(ends, _HEIGHT)], _HEIGHT, over="time", unit=""),
        table=_in_flight_table(shown),
    )


def tokens_chart(runs: list[Run]) -> Chart | None:
    """Return tokens a second, by completion."""
    shown = _timed(runs, "tokens")
    if not shown:
        return None
    total = sum(float(columns.sums["tokens"].sum()) for _, columns in shown)
    words = "Tokens of the samples that completed, a second."
    if len(shown) == 1:
        words = f"{quantity(total)} tokens in all, counted when their sample completed."
    return _one_line_each(shown, "tokens", "Tokens a second", "tokens", words)


def _timed(runs: list[Run], name: str) -> Shown:
    return [
        (run, run.columns)
        for run in runs
        if run.columns and name in run.columns.sums and run.columns.edges_s[-1] > 0
    ]


def _one_line_each(shown: Shown, name: str, title: str, of: str, words: str) -> Chart:
    high = max(float(columns.rate(of).max()) for _, columns in shown)
    y = axes.count_axis(high, "/s")
    x = axes.time_axis(over_time_end([run for run, _ in shown]))
    layers: list[dict[str, Any] | None] = []
    ends = []
    for run, columns in shown:
        values = columns.rate(of)
        dash = {"strokeDash": run.dash} if run.key else {}
        layers.append(_steps(columns, values, x, y, colour=run.colour, name=run.key, **dash))
        ends.append(Label(run.key, place(_last(columns, values), y, _HEIGHT)))
    layers.append(labels(ends, _HEIGHT))
    table = Table(
        [*(["run"] if shown[0][0].key else []), "from (s)", of],
        [
            [*([run.key] if run.key else []), f"{start:.4g}", f"{value:,.0f}"]
            for run, columns in shown
            for start, value in zip(columns.edges_s[:-1], columns.sums[of], strict=True)
        ],
    )
    return Chart(name, title, words, drawing(layers, _HEIGHT, over="time", unit="/s"), table)


def _steps(
    columns: Columns,
    values: Floats,
    x: Any,
    y: Any,
    *,
    colour: str,
    name: str | None = None,
    **mark: Any,
) -> dict[str, Any]:
    """Return a line of steps: a value holds for its whole column."""
    ends = np.append(values, values[-1:])
    steps = list(zip(columns.edges_s, ends, strict=True))
    return line(steps, x, y, colour=colour, name=name, interpolate="step-after", **mark)


def _where_failed(columns: Columns, failed: Floats, x: Any, y: Any) -> dict[str, Any]:
    """Return a mark on the axis for each column with failures too few for a line."""
    return {
        "data": {"values": [{"x": float(f"{at:.6g}")} for at in columns.middles_s[failed > 0]]},
        "mark": {
            "type": "point",
            "shape": "triangle-up",
            "fill": theme.LIMIT,
            "stroke": None,
            "size": 40,
        },
        "encoding": {"x": {"field": "x", **x}, "y": {"datum": 0, **y}},
    }


def _area(columns: Columns, values: Floats, x: Any, y: Any, colour: str) -> dict[str, Any]:
    area = _steps(columns, values, x, y, colour=colour)
    area["mark"] = {
        "type": "area",
        "fill": colour,
        "fillOpacity": 0.16,
        "interpolate": "step-after",
        "line": False,
    }
    return area


def _last(columns: Columns, values: Floats) -> float:
    """Return the value where lines are labelled: of the last tenth, which evens out noise."""
    return float(np.mean(values[-max(len(values) // 10, 1) :]))


def _throughput_words(columns: Columns, planned: bool) -> str:
    seconds = float(columns.edges_s[-1])
    done = float(columns.sums["completed"].sum())
    text = (
        f"{quantity(done)} completed in {clock(seconds * 1e9)}, {quantity(done / seconds)} a second"
    )
    if planned:
        plan = columns.plan_end_s or seconds
        text += f"; {quantity(float(columns.sums['due'].sum()) / plan)} a second were due"
    failed = float(columns.sums["failed"].sum())
    return f"{text}; {quantity(failed)} failed." if failed else f"{text}."


def _table(shown: Shown, sums: dict[str, Floats]) -> Table:
    _, columns = shown[0]
    rows = [
        [f"{start:.4g}", *(f"{value:,.0f}" for value in values)]
        for start, *values in zip(columns.edges_s[:-1], *sums.values(), strict=True)
    ]
    return Table(["from (s)", *sums], rows)


def _in_flight_table(shown: Shown) -> Table:
    several = bool(shown[0][0].key)
    rows = [
        [*([run.key] if several else []), f"{start:.4g}", f"{most:,.0f}", f"{end:,.0f}"]
        for run, columns in shown
        for start, most, end in zip(
            columns.edges_s[:-1], columns.in_flight_max, columns.in_flight_end, strict=True
        )
    ]
    return Table([*(["run"] if several else []), "from (s)", "most", "at its end"], rows)
