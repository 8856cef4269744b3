"""The log files of tests written in Python."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

SAMPLES = 32
SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline"]
QUICK: dict[str, dict[str, Any]] = {
    "SingleStream": {"expected_latency_ns": 1000, "min_query_count": 700},
    "MultiStream": {"expected_latency_ns": 1000, "samples_per_query": 4, "min_query_count": 700},
    "Server": {"target_qps": 20000},
    "Offline": {"target_qps": 1000},
}
PERCENTILES = ["50.00", "90.00", "95.00", "97.00", "99.00", "99.90"]


def answer(samples: lg.Samples) -> None:
    rows = [f"{index} é".encode() for index in samples.indices]
    samples.first_token(rows)
    samples.complete(rows, n_tokens=[4] * len(samples))


def run(scenario: str, output: Path, **more: Any) -> lg.Report:
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 40, **QUICK[scenario]}
    sut = more.pop("sut", answer)
    return lg.run(sut, range(SAMPLES), scenario=scenario, output=output, **{**quick, **more})


def entries(report: lg.Report) -> list[dict[str, Any]]:
    """The detail log, which must be one JSON object a line, as strict readers want it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = []
    for line in Path(report.detail_path).read_text(encoding="utf-8").splitlines():
        assert line.startswith(":::MLLOG {")
        found.append(json.loads(line.removeprefix(":::MLLOG "), parse_constant=refuse))
    return found


def values(report: lg.Report) -> dict[str, Any]:
    """First value of each key, as log readers take it."""
    found: dict[str, Any] = {}
    for entry in entries(report):
        found.setdefault(entry["key"], entry["value"])
    return found


class TestAccuracyLog:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_bytes(self, scenario: str, tmp_path: Path) -> None:
        order: list[tuple[int, int]] = []

        def sut(samples: lg.Samples) -> None:
            for i in reversed(range(len(samples))):
                order.append((int(samples.ids[i]), int(samples.indices[i])))
                samples[i : i + 1].complete([bytes([samples.indices[i], 0xAB])])

        report = run(scenario, tmp_path, sut=sut, mode="AccuracyOnly")
        lowest = min(id for id, _ in order)
        records = [
            f'{{ "seq_id" : {id - lowest}, "qsl_idx" : {index}, "data" : "{index:02X}AB" }}'
            for id, index in order
        ]
        assert Path(report.accuracy_path).read_text() == "[\n" + ",\n".join(records) + "\n]\n"

    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_bytes_with_tokens(self, scenario: str, tmp_path: Path) -> None:
        report = run(scenario, tmp_path, mode="AccuracyOnly", use_token_latencies=True)
        data = '"data" : "([0-9A-F]*)"'
        if scenario != "Offline":
            data += r', "token_data" : "\1"'
        record = rf'{{ "seq_id" : \d+, "qsl_idx" : (\d+), {data}, "token_count" : 4 }}'
        first, *lines, last = Path(report.accuracy_path).read_text().splitlines()
        assert (first, last) == ("[", "]")
        assert all(line.endswith(",") for line in lines[:-1])
        found = [re.fullmatch(record.replace(r"\1", r"\2"), line.rstrip(",")) for line in lines]
        assert {
            int(match[1]): bytes.fromhex(match[2]).decode() for match in found if match is not None
        } == {index: f"{index} é" for index in range(SAMPLES)}
        assert None not in found

    def test_a_log_of_nothing(self, tmp_path: Path) -> None:
        report = run("Server", tmp_path)
        assert Path(report.accuracy_path).read_bytes() == b"[\n]\n"

    def test_a_share_of_a_performance_run(self, tmp_path: Path) -> None:
        few = run("Server", tmp_path / "few", min_query_count=400, accuracy_log_probability=0.25)
        records = json.loads(Path(few.accuracy_path).read_text())
        assert 50 < len(records) < 150
        again = run("Server", tmp_path / "2", min_query_count=400, accuracy_log_probability=0.25)
        ids = [
            {r["seq_id"] for r in json.loads(Path(x.accuracy_path).read_text())}
            for x in (few, again)
        ]
        assert ids[0] == ids[1]
        for record in records:
            assert bytes.fromhex(record["data"]).decode() == f"{record['qsl_idx']} é"


