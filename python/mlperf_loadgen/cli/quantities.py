"""Reads quantities as people write them: 600s, 1e6, 99%.

Each function takes a text and returns a number, or raises ``argparse.ArgumentTypeError`` with a
text that begins with what was written.
"""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from fractions import Fraction

__all__ = ["count", "duration_ms", "duration_ns", "percentage", "rate", "whole_number"]

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_NUMBER = re.compile(r"\d[\d_]*(?:\.\d+)?(?:[eE]\+?\d{1,2})?")


def duration_ns(text: str) -> int:
    """Read a time with its unit: "250ms"."""
    number, unit = _split(text, "a time such as 600s, 10m or 250ms")
    if not unit:
        raise ArgumentTypeError(f"{text}: a unit is missing. Write {_with_units(number, text)}.")
    if unit not in _UNITS_NS:
        raise ArgumentTypeError(f'{text}: no unit "{unit}". There are {", ".join(_UNITS_NS)}.')
    return round(number * _UNITS_NS[unit])


def duration_ms(text: str) -> int:
    """Read a time of whole milliseconds: "600s"."""
    ns = duration_ns(text)
    if ns % 1_000_000:
        raise ArgumentTypeError(f"{text}: whole milliseconds are needed. Write 1ms or more.")
    return ns // 1_000_000


def count(text: str) -> int:
    """Read how many there are: "1000", "1_000_000", "1e6"."""
    number, unit = _split(text, "a count such as 1000, 1_000_000 or 1e6")
    if unit or number.denominator != 1:
        raise ArgumentTypeError(f"{text}: must be a whole number, such as 1000 or 1e6.")
    return int(number)


def rate(text: str) -> float:
    """Read how many a second: "2500"."""
    number, unit = _split(text, "a rate such as 2500")
    if unit or number <= 0:
        raise ArgumentTypeError(f"{text}: must be a number above 0, of events a second.")
    return float(number)


def percentage(text: str) -> float:
    """Read a fraction, written with "%": "99.9%"."""
    number, unit = _split(text, "a percentage such as 99%")
    if unit != "%":
        written = f"{float(number if number > 1 else 100 * number):g}%"
        raise ArgumentTypeError(f"{text}: a % is missing. Write {written}.")
    return float(number / 100)


def whole_number(text: str) -> int:
    """Read a count of at least 1."""
    number = count(text)
    if number < 1:
        raise ArgumentTypeError(f"{text}: must be at least 1.")
    return number


def _split(text: str, form: str) -> tuple[Fraction, str]:
    found = _NUMBER.match(text)
    if not found or not math.isfinite(float(found[0])):
        raise ArgumentTypeError(f"{text}: must be {form}.")
    return Fraction(found[0]), text[found.end() :].strip()


def _with_units(number: Fraction, text: str) -> str:
    """Return what a number without a unit may have meant: 600 is 600s, 10m or 600ms."""
    minutes = [f"{number // 60}m"] if number >= 60 and number % 60 == 0 else []
    *others, last = [f"{text}s", *minutes, f"{text}ms"]
    return f"{', '.join(others)} or {last}"
