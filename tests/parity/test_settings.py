"""Settings: configuration files, their grammar and precedence, audit.config, test05, derivation.

Compared are what FromConfig returns, every field afterwards, and all requested_ and effective_
lines, errors and warnings that a test then logs before it loads samples.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from parity.pair import ROOT, Case, Outcome, Pair, differences
from parity.tally import Tally

GROUP = "settings"
SCENARIOS = ("SingleStream", "MultiStream", "Server", "Offline")
LOGGED = re.compile("requested_|effective_|error_|warning_")

RULES = Path(ROOT, "loadgen/settings/rules/v6.1.conf").read_text(encoding="utf-8")
MODELS = sorted(set(re.findall(r"^(\S+?)\.(?:\*|[A-Z]\w+)\.\w+ =", RULES, re.MULTILINE)))

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


def logged(outcome: Outcome) -> list[str]:
    """Without what ours says of a malformed line behind the words of the peer."""
    lines = [" ".join(entry) for entry in outcome["entries"] if LOGGED.match(entry[0])]
    return [re.sub(r'^(error_invalid_config ".*?, line=\d+): .*(" E)$', r"\1\2", x) for x in lines]


def settings_differences(case: Case, ours: Outcome, peer: Outcome) -> Iterator[str]:
    codes = peer["codes"] if "codes" in peer else ours["codes"]
    for config, our, their in zip(case["configs"], ours["codes"], codes, strict=True):
        yield from differences("returned", our, their)
        if their == 0 and our != 0 and "text" in config:  # all else follows from that
            lines = config["text"].splitlines()
            for problem in our.splitlines():
                number = re.search(r", line=(\d+)", problem)
                line = lines[int(number[1]) - 1][:200] if number else ""
                yield f"refused line: {problem}: {line}"
            return
    fields = peer["fields"] if "fields" in peer else ours["fields"]
    for name, value in fields.items():
        yield from differences(name, ours["fields"][name], value)
    if "raised" in ours:  # the peer may hang here
        for problem in ours["raised"].removeprefix("SettingsError: ").splitlines():
            yield f"refused: {problem}"
        return
    assert "entries" in ours, ours
    assert "entries" in peer, peer
    for line in difflib.ndiff(logged(peer), logged(ours)):
        if line[0] in "+-":
            yield f"only {'ours' if line[0] == '+' else 'peer'}: {line[2:]}"


def check(pair: Pair, tally: Tally, case: Case) -> None:
    case = {"configs": [], **case, "way": "settings", "fields": FIELDS, "limit_s": 6}
    found = list(settings_differences(case, *pair.run(case)))
    if any(difference.startswith("only ours: error_") for difference in found):
        # The peer may lose what it wants to log before a test, as time goes.
        found = list(settings_differences(case, *pair.run_in_turn(case)))
    assert tally.add(GROUP, found) == []


@hypothesis_settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_random_files_and_settings(pair: Pair, tally: Tally, case: Case) -> None:
    check(pair, tally, case)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_built_in_rules_of_every_model(pair: Pair, tally: Tally, scenario: str) -> None:
    assert len(MODELS) > 20
    for model in [*MODELS, "nosuch"]:
        config = {"path": "", "model": model, "scenario": scenario, "type": 0}
        check(pair, tally, {"settings": {"scenario": scenario}, "configs": [config]})


NUMBERS = [
    "5",
    "-1",
    "+5",
    "0x10",
    "010",
    "08",
    "1e3",
    "12.9",
    ".5",
    "-0.5",
    "1e400",
    "1e-400",
    "-1e400",
    "99999999999999999999",
    "18446744073709551615",
    "18446744073709551616",
    "-18446744073709551615",
    "-99999999999999999999",
    "inf",
    "-inf",
    "nan",
    "infinity",
    "0x1p3",
    "0x",
    "0x1.8",
    "1_000",
    "5f",
    "5u",
    "5.",
    "-",
    "+",
    "1e",
    "--5",
    "-0x10",
    "0b11",
    "1,5",
    "5 6",
    "5 6.5",
    "5 # c",
    "5 #",
    "5 abc",
    "abc 5",
    "# 5",
    "#5",
    "= 5",
    "5 =",
    "",
    '"5"',
    "5;",
    "true",
    "5 6 abc",
    "abc def",
    "0x10 5.5",
    "5\x00",
    "5\x0b6",
    "5\x0c",
    "5\r",
    "5\t6",
    "5\xa0",
    "NaN",
    "INF",
    "nan(1)",
    "08 5",
    "1.5e3",
    "18446744073709551615.5",
    "-1.5",
    "4294967297",
    "1e19",
    "0x1g",
    "5 6 # 7",
    "1e400 5",
    "99999999999999999999 5",
]


@pytest.mark.parametrize("key", ["*.Server.target_qps", "*.*.accuracy_log_sampling_target"])
def test_spellings_of_numbers(pair: Pair, tally: Tally, key: str) -> None:
    for number in NUMBERS:
        check(pair, tally, one_file(f"\n{key} = {number}\n"))


def one_file(text: str, model: str = "m", scenario: str = "Server", conf_type: int = 2) -> Case:
    config = {"text": text, "model": model, "scenario": scenario, "type": conf_type}
    return {"settings": {"scenario": "Server"}, "configs": [config]}


KEY = "*.*.accuracy_log_sampling_target"
TEXTS = [
    f"{KEY}=5",
    f"{KEY}= 5",
    f"{KEY} =5",
    f"{KEY} # c",
    f"{KEY} # = 5",
    f"{KEY} = #",
    f"{KEY} = # 5",
    f"# {KEY} = 5",
    f"#{KEY} = 5",
    f"#c\n{KEY} = 7",
    f"#c d\n{KEY} = 7",
    "#c = d",
    "#c = 4",
    f"{KEY} 5",
    f"{KEY} 5 6",
    f"{KEY} == 5",
    "= 5",
    "=",
    "= =",
    "= = 5",
    f"{KEY} = 5\n{KEY} = 6",
    f"{KEY} = 5\n{KEY} = x\n{KEY} = 6\nfoo bar",
    f"{KEY} = 5\n{KEY} = ",
    f"  {KEY}   =   5   ",
    f"\xef\xbb\xbf{KEY} = 511",
    f"{KEY} = 5\r\n{KEY} = 6\r\n",
    f"{KEY} = 5\r{KEY} = 6\r",
    f"# comment\n\n   \n\t# x\n{KEY} = 9",
    "x.y = 5",
    "x = 5",
    "a.b.c.d = 5",
    "foo # bar = x",
    "a#b = 5 ",
    f"m.Server.accuracy_log_sampling_target = 3\n*.Server.accuracy_log_sampling_target = 4\n"
    f"m.*.accuracy_log_sampling_target = 5\n{KEY} = 6",
    f"*.Server.accuracy_log_sampling_target = 4\nm.*.accuracy_log_sampling_target = 5\n{KEY} = 6",
    f"m.*.accuracy_log_sampling_target = 5\n{KEY} = 6",
    f"\x00\n{KEY} = 5",
    f"\x00{KEY} = 5",
    f"{KEY} = 5\x00",
    f"{KEY} = 5\n\x00 = 5",
    f"{KEY} = " + "9" * 100000,
    "A" * 200000 + " = 5",
    "5 # 6",
    "# = x",
    "# x = y",
    "abc",
    "abc # d",
    "abc =# 5",
    "*.Server.target_latency = -1",
    "*.Server.target_latency = 1e3",
    "*.Server.target_latency = 18446744073710",
    "*.*.mode = 4",
    "*.*.mode = -1",
    "*.*.mode = 1.9",
    "*.*.mode = 3",
    "*.*.mode = 1",
    "*.*.print_timestamps = 2",
    "*.*.print_timestamps = 0.5",
    "*.*.sample_concatenate_permutation = 2",
    "*.*.sample_concatenate_permutation = 1.5",
    "*.*.use_token_latencies = 2",
    "*.*.ttft_latency = 7\n*.*.use_token_latencies = 1",
    "*.Server.ttft_latency = 7\n*.*.use_token_latencies = 1",
    "*.Server.ttft_latency = 7",
    "*.*.token_latency_scaling_factor = 7",
    "*.*.token_latency_scaling_factor = 7\n*.*.infer_token_latencies = 1",
    "*.SingleStream.target_latency = 2.5",
    "*.*.qsl_rng_seed = 5",
    "*.Server.coalesce_queries = 2",
    "*.*.coalesce_queries = 2",
    "*.*.target_qps = 4",
    "*.Server.target_latency_percentile = 97",
    "*.MultiStream.samples_per_query = 3\n*.MultiStream.target_latency_percentile = 95\n"
    "*.MultiStream.target_latency = 0.25",
    "*.Offline.target_qps = 77",
    "*.Server.max_async_queries = 4",
    "*.*.accuracy_log_probability = 5",
    "*.*.test05 = 1",
    "*.*.performance_issue_unique = 3",
    "*.Offline.min_query_count = 7",
    "*.Server.target_latency = -0.5",
]


def test_grammar(pair: Pair, tally: Tally) -> None:
    for text in TEXTS:
        check(pair, tally, one_file(text))


@pytest.mark.parametrize("conf_type", [-1, 0, 1, 2, 3])
def test_kinds_of_files(pair: Pair, tally: Tally, conf_type: int) -> None:
    text = "*.*.qsl_rng_seed = 5\n*.*.min_query_count = 9\n*.*.test05 = 1"
    check(pair, tally, one_file(text, model="bert", conf_type=conf_type))


@pytest.mark.parametrize(
    ("model", "scenario"), [("llama3.1", "Server"), ("a.b.c", "Server"), ("a", "b.Server")]
)
def test_names_with_dots(pair: Pair, tally: Tally, model: str, scenario: str) -> None:
    text = (
        "llama3.1.Server.max_async_queries = 4\na.b.c.*.max_query_count = 5\n"
        "a.b.Server.min_query_count = 7"
    )
    check(pair, tally, one_file(text, model=model, scenario=scenario))


def test_files_in_a_row(pair: Pair, tally: Tally) -> None:
    missing = {"path": "/nonexistent/x", "model": "bert", "scenario": "Server", "type": 1}
    bad = {**missing, "text": "*.*.min_query_count = x", "path": "bad.conf"}
    good = {**missing, "text": "*.*.min_query_count = 9", "path": "good.conf"}
    folder = {**missing, "path": "/tmp", "type": 2}
    for configs in ([missing] * 2, [missing, bad, good], [good, good], [bad, good], [folder]):
        check(pair, tally, {"configs": configs})


def test_settings_of_two_tests_in_one_process(pair: Pair, tally: Tally) -> None:
    alone = one_file("*.Server.target_qps = 7", model="bert", conf_type=1)
    alone = {**alone, "way": "settings", "fields": FIELDS, "total": 10833}  # as the rules ask for
    second = {**alone, "another": alone["configs"]}
    our_second, peer_second = pair.run(second)
    _, peer_alone = pair.run(alone)
    assert list(settings_differences(alone, our_second, peer_alone)) == []
    met = [f"second file of a process: {e[1]}" for e in peer_second["entries"] if e[2] == "E"]
    assert tally.add(GROUP, met) == []


@pytest.mark.parametrize("line", BAD_LINES)
def test_audit_file_with_a_bad_line(pair: Pair, tally: Tally, line: str) -> None:
    audit = f"*.*.min_query_count = 9\n{line}\n"
    check(pair, tally, {"settings": {"scenario": "Server"}, "audit": audit})


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("given_in", ["settings", "rules"])
def test_test05(pair: Pair, tally: Tally, scenario: str, given_in: str) -> None:
    seeds = {f"test05_{s}_rng_seed": n for n, s in enumerate(("qsl", "sample_index", "schedule"))}
    case: Case = {"settings": {"scenario": scenario, "mode": "SubmissionRun", **seeds}}
    if given_in == "settings":
        case["settings"]["test05"] = True
    case["audit"] = "*.*.mode = 1\n*.*.test05 = 1\n*.*.accuracy_log_rng_seed = 720381539243781796"
    check(pair, tally, case)


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen(GROUP) == []
