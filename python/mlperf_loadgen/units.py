"""Formats numbers for people."""

from __future__ import annotations

__all__ = ["duration", "quantity"]

_DURATIONS = ((1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1.0, 1e3, "ms"))


def duration(seconds: float) -> str:
    """Return three significant digits and a unit from ns to s: 0.00123 is "1.23 ms"."""
    for below, factor, unit in _DURATIONS:
        if abs(seconds) < below:
            return f"{_digits(seconds * factor)} {unit}"
    return f"{_digits(seconds)} s"


def quantity(value: float) -> str:
    """Return a count or a rate as text: 1234567 is "1,234,567", 12.345 is "12.3"."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else _digits(value)


def _digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
