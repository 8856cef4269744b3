"""All samples of a run over time: a density of them, or a dot each where they are few."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlperf_loadgen.page.columns import Columns, Grid
from mlperf_loadgen.page.runs import Run

__all__ = ["FEWEST", "samples_layer"]

FEWEST = 2_000  # samples of a density; fewer are drawn one by one
_LARGE_DOTS = 200  # samples; more are small squares, whose drawing is short
_ROWS = 48  # of cells
# How dark a cell is, by its share of the samples of its column.
_STEPS = ((0.2, 0.95), (0.08, 0.7), (0.03, 0.46), (0.01, 0.28), (0.0, 0.13))


def samples_layer(
    run: Run, columns: Columns, grid: Grid, of: str, x: dict[str, Any], y: dict[str, Any]
) -> dict[str, Any]:
    """Return the layer that shows all samples of one run."""
    if grid.total.sum() < FEWEST:
        return _dots(run, of, columns, grid, x, y)
    return _density(run, columns, grid, x, y)


def _cells(
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
        for a, b, c, d, opacity in _cells(columns, grid, low, high)
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
    slowest = [row for row in run.record.get("slowest", ()) if "due_ns" in row]
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
