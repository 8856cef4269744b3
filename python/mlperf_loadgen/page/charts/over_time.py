"""What durations did over the run: a density of all of them with the lines of two percentiles."""

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
    log_place,
    marks,
    rule,
)
from mlperf_loadgen.page.charts.density import FEWEST, samples_layer
from mlperf_loadgen.page.columns import MOST, Columns, Grid, read
from mlperf_loadgen.page.figures import clock, time
from mlperf_loadgen.page.runs import Run

__all__ = ["over_time_chart", "over_time_end"]

Floats = NDArray[np.float64]
Shown = list[tuple[Run, Columns, Grid]]
Line = tuple[str, Floats, Floats, dict[str, Any]]  # name, times, values, look

_PER_POINT = 50  # samples of a percentile
_FEWEST_POINTS = 4  # of a line
_LEFT_OUT = 0.001  # of the samples, at the fast end of the axis


def over_time_end(runs: list[Run]) -> float:
    """Return the end of the time axis of all charts of the page, in ns."""
    return max(float(run.columns.edges_s[-1]) for run in runs if run.columns) * 1e9


def over_time_chart(
    runs: list[Run], of: str, title: str, what: str, *, lines_only: bool = False
) -> Chart | None:
    """Return what the durations did over the run; for several runs, their 99th percentiles.

    ``lines_only`` leaves out the density, which is most of the drawing.
    """
    shown = [
        (run, run.columns, run.columns.grids[of])
        for run in runs
        if run.columns and of in run.columns.grids and run.columns.edges_s[-1] > 0
    ]
    if not shown:
        return None
    limit = shown[0][0].limit(of)
    if any(run.limit(of) != limit for run, _, _ in shown):
        limit = None
    low, high = _lowest_and_highest(shown)
    in_view = limit is not None and limit.ns < 10 * high
    y = axes.duration_axis(
        *axes.log_domain([low, high, *([limit.ns] if limit and in_view else [])])
    )
    x = axes.time_axis(over_time_end(runs))
    layers: list[dict[str, Any] | None] = []
    if len(shown) == 1 and not (lines_only and _are_many(shown[0][2])):
        layers.append(samples_layer(*shown[0], of, x, y))
    lines = _percentiles(*shown[0], of) if len(shown) == 1 else _one_each(shown)
    for name, at, values, look in lines:
        layers.append(line(list(zip(at, values, strict=True)), x, y, name=name, **look))
    ends = [_end(name, values, y) for name, _, values, _ in lines]
    if limit and in_view:
        layers.append(rule(y=limit.ns, axis=y, colour=theme.LIMIT, strokeDash=[5, 3]))
        ends.append(Label("limit", log_place(limit.ns, y), theme.LIMIT))
    if len(shown) == 1:
        layers += [_plan_end(shown[0][1], x), *marks(shown[0][0], x)]
    layers.append(labels(ends))
    return Chart(
        name=f"{of}-over-time",
        title=title,
        description=_description(shown, what, lines_only),
        spec=drawing(layers, over="time", unit="ns"),
        table=_table(shown),
    )


def _lowest_and_highest(shown: Shown) -> tuple[float, float]:
    """Return what the vertical axis must hold: for several runs, their 99th percentiles."""
    if len(shown) > 1:
        values = np.concatenate([_high(grid) for _, _, grid in shown])
        return float(np.nanmin(values)), float(np.nanmax(values))
    grid = shown[0][2]
    counts = grid.counts.sum(axis=0)
    first = np.searchsorted(np.cumsum(counts), _LEFT_OUT * counts.sum(), side="right")
    low, high = grid.edges()[[first, np.flatnonzero(counts)[-1] + 1]]
    return float(low), float(high)


def _percentiles(run: Run, columns: Columns, grid: Grid, of: str) -> list[Line]:
    """Return the lines of a run, of columns with enough samples for a percentile; maybe none."""
    coarse = read(run.record, min(int(grid.total.sum()) // _PER_POINT, MOST))
    if coarse is None or len(coarse.middles_s) < _FEWEST_POINTS:
        return []
    return [
        (
            name,
            coarse.middles_s,
            coarse.grids[of].percentile(fraction),
            {"colour": theme.INK, "strokeWidth": width},
        )
        for name, fraction, width in (("p50", 0.5, 1.25), ("p99", 0.99, 1.75))
    ]


def _one_each(shown: Shown) -> list[Line]:
    """Return the 99th percentile of each run."""
    return [
        (run.key, columns.middles_s, _high(grid), {"colour": run.colour, "strokeDash": run.dash})
        for run, columns, grid in shown
    ]


def _are_many(grid: Grid) -> bool:
    return bool(grid.total.sum() >= FEWEST)


def _high(grid: Grid) -> Floats:
    return grid.percentile(0.99)


def _end(text: str, values: Floats, y: dict[str, Any]) -> Label | None:
    known = values[~np.isnan(values)]
    return Label(text, log_place(float(known[-1]), y)) if len(known) else None


def _plan_end(columns: Columns, x: dict[str, Any]) -> dict[str, Any] | None:
    if not _ran_on(columns):
        return None
    return rule(x=columns.plan_end_s, axis=x, colour=theme.MUTED, strokeDash=[1, 3])


def _ran_on(columns: Columns) -> bool:
    """Return whether the run went on visibly after the end of the plan."""
    end = columns.plan_end_s
    return end is not None and bool(columns.edges_s[-1] > 1.02 * end)


def _description(shown: Shown, what: str, lines_only: bool) -> str:
    if len(shown) > 1:
        return f"The 99th percentile of the {what} in each part of the run."
    _, columns, grid = shown[0]
    if grid.total.sum() < _PER_POINT * _FEWEST_POINTS:
        return "Each dot is a sample."
    texts = [_course("p50", grid, 0.5), _course("p99", grid, 0.99)]
    text = "; ".join(texts) + "."
    if _are_many(grid) and not lines_only:
        text += " The darker, the more samples."
    if columns.plan_end_s is not None and _ran_on(columns):
        text += f" The plan ended after {clock(columns.plan_end_s * 1e9)} (dotted line)."
    return text


def _course(name: str, grid: Grid, fraction: float) -> str:
    """Return what a percentile did, from its first third to its last."""
    third = max(len(grid.counts) // 3, 1)
    parts = np.array([grid.counts[:third].sum(axis=0), grid.counts[-third:].sum(axis=0)])
    first, last = Grid(grid.first_bin, parts).percentile(fraction)
    if np.isnan(first) or np.isnan(last) or 0.9 < last / max(first, 1) < 1.1:
        near = Grid(grid.first_bin, grid.counts.sum(axis=0)[None]).percentile(fraction)[0]
        return f"{name} stays near {time(near)}"
    verb = "rises" if last > first else "falls"
    return f"{name} {verb} from {time(first)} in the first third to {time(last)} in the last"


def _table(shown: Shown) -> Table:
    several = len(shown) > 1
    rows = [
        [
            *([run.key] if several else []),
            f"{start:.4g}",
            f"{total:,.0f}",
            *("" if np.isnan(value) else f"{value:,.0f}" for value in values),
        ]
        for run, columns, grid in shown
        for start, total, *values in zip(
            columns.edges_s[:-1],
            grid.total,
            grid.percentile(0.5),
            grid.percentile(0.99),
            strict=True,
        )
    ]
    heads = [*(["run"] if several else []), "from (s)", "samples", "p50 (ns)", "p99 (ns)"]
    return Table(heads, rows)
