"""Figures are written as a person would write them."""

from __future__ import annotations

import pytest
from mlperf_loadgen.page import figures


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (13_200_000, "13.2 ms"),
        (15_000_000, "15 ms"),
        (4.2e9, "4.2 s"),
    ],
)
def test_time(ns: float, text: str) -> None:
    assert figures.time(ns) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.25, "4.25 s"), (190, "3 min 10 s"), (600, "10 min"), (7500, "2 h 5 min"), (7200, "2 h")],
)
def test_clock(seconds: float, text: str) -> None:
    assert figures.clock(seconds * 1e9) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (1.5, "150 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
        (0.99991117, "99.9911 %"),
        (0.14, "14 %"),
        (0.00012, "0.012 %"),
        (1e-7, "< 0.001 %"),
    ],
)
def test_share(fraction: float, text: str) -> None:
    assert figures.share(fraction) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.5e6, "ns", "1.5 ms"),
        (1912.4, "1/s", "1,912/s"),
        (0.5, "fraction", "50 %"),
        (1024, "", "1,024"),
        (3, "J", "3 J"),
    ],
)
def test_figure(value: float, unit: str, text: str) -> None:
    assert figures.figure(value, unit) == text


def test_percentile_names() -> None:
    names = [figures.percentile_name(p) for p in (0.5, 0.99, 0.999, 0.9999)]
    assert names == ["p50", "p99", "p99.9", "p99.99"]


def test_dates() -> None:
    assert figures.date("2026-11-25T22:15:44Z") == "25 November 2026, 22:15 UTC"
    assert figures.date("yesterday") == "yesterday"
