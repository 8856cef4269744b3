"""The random streams: which samples, in which order, how many, when; whose responses are logged.

One run gives both groups: "streams", and "accuracy sampling" from the accuracy log of the same run.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from parity.pair import Case, Outcome, Pair, differences, values
from parity.tally import Tally

GENERATED = ("loaded_qsl_set", "generated_query_count", "generated_samples_per_query")
LOOPS = ("SingleStream", "MultiStream")  # they end when time is up, so the count varies

seeds = st.one_of(
    st.integers(0, 2**64 - 1), st.sampled_from([0, 5489, 2**31, 2**32 - 1, 2**32, 2**64 - 1])
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scenario = draw(st.sampled_from(["SingleStream", "MultiStream", "Server", "Offline"]))
    total = draw(st.sampled_from([1, 2, 7, 30, 64, 100, 997]))
    performance = draw(st.sampled_from([1, 3, 8, 64, 100, 300]))
    settings: dict[str, Any] = {
        "scenario": scenario,
        "mode": draw(st.sampled_from(["PerformanceOnly", "AccuracyOnly", "SubmissionRun"])),
        "min_duration_ms": draw(st.sampled_from([0, 0, 1, 7, 25])),
        "min_query_count": draw(st.sampled_from([1, 2, 5, 37, 100, 333])),
        "single_stream_expected_latency_ns": draw(st.sampled_from([1e4, 333333, 70001.5])),
        "multi_stream_expected_latency_ns": draw(st.sampled_from([1e5, 777777, 8e6])),
        "multi_stream_samples_per_query": draw(st.sampled_from([1, 2, 3, 8])),
        # An accuracy run takes samples / rate, too.
        "server_target_qps": draw(st.sampled_from([3333.3, 20000, 1e5 / 3])),
        "offline_expected_qps": draw(st.sampled_from([1, 50, 1000 / 3, 12345.6])),
    }
    for stream in ("qsl", "sample_index", "schedule", "accuracy_log"):
        settings[f"{stream}_rng_seed"] = draw(seeds)
    flags = draw(st.sampled_from(["", "", "unique", "same", "equal", "equal", "equal same"]))
    if "unique" in flags and not (scenario == "Offline" and performance > total):
        settings["performance_issue_unique"] = True
    if "equal" in flags:
        settings["sample_concatenate_permutation"] = True
    if "same" in flags:
        settings["performance_issue_same"] = True
        smallest_set = total % performance or performance
        most = min(smallest_set, performance, total) - 1
        settings["performance_issue_same_index"] = draw(st.integers(0, most))
    elif "unique" not in flags:
        settings["performance_sample_count_override"] = draw(st.sampled_from([0, 0, 0, 2, 5, 50]))
    if "same" not in flags:
        settings["accuracy_sample_count_override"] = draw(
            st.sampled_from([0, 0, 0, 1, 2, 13, 60, 2000])
        )
    logged = draw(st.sampled_from(["nothing", "fraction", "fraction", "count", "count"]))
    if logged == "fraction":
        settings["accuracy_log_probability"] = draw(st.sampled_from([0.01, 0.1, 0.5, 1.0]))
    elif logged == "count":
        settings["accuracy_log_sampling_target"] = draw(st.sampled_from([1, 10, 64, 1000]))
    return {
        "way": "run",
        "settings": settings,
        "total": total,
        "performance": performance,
        "sut": {"bytes": 3},  # accuracy_sample_count_override may go beyond the library
        "trace": scenario == "Server",
    }


OFFICIAL = {  # of v6.1
    "qsl_rng_seed": 2465351861681999779,
    "sample_index_rng_seed": 14276810075590677512,
    "schedule_rng_seed": 3936089224930324775,
    "accuracy_log_rng_seed": 720381539243781796,
}
# More samples than 2^16, from where on a shuffle draws each position on its own.
LARGE = [
    (
        {
            "scenario": "SingleStream",
            "mode": "SubmissionRun",
            "sample_concatenate_permutation": True,
        },
        70001,
        66000,
    ),
    (
        {
            "scenario": "Server",
            "mode": "PerformanceOnly",
            "accuracy_log_sampling_target": 128,
            "min_query_count": 5000,
        },
        200000,
        140000,
    ),
    (
        {
            "scenario": "Offline",
            "mode": "PerformanceOnly",
            "sample_concatenate_permutation": True,
            "min_query_count": 150000,
            "accuracy_log_sampling_target": 128,
        },
        70000,
        66001,
    ),
    (
        {
            "scenario": "MultiStream",
            "mode": "SubmissionRun",
            "min_query_count": 100,
            "accuracy_log_probability": 0.2,
        },
        70000,
        65536,
    ),
    ({"scenario": "SingleStream", "mode": "AccuracyOnly"}, 65536, 65535),
]


def series(outcome: Outcome) -> list[list[int]]:
    """The samples issued in each series, in order."""
    groups = itertools.groupby(outcome["calls"], key=lambda call: call[0])
    return [[index for _, indices in calls for index in indices] for _, calls in groups]


def offsets(outcome: Outcome) -> list[int]:
    """Scheduled times of the samples in the trace, ns after the first one's."""
    starts = {}
    for line in outcome["trace"].splitlines():
        if '"name":"Sample"' in line and '"ph":"b"' in line:
            number = re.search(r'"sample_seq":(\d+)', line)
            time = re.search(r'"ts":(\d+)\.(\d{3})', line)
            assert number is not None
            assert time is not None
            starts[int(number[1])] = int(time[1] + time[2])
    first = starts[min(starts)]
    return [starts[number] - first for number in sorted(starts)]


