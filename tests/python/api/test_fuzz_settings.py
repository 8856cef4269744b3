"""Settings of any value, from files, arguments and libraries: refused clearly, or a test runs."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sized
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from fuzz.inputs import fuzzed
from hypothesis import example, given
from hypothesis import strategies as st

SCENARIOS = list(lg.TestScenario.__members__)
FIELDS = sorted(
    name
    for name, member in vars(lg.TestSettings).items()
    if isinstance(member, property) and name not in ("scenario", "mode", "rules")
)
NUMBERS: st.SearchStrategy[Any] = st.one_of(
    st.integers(-3, 5),
    st.integers(-(2**200), 2**200),
    st.sampled_from([2**31, 2**32 - 1, 2**32, 2**40, 2**60, 2**63 - 1, 2**63, 2**64 - 1, 2**64]),
    st.floats(),
    st.booleans(),
)
# Published tools know this text as it is, without a line.
MODE_ERROR = "Invalid value passed to Mode key in config."
CONFIG_WORDS = st.sampled_from(
    [
        *("*.*.min_duration", "*.*.mode", "*.Server.target_qps", "resnet50.*.min_query_count"),
        *("=", "=", "=", "#", "\n", "\n", "\t", "\r", "\0", "\xff", "a.b", "5x", "0x10", "1_000"),
        *("0", "1", "-1", "1e3", "1e400", "2e308", "18446744073709551616", "nan", "inf"),
    ]
)


def short(**fields: Any) -> dict[str, Any]:
    """Fields with which a test that can run does so at once."""
    few = {"min_duration_ms": 0, "min_query_count": 1, "max_query_count": 3, "max_duration_ms": 50}
    return {**few, **fields}


def run(library: Any = (1, 2, 3), **fields: Any) -> lg.Report:
    return lg.run(lambda samples: np.zeros(len(samples), np.uint8), library, **fields)


@fuzzed(200)
@example(b"\xff\xfe.a.b = 1\n")
@example(("é" * 79 + ".*.k = 1\n").encode())
@example(b"a b\n" * 100_000)
@example(b"*.*.min_duration = " + b"9" * 100_000 + b"\n")
@example(b"*.*.min_duration = 1" + b" 1" * 100_000 + b"\n")
@example(b"k" * 1_000_000 + b" = 1\n")
@example(b"*.Server.target_qps = 2e308\n")
@example(b"*.SingleStream.target_latency = 1e303\n")
@given(st.binary(max_size=200) | st.lists(CONFIG_WORDS).map(lambda w: " ".join(w).encode("latin1")))
def test_configs(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "user.conf"
    path.write_bytes(content)
    for scenario in SCENARIOS:
        settings = lg.TestSettings()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                settings.FromConfig(str(path), "resnet50", scenario)
            except lg.SettingsError as error:
                lines = str(error).splitlines()
                assert lines
                assert all(line.startswith(f"{path}: ") for line in lines)
                assert all(", line=" in line or line.endswith(MODE_ERROR) for line in lines)
                assert len(lines) <= 110
        assert all(", line=" in str(warning.message) for warning in said)
        assert len(said) <= 110


@pytest.mark.parametrize(
    "number",
    ["18446744073709551616", "1e400", "-1e400", "nan", "inf", "1_000", "12abc", "0x", "1e-400"],
)
def test_what_is_no_number_for_a_setting_is_refused_with_its_line(
    tmp_path: Path, number: str
) -> None:
    path = tmp_path / "user.conf"
    path.write_text(f"# one\n\n*.*.min_query_count = {number}\n")
    with pytest.raises(lg.SettingsError, match=r"user\.conf: .*, line=3: "):
        lg.TestSettings().FromConfig(str(path), "m", "Server")


@pytest.mark.parametrize(("number", "read"), [("-1", 2**64 - 1), ("1e3", 1), ("12.9", 12)])
def test_what_is_no_whole_number_is_warned_of(tmp_path: Path, number: str, read: int) -> None:
    path = tmp_path / "user.conf"
    path.write_text(f"\n*.*.min_query_count = {number}\n")
    settings = lg.TestSettings()
    with pytest.warns(UserWarning, match=f"{number} is read as {read}, line=2"):
        settings.FromConfig(str(path), "m", "Server")
    assert settings.min_query_count == read


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(lg.SettingsError, match="/dev/zero: it is a device, not a regular file"):
        lg.TestSettings().FromConfig("/dev/zero", "m", "Server", 2)


@pytest.mark.parametrize("path", [b"/no\xff", "/no\udcff", "/no\nway", "/no" * 100_000, "/no\0"])
def test_paths_of_any_bytes(path: Any) -> None:
    with pytest.raises((ValueError, TypeError)):  # a SettingsError is a ValueError
        lg.TestSettings().FromConfig(path, "m", "Server")


@fuzzed(150)
@example("SingleStream", {"min_query_count": 10**13})
@example("Offline", {"offline_expected_qps": 1e15, "min_duration_ms": 1000})
@example("Server", {"server_target_qps": 1e12, "min_duration_ms": 600_000})
@example("MultiStream", {"multi_stream_samples_per_query": 2**40})
@example("SingleStream", {"drain_timeout_ms": 9223372036854})
@example("SingleStream", {"sample_concatenate_permutation": True, "min_query_count": 2**64 - 1})
@example("SingleStream", {"single_stream_expected_latency_ns": 5e-324})
@example("Server", {"server_target_qps": 10**5000})
@example("Server", {"server_target_qps": "x" * 1_000_000})
@example("Server", {"min_query_count": math.nan})
@example("Server", {"server_num_issue_query_threads": 2**32})
@pytest.mark.filterwarnings("ignore:.*accepted for scripts:DeprecationWarning")
@given(
    st.sampled_from(SCENARIOS),
    st.dictionaries(st.sampled_from(FIELDS), NUMBERS, min_size=1, max_size=3),
)
def test_fields(scenario: str, fields: dict[str, Any]) -> None:
    """What fits into memory may still take long: that is left out."""
    if any(isinstance(v, int) and 2**12 < v < 2**31 for v in fields.values()):
        return
    try:
        report = run(scenario=scenario, **short(**fields))
    except lg.SettingsError as error:
        refusal = str(error)
        assert refusal
        assert len(refusal) < 3000
        return
    assert report.query_count >= 1


@fuzzed(100)
@example(2**60, 2**60)
@example(4 * 10**9, 4 * 10**9)
@example(2**63 - 1, 2**200)
@example(2**63, 1)
@example(-1, 1)
@example(3, -1)
@example(3, "many")
@example(3, math.inf)
@example(2**60, 1)
@given(
    st.sampled_from([-1, 0, 1, 5, 2**31, 2**32, 2**60, 2**63 - 1, 2**63, 2**64]),
    st.sampled_from([-1, 0, 1, 5, 2**60, 2**64, 2**200, math.nan, math.inf, "x", None]),
)
def test_libraries(total: int, performance: Any) -> None:
    class Library:
        performance_sample_count = performance

        def __len__(self) -> int:
            return total

        def load(self, indices: Any) -> None:
            assert len(indices) <= 5

        def unload(self, indices: Any) -> None: ...

    try:
        report = run(Library(), **short())
    except lg.SettingsError:
        return
    assert report.query_count >= 1
    assert total > 0


@pytest.mark.parametrize(
    "name",
    [
        '"\\\n\r\t\0\x1b\x7f',
        "\x85\u2028\u2029é😀",
        "half \ud800 pair",
        "x" * 1_000_000,
        "}\n:::MLLOG",
    ],
)
def test_names_of_any_characters(tmp_path: Path, name: str) -> None:
    class Sut(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            samples.complete(np.zeros(len(samples), np.uint8))

    class Library(Sized):
        def __init__(self) -> None:
            self.name = name

        def __len__(self) -> int:
            return 2

    sut = Sut()
    sut.name = name
    report = lg.run(sut, Library(), output=tmp_path, model=name, **short())
    detail = Path(report.detail_path).read_bytes().decode().split("\n")
    entries = [json.loads(line.removeprefix(":::MLLOG ")) for line in detail if line]
    shown = {entry["key"]: entry["value"] for entry in entries}
    assert shown["sut_name"] == shown["qsl_name"] == name.encode(errors="replace").decode()
    summary = Path(report.summary_path).read_bytes().decode().split("\n")
    at = next(i for i, line in enumerate(summary) if line.startswith("SUT name : "))
    assert summary[at + 1].startswith("Scenario : ")
