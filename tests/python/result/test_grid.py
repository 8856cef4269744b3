"""Bins: each duration is in one, a percentile of their counts is near the exact one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlperf_loadgen.result import grid

from tests.python.result import synthetic

DURATIONS = st.integers(0, (1 << 63) - 1)


@given(DURATIONS)
def test_a_duration_is_in_its_bin(value: int) -> None:
    number = int(grid.bin_of(value))
    assert number == synthetic.bin_of(value) == int(synthetic.bins_of(np.array([value]))[0])
    assert 0 <= number < grid.BINS
    low, high = grid.edges(number)
    assert low <= value <= high
    assert value < high or value >= 1 << 53  # doubles have no more digits
    assert high - low <= max(1, low / 64)


def test_bins_follow_one_another() -> None:
    low, high = grid.edges(np.arange(grid.BINS))
    assert (low[1:] == high[:-1]).all()
    assert (grid.bin_of(low[:3000].astype(np.int64)) == np.arange(3000)).all()


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.9, 0.99, 0.999])
def test_a_percentile_of_a_grid_is_near_the_exact_one(fraction: float) -> None:
    for seed, spread in enumerate((0.01, 0.3, 2.0)):
        values = np.random.default_rng(seed).lognormal(14, spread, 100_000).astype(np.int64)
        first, counts = grid.matrix(synthetic.grid(1, np.zeros(len(values), np.int64), values))
        exact = np.sort(values)[int(len(values) * fraction)]
        assert grid.percentile(first, counts, fraction)[0] == pytest.approx(exact, rel=0.005)
        assert grid.mean(first, counts)[0] == pytest.approx(values.mean(), rel=0.005)


def test_columns_are_added_up() -> None:
    columns = [{"first_bin": 5, "counts": [1, 2]}, {"first_bin": 0, "counts": []}]
    first, counts = grid.matrix([*columns, {"first_bin": 7, "counts": [4]}])
    assert first == 5
    assert counts.tolist() == [[1, 2, 0], [0, 0, 0], [0, 0, 4]]
    assert grid.percentile(first, counts.sum(axis=0), 0.25) == 6
    assert grid.matrix(columns, (4, 8))[1].tolist() == [[0, 1, 2, 0], [0, 0, 0, 0]]


def test_nothing_has_no_percentile() -> None:
    assert np.isnan(grid.percentile(0, np.zeros((2, 3)), 0.5)).all()
    first, counts = grid.matrix([{"first_bin": 0, "counts": []}])
    assert np.isnan(grid.percentile(first, counts, 0.5)).all()
    assert np.isnan(grid.mean(first, counts)).all()
