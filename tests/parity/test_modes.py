"""Modes and ends: the same sequence of runs, the same log keys in the same order, the same texts.

Texts are compared with their measured numbers masked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from parity.pair import Case, Outcome, Pair, differences, values
from parity.tally import Tally

GROUP = "modes"
RATES = {
    "single_stream_expected_latency_ns": 1e5,
    "multi_stream_expected_latency_ns": 2e5,
    "multi_stream_samples_per_query": 4,
    "server_target_qps": 5000,
    "server_target_latency_ns": 10**8,
    "offline_expected_qps": 20000,
    "min_duration_ms": 0,
    "min_query_count": 120,
    "qsl_rng_seed": 2085463073848966840,
    "schedule_rng_seed": 7,
}
SCENARIOS = ("SingleStream", "MultiStream", "Server", "Offline")
# What depends on the machine or the build.
VERSION = re.compile("loadgen_|power_|test_datetime|get_sut_name_duration_ns|logger_")
MEASURED = re.compile("result_|early_stopping_|num_errors")


def masked(text: str) -> str:
    return re.sub(r"-?\d+(\.\d+)?(e[+-]\d+)?", "#", text)


def log(outcome: Outcome) -> list[str]:
    """The detail log: keys, kinds, and those values that do not depend on time."""
    found = []
    for key, value, kind in outcome["entries"]:
        if VERSION.match(key):
            value = "#"
        elif MEASURED.match(key) or key == "error_runtime":
            value = masked(value)
        found.append(" ".join(filter(None, [key, value, kind])))
    return found


def mode_differences(mode: str, ours: Outcome, peer: Outcome) -> Iterator[str]:
    for what, our, their in (
        ("detail", log(ours), log(peer)),
        ("summary", masked(ours["summary"]).splitlines(), masked(peer["summary"]).splitlines()),
    ):
        for line in difflib.ndiff(their, our):
            if line[0] in "+-":
                yield f"{mode} {what}: only {'ours' if line[0] == '+' else 'peer'}: {line[2:]}"
    yield from differences(f"{mode} first loaded set", ours["loads"][0], peer["loads"][0])
    yield from differences(f"{mode} number of loaded sets", len(ours["loads"]), len(peer["loads"]))
    yield from differences(f"{mode} flushes", ours["flushes"], peer["flushes"])


def case_of(scenario: str, mode: str, sut: dict[str, Any] | None = None, **settings: Any) -> Case:
    return {
        "way": "run",
        "settings": {**RATES, "scenario": scenario, "mode": mode, **settings},
        "sut": sut or {},
        "total": 100,
        "performance": 64,
    }


def check(pair: Pair, tally: Tally, case: Case) -> tuple[Outcome, Outcome]:
    ours, peer = pair.run_in_turn(case)
    for name, outcome in (("ours", ours), ("peer", peer)):
        assert "entries" in outcome, f"{name}: {outcome}"
    assert tally.add(GROUP, mode_differences(case["settings"]["mode"], ours, peer)) == []
    return ours, peer


@pytest.mark.parametrize("tokens", [False, True], ids=["plain", "tokens"])
@pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly", "SubmissionRun"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_mode(pair: Pair, tally: Tally, scenario: str, mode: str, tokens: bool) -> None:
    # Slow enough not to run out of prepared queries.
    slow = 0.0002 if scenario in ("SingleStream", "MultiStream") else 0
    sut = {"first_token": tokens and scenario != "Offline", "each_sleeps_s": slow}
    case = case_of(
        scenario,
        mode,
        sut,
        use_token_latencies=tokens,
        ttft_latency=10**9,
        tpot_latency=10**9,
        # Long enough to be counted as such, with so little to do.
        min_duration_ms=0 if scenario == "Offline" else 40,
    )
    check(pair, tally, case)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(
    "settings",
    [
        {"print_timestamps": True},
        {"max_query_count": 50},
        {"max_query_count": 120},
        {"max_query_count": 50, "min_query_count": 10, "min_duration_ms": 30},
        {"min_duration_ms": 10000, "max_duration_ms": 25},
        {"performance_issue_unique": True},
        {"performance_issue_same": True, "performance_issue_same_index": 3},
        {"sample_concatenate_permutation": True},
        {"accuracy_log_probability": 0.1},
    ],
    ids=lambda settings: "-".join(settings),
)
def test_ends(pair: Pair, tally: Tally, scenario: str, settings: dict[str, Any]) -> None:
    # 1 ms a query, so that a limit of time comes before one of prepared queries.
    sut = {"each_sleeps_s": 0.001} if "max_duration_ms" in settings else {}
    check(pair, tally, case_of(scenario, "PerformanceOnly", sut, **settings))


@pytest.mark.parametrize("limit", [1, 5, 40])
def test_too_many_outstanding(pair: Pair, tally: Tally, limit: int) -> None:
    case = case_of("Server", "PerformanceOnly", {"hold": True}, server_max_async_queries=limit)
    ours, peer = check(pair, tally, case)
    assert values(ours, "error_runtime") == values(peer, "error_runtime") != []
    assert ours["calls"] == peer["calls"]


def test_ran_out_of_queries(pair: Pair, tally: Tally) -> None:
    for scenario in ("SingleStream", "MultiStream"):
        case = case_of(
            scenario,
            "PerformanceOnly",
            min_duration_ms=100,
            min_query_count=1,
            single_stream_expected_latency_ns=1e7,
            multi_stream_expected_latency_ns=1e7,
        )
        ours, peer = check(pair, tally, case)
        assert values(ours, "error_runtime") == values(peer, "error_runtime") != []
        assert ours["calls"] == peer["calls"]


@pytest.mark.parametrize("coalesce", [False, True])
def test_late_queries(pair: Pair, tally: Tally, coalesce: bool) -> None:
    case = case_of(
        "Server",
        "PerformanceOnly",
        {"first_sleeps_s": 0.1},
        server_coalesce_queries=coalesce,
        server_target_qps=2000,
    )
    for outcome in check(pair, tally, case):
        sizes = [len(indices) for _, indices in outcome["calls"]]
        assert sum(sizes) == 120
        assert (max(sizes) > 60) == coalesce


# Which trials miss the target: the first, the boundary, then each half.
TRIALS = {
    "first fails": [True],
    "boundary at once": [False, True, False, False, False, False, False, False],
    "never in the middle": [False, True, True, True, True, True, True, True],
    "two steps": [False, False, True, True, False, True, False, False, True],
    "three steps": [False, False, False, True, False, True, True, False, True],
}


@pytest.mark.parametrize("late", TRIALS.values(), ids=TRIALS)
@pytest.mark.parametrize(("step", "decimals"), [(1, 0), (0.25, 1)])
def test_peak_search(
    pair: Pair, tally: Tally, late: list[bool], step: float, decimals: int
) -> None:
    case = case_of(
        "Server",
        "FindPeakPerformance",
        {"late_series": late},
        server_target_qps=200 if decimals else 1000,
        server_target_latency_percentile=0.5,
        min_query_count=8 if decimals else 30,  # early stopping needs 7
        server_find_peak_qps_boundary_step_size=step,
        server_find_peak_qps_decimals_of_precision=decimals,
    )
    ours, peer = check(pair, tally, case)
    messages = values(ours, "generic_message")
    assert messages == values(peer, "generic_message")
    assert len(messages) >= 2


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen(GROUP) == []
