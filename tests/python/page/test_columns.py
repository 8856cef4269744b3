"""Columns of the page: few, without a loss of counts, and none of them beyond the last event."""

from __future__ import annotations

import numpy as np
import pytest
from mlperf_loadgen.page import columns

from tests.python.page import results
from tests.python.result import synthetic


@pytest.mark.parametrize("most", [1, 7, 48, 120, 500])
@pytest.mark.parametrize("name", ["good", "overloaded", "ten", "offline", "tokens"])
def test_joined_columns_hold_all_counts(name: str, most: int) -> None:
    record = results.ALL[name]()
    timeline = record["timeline"]
    seen = columns.read(record, most)
    assert seen is not None
    assert len(seen.middles_s) <= most + most // 4 or len(seen.middles_s) == 1
    for event, counts in seen.sums.items():
        assert counts.sum() == sum(timeline[event])
    assert seen.in_flight_max.max() == max(timeline["in_flight_max"])
    assert seen.in_flight_end[-1] == timeline["in_flight_end"][-1]
    for family, grid in seen.grids.items():
        rows = timeline[f"{family}_grid"]
        assert grid.total.sum() == sum(
            count for row in rows for count in row["counts"] if count > 0
        )
    assert seen.edges_s[-1] == pytest.approx(record["run"]["duration_ns"] / 1e9)
    assert (np.diff(seen.edges_s) > 0).all()


def test_percentiles_of_a_column_are_near_the_exact_ones() -> None:
    record = synthetic.server(40_000)
    seen = columns.read(record, 1)
    assert seen is not None
    for name, fraction in (("p50", 0.5), ("p99", 0.99)):
        assert seen.grids["latency"].percentile(fraction)[0] == pytest.approx(
            record["metrics"][name], rel=0.01
        )


def test_a_result_without_timeline_has_no_columns() -> None:
    assert columns.read(results.bare()) is None
    assert columns.read({"run": {}, "timeline": {"edges_ns": [0]}}) is None
