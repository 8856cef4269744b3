"""The percentile curve: how long a share of the queries took at most, each nine as wide."""

from __future__ import annotations

from typing import Any

from mlperf_loadgen.page import axes, theme
from mlperf_loadgen.page.charts.chart import (
    Chart,
    Label,
    Table,
    drawing,
    labels,
    line,
    log_place,
)
from mlperf_loadgen.page.figures import share, time
from mlperf_loadgen.page.runs import Limit, Run
from mlperf_loadgen.units import quantity

__all__ = ["curve_chart", "points"]

_HEIGHT = 300
_PER_NINE = 24  # points of a curve between 90 % and 99 %, and so on
_FEW = 100  # less have no 99th percentile of their own
_MARKED = (0.5, 0.9, 0.99, 0.999)
_MARKED_OF_MANY = (0.5, 0.99, 0.9999)  # where a nine has less room


def points(summary: dict[str, Any] | Any) -> list[tuple[float, float]]:
    """Return the curve as (1 / (1 - p), duration in ns); the last is the longest."""
    curve = summary["curve_ns"]
    shares = [10 ** (j / _PER_NINE) for j in range(len(curve) - 1)]
    return list(zip([*shares, float(summary["count"])], map(float, curve), strict=True))


def curve_chart(runs: list[Run], of: str, title: str, words: str) -> Chart | None:
    """Return the curve of what was measured in each run.

    ``words`` says what a percentile means, with {} for it: "of the queries took at most {}".
    """
    shown = [(run, summary) for run in runs if (summary := run.summary(of))]
    if not shown:
        return None
    first, summary = shown[0]
    curves = [(run, points(found)) for run, found in shown]
    longest = max(y for _, curve in curves for _, y in curve)
    limit = first.limit(of) if all(run.limit(of) == first.limit(of) for run, _ in shown) else None
    drawn_limit = limit if limit and limit.ns < 30 * longest else None
    # The few fastest are no reason to press all others together.
    values = [y for _, curve in curves for x, y in curve if x > 1.1 or len(curve) < _PER_NINE]
    y = axes.duration_axis(
        *axes.log_domain([*values, drawn_limit.ns if drawn_limit else values[0]])
    )
    x = axes.percentile_axis(max(found["count"] for _, found in shown))
    step = {"interpolate": "step-after"} if summary["count"] < 200 else {}
    layers: list[dict[str, Any] | None] = []
    if drawn_limit:
        layers.append(_forbidden(drawn_limit, x, y, first.percentile(of, drawn_limit.fraction)))
    for run, curve in curves:
        dash = {"strokeDash": run.dash} if run.key else {}
        drawn = [(at, max(ns, 0.5)) for at, ns in curve]  # an axis of logarithms has no 0
        layers.append(line(drawn, x, y, colour=run.colour, name=run.key, **dash, **step))
    if len(shown) == 1:
        layers.append(_marks(first, of, x, y) if summary["count"] >= _FEW else None)
        at = log_place(summary["max_ns"], y, _HEIGHT)
        ends = [Label(time(summary["max_ns"]), at), Label("longest", at + 1, theme.MUTED)]
    else:
        ends = [Label(run.key, log_place(curve[-1][1], y, _HEIGHT)) for run, curve in curves]
    layers.append(labels(ends, _HEIGHT))
    return Chart(
        name=f"{of.replace('_', '-')}-curve",
        title=title,
        description=_description(shown, of, words, limit),
        spec=drawing(layers, _HEIGHT, over="share", unit="ns"),
        table=_table(curves),
    )


