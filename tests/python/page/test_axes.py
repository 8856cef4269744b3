"""Axes: ticks are round, inside the axis, and not too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mlperf_loadgen.page import axes

DURATIONS = st.floats(1, 1e12)


@given(DURATIONS, DURATIONS)
def test_ticks_of_durations(a: float, b: float) -> None:
    low, high = axes.log_domain([a, b])
    assert 0 < low < min(a, b) <= max(a, b) < high
    ticks = axes.log_ticks(low, high)
    assert 1 <= len(ticks) <= 7
    assert all(low <= tick <= high for tick in ticks)
    assert ticks == sorted(set(ticks))


@given(st.floats(1e-6, 1e6))
def test_ticks_of_times(seconds: float) -> None:
    axis = axes.time_axis(seconds * 1e9)
    ticks = axis["axis"]["values"]
    assert 2 <= len(ticks) <= 8
    assert ticks[0] == 0
    assert ticks[-1] <= seconds * (1 + 1e-9)


@given(st.just(0.0) | st.floats(1e-3, 1e12))
def test_ticks_of_counts(high: float) -> None:
    axis = axes.count_axis(high)
    top = axis["scale"]["domain"][1]
    assert top > high
    assert 2 <= len(axis["axis"]["values"]) <= 6


def test_the_axis_of_percentiles_has_a_tick_for_each_nine() -> None:
    assert axes.percentile_axis(10_000)["axis"]["values"] == [2, 10, 100, 1000, 10_000]
    assert axes.percentile_axis(10**8)["axis"]["values"] == [2, 10, 100, 1000, 10_000, 10**6, 10**8]
    assert axes.percentile_axis(1)["scale"]["domain"] == [1, 2]


def test_no_duration_is_too_short_for_a_logarithm() -> None:
    low, high = axes.log_domain([0.0, 0.0])
    assert 0 < low < high
