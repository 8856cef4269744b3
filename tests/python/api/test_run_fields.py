"""The fields of run(): their names, their limits, and what is left as it was given."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from quick import complete, run


def test_short_forms_are_those_of_the_scenario() -> None:
    server = run(complete, "Server", target_qps=4000, target_latency_ns=5_000_000)
    assert server.settings.target_qps == 4000
    assert server.settings.target_latency_ns == 5_000_000
    offline = run(complete, "Offline", target_qps=123)
    assert offline.settings.target_qps == 123
    single = run(complete, expected_latency_ns=2000, target_latency_percentile=0.5)
    assert single.settings.target_qps == 500_000
    assert single.settings.target_latency_percentile == 0.5
    multi = run(complete, "MultiStream", samples_per_query=3)
    assert multi.settings.samples_per_query == 3


@pytest.mark.parametrize(
    ("scenario", "fields", "says"),
    [
        ("Offline", {"target_latency_ns": 1}, "means nothing in Offline, only in Server"),
        ("Server", {"samples_per_query": 1}, "means nothing in Server, only in MultiStream"),
        ("Server", {"targetqps": 1}, "targetqps: no such setting; did you mean target_qps"),
        ("Server", {"min_duration": 1}, "did you mean min_duration_ms"),
        ("Server", {"qps": 1}, "qps: no such setting; did you mean target_qps"),
        ("Server", {"zzz": 1}, "zzz: no such setting$"),
        ("Server", {"notes": 1}, "no such setting"),
        ("Server", {"min_query_count": -1}, "min_query_count: -1 given"),
        ("Server", {"min_query_count": 1.5}, "min_query_count: 1.5 given"),
        ("Server", {"min_query_count": "1"}, "min_query_count: '1' given"),
    ],
)
def test_fields_that_are_none(scenario: str, fields: Any, says: str) -> None:
    with pytest.raises(lg.SettingsError, match=says):
        run(complete, scenario, **fields)


def test_names_of_scenarios_and_modes() -> None:
    with pytest.raises(lg.SettingsError, match=r"scenario: 'servers' given; allowed are Sing"):
        lg.run(complete, range(3), scenario="servers")
    with pytest.raises(lg.SettingsError, match=r"mode: 'Accuracy' given; allowed are Submiss"):
        lg.run(complete, range(3), mode="Accuracy")
    report = lg.run(
        complete,
        range(3),
        scenario=lg.TestScenario.Offline,
        mode=lg.TestMode.AccuracyOnly,
    )
    assert report.settings.scenario == lg.TestScenario.Offline
    report = lg.run(complete, range(3), scenario="OFFLINE", mode="accuracyonly")
    assert report.scenario == lg.TestScenario.Offline


def test_all_problems_at_once_before_the_sut_is_touched() -> None:
    touched: list[lg.Samples] = []
    with pytest.raises(lg.SettingsError) as raised:
        run(
            touched.append,
            "Server",
            target_qps=float("nan"),
            target_latency_percentile=99,
            accuracy_log_probability=-1,
        )
    assert touched == []
    lines = str(raised.value).splitlines()
    assert len(lines) == 3
    assert [line.split()[0] for line in lines] == [
        "server_target_qps",
        "server_target_latency_percentile",
        "accuracy_log_probability",
    ]
    assert isinstance(raised.value, ValueError)
    assert not hasattr(raised.value, "report")


def test_given_settings_are_the_start_and_are_not_changed() -> None:
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.MultiStream
    settings.multi_stream_samples_per_query = 2
    settings.multi_stream_expected_latency_ns = 1000
    settings.min_duration_ms = 0
    settings.min_query_count = 33
    report = lg.run(complete, range(5), settings=settings, min_query_count=44)
    assert report.settings.samples_per_query == 2
    assert report.settings.min_query_count == 44
    assert settings.min_query_count == 33


def test_copies_of_settings_are_apart() -> None:
    logs = lg.LogSettings()
    for twin in (copy.copy(logs), copy.deepcopy(logs)):
        twin.log_output.outdir = "elsewhere"
        assert logs.log_output.outdir == "."
    settings = lg.TestSettings()
    twin_settings = copy.deepcopy(settings)
    twin_settings.min_query_count = 3
    assert settings.min_query_count == 100


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "afile"
    file.touch()
    with pytest.raises(lg.OutputError, match=r"^output: .*afile is a file; a folder is needed"):
        run(complete, output=file)
    with pytest.raises(lg.OutputError, match=r"^output: cannot make the folder .*afile/logs: "):
        run(complete, output=file / "logs")
    assert file.read_bytes() == b""


def test_the_folder_of_the_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = run(complete)
    assert list(tmp_path.iterdir()) == []
    assert report.summary_path == report.trace_path == ""
    logs = lg.LogSettings()
    logs.log_output.prefix = "x_"
    report = run(complete, output=tmp_path / "a" / "b", log_settings=logs)
    assert report.summary_path == str(tmp_path / "a" / "b" / "x_summary.txt")
    assert sorted(file.name for file in (tmp_path / "a" / "b").iterdir()) == [
        "report.json",
        "x_accuracy.json",
        "x_detail.txt",
        "x_summary.txt",
        "x_trace.json",
    ]
    assert logs.log_output.outdir == "."  # given settings are not changed
    with pytest.raises(lg.OutputError, match=r"x_summary\.txt"):
        run(complete, output=report.summary_path)
