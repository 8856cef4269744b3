"""The reference by which timelines are judged: its sums, its columns, its bounds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mlperf_loadgen.result import grid

from tests.python.result import synthetic

MAKERS = (
    synthetic.server,
    synthetic.single_stream,
    synthetic.multi_stream,
    synthetic.offline,
    synthetic.with_tokens,
)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("n", [1, 3, 4, 10, 3_000])
def test_nothing_is_lost(make: synthetic.Maker, n: int) -> None:
    record = make(n)
    timeline = record["timeline"]
    columns = len(timeline["edges_ns"]) - 1
    for name, values in timeline.items():
        if name not in ("by", "marks", "edges_ns", "plan_columns"):
            assert len(values) == columns, name
    samples = record["latency"]["count"]
    assert sum(timeline["completed"]) == samples
    assert sum(timeline["due"]) == sum(timeline["issued"])
    assert grid.matrix(timeline["latency_grid"])[1].sum() == samples
    assert timeline["in_flight_end"][-1] == 0
    assert all(map(np.less_equal, timeline["in_flight_end"], timeline["in_flight_max"]))
    assert 1 <= timeline["plan_columns"] <= min(240, columns)
    json.dumps(record, allow_nan=False)


def test_a_curve_has_24_points_for_each_nine() -> None:
    values = np.arange(100_000, dtype=np.int64)
    curve = synthetic.curve(values)
    assert len(curve) == 5 * 24 + 2
    assert curve[0] == 0
    assert curve[24] == 90_000
    assert curve[48] == 99_000
    assert curve[-2:] == [99_999, 99_999]
    assert synthetic.curve(values[:1]) == [0, 0]


def test_equal_schedules_have_equal_columns() -> None:
    base, new = synthetic.server(2_000), synthetic.server(2_000, slower=1.2)
    plan = base["timeline"]["plan_columns"]
    for name in ("edges_ns", "due"):
        assert base["timeline"][name][:plan] == new["timeline"][name][:plan]
    assert base["timeline"]["completed"] != new["timeline"]["completed"]


def test_a_large_grid_is_joined() -> None:
    record = synthetic.with_tokens(100_000)
    timeline = record["timeline"]
    assert synthetic.cells(timeline) <= synthetic.CELLS
    assert 60 <= timeline["plan_columns"] <= 120
    assert sum(timeline["issued"]) == 100_000
    assert len(json.dumps(record)) < 600_000
