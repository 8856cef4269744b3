"""Token latencies that a SUT reports wrongly, in both faces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest

QUICK: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 700, "use_token_latencies": True}
SCENARIOS: dict[str, dict[str, Any]] = {
    "SingleStream": {"expected_latency_ns": 1000},
    "MultiStream": {"expected_latency_ns": 1000, "samples_per_query": 2},
    "Server": {
        "target_qps": 20000,
        "ttft_latency": 10**10,
        "tpot_latency": 10**10,
    },
    "Offline": {"target_qps": 1000},
}

# Of the samples [first] and those that follow, what is done wrong with the first.
WRONG: dict[str, Callable[[list[Any]], None]] = {
    "missing": lambda samples: lg.FirstTokenComplete(samples[1:]),
    "twice": lambda samples: lg.FirstTokenComplete([*samples, samples[0]]),
    "late": lambda samples: lg.FirstTokenComplete(samples[1:]),
    "nothing": lg.FirstTokenComplete,
}


def counts(scenario: str, wrong: str) -> bool:
    return scenario == "Offline" or wrong == "nothing"


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("wrong", WRONG)
def test_objects(scenario: str, wrong: str, tmp_path: Path) -> None:
    queries = 0

    def issue(query_samples: list[lg.QuerySample]) -> None:
        nonlocal queries
        queries += 1
        answers = [lg.QuerySampleResponse(sample.id, 0, 0, 5) for sample in query_samples]
        hit = queries == 1 and wrong != "nothing"
        (WRONG[wrong] if hit else lg.FirstTokenComplete)(answers)
        lg.QuerySamplesComplete(answers)
        if hit and wrong == "late":
            lg.FirstTokenComplete(answers[:1])

    sut = lg.ConstructSUT(issue, lambda: None)
    qsl = lg.ConstructQSL(8, 8, lambda _: None, lambda _: None)
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.__members__[scenario]
    settings.mode = lg.TestMode.PerformanceOnly
    settings.min_duration_ms = 0
    settings.min_query_count = 700
    settings.use_token_latencies = True
    settings.single_stream_expected_latency_ns = 1000
    settings.multi_stream_expected_latency_ns = 1000
    settings.server_target_qps = 20000
    settings.ttft_latency = settings.tpot_latency = 10**10
    log_settings = lg.LogSettings()
    log_settings.log_output.outdir = str(tmp_path)
    lg.StartTestWithLogSettings(sut, qsl, settings, log_settings, "")
    summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    valid = counts(scenario, wrong)
    assert f"Result is : {'VALID' if valid else 'INVALID'}\n" in summary
    assert ("\n * Attempted to record " in summary) == (not valid)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("wrong", WRONG)
def test_arrays(scenario: str, wrong: str) -> None:
    queries = 0

    def issue(samples: lg.Samples) -> None:
        nonlocal queries
        queries += 1
        hit = queries == 1 and wrong != "nothing"
        (samples[1:] if hit and wrong in ("missing", "late") else samples).first_token()
        if hit and wrong == "twice":
            samples[:1].first_token()
        samples.complete(n_tokens=[5] * len(samples))
        if hit and wrong == "late":
            samples[:1].first_token()

    report = lg.run(issue, range(8), scenario=scenario, **QUICK, **SCENARIOS[scenario])
    assert report.complete
    assert report.valid == counts(scenario, wrong), str(report)
    if not report.valid:
        assert report.recommendations[0].startswith("Attempted to record ")
        assert "invalid because" in str(report)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_token_has_no_time_per_output_token(scenario: str) -> None:
    def issue(samples: lg.Samples) -> None:
        samples.first_token()
        samples.complete(n_tokens=[1] * len(samples))

    report = lg.run(issue, range(8), scenario=scenario, **QUICK, **SCENARIOS[scenario])
    assert report.valid == (scenario == "Offline")
    assert report.tokens is not None
    assert report.tokens.tpot_sample_count == 0
    if scenario != "Offline":
        assert report.recommendations[-1].startswith("No sample has a time per output token")
        assert set(report.tpot_latencies_ns) == {-1}
        assert "  TPOT              \N{EN DASH}\n" in str(report)


def test_more_tokens_than_a_sample_can_have() -> None:
    def issue(samples: lg.Samples) -> None:
        samples.complete(n_tokens=[2**62] * len(samples))

    report = lg.run(issue, range(8), scenario="Offline", **QUICK, **SCENARIOS["Offline"])
    assert not report.valid
    assert "more tokens than a sample can have" in report.recommendations[0]
    assert report.tokens is not None
    assert report.tokens.token_count == 0
