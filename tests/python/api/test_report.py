"""A report as text."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.advice import advice
from mlperf_loadgen.report_text import report_table
from mlperf_loadgen.units import duration, quantity

GOLDEN = Path(__file__).parents[2] / "golden"
US = 1000
MS = 1000 * US


def latencies(unit: int) -> SimpleNamespace:
    figures = {"min": 1, "mean": 5, "p50": 4, "p90": 8, "p95": 9, "p97": 10, "p99": 12}
    return SimpleNamespace(
        **{name: value * unit for name, value in figures.items()}, p99_9=20 * unit, max=34 * unit
    )


def early_stopping(met: bool) -> SimpleNamespace:
    needs = (
        " * Run unsuccessful.\n * Processed 1000 queries.\n * Would need to run at least 359 more"
        " queries,\n with the run being successful if every additional\n query were under latency."
    )
    return SimpleNamespace(met=met, text=" * Run successful." if met else needs)


def report(scenario: str, mode: str = "PerformanceOnly", **given: Any) -> lg.Report:
    """A report of fixed numbers; valid unless told otherwise."""
    fields: dict[str, Any] = {
        "sut_name": "resnet50 on a toaster",
        "audited": "",
        "complete": True,
        "end_reason": "",
        "has_performance": True,
        "valid": True,
        "performance_constraints_met": True,
        "min_duration_met": True,
        "min_queries_met": True,
        "early_stopping_met": True,
        "early_stopping": early_stopping(True),
        "recommendations": [],
        "peak": None,
        "peak_trials": [],
        "query_count": 1000,
        "sample_count": 1000,
        "duration_seconds": 61.25,
        "latency_ns": latencies(MS),
        "query_latency_ns": latencies(10 * MS),
        "latency_at_target_percentile_ns": 12 * MS,
        "completed_samples_per_second": 1234.5,
        "samples_per_second": 1234.5 if scenario == "Server" else 98765.4,
        "schedule_lag_ns": None,
        "loadgen_overhead": None,
        "notes": [],
        "tokens": None,
        "error_count": 0,
        "warning_count": 0,
        "errors": [],
        "warnings": [],
        "accuracy_sample_count": 0,
        "summary_path": "logs/mlperf_log_summary.txt",
    }
    percentile = 0.9 if scenario == "SingleStream" else 0.99
    settings = SimpleNamespace(
        scenario=lg.TestScenario.__members__[scenario],
        mode=lg.TestMode.__members__[mode],
        rules=lg.rounds()[-1],
        target_latency_percentile=percentile,
        target_latency_ns=15 * MS,
        samples_per_query=4,
        ttft_latency_ns=2000 * MS,
        tpot_latency_ns=200 * MS,
        target_qps=1500.0,
        min_duration_ms=60000,
        max_duration_ms=0,
        min_query_count=100,
        max_query_count=0,
    )
    return cast(lg.Report, SimpleNamespace(settings=settings, **{**fields, **given}))


REPORTS = {
    "single_stream": report(
        "SingleStream",
        latency_at_target_percentile_ns=8 * MS,
        loadgen_overhead=SimpleNamespace(gap_ns=latencies(US), share=0.1234),
        notes=["12 % of the run is not latency: look here, and there as well."],
    ),
    "multi_stream": report(
        "MultiStream",
        sample_count=8000,
        latency_at_target_percentile_ns=120 * MS,
        summary_path="",
    ),
    "fixed_interval": report(
        "MultiStreamFixedInterval",
        sample_count=4000,
        skipping_query_count=7,
        latency_at_target_percentile_ns=12 * MS,
    ),
    "server": report(
        "Server",
        valid=False,
        performance_constraints_met=False,
        early_stopping_met=False,
        early_stopping=early_stopping(False),
        latency_at_target_percentile_ns=34 * MS,
        schedule_lag_ns=latencies(10 * US),
        recommendations=[
            "Reduce target QPS to improve latency.",
            "The test exited early, before enough queries were issued.\n"
            "   See the detailed log for why this may have occurred.",
        ],
        error_count=2,
        errors=["no answer", "no answer at all"],
        audited="settings of audit.config applied: min_query_count; remove the file to run without"
        " it",
        warning_count=1,
        warnings=["odd \x1b[2J settings"],
    ),
    "short": report(
        "SingleStream",
        valid=False,
        min_duration_met=False,
        min_queries_met=False,
        early_stopping_met=False,
        early_stopping=early_stopping(False),
        recommendations=[
            "Decrease the expected latency so the loadgen pre-generates more queries.",
            "The test exited early, before enough queries were issued.",
        ],
    ),
    "faults": report(
        "SingleStream",
        valid=False,
        min_duration_met=False,
        recommendations=[
            "Decrease the expected latency so the loadgen pre-generates more queries.",
            "Attempted to complete a sample twice. Response id: 7, sample: 7",
        ],
        error_count=1,
        errors=["Attempted to complete a sample twice. Response id: 7, sample: 7"],
    ),
    "nothing_completed": report(
        "Server",
        valid=False,
        complete=False,
        sample_count=0,
        duration_seconds=0.0,
        end_reason="No sample was completed for 1500 ms (stall_timeout_ms).\n1000 of 1000 issued "
        "samples were never completed.",
        recommendations=[
            "The test did not run to its end: No sample was completed for 1500 ms",
            "1000 issued samples were never completed.",
        ],
    ),
    "server_tokens": report(
        "Server",
        "SubmissionRun",
        accuracy_sample_count=24576,
        tokens=SimpleNamespace(
            tokens_per_second=31234.5,
            ttft_ns=latencies(100 * US),
            tpot_ns=latencies(US),
            ttft_at_target_percentile_ns=1200 * US,
            tpot_at_target_percentile_ns=12 * US,
            ttft_early_stopping=early_stopping(True),
            tpot_early_stopping=early_stopping(True),
            tpot_sample_count=1000,
        ),
    ),
    "server_one_token": report(
        "Server",
        valid=False,
        performance_constraints_met=False,
        early_stopping_met=False,
        tokens=SimpleNamespace(
            tokens_per_second=1000.0,
            ttft_ns=latencies(100 * US),
            tpot_ns=latencies(0),
            ttft_at_target_percentile_ns=1200 * US,
            tpot_at_target_percentile_ns=0,
            ttft_early_stopping=early_stopping(True),
            tpot_early_stopping=early_stopping(False),
            tpot_sample_count=0,
        ),
        recommendations=["No sample has a time per output token (TPOT): each has one token."],
    ),
    "offline": report("Offline", query_count=1, sample_count=24576),
    "accuracy": report(
        "Offline", "AccuracyOnly", has_performance=False, accuracy_sample_count=50000
    ),
    "aborted": report(
        "Offline",
        "AccuracyOnly",
        has_performance=False,
        complete=False,
        end_reason="The test was aborted.\n3 of 50000 issued samples were never completed.",
        accuracy_sample_count=50000,
        error_count=1,
    ),
}


@pytest.mark.parametrize(
    ("limits", "missed", "sentence"),
    [
        (
            {"max_query_count": 1000},
            {"min_queries_met": False},
            "shorter than 100 queries (min_query_count): max_query_count=1000 ended it",
        ),
        (
            {"max_duration_ms": 61_000},
            {"min_duration_met": False, "min_queries_met": False},
            "shorter than 60,000 ms (min_duration_ms) and 100 queries (min_query_count): "
            "max_duration_ms=61000 ended it",
        ),
        (
            {"max_duration_ms": 60_000},
            {"min_duration_met": False, "duration_seconds": 59.9},
            "shorter than 60,000 ms (min_duration_ms): max_duration_ms=60000 ended it",
        ),
        # Limits that were not reached.
        (
            {"max_duration_ms": 61_300, "max_query_count": 1001},
            {"min_duration_met": False},
            "The queries that were prepared ran out: pass expected_latency_ns=",
        ),
    ],
)
def test_the_limit_that_ended_a_run_is_named(
    limits: dict[str, int], missed: dict[str, Any], sentence: str
) -> None:
    short = report("SingleStream", valid=False, **missed)
    vars(short.settings).update(limits)
    (said,) = advice(short)
    assert sentence in said


@pytest.mark.parametrize("name", REPORTS)
def test_tables(name: str) -> None:
    table = report_table(REPORTS[name])
    assert table + "\n" == (GOLDEN / f"table_{name}.txt").read_text(encoding="utf-8")
    lines = table.splitlines()
    assert max(map(len, lines)) <= 62
    assert len(lines) <= 28


@pytest.mark.parametrize("scenario", lg.TestScenario.__members__)
@pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly"])
def test_printing_a_report_shows_its_table(scenario: str, mode: str) -> None:
    result = lg.run(
        lambda samples: samples.indices,
        range(50),
        scenario=scenario,
        mode=mode,
        min_duration_ms=0,
        min_query_count=1,
        server_target_qps=10000,
        multi_stream_interval_target_qps=10000,
    )
    assert str(result) == report_table(result)
    assert str(result).startswith(f"── {scenario} {mode}: ")


SCHEDULED = {"Server", "MultiStreamFixedInterval"}


def test_the_failed_trial_that_is_shown_is_the_one_next_to_the_peak() -> None:
    def trial(load: float, failed_ms: int = 0) -> SimpleNamespace:
        return SimpleNamespace(
            load=load,
            valid=not failed_ms,
            latency_at_target_percentile_ns=failed_ms * MS,
            reason=f"reason of\n   {load:g}." if failed_ms else "",
        )

    trials = [trial(100), trial(400, 90), trial(200), trial(300, 20), trial(225)]
    table = report_table(report("Server", "FindPeakPerformance", peak_trials=trials, peak=225.0))
    said = "peak 225 queries/s (5 trials; 300 failed: p99 20.0 ms. reason of 300.)"
    assert said in " ".join(table.split())


def test_an_output_that_has_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """print(report) raises nothing there; names of other letters are escaped."""
    report = lg.run(
        lambda samples: [b"" for _ in samples.ids], range(4), min_duration_ms=0, min_query_count=5
    )
    wide = str(report)
    with io.TextIOWrapper(io.BytesIO(), encoding="ascii") as output:
        monkeypatch.setattr(sys, "stdout", output)
        narrow = str(report)
        print(report)
        monkeypatch.undo()
    assert "─" in wide
    assert narrow.splitlines()[0] == wide.splitlines()[0].replace("─", "-")
    assert narrow.isascii()


@pytest.mark.parametrize("scenario", lg.TestScenario.__members__)
def test_how_late_queries_were_issued(scenario: str) -> None:
    blocks_s = 0.005

    def sut(samples: lg.Samples) -> Any:
        time.sleep(blocks_s)
        return samples.indices

    result = lg.run(
        sut,
        range(50),
        scenario=scenario,
        min_duration_ms=0,
        min_query_count=10,
        max_query_count=10,
        server_target_qps=1e6,
        multi_stream_interval_target_qps=1000,
    )
    late = result.schedule_lag_ns
    assert (late is not None) == (scenario in SCHEDULED)
    if late is not None:
        assert 0 <= late.min <= late.p50 <= late.p99 <= late.max
    if late is not None and scenario == "Server":
        # All were due at once, and each waited for the call before it.
        assert late.max > 9 * blocks_s * 1e9 * 0.99
        assert late.max < result.latency_ns.max
    assert ("issued late by" in str(result)) == (scenario in SCHEDULED)


def test_spinning_to_the_schedule_can_be_set(tmp_path: Path) -> None:
    def detail(**more: Any) -> str:
        lg.run(
            lambda samples: samples.indices,
            range(8),
            scenario="Server",
            target_qps=10000,
            min_duration_ms=0,
            min_query_count=10,
            output=tmp_path,
            **more,
        )
        return (tmp_path / "mlperf_log_detail.txt").read_text(encoding="utf-8")

    assert "server_spin_us" not in detail()
    assert '"requested_server_spin_us", "value": 0' in detail(server_spin_us=0)
    with pytest.raises(lg.SettingsError, match="server_spin_us"):
        detail(server_spin_us=1001)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 ns"),
        (1e-9, "1.00 ns"),
        (123e-9, "123 ns"),
        (1.234e-6, "1.23 µs"),
        (12.34e-3, "12.3 ms"),
        (1, "1.00 s"),
        (61.25, "61.2 s"),
        (36000, "36,000 s"),
        (-0.002, "-2.00 ms"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (7, "7"), (1234567, "1,234,567"), (12.345, "12.3"), (0.5, "0.50"), (987.6, "988")],
)
def test_quantities(value: float, text: str) -> None:
    assert quantity(value) == text
