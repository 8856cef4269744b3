"""What differs between the runs of two sides."""

from __future__ import annotations

from typing import Any

import pytest
from mlperf_loadgen.compare.differences import differences, same_schedule

from tests.python.result import synthetic

SEEDS = {"qsl_rng_seed": 1, "sample_index_rng_seed": 2, "schedule_rng_seed": 3}


def server(**settings: Any) -> synthetic.Record:
    return synthetic.server(2_000, settings={**SEEDS, **settings})


def test_equal_runs_do_not_differ() -> None:
    assert differences([server()], [server(), server()]) == []


def test_what_differs() -> None:
    base, new = server(), server(min_duration_ms=5)
    new["made"]["by"]["version"] = "0.2.0"
    new["environment"] = {"processor": {"model": "other", "cores": 8, "frequency_hz": 3}}
    found = differences([base], [new])
    assert [tuple(each) for each in found] == [
        ("mlperf-loadgen", "0.1.0", "0.2.0", False),
        ("processor.model", "synthetic", "other", False),
        ("min_duration_ms", "-", "5", False),
    ]


def test_a_side_may_differ_in_itself() -> None:
    (found,) = differences([server(), server(server_target_qps=2)], [server(server_target_qps=2)])
    assert tuple(found) == ("server_target_qps", "-, 2", "2", False)


@pytest.mark.parametrize(
    "settings",
    [{"server_target_qps": 2}, {"target_qps": 2}, {"target_latency_ns": 2}, {"tpot_latency_ns": 2}],
)
def test_another_load_or_limit_stops(settings: dict[str, int]) -> None:
    (found,) = differences([server(**dict.fromkeys(settings, 1))], [server(**settings)])
    assert found.stops


def test_what_only_says_how_long_a_test_is_does_not_stop() -> None:
    sides = [
        [synthetic.offline(200, settings={"target_qps": qps, "samples_per_query": 9 * qps})]
        for qps in (1, 2)
    ]
    assert [each.stops for each in differences(*sides)] == [False, False]


def test_the_same_schedule() -> None:
    assert same_schedule(server(), server()) == (1, 1)
    assert same_schedule(synthetic.server(2_000), synthetic.server(2_000)) is None  # no seeds
    assert same_schedule(server(schedule_rng_seed=4), server()) is None
    assert same_schedule(server(server_target_qps=4), server(server_target_qps=5)) is None
    assert same_schedule(server(performance_issue_same=1), server(performance_issue_same=0)) is None
    # Says so, but its due times differ.
    one, other = (
        synthetic.server(2_000, seed=seed, plan_end_ns=3_000_000_000, settings=SEEDS)
        for seed in (1, 2)
    )
    assert same_schedule(one, one) == (1, 1)
    assert same_schedule(one, other) is None
    offline = synthetic.offline(settings=SEEDS)
    assert same_schedule(offline, offline) is None
    short, long = (synthetic.single_stream(n, settings=SEEDS) for n in (500, 2_000))
    assert same_schedule(short, long) == (1, 0.25)
