"""Draws settings, configuration files and audit.config as users may write them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from parity.pair import Case

SCENARIOS = ("SingleStream", "MultiStream", "Server", "Offline")

REALS = {
    "single_stream_expected_latency_ns": st.sampled_from([1e6, 123456.789, 3.3e9, 1e5 / 3]),
    "multi_stream_expected_latency_ns": st.sampled_from([8e6, 77777.25, 1.0, 98765432.1]),
    "single_stream_target_latency_percentile": st.floats(0.01, 0.99),
    "multi_stream_target_latency_percentile": st.floats(0.01, 0.99),
    "server_target_latency_percentile": st.sampled_from([0.97, 0.999, 0.5]),
    "server_target_qps": st.sampled_from([1, 0.1, 12345.678, 333.3, -1.5, 0.0]),
    "offline_expected_qps": st.sampled_from([1, 1e3, 333.3, 0.001, -3, 12345.67]),
    "server_find_peak_qps_boundary_step_size": st.floats(0.01, 3),
    "accuracy_log_probability": st.floats(0, 1),
}


def up_to(most: int) -> st.SearchStrategy[int]:
    return st.one_of(st.sampled_from([0, 1, 2]), st.integers(0, most - 1))


INTEGERS = {
    "multi_stream_samples_per_query": up_to(50),
    "server_target_latency_ns": up_to(10**12),
    "server_max_async_queries": up_to(99),
    # With any other number mlcommons-loadgen waits for threads that its module cannot register.
    "server_num_issue_query_threads": st.just(0),
    "server_find_peak_qps_decimals_of_precision": up_to(5),
    "min_duration_ms": up_to(700000),
    "max_duration_ms": up_to(10**6),
    "min_query_count": up_to(3000),
    "max_query_count": up_to(10**6),
    "qsl_rng_seed": up_to(2**64),
    "sample_index_rng_seed": up_to(2**64),
    "schedule_rng_seed": up_to(2**64),
    "accuracy_log_rng_seed": up_to(2**64),
    "accuracy_log_sampling_target": up_to(1000),
    "performance_issue_same_index": up_to(40),
    "performance_sample_count_override": up_to(100),
    "accuracy_sample_count_override": up_to(100),
    "ttft_latency": up_to(10**10),
    "tpot_latency": up_to(10**10),
    "token_latency_scaling_factor": up_to(100),
    "test05_qsl_rng_seed": up_to(2**64),
    "test05_sample_index_rng_seed": up_to(2**64),
    "test05_schedule_rng_seed": up_to(2**64),
}
FLAGS = (
    "server_coalesce_queries",
    "sample_concatenate_permutation",
    "print_timestamps",
    "performance_issue_unique",
    "performance_issue_same",
    "use_token_latencies",
    "infer_token_latencies",
    "test05",
)
FIELDS = ["scenario", "mode", *REALS, *INTEGERS, *FLAGS]

KEYS = [
    "mode",
    "qsl_rng_seed",
    "sample_index_rng_seed",
    "schedule_rng_seed",
    "accuracy_log_probability",
    "test05",
    "test05_qsl_rng_seed",
    "test05_sample_index_rng_seed",
    "test05_schedule_rng_seed",
    "use_token_latencies",
    "ttft_latency",
    "tpot_latency",
    "infer_token_latencies",
    "token_latency_scaling_factor",
    "target_latency_percentile",
    "samples_per_query",
    "target_latency",
    "target_qps",
    "coalesce_queries",
    "max_async_queries",
    "performance_issue_unique",
    "performance_issue_same",
    "print_timestamps",
    "performance_issue_same_index",
    "sample_concatenate_permutation",
    "min_duration",
    "max_duration",
    "min_query_count",
    "max_query_count",
    "performance_sample_count_override",
    "accuracy_sample_count_override",
    "accuracy_log_rng_seed",
    "accuracy_log_sampling_target",
    "target_duration",
]
ODD_LINES = [
    "",
    "# c",
    "#c",
    "   ",
    "x.y = 4",
    "*.*.min_query_count=7",
    "\t# = =",
    "*.*.max_duration # 9",
    "zz.*.nothing = 4",
]
BAD_LINES = [
    "a b",
    "*.*.min_duration = x",
    "*.*.min_duration = 5 # c",
    "*.*.min_duration =5",
]


def value_of(key: str) -> st.SearchStrategy[str]:
    if key == "mode":
        return st.sampled_from(["0", "1", "2", "1", "2", "3", "7", "1.9", "-1"])
    if key.endswith("percentile"):
        return st.sampled_from(["90", "99", "99.9", "97.5", "50"])
    ends = ("latencies", "unique", "same", "timestamps", "permutation", "test05", "queries")
    if key.endswith(ends) and not key.startswith("max"):
        return st.sampled_from(["0", "1", "1", "2", "0.5", "1.5", "-1", "0x1"])
    if key == "target_qps":
        return st.sampled_from(["1.0", "250", "1e3", "0x10", "010", "33.25", ".5"])
    if key == "target_latency":
        return st.sampled_from(["10", "12.75", "1e3", "0x10", "010", "100", "0"])
    numbers = ["1", "7", "0x1f", "017", "12.9", "1e3", "5 6", "+3", "40404", "-0", "08"]
    return st.sampled_from(numbers)


@st.composite
def lines(draw: st.DrawFn, model: str) -> str:
    kind = draw(st.integers(0, 99))
    if kind == 0:
        return draw(st.sampled_from(BAD_LINES))
    if kind < 10:
        return draw(st.sampled_from(ODD_LINES))
    key = draw(st.sampled_from(KEYS))
    whose = draw(st.sampled_from([model, "*", "*", "other"]))
    scenario = draw(st.sampled_from([*SCENARIOS, "*", "*", "*"]))
    value = draw(value_of(key))
    if kind < 15:
        return f"  {whose}.{scenario}.{key}\t=   {value}  "
    return f"{whose}.{scenario}.{key} = {value}"


@st.composite
def files(draw: st.DrawFn, model: str, most: int) -> str:
    content = draw(st.lists(lines(model), max_size=most))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return end.join(content) + draw(st.sampled_from(["", "\n"]))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scenario = draw(st.sampled_from(SCENARIOS))
    set_before: dict[str, Any] = {
        "scenario": scenario,
        "mode": draw(st.sampled_from(["AccuracyOnly", "PerformanceOnly", "SubmissionRun"])),
    }
    strategies = {**REALS, **INTEGERS}
    for name in draw(st.lists(st.sampled_from(sorted(strategies)), max_size=14, unique=True)):
        set_before[name] = draw(strategies[name])
    for name in draw(st.lists(st.sampled_from(FLAGS), max_size=2, unique=True)):
        set_before[name] = True
    model = draw(st.sampled_from(["bert", "llama2-70b", "m", "a.b", "retinanet", "gptj"]))
    asked = st.sampled_from([scenario] * 9 + ["*", "foo"])
    configs = [
        {
            "text": draw(files(model, 12)),
            "model": model,
            "scenario": draw(asked),
            "type": draw(st.sampled_from([0, 1, 1, 1, 2, 2])),
        }
        for _ in range(draw(st.sampled_from([0, 1, 1, 2])))
    ]
    case = {
        "settings": set_before,
        "configs": configs,
        "total": draw(st.sampled_from([4, 40, 1000])),
        "performance": draw(st.sampled_from([3, 4, 17, 50, 1000])),
    }
    if draw(st.integers(0, 9)) < 3:
        case["audit"] = draw(files("*", 6))
    return case
