"""Chooses where an axis begins and ends, and its ticks; labels are computed from values by Vega."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = [
    "count_axis",
    "duration_axis",
    "linear_ticks",
    "log_domain",
    "log_ticks",
    "percentile_axis",
    "time_axis",
]

# Vega expressions: text of a duration in ns, of a rate, and of a share of 1 - 1/value.
_DURATION_LABEL = (
    "datum.value >= 1e9 ? format(datum.value / 1e9, ',.4~r') + ' s' : "
    "datum.value >= 1e6 ? format(datum.value / 1e6, '.4~r') + ' ms' : "
    "datum.value >= 1e3 ? format(datum.value / 1e3, '.4~r') + ' µs' : "
    "format(datum.value, '.4~r') + ' ns'"
)
_SHARE_LABEL = "format(100 * (1 - 1 / datum.value), '.12~r') + ' %'"

_TIME_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800)
_MULTIPLES = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))


def log_domain(values: Iterable[float]) -> tuple[float, float]:
    """Return ends of a logarithmic axis that leave room above and below the values."""
    positive = [max(value, 1.0) for value in values if value == value]
    low, high = min(positive, default=1.0), max(positive, default=10.0)
    room = max((high / low) ** 0.06, 1.06)
    return max(low / room, 0.7), high * room


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round values between the ends, spread evenly on a logarithmic axis where possible."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    best: list[float] = []
    for multiples in _MULTIPLES:
        ticks = [m * 10.0**d for d in decades for m in multiples]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) > most:
            break
        best = ticks
    if len(best) >= 3:
        return best
    if len(best) < 3 and high / low < 10:
        best = [tick for tick in linear_ticks(low, high, most) if low <= tick <= high]
    if not best:
        ticks = [10.0**d for d in decades if low <= 10.0**d <= high]
        best = ticks[:: -(-len(ticks) // most)] if ticks else [low]
    return best


def linear_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten between the ends."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next((power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most), power * 50)
    first = math.ceil(low / step - 1e-9)
    return [round(step * i, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def duration_axis(low: float, high: float, most: int = 6) -> dict[str, Any]:
    """Return a logarithmic axis of durations in ns, as an encoding without its field."""
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high, most), "labelExpr": _DURATION_LABEL},
    }


def time_axis(end_ns: float) -> dict[str, Any]:
    """Return the axis of the time of a run, in seconds from its start."""
    seconds = end_ns * 1e-9
    if seconds < 8:
        ticks = linear_ticks(0, seconds, 6)
    else:
        step = next((s for s in _TIME_STEPS_S if seconds / s <= 7), 0)
        step = step or 3600 * math.ceil(seconds / 3600 / 7)
        ticks = [float(step * i) for i in range(int(seconds / step) + 1)]
    big = ticks[1] if len(ticks) > 1 else seconds
    divisor, unit = (1.0, "s")
    if big >= 3600:
        divisor, unit = 3600.0, "h"
    elif big >= 60:
        divisor, unit = 60.0, "min"
    elif seconds < 1e-3:
        divisor, unit = 1e-6, "µs"
    elif seconds < 1:
        divisor, unit = 1e-3, "ms"
    label = f"format(datum.value / {divisor:g}, '.4~r') + ' {unit}'"
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, seconds], "nice": False},
        "axis": {"values": ticks, "labelExpr": label},
    }


def count_axis(high: float, suffix: str = "") -> dict[str, Any]:
    """Return a linear axis of counts or of rates, whose 0 is the axis of time itself."""
    top = high * 1.08 or 1.0
    number = "format(datum.value, ',.6~r')"
    if top >= 1e6:
        number = "format(datum.value / 1e6, ',.4~r') + ' M'"
    label = f"datum.value === 0 ? '' : {number} + '{suffix}'"
    ticks = linear_ticks(0, top, 4)
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"values": ticks, "labelExpr": label},
    }


def percentile_axis(count: int) -> dict[str, Any]:
    """Return the axis of 1 / (1 - p): each nine takes the same room."""
    end = max(float(count), 2.0)
    # The names get longer with each nine: beyond four of them there is room for every other.
    nines = [d for d in range(1, 18) if 10.0**d <= end]
    nines = [d for d in nines if d <= 4 or d % 2 == 0] if len(nines) > 6 else nines
    ticks = [2.0, *(10.0**d for d in nines)]
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"type": "log", "domain": [1, end], "nice": False},
        "axis": {"values": ticks, "labelExpr": _SHARE_LABEL},
    }