def stream_differences(case: Case, ours: Outcome, peer: Outcome) -> Iterator[str]:
    settings = case["settings"]
    yield from differences("loaded sets", ours["loads"], peer["loads"])
    for key in (*GENERATED, "generated_query_duration"):
        yield from differences(key, values(ours, key), values(peer, key))
    our_series, peer_series = series(ours), series(peer)
    yield from differences("series", len(our_series), len(peer_series))
    for number, (our, their) in enumerate(zip(our_series, peer_series, strict=False)):
        performance = settings["mode"] != "AccuracyOnly" and number == len(peer_series) - 1
        if performance and settings["scenario"] in LOOPS:
            least = min(len(our), len(their))
            generated = int(values(peer, "generated_query_count")[number])
            assert least >= min(settings["min_query_count"], generated)
            our, their = our[:least], their[:least]
        yield from differences(f"samples of series {number}", our, their)
    if settings["scenario"] == "Server" and settings["mode"] == "PerformanceOnly":
        yield from differences("scheduled times", offsets(ours), offsets(peer))


def logged(outcome: Outcome, before: int) -> dict[int, tuple[int, str]]:
    """Accuracy log by sequence id."""
    return {
        record["seq_id"]: (record["qsl_idx"], record["data"])
        for record in outcome["accuracy"]
        if record["seq_id"] < before
    }


def sampling_differences(case: Case, ours: Outcome, peer: Outcome) -> Iterator[str]:
    *earlier, last = zip(series(ours), series(peer), strict=True)
    both_issued = sum(len(our) for our, _ in earlier) + min(map(len, last))
    yield from differences("logged samples", logged(ours, both_issued), logged(peer, both_issued))


def check(pair: Pair, tally: Tally, case: Case) -> None:
    ours, peer = pair.run(case)
    for name, outcome in (("ours", ours), ("peer", peer)):
        assert "calls" in outcome, f"{name}: {outcome}"
    unknown = tally.add("streams", stream_differences(case, ours, peer))
    assert unknown == []
    unknown = tally.add("accuracy sampling", sampling_differences(case, ours, peer))
    assert unknown == []


@hypothesis_settings(
    max_examples=250,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_random_settings(pair: Pair, tally: Tally, case: Case) -> None:
    check(pair, tally, case)


@pytest.mark.parametrize(("settings", "total", "performance"), LARGE)
def test_large_libraries(
    pair: Pair, tally: Tally, settings: dict[str, Any], total: int, performance: int
) -> None:
    rates = {
        "single_stream_expected_latency_ns": 100000,
        "multi_stream_expected_latency_ns": 1e6,
        "server_target_qps": 50000.5,
        "offline_expected_qps": 77777,
        "min_duration_ms": 20,
        "min_query_count": 10,
    }
    case = {
        "way": "run",
        "settings": {**OFFICIAL, **rates, **settings},
        "total": total,
        "performance": performance,
        "trace": settings["scenario"] == "Server",
    }
    check(pair, tally, case)


def test_every_known_difference_was_met(tally: Tally) -> None:
    assert tally.unseen("streams") == []
    assert tally.unseen("accuracy sampling") == []
