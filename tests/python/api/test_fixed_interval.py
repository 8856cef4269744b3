"""MultiStreamFixedInterval: the MultiStream of rounds v0.5 to v1.0."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

SCENARIO = "MultiStreamFixedInterval"


def run(sut: Any, **more: Any) -> lg.Report:
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 20, "target_qps": 500}
    return lg.run(sut, range(32), scenario=SCENARIO, **{**quick, **more})


def complete(samples: lg.Samples) -> None:
    samples.complete()


def test_it_comes_after_the_scenarios_that_all_load_generators_have() -> None:
    members = lg.TestScenario.__members__
    assert list(members) == ["SingleStream", "MultiStream", "Server", "Offline", SCENARIO]
    assert [member.value for member in members.values()] == [0, 1, 2, 3, 4]


def test_defaults() -> None:
    settings = lg.TestSettings()
    assert settings.multi_stream_interval_target_qps == 10
    assert settings.multi_stream_interval_target_latency_percentile == 0.99
    assert settings.multi_stream_interval_samples_per_query == 4
    assert settings.multi_stream_interval_max_async_queries == 1


def test_queries_keep_the_interval(tmp_path: Path) -> None:
    report = run(
        lambda samples: samples.indices,
        samples_per_query=3,
        target_latency_percentile=0.5,
        output=tmp_path,
    )
    assert report.complete
    # How many are late depends on what else the machine does.
    met = max(report.skipping_query_count or 0, report.overlatency_query_count or 0) <= 10
    assert report.valid == report.performance_constraints_met == met
    assert report.settings.target_latency_ns == 2_000_000
    assert report.settings.samples_per_query == 3
    assert (report.query_count, report.sample_count) == (20, 60)
    assert report.early_stopping_met
    ticks = np.concatenate([[0], np.cumsum(report.query_intervals[:-1])])
    assert report.duration_seconds >= ticks[-1] * 0.002
    assert report.skipped_intervals == np.sum(report.query_intervals - 1)
    assert report.query_latencies_ns.shape == (20,)
    summary = Path(report.summary_path).read_text(encoding="utf-8")
    assert "Scenario : MultiStreamFixedInterval\n" in summary
    assert "\nSamples per query : 3\n" in summary
    assert f"  Performance constraints satisfied : {'Yes' if met else 'NO'}\n" in summary


def test_a_slow_sut_skips_intervals() -> None:
    def slow(samples: lg.Samples) -> None:
        time.sleep(0.003)
        samples.complete()

    report = run(slow)
    assert not report.valid
    assert not report.performance_constraints_met
    assert report.recommendations == ["Reduce samples per query to skip fewer intervals."]
    assert report.skipping_query_count == report.query_count == 20
    assert report.overlatency_query_count == 20
    assert report.intervals_between_queries.min >= 2
    assert report.skipped_intervals == sum(report.query_intervals) - 20 >= 20
    assert "20 of 20 queries skipped an interval" in " ".join(str(report).split())


def test_several_queries_may_be_out() -> None:
    class Sut(lg.SystemUnderTest):
        """5 ms a query, beside the issuing thread."""

        def issue(self, samples: lg.Samples) -> None:
            threading.Timer(0.005, samples.complete).start()

    alone = run(Sut())
    assert alone.intervals_between_queries.min >= 3
    several = run(Sut(), multi_stream_interval_max_async_queries=50)
    assert several.skipped_intervals == 0
    assert several.settings.target_latency_ns == 100_000_000


def test_only_this_scenario_counts_intervals() -> None:
    report = lg.run(complete, range(32), scenario="MultiStream", min_duration_ms=0)
    assert report.skipped_intervals is None
    assert report.skipping_query_count is None
    assert report.query_intervals.size == 0


def test_peak_is_the_largest_query_that_passes(tmp_path: Path) -> None:
    def sut(samples: lg.Samples) -> None:
        time.sleep(0.0 if len(samples) <= 11 else 0.25)
        samples.complete()

    report = run(
        sut,
        mode="FindPeakPerformance",
        target_qps=5,
        min_query_count=2,
        output=tmp_path,
    )
    assert report.valid
    assert report.settings.samples_per_query == 11
    assert report.sample_count == 22
    detail = Path(report.detail_path).read_text(encoding="utf-8")
    tried = [
        int(line.split("Testing ")[1].split('"')[0])
        for line in detail.splitlines()
        if "FindPeakPerformance: Testing " in line
    ]
    assert tried == [4, 8, 16, 12, 10, 11]


def test_configs_call_it_multi_stream(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text(
        "*.MultiStream.target_qps = 400\n*.MultiStream.samples_per_query = 2\n"
        "*.MultiStream.max_async_queries = 3\n*.MultiStream.target_latency_percentile = 50\n"
        "*.MultiStream.min_query_count = 5\n*.MultiStream.min_duration = 0\n",
        encoding="utf-8",
    )
    report = lg.run(complete, range(32), scenario=SCENARIO, user_conf=conf)
    settings = report.settings
    assert (settings.target_qps, settings.samples_per_query) == (400, 2)
    assert (settings.max_async_queries, settings.target_latency_percentile) == (3, 0.5)
    assert report.query_count == 5
    assert report.warning_count == 0


def test_progress_knows_how_long_it_takes() -> None:
    seen: list[lg.Progress] = []

    def sut(samples: lg.Samples) -> None:
        progress = lg.current_progress()
        assert progress is not None
        seen.append(progress)
        samples.complete()

    run(sut, samples_per_query=2)
    assert len(seen) == 20
    assert seen[-1].scenario.name == SCENARIO
    assert seen[-1].expected_seconds == pytest.approx(20 * 0.002)
    assert seen[-1].samples_planned == 40


def test_other_short_forms_mean_nothing_here() -> None:
    for name in ["target_latency_ns", "expected_latency_ns"]:
        with pytest.raises(lg.SettingsError, match=f"{name}: means nothing in {SCENARIO}"):
            run(complete, **{name: 1})
