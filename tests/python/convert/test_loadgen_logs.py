"""Results that are made of folders of LoadGen's logs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from jsonschema import Draft202012Validator
from mlperf_loadgen.convert.loadgen_logs import DETAIL
from mlperf_loadgen.convert.loadgen_trace import NAME as TRACE
from mlperf_loadgen.convert.reading import read
from mlperf_loadgen.result import record as records
from mlperf_loadgen.result import store
from mlperf_loadgen.untrusted import FileError

SCHEMA = json.loads(files("mlperf_loadgen.result").joinpath("schema.json").read_text())


def run(folder: Path, scenario: str, *, trace: bool) -> lg.Report:
    settings = lg.TestSettings()
    settings.scenario = getattr(lg.TestScenario, scenario)
    settings.min_duration_ms = 20
    settings.min_query_count = 100
    settings.server_target_qps = 4_000
    logs = lg.LogSettings()
    logs.log_output.outdir = str(folder)
    logs.enable_trace = trace
    return lg.run(complete, range(64), settings=settings, log_settings=logs)


def complete(samples: lg.Samples) -> None:
    samples.complete()


def figures_of(record: dict[str, Any], names: set[str]) -> dict[str, float]:
    return {name: record["metrics"][name] for name in names & set(record["metrics"])}


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_it_is_the_result_that_the_run_itself_has_given(scenario: str, tmp_path: Path) -> None:
    report = run(tmp_path, scenario, trace=True)
    wanted, found = records.make(report), read(tmp_path)
    Draft202012Validator(SCHEMA).validate(found)
    assert found["official"]["is"] is False
    assert found["verdict"]["valid"] is wanted["verdict"]["valid"]
    for family in ("latency", "query_latency"):
        assert found.get(family) == wanted.get(family)
    exact = {name for name in wanted["metrics"] if "lag" not in name and "gap" not in name}
    exact -= {"qps", "samples_per_second"}  # of which the log has six digits
    assert figures_of(found, exact) == pytest.approx(figures_of(wanted, exact), rel=1e-3)
    assert found["metrics"]["qps"] == pytest.approx(wanted["metrics"]["qps"], rel=0.05)
    assert sum(found["timeline"]["completed"]) == report.sample_count
    assert found["timeline"]["by"] == wanted["timeline"]["by"]
    assert found["headline"]["name"] == wanted["headline"]["name"]


def test_without_a_trace_there_are_percentiles_and_no_timeline(tmp_path: Path) -> None:
    report = run(tmp_path, "Server", trace=False)
    found = read(tmp_path)
    Draft202012Validator(SCHEMA).validate(found)
    assert found["metrics"]["p99"] == report.latency_ns.p99
    assert not {"latency", "timeline", "slowest"} & set(found)
    store.save(found, tmp_path / "result")
    assert store.load(tmp_path / "result") == found


def entry(key: str, value: Any, **about: bool) -> str:
    metadata = {"is_error": False, "is_warning": False, **about}
    return ":::MLLOG " + json.dumps({"key": key, "value": value, "metadata": metadata}) + "\n"


def detail(folder: Path, *lines: str) -> Path:
    (folder / DETAIL).write_text("".join([entry("effective_scenario", "Server"), *lines]))
    return folder


def test_a_setting_names_its_line(tmp_path: Path) -> None:
    lines = [entry("requested_max_duration_ms", 7), entry("effective_max_duration_ms", 9)]
    found = read(detail(tmp_path, *lines))
    (setting,) = (each for each in found["settings"] if each["name"] == "max_duration_ms")
    assert (setting["value"], setting["unit"], setting["requested"]) == (9, "ms", 7)
    assert (setting["source"]["file"], setting["source"]["line"]) == (DETAIL, 3)


def test_errors_are_counted_by_their_kind(tmp_path: Path) -> None:
    lines = [entry("error_runtime", text, is_error=True) for text in ("first", "second")]
    found = read(detail(tmp_path, *lines))
    assert found["errors"] == [{"kind": "error_runtime", "count": 2, "first": "first"}]


def test_a_log_that_ends_early_is_not_complete(tmp_path: Path) -> None:
    found = read(detail(tmp_path, ':::MLLOG {"key": "resul'))
    assert found["run"]["complete"] is False
    assert "valid" not in found["verdict"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no line begins with :::MLLOG"),
        (entry("qsl_name", "x"), "does not say which scenario"),
        (":::MLLOG {]\n" + entry("effective_scenario", "Server"), f"{DETAIL}:1: not an entry"),
        (":::MLLOG []\n", "it has no key"),
        (':::MLLOG {"key": "a", "value": NaN}\n\n', f"{DETAIL}:1: not an entry"),
    ],
)
def test_what_is_no_detail_log_is_said(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / DETAIL).write_text(text)
    with pytest.raises(FileError, match=said):
        read(tmp_path)


@pytest.mark.parametrize(
    ("value", "name"), [(10**30, "result_99.00_percentile_latency_ns"), ("x", "generator_share")]
)
def test_a_figure_that_is_none_is_absent(value: Any, name: str, tmp_path: Path) -> None:
    assert read(detail(tmp_path, entry(name, value)))["metrics"] == {}


SAMPLE = (
    '{"name":"Sample","cat":"default","ph":"b","pid":1,"id":0,"ts":1.000,"args":'
    '{"sample_seq":0,"query_seq":0,"sample_idx":1,"issue_start_ns":2,"complete_ns":30}},\n'
)


@pytest.mark.parametrize(
    ("trace", "said"),
    [
        (SAMPLE.replace("30", "many"), f"{TRACE}:1: not a sample"),
        (SAMPLE + SAMPLE, "a sample is in it twice"),
    ],
)
def test_what_is_no_trace_is_said(trace: str, said: str, tmp_path: Path) -> None:
    detail(tmp_path, entry("effective_test_mode", "PerformanceOnly"))
    (tmp_path / TRACE).write_text(trace)
    with pytest.raises(FileError, match=said):
        read(tmp_path)
