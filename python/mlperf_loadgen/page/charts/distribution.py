"""The distribution: how many samples took how long."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlperf_loadgen.page import axes, theme
from mlperf_loadgen.page.charts.chart import Chart, Label, Table, drawing, labels, line, place
from mlperf_loadgen.page.columns import Grid
from mlperf_loadgen.page.figures import share, time
from mlperf_loadgen.page.runs import Run

__all__ = ["distribution_chart"]

_FEWEST = 20  # samples of a histogram
_MOST_BARS = 120
_HEIGHT = 200
_LEFT_OUT = 0.001  # of the samples, at the fast end of the axis

Floats = NDArray[np.float64]


def distribution_chart(runs: list[Run]) -> Chart | None:
    """Return the histogram of latencies with its running sum; of several runs a line each."""
    shown = [
        (run, *_bars(run.columns.grids["latency"], len(runs)))
        for run in runs
        if run.columns and "latency" in run.columns.grids
        if run.columns.grids["latency"].total.sum() >= _FEWEST
    ]
    if not shown:
        return None
    low = max(min(edges[0] for _, edges, _ in shown), 0.7)
    high = max(edges[-1] for _, edges, _ in shown)
    x = axes.duration_axis(low, high, most=7)
    x["axis"]["grid"] = False
    most = max(shares.max() for _, _, shares in shown)
    y = axes.count_axis(100 * most, " %")
    layers: list[dict[str, Any] | None] = []
    if len(shown) == 1:
        run, edges, shares = shown[0]
        layers += [_histogram(run, edges, shares, x, y), *_cumulative(edges, shares, x)]
        layers.append(_quantiles(run, x))
    else:
        for run, edges, shares in shown:
            middles = np.sqrt(np.maximum(edges[:-1], 0.7) * edges[1:])
            steps = list(zip(middles, 100 * shares, strict=True))
            layers.append(line(steps, x, y, colour=run.colour, name=run.key, strokeDash=run.dash))
        layers.append(labels(_peaks(shown, y), _HEIGHT))
    return Chart(
        name="distribution",
        title="Distribution",
        description=_description(shown),
        spec=drawing(layers, _HEIGHT, over="duration", unit=" %"),
        table=_table(shown),
    )


def _bars(grid: Grid, runs: int) -> tuple[Floats, Floats]:
    """Return edges in ns and shares of all samples, of few enough bars."""
    counts, edges = grid.counts.sum(axis=0), grid.edges()
    sums = np.append(0, np.cumsum(counts)) / counts.sum()
    # The few fastest are no reason to press all others together.
    low = max(edges[np.searchsorted(sums, _LEFT_OUT, side="right") - 1], 0.7)
    bars = min(_MOST_BARS if runs == 1 else _MOST_BARS // 2, max(len(counts), 1))
    ends = np.geomspace(low, edges[-1], bars + 1)
    at_ends = np.interp(np.log(ends), np.log(np.maximum(edges, 0.7)), sums)
    return ends, np.diff(at_ends)


def _histogram(run: Run, edges: Floats, shares: Floats, x: Any, y: Any) -> dict[str, Any]:
    rows = [
        {"from": max(float(low), 0.7), "to": float(high), "share": float(f"{100 * part:.4g}")}
        for low, high, part in zip(edges[:-1], edges[1:], shares, strict=True)
        if part > 0
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "fill": run.colour, "fillOpacity": 0.75},
        "encoding": {
            "x": {"field": "from", **x},
            "x2": {"field": "to"},
            "y": {"field": "share", **y},
            "y2": {"datum": 0},
        },
    }


def _cumulative(edges: Floats, shares: Floats, x: Any) -> list[dict[str, Any] | None]:
    whole = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 108]}}
    sums = 100 * (1 - shares.sum() + np.append(0, np.cumsum(shares)))
    # The second vertical axis is drawn as labels: it needs only its end.
    place_of = {"y": {**whole, "field": "y"}}
    steps = line(
        list(zip(np.maximum(edges, 0.7), sums, strict=True)),
        x,
        whole,
        colour=theme.MUTED,
        strokeWidth=1,
    )
    steps["encoding"] |= place_of
    # An axis of its own: a layer's scale is shared with its neighbours unless it is nested.
    nested = {"layer": [steps], "resolve": {"scale": {"y": "independent"}}}
    return [nested, labels([Label("100 %", _HEIGHT * 8 / 108, theme.MUTED)], _HEIGHT)]


def _quantiles(run: Run, x: Any) -> dict[str, Any]:
    low, high = x["scale"]["domain"]
    layers: list[dict[str, Any]] = []
    for name in ("p50", "p99"):
        value = run.metrics.get(name, 0)
        if not low < value < high:
            continue
        at_edge = np.log(value / low) > 0.9 * np.log(high / low)
        left = name == "p50" or at_edge
        rows = {"data": {"values": [{"at": value, "text": name}]}}
        where = {"x": {"field": "at", **x}}
        text = {"type": "text", "baseline": "top", "dx": -5 if left else 5}
        text["align"] = "right" if left else "left"
        mark = {"type": "rule", "stroke": theme.INK, "strokeDash": [2, 2]}
        layers.append({**rows, "mark": mark, "encoding": where})
        above = {**where, "y": {"value": 0}, "text": {"field": "text"}}
        layers.append({**rows, "mark": text, "encoding": above})
    return {"layer": layers}


def _peaks(shown: list[tuple[Run, Floats, Floats]], y: Any) -> list[Label]:
    return [Label(run.key, place(100 * shares[-1], y, _HEIGHT)) for run, _, shares in shown]


def _description(shown: list[tuple[Run, Floats, Floats]]) -> str:
    if len(shown) > 1:
        return "The share of samples that took so long; a curve further left is a faster system."
    _, edges, shares = shown[0]
    sums = np.cumsum(shares)
    low = edges[int(np.searchsorted(sums, 0.05))]
    high = edges[int(np.searchsorted(sums, 0.95)) + 1]
    peaks = _modes(shares)
    text = f"Nine of ten samples took {time(low)} to {time(high)}."
    if len(peaks) > 1:
        places = " and ".join(time(float(edges[i] + edges[i + 1]) / 2) for i in peaks[:3])
        text += f" There are {len(peaks)} humps, near {places}."
    return text


def _modes(shares: Floats) -> list[int]:
    """Return where humps are: tops with 5 % of the samples about them and a real valley between."""
    width = max(len(shares) // 20, 1)
    smooth = np.convolve(shares, np.ones(width) / width, mode="same")
    tops: list[int] = []
    for i in np.argsort(-smooth):
        top = int(i)
        if smooth[top] < 0.15 * smooth.max():
            break
        if all(
            smooth[min(top, other) : max(top, other) + 1].min()
            < 0.5 * min(smooth[top], smooth[other])
            for other in tops
        ):
            tops.append(top)
    return sorted(tops)


def _table(shown: list[tuple[Run, Floats, Floats]]) -> Table:
    if len(shown) == 1:
        _, edges, shares = shown[0]
        rows = [
            [f"{low:,.0f}", f"{high:,.0f}", share(part)]
            for low, high, part in zip(edges[:-1], edges[1:], shares, strict=True)
            if part > 0
        ]
        return Table(["from (ns)", "below (ns)", "of the samples"], rows)
    rows = [
        [run.key, f"{low:,.0f}", f"{high:,.0f}", share(part)]
        for run, edges, shares in shown
        for low, high, part in zip(edges[:-1], edges[1:], shares, strict=True)
        if part > 0
    ]
    return Table(["run", "from (ns)", "below (ns)", "of the samples"], rows)
