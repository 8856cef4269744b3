"""Tests that no machine has the memory for: refused before anything of them is made."""

from __future__ import annotations

import time
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

LONGEST_MS = 9223372036854


class Untouched:
    """A library and a SUT that must not be asked for anything."""

    def __init__(self, total: int = 1000) -> None:
        self.total = total

    def __len__(self) -> int:
        return self.total

    def load(self, indices: Any) -> None:
        pytest.fail("samples are loaded")

    unload = load

    def __call__(self, samples: lg.Samples) -> None:
        pytest.fail("samples are issued")


@pytest.mark.parametrize(
    ("scenario", "total", "fields", "named"),
    [
        ("SingleStream", 9, {"min_query_count": 10**13}, "min_query_count = 10000000000000"),
        ("SingleStream", 9, {"expected_latency_ns": 1e-9}, "single_stream_expected_latency_ns"),
        ("SingleStream", 9, {"min_duration_ms": LONGEST_MS}, f"min_duration_ms = {LONGEST_MS}"),
        ("MultiStream", 9, {"samples_per_query": 2**40}, "samples_per_query - 1 = 1099511627775"),
        ("MultiStream", 9, {"samples_per_query": 2**64 - 1}, "samples_per_query"),
        ("MultiStream", 9, {"min_duration_ms": LONGEST_MS}, f"min_duration_ms = {LONGEST_MS}"),
        ("MultiStreamFixedInterval", 9, {"target_qps": 1e300}, "multi_stream_interval_target_qps"),
        ("Server", 9, {"target_qps": 1e12, "min_duration_ms": 600_000}, "server_target_qps"),
        ("Server", 9, {"min_query_count": 2**64 - 1}, "min_query_count = 18446744073709551615"),
        ("Offline", 9, {"target_qps": 1e15}, "offline_expected_qps"),
        ("Offline", 9, {"min_query_count": 2**63}, "min_query_count"),
        ("Offline", 9, {"min_duration_ms": LONGEST_MS}, "min_duration_ms"),
        ("SingleStream", 2**60, {}, "samples to load = 1152921504606846976"),
        ("Offline", 2**60, {"mode": "AccuracyOnly"}, "samples to load = 1152921504606846976"),
    ],
)
def test_what_is_too_large_is_named_at_once(
    scenario: str, total: int, fields: dict[str, Any], named: str
) -> None:
    begin = time.monotonic()
    with pytest.raises(lg.SettingsError) as error:
        lg.run(Untouched(), Untouched(total), scenario=scenario, **fields)
    assert named in str(error.value)
    assert time.monotonic() - begin < 2


def test_the_most_that_a_plan_can_hold_is_more_than_this_machine_has() -> None:
    """2^32 - 1 queries take 120 GB."""
    try:
        with open("/proc/meminfo") as lines:
            total_kib = int(lines.readline().split()[1])
    except OSError:
        pytest.skip("no /proc/meminfo")
    if total_kib > 100 * 2**20:
        pytest.skip("a machine that has it")
    with pytest.raises(lg.SettingsError, match=r"memory for the test = \S+ GiB: must be at most"):
        lg.run(Untouched(), Untouched(), min_query_count=2**32 - 1, min_duration_ms=0)


def test_a_peak_search_ends_at_the_trial_that_does_not_fit() -> None:
    with pytest.raises(lg.SettingsError, match="the next trial does not fit") as error:
        lg.run(
            lambda samples: np.zeros(len(samples), np.uint8),
            range(10),
            scenario="Server",
            mode="FindPeakPerformance",
            target_qps=1000,
            target_latency_percentile=0.5,
            min_query_count=1,
            min_duration_ms=100,
            server_find_peak_qps_boundary_step_size=1e12,
        )
    assert "server_target_qps (1e+15 queries per second)" in str(error.value)
    report = error.value.report  # type: ignore[attr-defined]
    assert not report.valid
    assert report.settings.target_qps == 1000
    assert report.query_count > 10
