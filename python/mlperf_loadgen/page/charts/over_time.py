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
from mlperf_loadgen.page.columns import MOST, Columns, Grid, read
from mlperf_loadgen.page.figures import clock, time
from mlperf_loadgen.page.runs import Run

__all__ = ["density_cells", "over_time_chart", "over_time_end"]

Floats = NDArray[np.float64]

_DOTS = 2_000  # samples; fewer are drawn one by one
_LARGE_DOTS = 200  # samples; more are small squares, whose drawing is short
_PER_POINT = 50  # samples of a percentile
_FEWEST_POINTS = 4  # of a line
_ROWS = 48  # of cells
_LEFT_OUT = 0.001  # of the samples, at the fast end of the axis
# How dark a cell is, by its share of the samples of its column.
_STEPS = ((0.2, 0.95), (0.08, 0.7), (0.03, 0.46), (0.01, 0.28), (0.0, 0.13))


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
    if len(shown) > 1:
        values = np.concatenate([_high(grid) for _, _, grid in shown])
        values = values[~np.isnan(values)]
    else:
        grid = shown[0][2]
        counts = grid.counts.sum(axis=0)
        first = np.searchsorted(np.cumsum(counts), _LEFT_OUT * counts.sum(), side="right")
        values = grid.edges()[[first, np.flatnonzero(counts)[-1] + 1]]
    in_view = limit if limit and limit.ns < 10 * values.max() else None
    y = axes.duration_axis(*axes.log_domain([*values, in_view.ns if in_view else values[0]]))
    x = axes.time_axis(over_time_end(runs))
    layers: list[dict[str, Any] | None] = []
    ends: list[Label | None] = []
    if len(shown) == 1:
        run, columns, grid = shown[0]
        if grid.total.sum() < _DOTS:
            layers.append(_dots(run, of, columns, grid, x, y))
        elif not lines_only:
            layers.append(_density(run, columns, grid, x, y))
        coarse = read(run.record, min(int(grid.total.sum()) // _PER_POINT, MOST))
        if coarse and len(coarse.middles_s) >= _FEWEST_POINTS:
            for name, fraction, width in (("p50", 0.5, 1.25), ("p99", 0.99, 1.75)):
                values = coarse.grids[of].percentile(fraction)
                layers.append(
                    line(
                        list(zip(coarse.middles_s, values, strict=True)),
                        x,
                        y,
                        colour=theme.INK,
                        name=name,
                        strokeWidth=width,
                    )
                )
                ends.append(_end(name, values, y))
    else:
        for run, columns, grid in shown:
            values = _high(grid)
            steps = list(zip(columns.middles_s, values, strict=True))
            layers.append(line(steps, x, y, colour=run.colour, name=run.key, strokeDash=run.dash))
            ends.append(_end(run.key, values, y))
    if in_view:
        layers.append(rule(y=in_view.ns, axis=y, colour=theme.LIMIT, strokeDash=[5, 3]))
        ends.append(Label("limit", log_place(in_view.ns, y), theme.LIMIT))
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


def density_cells(
    columns: Columns, grid: Grid, low: float, high: float
) -> list[tuple[float, float, float, float, float]]:
    """Return (from s, to s, from ns, to ns, opacity) of the cells that are not empty.

    Neighbours above each other with the same opacity are one cell.
    """
    ends = np.geomspace(low, high, _ROWS + 1)
    bins = np.maximum(grid.edges(), low)
    shares = np.zeros((grid.counts.shape[0], _ROWS))
    # A bin that crosses an end belongs to the rows in parts.
    sums = np.cumsum(np.pad(grid.counts, ((0, 0), (1, 0))), axis=1)
    for i, row in enumerate(sums):
        shares[i] = np.diff(np.interp(np.log(ends), np.log(bins), row))
    total = np.maximum(grid.total[:, None], 1)
    parts = shares / total
    parts[shares < 0.5] = 0
    opacity = np.zeros_like(parts)
    for least, dark in reversed(_STEPS):
        opacity[(parts > least) & (parts > 0)] = dark
    cells = []
    for i, column in enumerate(opacity):
        borders = np.flatnonzero(np.diff(column)) + 1
        for start, end in zip([0, *borders], [*borders, _ROWS], strict=True):
            if column[start] > 0:
                since, until = float(columns.edges_s[i]), float(columns.edges_s[i + 1])
                low_ns, high_ns = float(ends[start]), float(ends[end])
                cells.append((since, until, low_ns, high_ns, float(column[start])))
    return sorted(cells, key=lambda cell: cell[4])


def _density(run: Run, columns: Columns, grid: Grid, x: Any, y: Any) -> dict[str, Any]:
    low, high = y["scale"]["domain"]
    rows = [
        {"a": _short(a), "b": _short(b), "c": _short(c), "d": _short(d), "o": opacity}
        for a, b, c, d, opacity in density_cells(columns, grid, low, high)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "fill": run.colour},
        "encoding": {
            "x": {"field": "a", **x},
            "x2": {"field": "b"},
            "y": {"field": "c", **y},
            "y2": {"field": "d"},
            "fillOpacity": {"field": "o", "type": "quantitative", "scale": None},
        },
    }


def _dots(run: Run, of: str, columns: Columns, grid: Grid, x: Any, y: Any) -> dict[str, Any]:
    count = int(grid.total.sum())
    slowest = run.record.get("slowest", ())
    if of == "latency" and len(slowest) == count:  # all of them, with their own times
        dots = [(row["due_ns"] * 1e-9, row["latency_ns"]) for row in slowest]
    else:
        low, high = grid.edges()[:-1], grid.edges()[1:]
        middles = np.maximum((low + high) / 2, 1)
        dots = [
            (columns.middles_s[i], middles[j])
            for i, j in zip(*np.nonzero(grid.counts), strict=True)
        ]
    look = {"fill": run.colour, "fillOpacity": 0.8 if count <= _LARGE_DOTS else 0.5}
    return {
        "data": {"values": [{"x": _short(a), "y": _short(b)} for a, b in dots]},
        "mark": {"type": "point", "stroke": None, "size": 36, **look}
        if count <= _LARGE_DOTS
        else {"type": "rect", "width": 3, "height": 3, **look},
        "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}},
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")


def _description(shown: list[tuple[Run, Columns, Grid]], what: str, lines_only: bool) -> str:
    if len(shown) > 1:
        return f"The 99th percentile of the {what} in each part of the run."
    _, columns, grid = shown[0]
    if grid.total.sum() < _PER_POINT * _FEWEST_POINTS:
        return "Each dot is a sample."
    texts = [_course("p50", grid, 0.5), _course("p99", grid, 0.99)]
    text = "; ".join(texts) + "."
    if grid.total.sum() >= _DOTS and not lines_only:
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


def _table(shown: list[tuple[Run, Columns, Grid]]) -> Table:
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
