"""Results: what the peer measured, put through our formulas, gives the results that the peer wrote.

Every result_ and early_stopping_ line of the detail log, and the whole summary.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from parity.pair import ROOT, Case, Outcome, Pair
from parity.recording import measurements, result_lines
from parity.tally import Tally

GROUP = "results"


@pytest.fixture(scope="session")
def replay() -> Path:
    """The program of tests/cpp/tools/replay.cc."""
    program = Path(os.environ.get("MLPERF_LOADGEN_REPLAY", ROOT / "build/tests/tests/cpp/replay"))
    assert program.is_file(), f"{program} is missing: run 'make cpptest'"
    return program


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scenario = draw(st.sampled_from(["SingleStream", "MultiStream", "Server", "Offline"]))
    tokens = draw(st.booleans())
    percentile = st.sampled_from([0.5, 0.9, 0.95, 0.97, 0.99, 0.999])
    few_or_enough = st.sampled_from([1, 2, 43, 63, 64, 100, 300, 459, 500, 661, 662, 700])
    settings: dict[str, Any] = {
        "scenario": scenario,
        "min_duration_ms": draw(st.sampled_from([0, 0, 0, 20, 60000])),
        "min_query_count": draw(few_or_enough),
        "single_stream_expected_latency_ns": 1e6,
        "single_stream_target_latency_percentile": draw(percentile),
        "multi_stream_expected_latency_ns": 1e6,
        "multi_stream_target_latency_percentile": draw(percentile),
        "multi_stream_samples_per_query": draw(st.sampled_from([1, 2, 3, 4])),
        "server_target_qps": draw(st.sampled_from([1500, 2000, 4000.25])),
        "server_target_latency_percentile": draw(percentile),
        "server_target_latency_ns": draw(st.sampled_from([10**8, 300000, 100000])),
        "offline_expected_qps": draw(st.sampled_from([5, 50])),
        "use_token_latencies": tokens,
        "ttft_latency": draw(st.sampled_from([10**8, 120000])),
        "tpot_latency": draw(st.sampled_from([10**8, 10000, 5000])),
        "sample_concatenate_permutation": draw(st.sampled_from([False, False, False, True])),
        "print_timestamps": draw(st.booleans()),
        "performance_issue_same": draw(st.booleans()),
        "qsl_rng_seed": draw(st.integers(0, 2**64 - 1)),
        "accuracy_log_probability": draw(st.sampled_from([0, 0.125, 1 / 3])),
    }
    if settings["min_duration_ms"] == 60000:  # ends early, too short
        settings["max_query_count"] = draw(st.integers(2, 100))
        settings["min_duration_ms"] = 6000 if scenario == "Server" else 60000
    if draw(st.integers(0, 3)) == 0:
        settings["infer_token_latencies"] = True
        settings["token_latency_scaling_factor"] = draw(st.sampled_from([1, 69]))
    sut = {
        "spin_us": draw(st.sampled_from([[5, 50], [20, 300], [100, 100]])),
        "one_by_one": draw(st.booleans()),
        "thread": scenario == "Server" and draw(st.booleans()),
        "first_token": tokens and scenario != "Offline",
        "n_tokens": draw(st.sampled_from([[2, 30], [2, 2], [100, 5000]])),
        "seed": draw(st.integers(0, 1000)),
    }
    if scenario == "Server" and not tokens:
        sut["hold_one"] = draw(st.sampled_from([-1, 0, settings["min_query_count"] - 1]))
    if scenario == "Offline":
        sut["spin_us"] = draw(st.sampled_from([[3000, 9000], [30000, 30000]]))
    return {"way": "run", "settings": settings, "sut": sut, "trace": True}


def result_differences(case: Case, peer: Outcome, replay: Path, folder: Path) -> Iterator[str]:
    (folder / "measurements.txt").write_text(measurements(case, peer))
    subprocess.run([replay, folder], check=True)
    results = (folder / "replayed_results.txt").read_text().splitlines()
    summary = (folder / "replayed_summary.txt").read_text().splitlines()
    for what, our, their in (
        ("results", results, result_lines(peer)),
        ("summary", summary, peer["summary"].splitlines()),
    ):
        for line in difflib.ndiff(their, our):
            if line[0] in "+-":
                yield f"{what}: only {'ours' if line[0] == '+' else 'peer'}: {line[2:]}"


@hypothesis_settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # the same latencies do not come twice
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_random_runs(pair: Pair, tally: Tally, replay: Path, tmp_path: Path, case: Case) -> None:
    check(pair, tally, replay, tmp_path, case)


def test_one_query(pair: Pair, tally: Tally, replay: Path, tmp_path: Path) -> None:
    for scenario in ("SingleStream", "MultiStream", "Server", "Offline"):
        settings = {
            "scenario": scenario,
            "min_duration_ms": 0,
            "min_query_count": 1,
            "server_target_qps": 1000,
        }
        case = {"way": "run", "settings": settings, "trace": True, "sut": {"spin_us": [50, 50]}}
        check(pair, tally, replay, tmp_path, case)


def check(pair: Pair, tally: Tally, replay: Path, tmp_path: Path, case: Case) -> None:
    pair.peer.send(case)
    peer = pair.peer.receive()
    assert "entries" in peer, peer
    assert tally.add(GROUP, result_differences(case, peer, replay, tmp_path)) == []


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen(GROUP) == []
