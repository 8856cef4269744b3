"""report.json as runs write it: by the schema, with the figures of the report."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
import pytest
from jsonschema import Draft202012Validator
from mlperf_loadgen.result import grid, record, store

SCHEMA = json.loads(resources.files("mlperf_loadgen.result").joinpath("schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)
SCENARIOS = {
    "SingleStream": {},
    "MultiStream": {"samples_per_query": 3},
    "Server": {"target_qps": 2000},
    "Offline": {},
    "MultiStreamFixedInterval": {"target_qps": 500, "samples_per_query": 2},
}


def quick(scenario: str, output: Path | None, sut: object = None, **more: object) -> lg.Report:
    def complete(samples: lg.Samples) -> None:
        samples.complete()

    settings = {"min_duration_ms": 20, "min_query_count": 100, **SCENARIOS[scenario], **more}
    return lg.run(sut or complete, range(50), scenario=scenario, output=output, **settings)  # type: ignore[arg-type]


def read(folder: Path) -> store.Record:
    found = store.load(folder)
    VALIDATOR.validate(found)
    return found


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_with_an_output_folder_writes_its_record(scenario: str, tmp_path: Path) -> None:
    report = quick(scenario, tmp_path)
    found = read(tmp_path)
    assert found["run"]["scenario"] == scenario
    assert found["run"]["library"]["total_count"] == 50
    assert found["verdict"]["valid"] == report.valid
    assert found["metrics"] == report.flat()
    assert found["latency"]["count"] == report.sample_count
    assert found["latency"]["curve_ns"][-1] == report.latency_ns.max
    assert found["metrics"]["p99"] == report.latency_ns.p99
    for name in ("due", "issued", "completed"):
        assert sum(found["timeline"][name]) == report.sample_count
    counts = grid.matrix(found["timeline"]["latency_grid"])[1]
    assert counts.sum() == report.sample_count
    assert ("lag" in found) == (report.schedule_lag_ns is not None)
    assert ("gap_grid" in found["timeline"]) == (report.loadgen_overhead is not None)
    assert found["slowest"][0]["latency_ns"] == report.latency_ns.max
    assert {file["name"] for file in found["files"]} >= {"mlperf_log_summary.txt"}
    assert found["official"] == {"is": False, "reasons": ["no rules were asked for"]}


def test_percentiles_of_the_curve_are_those_of_the_report(tmp_path: Path) -> None:
    report = quick("SingleStream", tmp_path, min_query_count=20_000)
    ordered = np.sort(report.latencies_ns)
    curve = read(tmp_path)["latency"]["curve_ns"]
    assert curve[24] == report.latency_ns.p90
    assert curve[48] == report.latency_ns.p99
    assert curve[72] == report.latency_ns.p99_9
    assert report.flat()["p99.99"] == ordered[int(len(ordered) * 0.9999)]


def test_token_figures(tmp_path: Path) -> None:
    def generate(samples: lg.Samples) -> None:
        samples.first_token()
        samples.complete(n_tokens=[5] * len(samples))

    quick("Server", tmp_path, generate, use_token_latencies=True)
    found = read(tmp_path)
    assert {"ttft", "tpot"} <= found.keys()
    assert sum(found["timeline"]["tokens"]) == 5 * found["latency"]["count"]
    assert found["headline"]["name"] == "tokens_per_second"
    assert [check["name"] for check in found["verdict"]["checks"][:2]] == ["TTFT", "TPOT"]


def test_accuracy_mode_has_no_figures(tmp_path: Path) -> None:
    quick("Offline", tmp_path, mode="AccuracyOnly")
    found = read(tmp_path)
    assert found["metrics"] == {}
    assert found["accuracy"]["samples"] == 50
    assert "timeline" not in found
    assert "valid" not in found["verdict"]


def test_a_run_that_broke_says_so(tmp_path: Path) -> None:
    def fail(samples: lg.Samples) -> None:
        if samples.indices[0] == 7:
            raise ValueError("out of memory")
        samples.complete()

    with pytest.raises(ValueError, match="out of memory"):
        quick("SingleStream", tmp_path, fail)
    found = read(tmp_path)
    assert found["run"]["complete"] is False
    assert "out of memory" in found["run"]["end_reason"]
    assert found["verdict"]["valid"] is False


def test_a_report_is_saved_later(tmp_path: Path) -> None:
    report = quick("Server", None)
    assert report.save(tmp_path) == tmp_path / "report.json"
    assert report.save(tmp_path / "mine.json") == tmp_path / "mine.json"
    assert read(tmp_path)["metrics"] == read(tmp_path / "mine.json")["metrics"]


def test_what_is_known_besides_the_report(tmp_path: Path) -> None:
    context = record.Context(
        label="fp8", model="bert", official=None, command=["run"], ended_at=1_764_000_000
    )
    found = record.make(quick("Offline", None), context)
    VALIDATOR.validate(found)
    assert found["made"]["label"] == "fp8"
    assert found["run"]["model"] == "bert"
    assert found["official"] == {"is": True, "reasons": []}
    assert found["run"]["started_at"].startswith("2025-11-24T")
