"""The charts of the page, in its order: a function each, which returns a plain specification."""

from __future__ import annotations

from mlperf_loadgen.page.charts.chart import Chart, Table
from mlperf_loadgen.page.charts.counts import in_flight_chart, throughput_chart, tokens_chart
from mlperf_loadgen.page.charts.curve import curve_chart
from mlperf_loadgen.page.charts.distribution import distribution_chart
from mlperf_loadgen.page.charts.over_time import over_time_chart
from mlperf_loadgen.page.runs import Run

__all__ = ["Chart", "Table", "sections"]


def sections(runs: list[Run]) -> list[tuple[str, str, list[Chart]]]:
    """Return (anchor, title, charts) of each part that the results have figures for."""
    # In Offline everything is issued at the start: a latency is a place in the run.
    offline = all(run.record.get("timeline", {}).get("by") == "completion" for run in runs)
    of = "query_latency" if all(run.whole_queries for run in runs) else "latency"
    what = "samples were done after" if offline else "queries took at most"
    latency = [curve_chart(runs, of, "Percentiles", f"of the {what} {{}}")]
    if not offline:
        latency.append(distribution_chart(runs))
    over_time = [
        None if offline else over_time_chart(runs, "latency", "Latency over time", "latency"),
        throughput_chart(runs),
        in_flight_chart(runs),
    ]
    generator = [
        curve_chart(runs, "lag", "Issued late by", "of the queries were issued at most {} late"),
        over_time_chart(runs, "lag", "Lateness over time", "lateness"),
        curve_chart(runs, "gap", "Between queries", "of the gaps were at most {}"),
        over_time_chart(runs, "gap", "Gaps over time", "gap"),
    ]
    tokens = [
        curve_chart(runs, "ttft", "Time to first token", "of the samples had a token after {}"),
        over_time_chart(runs, "ttft", "Time to first token over time", "TTFT"),
        curve_chart(
            runs, "tpot", "Time per output token", "of the samples took at most {} a token"
        ),
        over_time_chart(runs, "tpot", "Time per output token over time", "TPOT"),
        tokens_chart(runs),
    ]
    parts = [
        ("latency", "Latency", latency),
        ("over-time", "Over the run", over_time),
        ("tokens", "Tokens", tokens),
        ("generator", "LoadGen's own part", generator),
    ]
    if offline:
        parts[0], parts[1] = parts[1], parts[0]
    return [
        (name, title, drawn)
        for name, title, charts in parts
        if (drawn := [chart for chart in charts if chart is not None])
    ]
