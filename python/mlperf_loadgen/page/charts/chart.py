"""A chart: what it is called and shows, how it is drawn, and its numbers as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlperf_loadgen.page import theme
from mlperf_loadgen.page.runs import Run

__all__ = [
    "Chart",
    "Label",
    "Table",
    "drawing",
    "labels",
    "line",
    "log_place",
    "marks",
    "place",
    "rule",
]

Spec = dict[str, Any]
Axis = Mapping[str, Any]

_MOST_MARKS = 8
_LONGEST_MARK = 32  # characters
_LINE_HEIGHT = 20  # pixels between labels


@dataclass(frozen=True)
class Table:
    """The numbers of a chart, as text."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A chart of the page."""

    name: str  # also its anchor
    title: str  # what it is
    description: str  # what it shows: a sentence or two
    spec: Spec
    table: Table


@dataclass(frozen=True)
class Label:
    """Text at the right end of a line, at a height in pixels from the top."""

    text: str
    y: float
    colour: str = theme.INK


def drawing(
    layers: Iterable[Spec | None], height: int = theme.HEIGHT, *, over: str = "", unit: str = ""
) -> Spec:
    """Return a whole specification; every chart has the same margins, so that times line up.

    ``over`` says what goes to the right, "time", "share" or "duration", and ``unit`` what goes up:
    "ns", or what follows a number. A live chart reads them.
    """
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": theme.WIDTH,
        "height": height,
        "padding": dict(theme.PADDING),
        "autosize": "none",
        "usermeta": {"over": over, "unit": unit},
        "config": theme.config(),
        "layer": [layer for layer in layers if layer is not None],
    }


def line(
    points: Sequence[tuple[float, float]],
    x: Axis,
    y: Axis,
    *,
    colour: str,
    name: str | None = None,
    **mark: Any,
) -> Spec:
    """Return a line through the points; those that are not a number are left out.

    ``name`` is what a live chart calls the value under its cursor; None: it does not tell it.
    """
    values = [{"x": _short(a), "y": _short(b)} for a, b in points if b == b]
    return {
        **({} if name is None else {"name": name or "value"}),
        "data": {"values": values},
        "mark": {"type": "line", "clip": True, "stroke": colour, **mark},
        "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}},
    }


def rule(
    *, y: float | None = None, x: float | None = None, axis: Axis, colour: str, **mark: Any
) -> Spec:
    """Return a straight line across the chart, at a value of one axis."""
    channel = "y" if y is not None else "x"
    return {
        "data": {"values": [{"at": _short(y if y is not None else x or 0.0)}]},
        "mark": {"type": "rule", "stroke": colour, **mark},
        "encoding": {channel: {"field": "at", **axis}},
    }


def marks(run: Run, x: Axis, *, named: bool = True) -> list[Spec]:
    """Return a dotted line at each moment that a run has marked, with its text."""
    rows = [
        {"at": _short(mark["at_ns"] * 1e-9), "text": str(mark.get("text", ""))[:_LONGEST_MARK]}
        for mark in run.record.get("timeline", {}).get("marks", ())[:_MOST_MARKS]
    ]
    if not rows:
        return []
    where = {"x": {"field": "at", **x}}
    data = {"data": {"values": rows}}
    dots = {"type": "rule", "stroke": theme.MUTED, "strokeDash": [1, 3]}
    text = {"type": "text", "fill": theme.MUTED, "align": "left", "baseline": "top", "dx": 4}
    above = {**where, "y": {"value": 0}, "text": {"field": "text"}}
    drawn: list[Spec] = [{**data, "mark": dots, "encoding": where}]
    return [*drawn, {**data, "mark": text, "encoding": above}] if named else drawn


def labels(wanted: Iterable[Label | None], height: int = theme.HEIGHT) -> Spec | None:
    """Return the labels of lines at the right end, moved apart where they would overlap."""
    apart = _apart([label for label in wanted if label is not None], height)
    if not apart:
        return None
    return {
        "data": {"values": [{"text": one.text, "y": y, "fill": one.colour} for one, y in apart]},
        "mark": {"type": "text", "align": "left", "baseline": "middle", "clip": False},
        "encoding": {
            "x": {"value": theme.WIDTH + 8},
            "y": {"field": "y", "type": "quantitative", "scale": None},
            "text": {"field": "text"},
            "fill": {"field": "fill", "scale": None},
        },
    }


def _apart(wanted: list[Label], height: int) -> list[tuple[Label, float]]:
    ordered = sorted(wanted, key=lambda label: label.y)
    places: list[float] = []
    for label in ordered:
        lowest = places[-1] + _LINE_HEIGHT if places else -math.inf
        places.append(max(label.y, lowest))
    below = height + 0.0
    for i in reversed(range(len(places))):
        places[i] = min(places[i], below)
        below = places[i] - _LINE_HEIGHT
    return [(label, round(y, 1)) for label, y in zip(ordered, places, strict=True)]


def place(value: float, axis: Axis, height: int = theme.HEIGHT) -> float:
    """Return where a value of a vertical linear axis is, in pixels from the top."""
    low, high = axis["scale"]["domain"]
    return float(height * (1 - (value - low) / (high - low)))


def log_place(value: float, axis: Axis, height: int = theme.HEIGHT) -> float:
    """Return where a value of a vertical logarithmic axis is, in pixels from the top."""
    low, high = axis["scale"]["domain"]
    return float(height * (1 - math.log(max(value, 1e-9) / low) / math.log(high / low)))


def _short(value: float) -> float:
    """Return a number with as many digits as a chart can show."""
    return float(f"{value:.6g}")
