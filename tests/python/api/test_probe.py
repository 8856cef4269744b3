"""run() without the speed of the SUT: it is tried briefly, then a test that is VALID runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import mlperf_loadgen as lg
import pytest
from child_process import succeed
from mlperf_loadgen.probe import chooser

pytestmark = pytest.mark.alone
SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline"]
SHORT_MS = 300


def taking(seconds: float, scenario: str) -> Callable[[lg.Samples], None]:
    """A SUT that takes so long for a query; in Offline for a sample."""

    def sut(samples: lg.Samples) -> None:
        at_once = 1 if scenario == "Offline" else len(samples)
        for i in range(0, len(samples), at_once):
            end = time.perf_counter() + seconds
            if seconds > 1e-3:
                time.sleep(seconds)
            while time.perf_counter() < end:
                pass
            samples[i : i + at_once].complete()

    return sut


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("seconds", [10e-6, 0.06], ids=["fast", "slow"])
def test_the_plain_call_is_valid(scenario: str, seconds: float) -> None:
    """The slow one is to `min_duration_ms` what 2 s a query are to the 10 s of the plain call."""
    begin = time.monotonic()
    report = lg.run(
        taking(seconds, scenario), range(32), scenario=scenario, min_duration_ms=SHORT_MS
    )
    assert report.valid, report
    assert report.duration_seconds >= SHORT_MS / 1000
    assert "in a short series before the test" in report.notes[0]
    assert time.monotonic() - begin < 20


def made_up(**given: Any) -> lg.Report:
    fields = {"query_count": 100, "duration_seconds": 1.0, "samples_per_second": 100.0}
    latency = SimpleNamespace(min=10_000_000, p50=10_000_000)
    fields = {**fields, "latency_ns": latency, "query_latency_ns": latency, **given}
    return cast(lg.Report, SimpleNamespace(**fields))


def chosen(scenario: str, report: lg.Report, *said: str) -> tuple[lg.TestSettings, str]:
    settings = lg.TestSettings()
    settings.scenario = getattr(lg.TestScenario, scenario)
    notes: list[str] = []
    choose = chooser(settings, said, notes)
    assert choose is not None
    return choose(settings, lambda _: report), notes[0]


def test_server_gets_half_of_what_was_seen() -> None:
    settings, note = chosen("Server", made_up())
    assert settings.server_target_qps == 50
    assert settings.server_target_latency_ns == 100_000_000
    assert settings.server_target_latency_percentile == 0.99
    assert settings.min_query_count == 662
    assert note == (
        "about 100 queries/s were done in a short series before the test; so target_qps=50; "
        "662 queries show p99."
    )


def test_server_goes_slower_where_a_limit_that_was_said_is_tight() -> None:
    settings, _ = chosen("Server", made_up(), "server_target_latency_ns")
    assert settings.server_target_qps == 50
    tight, _ = chosen("Server", made_up(query_count=20), "server_target_latency_ns")
    assert 2 <= tight.server_target_qps < 10
    assert tight.server_target_latency_ns == 100_000_000


def test_a_sut_of_two_seconds_shows_the_median() -> None:
    latency = SimpleNamespace(min=2_000_000_000, p50=2_000_000_000)
    slow = made_up(
        query_count=1,
        duration_seconds=2.0,
        samples_per_second=0.5,
        latency_ns=latency,
        query_latency_ns=latency,
    )
    single, note = chosen("SingleStream", slow)
    assert single.single_stream_target_latency_percentile == 0.5
    assert single.min_query_count == 11
    assert note.endswith(
        "; p50 instead of p90, which takes 64 queries and so 128 s: say "
        "target_latency_percentile=0.9 for that."
    )
    server, _ = chosen("Server", slow)
    assert server.server_target_latency_percentile == 0.5
    assert server.server_target_latency_ns == 20_000_000_000
    assert server.server_target_qps == 0.25
    assert server.min_query_count == 7
    offline, _ = chosen("Offline", slow)
    assert offline.offline_expected_qps == 0.75
    assert offline.min_query_count == 1


def test_a_percentile_that_was_said_stays() -> None:
    settings = lg.TestSettings()
    assert chooser(settings, {"single_stream_target_latency_percentile"}, []) is None
    assert chooser(settings, {"min_query_count"}, []) is None
    server, _ = chosen("Server", made_up(), "server_target_latency_percentile")
    assert server.min_query_count == lg.TestSettings().min_query_count


def test_no_limit_of_the_test_holds_in_the_look() -> None:
    """It would end a series before the SUT's speed is seen."""
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Server
    settings.mode = lg.TestMode.SubmissionRun
    none = {
        "max_duration_ms": 0,
        "max_query_count": 0,
        "min_duration_ms": 0,
        "server_max_async_queries": 0,
        "accuracy_log_probability": 0,
        "accuracy_log_sampling_target": 0,
        "draw_queries_as_needed": False,
    }
    for name in none:
        setattr(settings, name, 1)
    tried: list[lg.TestSettings] = []

    def preliminary(short: lg.TestSettings) -> lg.Report:
        tried.append(short)
        return made_up()

    choose = chooser(settings, (), [])
    assert choose is not None
    choose(settings, preliminary)
    assert [short.min_query_count for short in tried] == [1, 1]
    for short in tried:
        assert short.mode == lg.TestMode.PerformanceOnly
        assert short.server_target_qps == 1e9
        assert {name: getattr(short, name) for name in none} == none