REQUESTED_ALWAYS = """
    scenario test_mode min_duration_ms max_duration_ms min_query_count max_query_count qsl_rng_seed
    sample_index_rng_seed schedule_rng_seed accuracy_log_rng_seed accuracy_log_probability
    accuracy_log_sampling_target print_timestamps performance_issue_unique performance_issue_same
    performance_issue_same_index performance_sample_count_override accuracy_sample_count_override
    sample_concatenate_permutation
"""
REQUESTED = {
    "SingleStream": """
        single_stream_expected_latency_ns single_stream_target_latency_percentile
        draw_queries_as_needed
    """,
    "MultiStream": """
        multi_stream_expected_latency_ns multi_stream_target_latency_percentile
        multi_stream_samples_per_query draw_queries_as_needed
    """,
    "Server": """
        server_target_qps server_target_latency_ns server_target_latency_percentile
        server_coalesce_queries server_find_peak_qps_decimals_of_precision
        server_find_peak_qps_boundary_step_size server_max_async_queries
        server_num_issue_query_threads
    """,
    "Offline": "offline_expected_qps",
}
EFFECTIVE = """
    scenario test_mode samples_per_query target_qps target_latency_ns target_latency_percentile
    max_async_queries target_duration_ms min_duration_ms max_duration_ms min_query_count
    max_query_count min_sample_count qsl_rng_seed sample_index_rng_seed schedule_rng_seed
    accuracy_log_rng_seed accuracy_log_probability accuracy_log_sampling_target print_timestamps
    performance_issue_unique performance_issue_same performance_issue_same_index
    performance_sample_count accuracy_sample_count sample_concatenate_permutation
"""
IDENTITY = """
    loadgen_version loadgen_build_date_local loadgen_build_date_utc loadgen_git_commit_date
    loadgen_git_log_message loadgen_git_status_message loadgen_file_sha1 test_datetime sut_name
    get_sut_name_duration_ns qsl_name qsl_reported_total_count qsl_reported_performance_count
"""
SERIES = """
    generic_message loaded_qsl_set generated_query_count generated_samples_per_query
    generated_query_duration logger_swap_request_slots_retry_count
    logger_swap_request_slots_retry_retry_count
    logger_swap_request_slots_retry_reencounter_count logger_start_reading_entries_retry_count
    logger_tls_total_log_cas_fail_count logger_tls_total_swap_buffers_slot_retry_count
    power_begin power_end
"""
RESULTS_ALWAYS = """
    result_validity result_min_duration_met result_min_queries_met early_stopping_met
    result_query_count result_min_latency_ns result_max_latency_ns result_mean_latency_ns num_errors
"""
RESULTS = {
    "SingleStream": """
        result_qps_with_loadgen_overhead result_qps_without_loadgen_overhead
        early_stopping_latency_ss early_stopping_latency_ms
    """,
    "MultiStream": """
        result_min_query_latency_ns result_max_query_latency_ns result_mean_query_latency_ns
        early_stopping_latency_ms
    """,
    "Server": """
        result_perf_constraints_met result_overlatency_query_count
        result_scheduled_samples_per_sec result_completed_samples_per_sec
    """,
    "Offline": "result_samples_per_second",
}
TOKENS = """
    result_first_token_min_latency_ns result_first_token_max_latency_ns
    result_first_token_mean_latency_ns result_token_throughput_with_loadgen_overhead
    result_token_throughput result_time_to_output_token_min result_time_to_output_token_max
    result_time_to_output_token_mean result_completed_tokens_per_second early_stopping_ttft_result
    early_stopping_tpot_result requested_use_token_latencies requested_server_ttft_latency
    requested_server_tpot_latency
"""


# LoadGen's own part, which the established keys have nothing about.
GENERATOR = {
    "SingleStream": "generator_gap_mean_ns generator_share",
    "MultiStream": "generator_gap_mean_ns generator_share",
    "Server": "schedule_lag_max_ns",
    "Offline": "",
}


def expected_keys(scenario: str) -> set[str]:
    keys = set(IDENTITY.split()) | set(SERIES.split()) | set(RESULTS_ALWAYS.split())
    keys |= {f"requested_{name}" for name in (REQUESTED_ALWAYS + REQUESTED[scenario]).split()}
    keys |= {f"effective_{name}" for name in EFFECTIVE.split()}
    keys |= set(RESULTS[scenario].split())
    keys |= {f"result_{p}_percentile_latency_ns" for p in PERCENTILES}
    if scenario == "MultiStream":
        keys |= {f"result_{p}_percentile_per_query_latency_ns" for p in PERCENTILES}
    keys |= set(GENERATOR[scenario].split())
    if scenario != "Offline":
        own = "schedule_lag" if scenario == "Server" else "generator_gap"
        keys |= {f"{own}_{p}_percentile_ns" for p in PERCENTILES}
    return keys


