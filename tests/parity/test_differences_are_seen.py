"""The comparisons themselves: unlike settings must come out as differences, and fail."""

from __future__ import annotations

from typing import Any

import pytest
from parity.pair import Case, Outcome, Pair
from parity.tally import Tally
from parity.test_modes import mode_differences
from parity.test_settings import settings_differences
from parity.test_streams import sampling_differences, stream_differences

SETTINGS: dict[str, Any] = {
    "scenario": "Server",
    "mode": "PerformanceOnly",
    "server_target_qps": 20000,
    "min_duration_ms": 0,
    "min_query_count": 50,
    "accuracy_log_probability": 0.5,
}


def both(pair: Pair, case: Case, **other_settings: Any) -> tuple[Outcome, Outcome]:
    pair.ours.send({**case, "settings": {**SETTINGS, **other_settings}})
    pair.peer.send({**case, "settings": SETTINGS})
    return pair.ours.receive(), pair.peer.receive()


@pytest.mark.parametrize(
    ("setting", "seen_in"),
    [
        ("qsl_rng_seed", "loaded sets"),
        ("sample_index_rng_seed", "samples of series 0"),
        ("schedule_rng_seed", "scheduled times"),
        ("min_query_count", "generated_query_count"),
    ],
)
def test_streams(pair: Pair, setting: str, seen_in: str) -> None:
    case = {"way": "run", "trace": True, "settings": SETTINGS}
    found = list(stream_differences(case, *both(pair, case, **{setting: 51})))
    assert any(difference.startswith(f"{seen_in}: ours ") for difference in found)
    assert Tally().add("streams", found) == found


def test_accuracy_sampling(pair: Pair) -> None:
    case = {"way": "run", "settings": SETTINGS}
    found = list(sampling_differences(case, *both(pair, case, accuracy_log_rng_seed=1)))
    assert len(found) == 1
    assert Tally().add("accuracy sampling", found) == found


def test_settings(pair: Pair) -> None:
    case = {"way": "settings", "configs": [], "fields": ["qsl_rng_seed"], "settings": SETTINGS}
    found = list(settings_differences(case, *both(pair, case, qsl_rng_seed=1)))
    assert len(found) == 5  # the field, and two lines of each
    assert Tally().add("settings", found) == found


def test_modes(pair: Pair) -> None:
    case = {"way": "run", "settings": SETTINGS}
    found = list(mode_differences("PerformanceOnly", *both(pair, case, max_query_count=20)))
    assert any("detail: only ours: error_runtime" in difference for difference in found)
    assert Tally().add("modes", found) != []
