"""The search for the highest rate that is valid, as users see it."""

from __future__ import annotations

import time
from typing import Any

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen import _core
from mlperf_loadgen.report_text import report_table

pytestmark = pytest.mark.alone


def search(answer_s: float, **more: Any) -> lg.Report:
    """Searches the peak of a SUT that answers one sample at a time."""

    def answer(samples: lg.Samples) -> None:
        time.sleep(answer_s)
        samples.complete()

    return lg.run(
        answer,
        range(8),
        scenario="Server",
        mode="FindPeakPerformance",
        target_latency_percentile=0.5,
        min_query_count=1,
        **more,
    )


def test_it_goes_down_and_says_what_it_found() -> None:
    report = search(
        0.004,
        target_qps=1000,
        target_latency_ns=40_000_000,
        min_duration_ms=150,
        server_find_peak_qps_decimals_of_precision=0,
        server_find_peak_qps_boundary_step_size=3,
    )
    trials = report.peak_trials
    assert report.valid, report
    assert report.peak == report.settings.target_qps
    assert report.peak == max(trial.load for trial in trials if trial.valid)
    assert 0 < report.peak < 600
    first = trials[0]
    assert (first.load, first.valid) == (1000, False)
    assert first.reason == "Reduce target QPS to improve latency."
    assert first.latency_at_target_percentile_ns > 40_000_000
    assert report.query_count >= _core.queries_needed(0.5, 0)
    table = " ".join(report_table(report).split())
    assert f"queries/s ({len(trials)} trials; " in table
    assert "failed: p50" in table
    assert report_table(report).splitlines()[2].startswith("  peak              ")


def test_it_gives_up_on_a_sut_that_is_too_slow_at_any_rate() -> None:
    report = search(0.002, target_qps=100, target_latency_ns=1_000_000, min_duration_ms=0)
    assert not report.valid
    assert report.peak is None
    assert len(report.peak_trials) == 1
    table = " ".join(report_table(report).split())
    assert "peak none (1 trial; 100 failed: p50" in table
    assert "Reduce target QPS to improve latency." in table
    assert "msg: Reduce target QPS" in report.errors[0]


def test_another_mode_has_none() -> None:
    report = lg.run(lambda samples: samples.complete(), range(8), min_duration_ms=0)
    assert (report.peak, report.peak_trials) == (None, [])
    assert "peak" not in str(report)
