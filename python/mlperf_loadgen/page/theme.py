"""Colours, type and measures of all charts: one place, so that a page is of one piece.

A chart is drawn in the light colours, as attributes of its shapes. The page's style sheet maps each
known colour to its dark one (COLOURS), so charts need no second drawing and no script.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ACCENT",
    "BROKEN",
    "COLOURS",
    "DASHES",
    "FONT",
    "GOOD",
    "GRID",
    "HEIGHT",
    "INK",
    "LIMIT",
    "MUTED",
    "PADDING",
    "SERIES",
    "WIDTH",
    "config",
]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# What is drawn, and its colour on a dark ground. Text has a contrast of 4.5 to 1, lines of 3 to 1.
INK = "#1d2129"
MUTED = "#5a6270"
GRID = "#e4e7eb"
LIMIT = "#b3261e"
GOOD = "#12805c"
BROKEN = "#8a5a00"
_DARK = {
    INK: "#e8eaee",
    MUTED: "#a2aab6",
    GRID: "#2b3038",
    LIMIT: "#ff8a80",
    GOOD: "#4cc38a",
    BROKEN: "#e0b050",
    "#ffffff": "#14171c",  # signs cut out of a colour
}

# Results laid over each other: they differ for the common colour-vision deficiencies, and by dash.
SERIES = (
    "#2a6fdb",
    "#971c02",
    "#13733b",
    "#82279c",
    "#9c8b06",
    "#00939c",
    "#d64586",
    "#3d4450",
)
_SERIES_DARK = (
    "#6ea8ff",
    "#f0a050",
    "#74a06c",
    "#b45fd0",
    "#f2dc4e",
    "#2fb9cf",
    "#f06aa8",
    "#f4f5f7",
)
ACCENT = SERIES[0]
DASHES: tuple[list[int], ...] = (
    [1, 0],
    [6, 2],
    [2, 2],
    [8, 2, 2, 2],
    [4, 4],
    [1, 3],
    [10, 3],
    [3, 1],
)
COLOURS = {**_DARK, **dict(zip(SERIES, _SERIES_DARK, strict=True))}

WIDTH, HEIGHT = 600, 240  # of what is between the axes, in pixels
PADDING = {"left": 64, "right": 76, "top": 14, "bottom": 30}


def config() -> dict[str, Any]:
    """Return the part of a Vega-Lite specification that is the same in all charts."""
    text = {"labelColor": MUTED, "labelFontSize": 12, "titleColor": MUTED, "titleFontSize": 12}
    return {
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": {
            **text,
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
            "gridColor": GRID,
            "titleFontWeight": "normal",
        },
        "axisX": {"grid": False, "domain": True, "domainColor": MUTED, "labelFlush": False},
        "text": {"fontSize": 12, "fill": INK},
        "line": {"strokeWidth": 1.75, "strokeJoin": "round"},
        "rule": {"strokeWidth": 1},
    }