def _forbidden(
    limit: Limit, x: dict[str, Any], y: dict[str, Any], got: float | None
) -> dict[str, Any]:
    """Return the corner that the curve must stay out of, named where the curve is not."""
    inside = got is None or got <= limit.ns
    at = 1 / (1 - limit.fraction)
    corner = {"left": 1, "right": at, "low": limit.ns, "high": y["scale"]["domain"][1]}
    rows = {"data": {"values": [corner]}}
    sides = {
        "x": {"field": "left", **x},
        "x2": {"field": "right"},
        "y": {"field": "low", **y},
        "y2": {"field": "high"},
    }
    text = f"limit: {share(limit.fraction)} within {time(limit.ns)}"
    below = 5.0
    if not inside and got:  # nor over the figure of the curve, which is below its mark
        between = log_place(limit.ns, y, _HEIGHT) - log_place(got, y, _HEIGHT)
        below = max(below, 24 - between)
    return {
        "layer": [
            {
                **rows,
                "mark": {"type": "rect", "fill": theme.LIMIT, "fillOpacity": 0.08},
                "encoding": sides,
            },
            {
                **rows,
                "mark": {"type": "rule", "stroke": theme.LIMIT},
                "encoding": {key: sides[key] for key in ("x", "x2", "y")},
            },
            {
                **rows,
                "mark": {"type": "rule", "stroke": theme.LIMIT},
                "encoding": {"x": {"field": "right", **x}, "y": sides["y"], "y2": sides["y2"]},
            },
            {
                **rows,
                "mark": {
                    "type": "text",
                    "text": text,
                    "fill": theme.LIMIT,
                    "align": "left",
                    "baseline": "bottom",
                    "dx": 6,
                    "dy": -5 if inside else round(below, 1),
                },
                "encoding": {
                    "x": {**sides["x"], "field": "left" if inside else "right"},
                    "y": sides["y"],
                },
            },
        ]
    }


def _marks(run: Run, of: str, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    end = x["scale"]["domain"][1]
    rows = [
        {"x": 1 / (1 - p), "y": value, "text": time(value)}
        for p in (_MARKED if end < 1e6 else _MARKED_OF_MANY)
        if (value := run.percentile(of, p)) and 1 / (1 - p) <= end / 3  # there is the longest
    ]
    where = {"x": {"field": "x", **x}, "y": {"field": "y", **y}}
    return {
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "point", "fill": run.colour, "stroke": None, "size": 40},
                "encoding": where,
            },
            {
                "mark": {"type": "text", "align": "left", "baseline": "top", "dx": 5, "dy": 5},
                "encoding": {**where, "text": {"field": "text"}},
            },
        ],
    }


def _description(shown: list[tuple[Run, Any]], of: str, words: str, limit: Limit | None) -> str:
    if len(shown) > 1:
        told = [
            f"{time(value)} ({run.key})"
            for run, _ in shown
            if (value := run.percentile(of, 0.99)) is not None
        ]
        return f"99 % {words.format(', '.join(told))}."
    run, summary = shown[0]
    fraction = limit.fraction if limit else 0.99
    at = run.percentile(of, fraction)
    if at is None or summary["count"] < _FEW:
        return (
            f"From {time(summary['min_ns'])} to {time(summary['max_ns'])}, "
            f"{quantity(summary['count'])} in all: too few for a 99th percentile."
        )
    text = f"{share(fraction)} {words.format(time(at))}"
    if limit:
        text += (
            f"; {time(limit.ns)} is allowed"
            if at <= limit.ns
            else (f", more than the {time(limit.ns)} allowed")
        )
    half = run.percentile(of, 0.5)
    return f"{text}. The median is {time(half)}." if half is not None else f"{text}."


def _table(curves: list[tuple[Run, list[tuple[float, float]]]]) -> Table:
    longest = max((curve for _, curve in curves), key=len)
    heads = ["share", *(f"{run.key} at most (ns)".strip() for run, _ in curves)]
    rows = []
    for j in range(len(longest) - 1):
        cells = [f"{curve[j][1]:,.0f}" if j < len(curve) - 1 else "" for _, curve in curves]
        rows.append([f"{100 - 100 / longest[j][0]:.{2 + j // _PER_NINE}f} %", *cells])
    rows.append(["all", *(f"{curve[-1][1]:,.0f}" for _, curve in curves)])
    return Table(heads, rows)
