"""What of an environment would spoil a measurement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mlperf_loadgen.result.findings import changes, findings, lag_finding

GOOD: dict[str, Any] = {
    "processor": {"model": "Intel", "threads": 8, "affinity": 8, "governor": "performance"},
    "memory": {"swap_used_bytes": 0},
    "system": {"clock_source": "tsc", "load_average": 0.1},
    "gpus": [{"throttle_reasons": 1}],
}


def changed(group: str, **values: Any) -> dict[str, Any]:
    return GOOD | {group: GOOD[group] | values}


def test_a_good_machine_and_one_that_tells_nothing_have_none(tmp_path: Path) -> None:
    assert findings(GOOD, tmp_path) == []
    assert findings({}, tmp_path / "to" / "be" / "made") == []


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        (changed("processor", governor="powersave"), "governor"),
        (changed("processor", cgroup_cpus=2.5), "quota"),
        (changed("processor", affinity=1), "processors"),
        (changed("system", clock_source="hpet"), "clock"),
        (changed("system", load_average=3.0), "load"),
        (changed("memory", swap_used_bytes=5_000_000), "swap"),
        (GOOD | {"gpus": [{"throttle_reasons": 0x24}]}, "throttling"),
    ],
)
def test_each_is_found_with_a_cure(facts: dict[str, Any], check: str, tmp_path: Path) -> None:
    (found,) = findings(facts, tmp_path)
    assert found.check == check
    assert found.found
    assert found.cure


def test_a_virtual_machine_has_the_clock_it_has(tmp_path: Path) -> None:
    assert findings(changed("system", clock_source="kvm-clock", virtual="yes"), tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            {"processor": {"frequency_hz": 3_500_000_000}},
            {"processor": {"frequency_hz": 2_100_000_000}},
            ["the processor went from 3.5 to 2.1 GHz"],
        ),
        (
            {"processor": {"throttled_periods": 5}},
            {"processor": {"throttled_periods": 12}},
            ["the container was stopped 7 times: it had used up its quota"],
        ),
        (
            {"memory": {"swap_used_bytes": 0}},
            {"memory": {"swap_used_bytes": 5_000_000}},
            ["5 MB were swapped out"],
        ),
        (GOOD, {"gpus": [{"throttle_reasons": 0x20}]}, ["GPU 0 is slowed down by its temperature"]),
        (GOOD, GOOD, []),
        ({}, {"processor": {"throttled_periods": 12, "frequency_hz": 1}}, []),
    ],
)
def test_what_happened_during_a_run(
    before: dict[str, Any], after: dict[str, Any], said: list[str]
) -> None:
    assert [change.found for change in changes(before, after)] == said


def test_late_queries_are_a_finding() -> None:
    assert lag_finding(99_000) == []
    assert "250 µs" in lag_finding(250_000)[0].found
