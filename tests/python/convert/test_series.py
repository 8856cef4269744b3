"""Results that are made from times, against those made by the definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mlperf_loadgen.convert.series import Ints, Series, measured

from tests.python.result import synthetic

RNG = np.random.default_rng(5)


def server(n: int) -> dict[str, Ints]:
    return synthetic.queue(n, rate=1000, service_ns=RNG.integers(1, 1_500_000, n), seed=3)


def tokens(n: int) -> dict[str, Ints]:
    times = server(n)
    first = times["due_ns"] + RNG.integers(1, 10**8, n)
    number = RNG.integers(1, 300, n)
    done = first + (number - 1) * RNG.integers(10**6, 10**7, n)
    return {**times, "completed_ns": done, "first_token_ns": first, "tokens": number}


def in_a_row(n: int, per_query: int = 1) -> dict[str, Ints]:
    latency = RNG.integers(1_000, 10**7, (n, per_query))
    issued = np.cumsum(1_000 + np.concatenate([[0], latency.max(axis=1)[:-1]]))
    return {"issued_ns": issued, "completed_ns": (issued[:, None] + latency).ravel()}


def offline(n: int) -> dict[str, Ints]:
    return {"issued_ns": np.zeros(1, np.int64), "completed_ns": np.cumsum(RNG.integers(1, 99, n))}


@pytest.mark.parametrize(
    ("scenario", "times"),
    [
        ("Server", server(5_000)),
        ("Server", server(7)),
        ("Server", tokens(60_000)),  # more cells than are kept: columns are joined
        ("SingleStream", in_a_row(2_000)),
        ("MultiStream", in_a_row(500, 8)),
        ("Offline", offline(3_000)),
    ],
)
def test_it_is_what_the_definitions_say(scenario: str, times: dict[str, Ints]) -> None:
    begin = times.get("due_ns", times["issued_ns"]).min()
    times = {name: v if name == "tokens" else v - begin for name, v in times.items()}
    wanted = synthetic.record(scenario, **times)
    n, samples = len(times["issued_ns"]), len(times["completed_ns"])
    later = {name: v if name == "tokens" else v + 12_345 for name, v in times.items()}
    found = measured(Series(scenario, query=np.arange(samples) // (samples // n), **later))
    figures = found.pop("metrics")
    both = set(figures) & set(wanted["metrics"])
    assert {n: figures[n] for n in both} == pytest.approx({n: wanted["metrics"][n] for n in both})
    assert set(wanted["metrics"]) - both <= {"rate.share"}
    assert all(name.startswith("gap.") for name in set(figures) - both)
    assert found.pop("duration_ns") == wanted["run"]["duration_ns"]
    for sample in wanted["slowest"]:
        del sample["sample"]
    if len(found["timeline"]["edges_ns"]) < 200 < samples:  # joined: in flight of finer columns
        del found["slowest"], wanted["slowest"]
    for name, part in found.items():
        assert part == wanted[name], name


def one_column(**more: Any) -> dict[str, Any]:
    issued = np.array([5, 10, 20], np.int64)
    completed = np.array([105, 210, 320], np.int64)
    return measured(Series("OpenLoop", issued, completed, np.arange(3), **more))


def test_a_sample_that_failed_has_no_latency() -> None:
    found = one_column(failed=np.array([False, True, False]))
    assert found["latency"]["count"] == 2
    assert sum(found["timeline"]["failed"]) == 1
    assert found["metrics"]["errors"] == pytest.approx(1 / 3)


def test_without_a_schedule_there_is_no_lag() -> None:
    found = one_column()
    assert "lag" not in found
    assert not any("lag_ns" in sample for sample in found["slowest"])
    assert found["latency"]["curve_ns"][0] == 100
    assert found["timeline"]["due"] == found["timeline"]["issued"]


def test_a_sample_without_a_first_token_has_no_ttft() -> None:
    found = one_column(first_token_ns=np.array([8, -1, 25]))
    assert found["ttft"]["count"] == 2
    assert found["ttft"]["max_ns"] == 5
