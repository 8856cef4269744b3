"""The settings of a run that follow from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.harness.arguments import Defaults, parser
from mlperf_loadgen.harness.run_settings import (
    config_fields,
    needs_throughput_estimate,
    run_fields,
)

DEFAULTS = Defaults()


def fields(*flags: str, rate: float | None = None, sample_count: int = 50) -> dict[str, Any]:
    args = parser("test", backends=["one", "two"], defaults=DEFAULTS).parse_args(flags)
    return run_fields(args, sample_count=sample_count, defaults=DEFAULTS, rate=rate)


def files(*flags: str) -> dict[str, Any]:
    args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(flags)
    return config_fields(args, "mobilenet")


def test_nothing_said() -> None:
    assert fields() == {
        "scenario": "Offline",
        "mode": "PerformanceOnly",
        "min_duration_ms": 10_000,
        "min_query_count": 1,
    }


def test_offline_is_as_long_as_its_time_not_as_the_official_number_of_samples() -> None:
    settings = lg.TestSettings()
    settings.FromConfig("", "rnnt", "Offline", conf_type=0)
    assert settings.min_query_count == 2513
    assert fields("--time", "1")["min_query_count"] == 1
    assert "min_query_count" not in fields("--rules", "v1.0")


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("SingleStream", {"single_stream_expected_latency_ns": 5e6}),
        (
            "MultiStream",
            {"multi_stream_samples_per_query": 8, "multi_stream_expected_latency_ns": 40e6},
        ),
        (
            "Server",
            {
                "server_target_qps": 40.0,
                "server_target_latency_ns": 100_000_000,
                "min_query_count": 838,
            },
        ),
        ("Offline", {"min_query_count": 1, "offline_expected_qps": 150.0}),
    ],
)
def test_a_measured_rate_sets_what_the_scenario_expects(
    scenario: str, expected: dict[str, Any]
) -> None:
    common = {"scenario": scenario, "mode": "PerformanceOnly", "min_duration_ms": 10_000}
    assert fields("--scenario", scenario, rate=100.0) == common | expected


def test_server_with_a_time_ends_with_the_first_query_after_it() -> None:
    """Not before it, or the run is too short; nor with a number of queries that takes longer."""
    found = fields("--scenario", "Server", "--time", "3", rate=100.0)
    assert (found["min_duration_ms"], found["min_query_count"]) == (3000, 1)
    assert found["max_duration_ms"] == 5000
    assert fields("--scenario", "Server", "--time", "3", "--qps", "2")["max_duration_ms"] == 13_000
    conf = ("--scenario", "Server", "--time", "3", "--rules", "v1.0")
    assert fields(*conf)["max_duration_ms"] == 5000


def test_time_is_the_least_and_the_most() -> None:
    found = fields("--time", "0.25")
    assert (found["min_duration_ms"], found["max_duration_ms"]) == (250, 250)


def test_qps_goes_before_a_measured_rate() -> None:
    assert fields("--qps", "7", rate=100.0)["offline_expected_qps"] == 7.0
    assert fields("--qps", "7", "--scenario", "Server", rate=1.0)["server_target_qps"] == 7.0


def test_count_is_the_number_of_queries_and_lifts_the_least_time() -> None:
    found = fields("--count", "12", sample_count=12)
    assert found["min_query_count"] == 12
    assert found["min_duration_ms"] == 0
    official = fields("--count", "12", "--rules", "v1.0", sample_count=12)
    assert (official["min_query_count"], official["max_query_count"]) == (12, 12)
    assert "min_duration_ms" not in official
    assert fields("--count", "12", "--time", "3")["min_duration_ms"] == 3000


def test_a_number_of_queries_is_the_least_and_the_most() -> None:
    found = fields("--count-queries", "7", "--count", "12", sample_count=12)
    assert (found["min_query_count"], found["max_query_count"]) == (7, 7)


def test_seconds_become_nanoseconds() -> None:
    assert (
        fields("--scenario", "Server", "--max-latency", "0.015")["server_target_latency_ns"]
        == 15_000_000
    )


@pytest.mark.parametrize("flag", ["--qps", "--max-latency", "--samples-per-query"])
def test_what_the_scenario_does_not_have_is_left_out(flag: str) -> None:
    assert fields("--scenario", "SingleStream", flag, "3") == fields("--scenario", "SingleStream")


def test_other_settings_keep_their_values() -> None:
    said = ("--performance-sample-count", "20", "--no-progress")
    found = fields("--scenario", "MultiStream", "--samples-per-query", "3", *said)
    assert found["multi_stream_samples_per_query"] == 3
    assert found["performance_sample_count_override"] == 20
    assert found["progress"] is False


def test_a_settings_file_replaces_the_defaults_but_not_the_flags(tmp_path: Path) -> None:
    conf = tmp_path / "user.conf"
    conf.write_text("*.Server.target_qps = 3\n")
    said = ("--scenario", "Server", "--user_conf", str(conf))
    assert fields(*said, rate=100.0) == {"scenario": "Server", "mode": "PerformanceOnly"}
    assert files(*said) == {"model": "mobilenet", "user_conf": conf}
    assert fields(*said, "--qps", "9")["server_target_qps"] == 9.0


def test_a_round_replaces_the_defaults_too(tmp_path: Path) -> None:
    said = ("--scenario", "Server", "--rules", "v1.0")
    assert fields(*said, rate=100.0) == {"scenario": "Server", "mode": "PerformanceOnly"}
    assert files(*said) == {"model": "mobilenet", "rules": "v1.0"}
    conf = tmp_path / "user.conf"
    conf.write_text("*.Server.target_qps = 3\n")
    expected = {"model": "mobilenet", "rules": "v1.0", "user_conf": conf}
    assert files(*said, "--user_conf", str(conf)) == expected
    assert not needs_throughput_estimate(
        parser("test", backends=["one"], defaults=DEFAULTS).parse_args(said)
    )


@pytest.mark.filterwarnings("ignore:mlperf.conf. it has no seeds")
class TestTheFileOfARound:
    SAID = ("--scenario", "Server", "--mlperf_conf", "mlperf.conf")

    @pytest.fixture(autouse=True)
    def conf(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("mlperf.conf").write_text(
            "*.Server.target_latency = 7\n"
            "mobilenet.Server.target_latency = 8\n"
            "*.Server.target_qps = 9\n"
        )

    def test_it_goes_before_the_rules(self) -> None:
        found = files(*self.SAID, "--rules", "v0.5")["settings"]
        assert found.server_target_latency_ns == 8_000_000
        assert found.server_target_qps == 9
        assert found.min_query_count == 270_336  # of the rules

    def test_the_file_of_the_user_goes_before_it(self) -> None:
        Path("user.conf").write_text("*.Server.target_latency = 20\n")
        found = files(*self.SAID, "--user_conf", "user.conf")["settings"]
        assert found.server_target_latency_ns == 20_000_000
        assert found.server_target_qps == 9

    def test_its_seeds_say_which_round_it_is_of(self) -> None:
        with Path("mlperf.conf").open("a") as conf:
            conf.write(
                "*.*.qsl_rng_seed = 12786827339337101903\n"
                "*.*.sample_index_rng_seed = 12640797754436136668\n"
                "*.*.schedule_rng_seed = 3135815929913719677\n"
            )
        with pytest.warns(UserWarning, match=r"mlperf\.conf: its seeds are those of round v0\.7"):
            found = files(*self.SAID)["settings"]
        assert found.rules == "v0.7"
        assert found.qsl_rng_seed == 12786827339337101903
        assert found.min_duration_ms == 60_000
        assert found.server_target_latency_ns == 8_000_000

    def test_one_without_seeds_is_said_so(self) -> None:
        with pytest.warns(UserWarning, match=r"no seeds, .* no known round; the rules of v6\.1"):
            files(*self.SAID)

    def test_it_replaces_the_defaults(self) -> None:
        assert fields(*self.SAID, rate=100.0) == {"scenario": "Server", "mode": "PerformanceOnly"}
        args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(self.SAID)
        assert not needs_throughput_estimate(args)

    def test_a_bad_line_is_named(self) -> None:
        Path("mlperf.conf").write_text("*.Server.target_latency 7\n")
        with pytest.raises(lg.SettingsError, match=r"mlperf\.conf: .*line=1"):
            files(*self.SAID)


def test_a_compliance_test_is_passed_on(tmp_path: Path) -> None:
    audit = tmp_path / "audit.config"
    audit.write_text("*.*.mode = 2\n")
    assert fields("--audit_conf", str(audit))["audit_config"] == audit


@pytest.mark.parametrize(
    ("flags", "needed"),
    [
        ([], True),
        (["--qps", "3"], False),
        (["--accuracy"], False),
        (["--accuracy", "--scenario", "Server"], True),  # its queries have arrival times too
    ],
)
def test_the_rate_is_measured_only_where_it_matters(flags: list[str], needed: bool) -> None:
    args = parser("test", backends=["one"], defaults=DEFAULTS).parse_args(flags)
    assert needs_throughput_estimate(args) is needed


def test_a_peak_search_is_not_cut_short() -> None:
    found = fields("--find-peak-performance", "--scenario", "Server", "--time", "2")
    assert found["min_duration_ms"] == 2000
    # Neither a run cut short nor one of too few queries can be valid, and so a peak.
    assert "max_duration_ms" not in found
    assert found["min_query_count"] == 838
