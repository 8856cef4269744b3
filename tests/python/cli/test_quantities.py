"""Quantities as people write them, and what is said of the others."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable

import pytest
from mlperf_loadgen.cli.quantities import (
    count,
    duration_ms,
    duration_ns,
    percentage,
    rate,
    whole_number,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (duration_ns, "15ms", 15_000_000),
        (duration_ns, "3us", 3_000),
        (duration_ns, "2.5 s", 2_500_000_000),
        (duration_ns, "0ns", 0),
        (duration_ms, "10m", 600_000),
        (duration_ms, "1h", 3_600_000),
        (count, "1_000_000", 1_000_000),
        (count, "1e6", 1_000_000),
        (count, "2.5e3", 2_500),
        (rate, "2500", 2500.0),
        (rate, "0.5", 0.5),
        (percentage, "99.9%", 0.999),
    ],
)
def test_what_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (duration_ns, "600", "600: a unit is missing. Write 600s, 10m or 600ms."),
        (duration_ns, "45", "45: a unit is missing. Write 45s or 45ms."),
        (duration_ns, "5 days", '5 days: no unit "days". There are ns, us, µs, ms, s, m, min, h.'),
        (duration_ns, "-5s", "-5s: must be a time such as 600s, 10m or 250ms."),
        (duration_ms, "3us", "3us: whole milliseconds are needed. Write 1ms or more."),
        (count, "1.5", "1.5: must be a whole number, such as 1000 or 1e6."),
        (count, "nan", "nan: must be a count such as 1000, 1_000_000 or 1e6."),
        (whole_number, "0", "0: must be at least 1."),
        (rate, "0", "0: must be a number above 0, of events a second."),
        (percentage, "99", "99: a % is missing. Write 99%."),
        (percentage, "0.99", "0.99: a % is missing. Write 99%."),
    ],
)
def test_what_is_said(read: Callable[[str], float], text: str, said: str) -> None:
    with pytest.raises(ArgumentTypeError) as raised:
        read(text)
    assert str(raised.value) == said
