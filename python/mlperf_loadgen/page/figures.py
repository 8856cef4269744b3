"""Writes the figures of a result as a person would."""

from __future__ import annotations

import datetime
import math

from mlperf_loadgen.units import duration, quantity

__all__ = ["clock", "date", "figure", "percentile_name", "share", "time"]


def time(ns: float) -> str:
    """Return a latency: 13200000 is "13.2 ms", 15000000 "15 ms"."""
    if abs(ns) < 1000:
        return f"{ns:.0f} ns"
    number, unit = duration(ns * 1e-9).split(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def clock(ns: float) -> str:
    """Return a time of a run: "4.20 s", "3 min 10 s", "2 h 5 min"."""
    seconds = ns * 1e-9
    if seconds < 90:
        return time(ns)
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {whole % 60} s" if whole % 60 else f"{minutes} min"


def share(fraction: float) -> str:
    """Return a fraction as percent, with as many digits as it needs: 0.999 is "99.9 %"."""
    percent = 100 * fraction
    if percent == 0 or percent >= 100:
        return f"{quantity(percent)} %"
    if percent >= 99.5:  # what is missing to 100 % matters
        text = f"{percent:.{math.ceil(-math.log10(1 - fraction)) - 1}f}"
        return f"{text.rstrip('0').rstrip('.')} %"
    return f"{percent:.3g} %" if percent >= 0.001 else "< 0.001 %"


def percentile_name(fraction: float) -> str:
    """Return what a percentile is called: 0.999 is "p99.9"."""
    return f"p{100 * fraction:.10g}"


def figure(value: float, unit: str) -> str:
    """Return a value of a metric with its unit, as report.json names units."""
    if unit == "ns":
        return time(value)
    if unit == "1/s":
        return f"{quantity(value)}/s"
    if unit == "fraction":
        return share(value)
    return f"{quantity(value)} {unit}" if unit not in ("", "1") else quantity(value)


def date(timestamp: str) -> str:
    """Return a time stamp of report.json as "25 November 2026, 22:15 UTC"."""
    try:
        at = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    except ValueError:
        return timestamp
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
