"""Charts: each says what it shows, is drawn from finite numbers, and has them in its table."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from mlperf_loadgen.page import charts, theme
from mlperf_loadgen.page.charts import Chart
from mlperf_loadgen.page.charts.chart import Label, labels
from mlperf_loadgen.page.runs import runs_of

from tests.python.page import results
from tests.python.result import synthetic


def drawn(*records: dict[str, Any]) -> dict[str, Chart]:
    parts = charts.sections(runs_of(records))
    return {chart.name: chart for _, _, found in parts for chart in found}


def numbers(chart: Chart, head: str) -> list[int]:
    column = list(chart.table.heads).index(head)
    return [int(row[column].replace(",", "")) for row in chart.table.rows if row[column]]


@pytest.mark.parametrize("name", results.ALL)
def test_every_chart_is_complete(name: str) -> None:
    for chart in drawn(results.ALL[name]()).values():
        assert chart.title
        assert chart.description.endswith(".")
        assert chart.table.rows
        assert all(len(row) == len(chart.table.heads) for row in chart.table.rows)
        json.dumps(chart.spec, allow_nan=False)


def test_which_charts_a_scenario_has() -> None:
    over_time = ["latency-over-time", "throughput", "in-flight"]
    lag = ["lag-curve", "lag-over-time"]
    assert list(drawn(results.good())) == ["latency-curve", "distribution", *over_time, *lag]
    assert list(drawn(results.bare())) == []
    assert list(drawn(synthetic.offline())) == ["throughput", "in-flight", "latency-curve"]
    single = drawn(synthetic.single_stream())
    assert {"gap-curve", "gap-over-time"} <= set(single)
    assert "in-flight" not in single  # always one
    assert {"ttft-curve", "tpot-over-time", "tokens"} <= set(drawn(synthetic.with_tokens()))
    assert "query-latency-curve" in drawn(synthetic.multi_stream())
    assert "distribution" not in drawn(synthetic.single_stream(19))


@pytest.mark.parametrize("name", ["good", "ten", "huge"])
def test_the_table_of_a_curve_is_the_curve(name: str) -> None:
    record = results.ALL[name]()
    assert numbers(drawn(record)["latency-curve"], "at most (ns)") == record["latency"]["curve_ns"]


def test_the_table_of_a_curve_names_shares() -> None:
    rows = drawn(results.huge())["latency-curve"].table.rows
    shares = [row[0] for row in rows]
    assert [shares[24 * j] for j in range(1, 5)] == [
        "90.000 %",
        "99.0000 %",
        "99.90000 %",
        "99.990000 %",
    ]
    assert shares[-1] == "all"


def test_tables_over_time_hold_all_counts() -> None:
    record = results.overloaded()
    found = drawn(record)
    for event in ("due", "issued", "completed", "failed"):
        assert sum(numbers(found["throughput"], event)) == sum(record["timeline"][event])
    assert sum(numbers(found["latency-over-time"], "samples")) == record["latency"]["count"]
    assert max(numbers(found["in-flight"], "most")) == max(record["timeline"]["in_flight_max"])
    tokens = synthetic.with_tokens()
    assert sum(numbers(drawn(tokens)["tokens"], "tokens")) == sum(tokens["timeline"]["tokens"])


def test_the_shares_of_the_distribution_are_all_samples() -> None:
    layer = drawn(results.good())["distribution"].spec["layer"][0]
    assert sum(bar["share"] for bar in layer["data"]["values"]) == pytest.approx(100, abs=0.2)


def test_the_corner_that_a_limit_forbids() -> None:
    corner = drawn(results.good())["latency-curve"].spec["layer"][0]["layer"][0]["data"]["values"][
        0
    ]
    assert corner["low"] == results.LIMIT_NS
    assert corner["right"] == pytest.approx(100)


def test_few_samples_are_dots_with_their_own_times() -> None:
    record = synthetic.single_stream(10)
    dots = drawn(record)["latency-over-time"].spec["layer"][0]["data"]["values"]
    assert sorted(dot["y"] for dot in dots) == pytest.approx(
        sorted(row["latency_ns"] for row in record["slowest"]), rel=1e-5
    )


def test_a_density_is_bounded() -> None:
    cells = drawn(results.huge())["latency-over-time"].spec["layer"][0]["data"]["values"]
    assert 0 < len(cells) <= 150 * 48


def test_two_humps_are_seen() -> None:
    rng = np.random.default_rng(1)
    latency = np.where(rng.random(20_000) < 0.5, 1e6, 8e6) * rng.lognormal(0, 0.1, 20_000)
    issued = np.arange(20_000) * 10_000_000
    completed = issued + latency.astype(np.int64)
    two = drawn(synthetic.record("SingleStream", issued_ns=issued, completed_ns=completed))
    assert "2 humps" in two["distribution"].description
    assert "humps" not in drawn(results.good())["distribution"].description


def test_a_percentile_that_rises_is_said_to_rise() -> None:
    n = 20_000
    issued = np.arange(n) * 10_000_000
    completed = issued + np.linspace(1e6, 3e6, n).astype(np.int64)
    record = synthetic.record("SingleStream", issued_ns=issued, completed_ns=completed)
    words = drawn(record)["latency-over-time"].description
    assert words.startswith("p50 rises from 1.33 ms in the first third to 2.67 ms in the last; p99")


def test_marks_of_a_run_are_in_all_charts_over_time() -> None:
    record = results.good()
    record["timeline"]["marks"] = [{"at_ns": 3_000_000_000, "text": "slower processor"}]
    found = drawn(record)
    for name in ("latency-over-time", "throughput", "in-flight", "lag-over-time"):
        assert {"at": 3.0, "text": "slower processor"} in [
            row for layer in found[name].spec["layer"] for row in layer["data"]["values"]
        ], name


def test_several_results_have_a_line_each() -> None:
    chart = drawn(synthetic.server(seed=1), synthetic.server(seed=2, slower=1.1))["latency-curve"]
    lines = [layer for layer in chart.spec["layer"] if layer.get("mark", {}).get("type") == "line"]
    assert [line["mark"]["stroke"] for line in lines] == list(theme.SERIES[:2])
    assert chart.table.heads == ["share", "A at most (ns)", "B at most (ns)"]


def test_labels_never_overlap() -> None:
    found = labels([Label(str(i), 100.0 + i % 3) for i in range(6)], height=160)
    assert found is not None
    places = [value["y"] for value in found["data"]["values"]]
    assert all(b - a >= 20 for a, b in itertools.pairwise(places))
    assert max(places) <= 160
