"""What a report says that went not as one may think."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest


def run(**more: Any) -> lg.Report:
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 70}
    return lg.run(lambda samples: samples.indices, range(8), **{**quick, **more})


@pytest.mark.parametrize("scenario", [-1, 99])
def test_a_scenario_that_is_none(scenario: int) -> None:
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario(scenario)
    touched: list[Any] = []
    sut = lg.ConstructSUT(touched.append, lambda: None)
    qsl = lg.ConstructQSL(8, 8, touched.append, touched.append)
    with pytest.raises(lg.SettingsError, match=f"scenario = {scenario}: must be SingleStream, "):
        lg.StartTest(sut, qsl, settings)
    assert touched == []


def test_modes_that_are_none() -> None:
    with pytest.raises(lg.SettingsError, match="mode = 99: must be SubmissionRun, "):
        run(mode=lg.TestMode(99))
    logs = lg.LogSettings()
    logs.log_mode = lg.LoggingMode(99)
    with pytest.raises(lg.SettingsError, match="log_mode = 99: must be AsyncPoll, "):
        run(log_settings=logs)


def test_more_samples_than_the_library_has(tmp_path: Path) -> None:
    report = run(performance_sample_count_override=1000, output=tmp_path)
    assert report.settings.performance_sample_count == 8
    (warning,) = report.warnings
    assert "1000" in warning
    assert " 8 " in warning
    assert warning in " ".join(str(report).split())
    summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    assert "performance_sample_count : 8\n" in summary


@pytest.mark.parametrize("mode", ["AccuracyOnly", "PerformanceOnly"])
def test_responses_without_data(mode: str, tmp_path: Path) -> None:
    report = lg.run(
        lambda samples: samples.complete(),
        range(8),
        mode=mode,
        min_duration_ms=0,
        min_query_count=70,
        output=tmp_path,
    )
    empty = 8 if mode == "AccuracyOnly" else 0
    assert report.empty_response_count == empty
    assert len(report.warnings) == (1 if empty else 0)
    summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    for text in (str(report), summary):
        assert ("8 responses have no data" in text) == bool(empty)


def test_indices_in_the_place_of_ids() -> None:
    def mistaken(samples: lg.Samples) -> None:
        lg.complete(np.array(samples.indices, np.uint64))

    with pytest.raises(lg.IncompleteError, match=r"is it sample\.index instead of sample\.id\?"):
        lg.run(mistaken, range(8), min_duration_ms=0, stall_timeout_ms=300)