class TestDetailLog:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_keys(self, scenario: str, tmp_path: Path) -> None:
        found = values(run(scenario, tmp_path))
        conditional = {"early_stopping_result", "result_invalid_reason", "generator_note"}
        assert set(found) - conditional == expected_keys(scenario)
        assert "early_stopping_result" in found

    @pytest.mark.parametrize("scenario", SCENARIOS[:3])
    def test_keys_with_tokens(self, scenario: str, tmp_path: Path) -> None:
        found = set(values(run(scenario, tmp_path, use_token_latencies=True)))
        keys = expected_keys(scenario) | set(TOKENS.split())
        keys |= {f"result_first_token_{p}_percentile_latency_ns" for p in PERCENTILES}
        keys |= {f"result_time_per_output_token_{p}_percentile_ns" for p in PERCENTILES}
        assert found - {"result_invalid_reason", "generator_note"} == keys

    def test_keys_with_tokens_offline(self, tmp_path: Path) -> None:
        found = values(run("Offline", tmp_path, use_token_latencies=True))
        assert found["result_tokens_per_second"] > 0
        assert not [key for key in found if "first_token" in key or "output_token" in key]

    def test_an_accuracy_run_has_no_results(self, tmp_path: Path) -> None:
        found = values(run("Offline", tmp_path, mode="AccuracyOnly"))
        assert found["generic_message"] == "Starting accuracy mode"
        assert "num_errors" not in found
        assert not [key for key in found if key.startswith("result_")]

    def test_every_entry_has_its_frame(self, tmp_path: Path) -> None:
        times = []
        for entry in entries(run("Server", tmp_path)):
            assert list(entry) == ["key", "value", "time_ms", "namespace", "event_type", "metadata"]
            assert entry["namespace"] == "mlperf::logging"
            assert entry["event_type"] == "POINT_IN_TIME"
            metadata = ["is_error", "is_warning", "file", "line_no", "pid", "tid"]
            assert list(entry["metadata"]) == metadata
            times.append(entry["time_ms"])
        assert times == sorted(times)

    def test_values_are_those_of_the_report(self, tmp_path: Path) -> None:
        report = run("Server", tmp_path, schedule_rng_seed=2**64 - 1)
        found = values(report)
        assert found["effective_schedule_rng_seed"] == 2**64 - 1
        assert found["result_validity"] == ("VALID" if report.valid else "INVALID")
        assert found["result_query_count"] == report.query_count
        assert found["result_overlatency_query_count"] == report.overlatency_query_count
        assert found["result_99.90_percentile_latency_ns"] == report.latency_ns.p99_9
        assert found["result_completed_samples_per_sec"] == pytest.approx(
            report.completed_samples_per_second, rel=1e-5
        )
        assert found["num_errors"] == report.error_count == 0
        assert set(found["loaded_qsl_set"]) == set(range(SAMPLES))
        power = r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d\.\d{3}"
        assert re.fullmatch(power, found["power_begin"])
        assert re.fullmatch(power, found["power_end"])

    def test_names_with_quotes_and_foreign_letters(self, tmp_path: Path) -> None:
        class Odd(lg.SystemUnderTest):
            name = 'a "quoted" \\ SUT\n\té'

            def issue(self, samples: lg.Samples) -> None:
                samples.complete()

        report = run("Server", tmp_path, sut=Odd(), progress=False)
        assert report.sut_name == Odd.name
        assert values(report)["sut_name"] == Odd.name


class TestTrace:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_it_is_json_and_has_every_sample(self, scenario: str, tmp_path: Path) -> None:
        logs = lg.LogSettings()
        logs.enable_trace = True
        report = run(scenario, tmp_path, log_settings=logs)
        trace = json.loads(Path(report.trace_path).read_text())
        assert trace["displayTimeUnit"] == "ns"
        events = trace["traceEvents"]
        samples = [e for e in events if e["name"] == "Sample" and e["ph"] == "b"]
        assert len(samples) == report.sample_count
        assert len({event["id"] for event in samples}) == report.sample_count
        latencies = sorted(e["args"]["complete_ns"] for e in samples)
        assert latencies == sorted(report.latencies_ns.tolist())
        calls = {event["name"] for event in events if event.get("ph") == "X"}
        assert {"IssueQuery", "QuerySamplesComplete"} <= calls

    def test_it_is_off_by_default(self, tmp_path: Path) -> None:
        report = run("Server", tmp_path)
        assert Path(report.trace_path).stat().st_size == 0