def test_a_query_count_that_was_said_stays() -> None:
    for scenario in ("Server", "Offline"):
        settings, _ = chosen(scenario, made_up(), "min_query_count")
        assert settings.min_query_count == lg.TestSettings().min_query_count


def test_offline_takes_no_more_samples_than_fit() -> None:
    settings, note = chosen("Offline", made_up(samples_per_second=1e7))
    assert settings.min_duration_ms == 279
    assert "only if you say min_duration_ms" in note
    settings, note = chosen("Offline", made_up(samples_per_second=1e9), "min_duration_ms")
    assert settings.min_duration_ms == 10_000
    assert settings.offline_expected_qps * 10 == pytest.approx(1 << 26)
    assert note.endswith("more samples in one query only if you say target_qps.")


@pytest.mark.parametrize(
    "given",
    [
        {"settings": lg.TestSettings(), "max_duration_ms": 100},
        {"model": "resnet50", "max_query_count": 10},
        {"scenario": "Server", "target_qps": 1000, "min_duration_ms": 0},
        {"scenario": "Offline", "target_qps": 10, "min_duration_ms": 10},
        {"mode": "AccuracyOnly"},
    ],
)
def test_what_was_said_is_not_looked_for(given: dict[str, Any]) -> None:
    flushed: list[bool] = []

    class Sut(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            samples.complete()

        def flush(self) -> None:
            flushed.append(True)

    report = lg.run(Sut(), range(8), **given)
    assert len(flushed) == 1
    assert not any("short series" in note for note in report.notes)


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream"])
def test_queries_never_run_out(scenario: str) -> None:
    report = lg.run(
        lambda samples: samples.complete(),
        range(32),
        scenario=scenario,
        expected_latency_ns=1e9,
        min_query_count=700,
        min_duration_ms=SHORT_MS,
    )
    assert report.valid, report
    assert report.query_count > 1000
    assert report.errors == []


def test_a_slow_first_query_is_a_warm_up() -> None:
    def sut(samples: lg.Samples) -> None:
        if not warm:
            warm.append(True)
            time.sleep(0.4)
        time.sleep(0.001)
        samples.complete()

    warm: list[bool] = []
    report = lg.run(sut, range(8), min_duration_ms=SHORT_MS)
    assert report.valid, report
    assert report.settings.target_latency_percentile == 0.9


def test_the_look_is_part_of_the_test(tmp_path: Path) -> None:
    """One test for the SUT and its workers; nothing of the look is in the logs."""
    over: list[bool] = []
    counts: list[int] = []

    class Sut(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            counts.append(len(samples))
            time.sleep(1e-4 * len(samples))
            samples.complete()

        def over(self) -> None:
            over.append(True)

    report = lg.run(Sut(), range(8), scenario="Offline", min_duration_ms=SHORT_MS, output=tmp_path)
    assert report.valid, report
    assert over == [True]
    assert len(counts) > 1
    assert report.sample_count == counts[-1]
    detail = (tmp_path / "mlperf_log_detail.txt").read_text(encoding="utf-8")
    assert detail.count("generated_samples_per_query") == 1
    assert f'"requested_offline_expected_qps", "value": {report.settings.target_qps:g}' in detail


def test_an_exception_in_the_look_ends_the_test(tmp_path: Path) -> None:
    def sut(samples: lg.Samples) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken") as caught:
        lg.run(sut, range(8), scenario="Server", output=tmp_path)
    assert caught.value.report.sut_name == "sut"  # type: ignore[attr-defined]
    summary = (tmp_path / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    assert "broken" in summary


def test_a_stall_in_the_look_ends_the_test() -> None:
    with pytest.raises(lg.IncompleteError, match="stall_timeout_ms"):
        lg.run(lambda samples: None, range(8), scenario="Offline", stall_timeout_ms=300)


def test_ctrl_c_in_the_probe(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
def sut(samples):  # and never answers
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    lg.run(sut, range(8), scenario="Server", output="log")
except KeyboardInterrupt as interrupt:
    assert interrupt.report.end_reason.startswith("The test was ended by Ctrl-C after "), (
        interrupt.report.end_reason)
else:
    raise AssertionError("no KeyboardInterrupt")
assert "ended by Ctrl-C after" in open("log/mlperf_log_summary.txt").read()
""",
    )