class TestSummary:
    def lines(self, report: lg.Report) -> dict[str, str]:
        """What stands before and behind the first colon of each line."""
        text = Path(report.summary_path).read_text()
        pairs = [line.split(":", 1) for line in text.splitlines() if ":" in line]
        return {pair[0].strip(): pair[1].strip() for pair in pairs}

    def test_an_accuracy_run(self, tmp_path: Path) -> None:
        report = run("Offline", tmp_path, mode="AccuracyOnly")
        assert Path(report.summary_path).read_text() == (
            "\nNo warnings encountered during test.\n\nNo errors encountered during test.\n"
        )

    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_its_numbers_are_those_of_the_report(self, scenario: str, tmp_path: Path) -> None:
        report = run(scenario, tmp_path)
        lines = self.lines(report)
        assert lines["SUT name"] == report.sut_name == "answer"
        assert lines["Scenario"] == scenario
        assert lines["Mode"] == "PerformanceOnly"
        assert lines["Result is"] == ("VALID" if report.valid else "INVALID")
        satisfied = {True: "Yes", False: "NO"}
        assert lines["Min duration satisfied"] == satisfied[report.min_duration_met]
        assert lines["Min queries satisfied"] == satisfied[report.min_queries_met]
        assert lines["Early stopping satisfied"] == satisfied[report.early_stopping_met]
        latency = report.query_latency_ns if scenario == "MultiStream" else report.latency_ns
        assert int(lines["Min latency (ns)"]) == latency.min
        assert int(lines["Max latency (ns)"]) == latency.max
        assert int(lines["Mean latency (ns)"]) == latency.mean
        figures = (latency.p50, latency.p90, latency.p95, latency.p97, latency.p99, latency.p99_9)
        for percentile, figure in zip(PERCENTILES, figures, strict=True):
            assert int(lines[f"{percentile} percentile latency (ns)"]) == figure
        assert int(lines["min_query_count"]) == report.settings.min_query_count
        assert int(lines["performance_sample_count"]) == SAMPLES
        match scenario:
            case "SingleStream":
                headline = lines["90.0th percentile latency (ns)"]
                assert int(headline) == report.latency_at_target_percentile_ns
                assert float(lines["QPS w/o loadgen overhead"]) == pytest.approx(
                    report.qps_without_loadgen_overhead, abs=0.01
                )
            case "MultiStream":
                headline = lines["99.0th percentile latency (ns)"]
                assert int(headline) == report.latency_at_target_percentile_ns
            case "Server":
                assert float(lines["Completed samples per second"]) == pytest.approx(
                    report.completed_samples_per_second, abs=0.01
                )
            case "Offline":
                assert float(lines["Samples per second"]) == pytest.approx(
                    report.samples_per_second, rel=1e-5
                )

    def test_warnings_and_errors_are_counted(self, tmp_path: Path) -> None:
        audit = tmp_path / "audit.config"
        audit.write_text("*.*.min_query_count = 30\n")

        def sut(samples: lg.Samples) -> None:
            samples.complete()
            samples.complete()

        report = run("Server", tmp_path, sut=sut, audit_config=audit)
        text = Path(report.summary_path).read_text()
        assert "\n1 warning encountered. See detailed log.\n" in text
        assert f"\n{report.error_count} ERRORS encountered. See detailed log.\n" in text

    def test_copies_on_standard_output(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        logs = lg.LogSettings()
        logs.log_output.copy_summary_to_stdout = True
        report = run("Server", tmp_path, log_settings=logs)
        assert capfd.readouterr().out == Path(report.summary_path).read_text()


class TestReport:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_arrays_are_what_the_summaries_summarise(self, scenario: str, tmp_path: Path) -> None:
        report = run(scenario, tmp_path)
        per_query = report.settings.samples_per_query if scenario == "MultiStream" else 1
        arrays = [(report.latencies_ns, report.latency_ns)]
        if scenario == "MultiStream":
            arrays.append((report.query_latencies_ns, report.query_latency_ns))
        else:
            assert len(report.query_latencies_ns) == 0
        for array, summary in arrays:
            assert array.dtype == np.int64
            assert not array.flags.writeable
            ordered = np.sort(array)
            assert (ordered[0], ordered[-1]) == (summary.min, summary.max)
            assert int(array.sum()) // len(array) == summary.mean
            assert ordered[len(array) // 2] == summary.p50
            assert ordered[len(array) * 9 // 10] == summary.p90
            assert ordered[len(array) * 999 // 1000] == summary.p99_9
        assert len(report.latencies_ns) == report.sample_count
        if scenario == "MultiStream":
            slowest = report.latencies_ns.reshape(-1, per_query).max(axis=1)
            assert slowest.tolist() == report.query_latencies_ns.tolist()

    def test_arrays_outlive_the_report(self, tmp_path: Path) -> None:
        report = run("Server", tmp_path)
        array, copied = report.latencies_ns, report.latencies_ns.tolist()
        del report
        assert array.tolist() == copied
