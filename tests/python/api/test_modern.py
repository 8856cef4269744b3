"""run(), with samples and answers as arrays."""

from __future__ import annotations

import copy
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import numpy.typing as npt
import pytest

SAMPLES = 32
SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline", "MultiStreamFixedInterval"]
Answer = Callable[[lg.Samples], Any]

# Settings with which a test takes milliseconds.
QUICK: dict[str, dict[str, Any]] = {
    "SingleStream": {"expected_latency_ns": 1000},
    "MultiStream": {"expected_latency_ns": 1000, "samples_per_query": 4},
    "Server": {"target_qps": 5000},
    "Offline": {"target_qps": 1000},
    "MultiStreamFixedInterval": {"target_qps": 5000, "samples_per_query": 4},
}


def run(sut: lg.SystemUnderTest | Answer, scenario: str = "SingleStream", **more: Any) -> lg.Report:
    library = more.pop("library", range(SAMPLES))
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 20, **QUICK[scenario]}
    return lg.run(sut, library, scenario=scenario, **{**quick, **more})


def logged(report: lg.Report) -> dict[int, bytes]:
    """The bytes that were logged for each index of the library."""
    records = json.loads(Path(report.accuracy_path).read_text(encoding="ascii"))
    return {record["qsl_idx"]: bytes.fromhex(record["data"]) for record in records}


def complete(samples: lg.Samples) -> None:
    samples.complete()


class TestSuts:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    @pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly", "SubmissionRun"])
    def test_a_function_of_samples(self, scenario: str, mode: str, tmp_path: Path) -> None:
        def square(samples: lg.Samples) -> npt.NDArray[np.int64]:
            return samples.indices**2

        report = run(square, scenario, mode=mode, output=tmp_path)
        assert report.complete
        assert (report.scenario.name, report.mode.name) == (scenario, mode)
        assert report.sut_name == "square"
        assert report.errors == []
        assert report.has_performance == (mode != "AccuracyOnly")
        if mode == "PerformanceOnly":
            assert report.accuracy_sample_count == 0
            assert logged(report) == {}
        else:
            assert report.accuracy_sample_count >= SAMPLES
            answers = {i: np.int64(i**2).tobytes() for i in range(SAMPLES)}
            assert logged(report) == answers

    def test_peak_performance(self) -> None:
        report = run(
            complete,
            "Server",
            mode="FindPeakPerformance",
            target_qps=20000,
            target_latency_ns=1,
            server_find_peak_qps_decimals_of_precision=0,
        )
        assert report.complete
        assert not report.valid  # no latency of 1 ns at the start of the search
        assert "Initial lower bound does not satisfy" in "".join(report.errors)

    def test_a_class_keeps_samples_and_completes_them_on_a_thread(self) -> None:
        class Sut(lg.SystemUnderTest):
            name = "threaded"

            def __init__(self) -> None:
                self.threads: list[threading.Thread] = []
                self.flushed = 0

            def issue(self, samples: lg.Samples) -> None:
                thread = threading.Thread(target=samples.complete)
                self.threads.append(thread)
                thread.start()

            def flush(self) -> None:
                self.flushed += 1

        sut = Sut()
        report = run(sut, "Server")
        for thread in sut.threads:
            thread.join()
        assert report.sut_name == "threaded"
        assert sut.flushed == 1
        assert report.sample_count == len(sut.threads) >= 20

    def test_names(self) -> None:
        class Unnamed(lg.SystemUnderTest):
            def issue(self, samples: lg.Samples) -> None:
                samples.complete()

        class Callable:
            def __call__(self, samples: lg.Samples) -> None:
                samples.complete()

        assert run(Unnamed()).sut_name == "Unnamed"
        assert run(Callable()).sut_name == "Callable"

    def test_issue_must_be_overridden(self) -> None:
        with pytest.raises(NotImplementedError, match="SystemUnderTest must override issue"):
            run(lg.SystemUnderTest())

    def test_something_else_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"a SystemUnderTest, a SampleQueue or .* not 5"):
            run(5)  # type: ignore[arg-type]

    def test_parts_of_a_query_are_completed_one_by_one(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            for i in range(0, len(samples), 5):
                part = samples[i : i + 5]
                part.complete(part.indices.astype(np.uint8))

        report = run(sut, "Offline", mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}

    def test_ids_of_several_queries_are_completed_in_one_call(self, tmp_path: Path) -> None:
        class Batches(lg.SystemUnderTest):
            def __init__(self) -> None:
                self.waiting: list[lg.Samples] = []

            def issue(self, samples: lg.Samples) -> None:
                self.waiting.append(samples)
                if len(self.waiting) == 6:
                    self.flush()

            def flush(self) -> None:
                ids = np.concatenate([samples.ids for samples in self.waiting])
                rows = np.concatenate([samples.indices for samples in self.waiting])
                self.waiting = []
                thread = threading.Thread(target=lg.complete, args=(ids, rows.astype(np.uint8)))
                thread.start()
                thread.join()

        report = run(Batches(), "Server", mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}

    def test_the_established_completion_takes_ids_of_samples(self, tmp_path: Path) -> None:
        answers = np.arange(SAMPLES, dtype=np.uint8)

        def sut(samples: lg.Samples) -> None:
            pairs = zip(samples.ids.tolist(), samples.indices.tolist(), strict=True)
            lg.QuerySamplesComplete(
                [lg.QuerySampleResponse(id, answers.ctypes.data + index, 1) for id, index in pairs]
            )

        report = run(sut, "MultiStream", mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}

    def test_the_established_handles_take_arrays_back(self, tmp_path: Path) -> None:
        def issue(samples: list[lg.QuerySample]) -> None:
            lg.complete([s.id for s in samples], [bytes([s.index]) for s in samples])

        sut = lg.ConstructSUT(issue, lambda: None)
        qsl = lg.ConstructQSL(SAMPLES, SAMPLES, lambda _: None, lambda _: None)
        settings = lg.TestSettings()
        settings.mode = lg.TestMode.AccuracyOnly
        logs = lg.LogSettings()
        logs.log_output.outdir = str(tmp_path)
        lg.StartTestWithLogSettings(sut, qsl, settings, logs)
        records = json.loads((tmp_path / "mlperf_log_accuracy.json").read_text())
        assert {r["qsl_idx"]: int(r["data"], 16) for r in records} == {i: i for i in range(SAMPLES)}


def in_a_query(check: Callable[[lg.Samples], None]) -> None:
    """Runs `check` on one query of 4 samples, and passes on what it raises."""
    checked: list[bool] = []

    def sut(samples: lg.Samples) -> None:
        if not checked:
            checked.append(True)
            check(samples)
        else:
            samples.complete()

    run(sut, "MultiStream")
    assert checked


class TestSamples:
    def test_arrays(self) -> None:
        def check(samples: lg.Samples) -> None:
            assert len(samples) == 4
            assert samples.ids.dtype == np.uint64
            assert samples.indices.dtype == np.int64
            assert samples.ids.shape == samples.indices.shape == (4,)
            assert len(set(samples.ids.tolist())) == 4
            assert 0 not in samples.ids
            assert not samples.indices.flags.writeable
            assert repr(samples) == "<mlperf_loadgen.Samples: 4>"
            samples.complete()

        in_a_query(check)

    def test_slices(self) -> None:
        def check(samples: lg.Samples) -> None:
            for part in (slice(1, 3), slice(None), slice(-1, None), slice(2, 99), slice(3, 1)):
                assert samples[part].ids.tolist() == samples.ids[part].tolist()
                assert samples[part].indices.tolist() == samples.indices[part].tolist()
                assert len(samples[part]) == len(samples.ids[part])
            assert samples[1:][1:][0:1].ids.tolist() == samples.ids[2:3].tolist()
            with pytest.raises(ValueError, match="steps of 1"):
                samples[::2]
            with pytest.raises(TypeError, match=r"samples\[i : i \+ 1\]"):
                samples[0]  # type: ignore[index]
            with pytest.raises(TypeError, match=r"samples\.indices\[i\]"):
                list(samples)  # type: ignore[call-overload]
            samples[4:].complete()  # completes nothing
            samples.complete()

        in_a_query(check)

    @pytest.mark.parametrize("coalesce", [False, True])
    def test_they_stay_valid_after_the_test(self, coalesce: bool) -> None:
        kept: list[tuple[lg.Samples, npt.NDArray[np.int64], list[int], list[int]]] = []

        def sut(samples: lg.Samples) -> None:
            copies = samples.indices.tolist(), samples.ids.tolist()
            kept.append((samples, samples.indices, *copies))
            samples.complete()

        run(sut, "Server", target_qps=100000, server_coalesce_queries=coalesce)
        for samples, array, indices, ids in kept:
            assert array.tolist() == samples.indices.tolist() == indices
            assert samples[:].ids.tolist() == ids
        with pytest.raises(lg.StateError, match="no test is running"):
            kept[0][0].complete()


class TestRows:
    @pytest.mark.parametrize(
        "rows",
        [
            np.arange(4, dtype=np.uint8),
            np.arange(8, dtype=np.float16).reshape(4, 2),
            np.arange(4, dtype=np.complex128).reshape(4, 1, 1),
            np.arange(32, dtype=">i4").reshape(4, 8)[:, ::2],
            np.asfortranarray(np.arange(12.0).reshape(4, 3)),
            np.zeros((4, 0)),
            np.array([True, False, True, True]),
            memoryview(b"abcd"),
            np.array(["2020-01-01"] * 4, dtype="M8[s]"),
        ],
        ids=lambda rows: str(getattr(rows, "dtype", "memoryview")),
    )
    def test_row_i_of_an_array_answers_sample_i(self, rows: Any, tmp_path: Path) -> None:
        table = np.asarray(rows)

        def sut(samples: lg.Samples) -> None:
            samples.complete(rows)
            answered.update(zip(samples.indices.tolist(), range(4), strict=True))

        answered: dict[int, int] = {}
        report = run(sut, "Offline", library=range(4), mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {index: table[i].tobytes() for index, i in answered.items()}
        assert len(answered) == 4

    @pytest.mark.parametrize("kind", [list, tuple])
    def test_rows_of_different_lengths(self, kind: type, tmp_path: Path) -> None:
        rows: list[Any] = [b"", None, bytearray(b"\x01\x02"), np.arange(3.0), memoryview(b"x")]

        def sut(samples: lg.Samples) -> None:
            samples.complete(kind(rows[index] for index in samples.indices))

        report = run(sut, "Offline", library=range(5), mode="AccuracyOnly", output=tmp_path)
        answers = logged(report)
        assert [answers[i] for i in range(5)] == [b"", b"", b"\x01\x02", rows[3].tobytes(), b"x"]

    @pytest.mark.parametrize(
        ("rows", "error", "says"),
        [
            (np.zeros((3, 2)), ValueError, "rows: 3 given for 4 samples"),
            ([b"a"] * 5, ValueError, "rows: 5 given for 4 samples"),
            (np.zeros(()), ValueError, "row i answers sample i"),
            (b"abcd", ValueError, "row i answers sample i"),
            (np.array([object()] * 4), TypeError, "an array of objects"),
            ({0: 1}, TypeError, "an array of objects"),
            ([1, 2, 3, 4], TypeError, "bytes-like"),
            (["a"] * 4, TypeError, "bytes-like"),
            ([np.zeros((4, 4))[:, 1]] * 4, ValueError, "contiguous"),
        ],
    )
    def test_rows_that_answer_nothing(self, rows: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                samples.complete(rows)
            with pytest.raises(error, match=says):
                lg.complete(samples.ids, rows)
            samples.complete()  # none was completed by the wrong calls

        in_a_query(check)

    @pytest.mark.parametrize(
        ("ids", "error", "says"),
        [
            ([1.5], TypeError, "ids: whole numbers are needed, not an array of float64"),
            (None, TypeError, "whole numbers"),
            (["a"], TypeError, "whole numbers"),
            ([[1]], ValueError, "one-dimensional"),
            (1, ValueError, "one-dimensional"),
        ],
    )
    def test_ids_that_are_none(self, ids: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                lg.complete(ids)
            with pytest.raises(error, match=says):
                lg.first_token(ids)
            lg.complete([])
            samples.complete()

        in_a_query(check)

    def test_the_arrays_may_change_after_the_call(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            rows = samples.indices.astype(np.uint8)
            samples.complete(rows)
            rows[:] = 255

        report = run(sut, "MultiStream", mode="AccuracyOnly", output=tmp_path)
        assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}


class TestTokens:
    def test_counts_and_first_tokens(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            rows = samples.indices.astype(np.uint8)
            samples.first_token(rows)
            samples.complete(rows, n_tokens=samples.indices + 2)

        report = run(sut, "Server", use_token_latencies=True, mode="SubmissionRun", output=tmp_path)
        assert report.errors == []
        assert report.tokens is not None
        count = report.sample_count
        assert len(report.ttft_latencies_ns) == len(report.tpot_latencies_ns) == count
        assert report.tokens.token_count >= 2 * count
        assert report.tokens.ttft_ns.max == report.ttft_latencies_ns.max()
        assert report.tokens.tpot_ns.min == report.tpot_latencies_ns.min()
        assert (report.ttft_latencies_ns <= report.latencies_ns).all()
        for record in json.loads(Path(report.accuracy_path).read_text()):
            assert record["token_count"] == record["qsl_idx"] + 2
            assert record["token_data"] == record["data"] == f"{record['qsl_idx']:02X}"

    def test_by_ids(self) -> None:
        def sut(samples: lg.Samples) -> None:
            lg.first_token(samples.ids)
            lg.complete(samples.ids, n_tokens=[3] * len(samples))

        report = run(sut, "MultiStream", use_token_latencies=True)
        assert report.tokens is not None
        assert report.tokens.token_count == 3 * report.sample_count

    @pytest.mark.parametrize(
        ("n_tokens", "error", "says"),
        [
            ([1, 2], ValueError, "n_tokens: 2 given for 4 samples"),
            (5, ValueError, "n_tokens: 1 given for 4 samples"),
            ([1.5] * 4, TypeError, "n_tokens: whole numbers are needed, not an array of float64"),
            (["a"] * 4, TypeError, "whole numbers"),
        ],
    )
    def test_counts_that_are_none(self, n_tokens: Any, error: type[Exception], says: str) -> None:
        def check(samples: lg.Samples) -> None:
            with pytest.raises(error, match=says):
                samples.complete(n_tokens=n_tokens)
            samples.complete()

        in_a_query(check)

    def test_a_completion_without_its_first_token_is_an_error(self) -> None:
        def sut(samples: lg.Samples) -> None:
            samples.complete(n_tokens=[3] * len(samples))

        report = run(sut, use_token_latencies=True)
        assert "before it's first token latency" in "".join(report.errors)


class TestLibraries:
    @pytest.mark.parametrize(
        "library", [range(7), [1.5] * 7, np.zeros((7, 3)), "letters", {i: i for i in range(7)}]
    )
    def test_anything_with_a_length(self, library: Any) -> None:
        assert run(complete, library=library).settings.accuracy_sample_count == 7

    def test_one_that_loads(self) -> None:
        class Library:
            name = "the library"
            performance_sample_count = 8

            def __init__(self) -> None:
                self.loaded: list[int] = []
                self.loads: list[int] = []
                self.kept: list[tuple[npt.NDArray[np.int64], list[int]]] = []

            def __len__(self) -> int:
                return 20

            def load(self, indices: npt.NDArray[np.int64]) -> None:
                assert indices.dtype == np.int64
                self.kept.append((indices, indices.tolist()))
                self.loads.append(len(indices))
                self.loaded += indices.tolist()

            def unload(self, indices: npt.NDArray[np.int64]) -> None:
                for index in indices:
                    self.loaded.remove(index)

        library = Library()
        assert isinstance(library, lg.SampleLibrary)

        def sut(samples: lg.Samples) -> None:
            assert set(samples.indices.tolist()) <= set(library.loaded)
            samples.complete()

        report = run(sut, "Offline", library=library, mode="SubmissionRun")
        assert report.qsl_name == "the library"
        assert library.loads == [8, 8, 4, 8]
        assert library.loaded == []
        assert all(array.tolist() == copied for array, copied in library.kept)

    def test_one_without_a_length(self) -> None:
        def endless() -> Iterator[int]:
            yield 1

        with pytest.raises(lg.SettingsError, match="generator has no length"):
            run(complete, library=endless())

    def test_an_empty_one(self) -> None:
        with pytest.raises(lg.SettingsError, match="at least 1"):
            run(complete, library=[])


class TestSettings:
    def test_short_forms_are_those_of_the_scenario(self) -> None:
        server = run(complete, "Server", target_qps=4000, target_latency_ns=5_000_000)
        assert server.settings.target_qps == 4000
        assert server.settings.target_latency_ns == 5_000_000
        offline = run(complete, "Offline", target_qps=123)
        assert offline.settings.target_qps == 123
        single = run(complete, expected_latency_ns=2000, target_latency_percentile=0.5)
        assert single.settings.target_qps == 500_000
        assert single.settings.target_latency_percentile == 0.5
        multi = run(complete, "MultiStream", samples_per_query=3)
        assert multi.settings.samples_per_query == 3

    @pytest.mark.parametrize(
        ("scenario", "fields", "says"),
        [
            ("Offline", {"target_latency_ns": 1}, "means nothing in Offline, only in Server"),
            ("Server", {"samples_per_query": 1}, "means nothing in Server, only in MultiStream"),
            ("Server", {"targetqps": 1}, "targetqps: no such setting; did you mean target_qps"),
            ("Server", {"min_duration": 1}, "did you mean min_duration_ms"),
            ("Server", {"qps": 1}, "qps: no such setting; did you mean target_qps"),
            ("Server", {"zzz": 1}, "zzz: no such setting$"),
            ("Server", {"notes": 1}, "no such setting"),
            ("Server", {"min_query_count": -1}, "min_query_count: -1 given"),
            ("Server", {"min_query_count": 1.5}, "min_query_count: 1.5 given"),
            ("Server", {"min_query_count": "1"}, "min_query_count: '1' given"),
        ],
    )
    def test_fields_that_are_none(self, scenario: str, fields: Any, says: str) -> None:
        with pytest.raises(lg.SettingsError, match=says):
            run(complete, scenario, **fields)

    def test_names_of_scenarios_and_modes(self) -> None:
        with pytest.raises(lg.SettingsError, match=r"scenario: 'servers' given; allowed are Sing"):
            lg.run(complete, range(3), scenario="servers")
        with pytest.raises(lg.SettingsError, match=r"mode: 'Accuracy' given; allowed are Submiss"):
            lg.run(complete, range(3), mode="Accuracy")
        report = lg.run(
            complete,
            range(3),
            scenario=lg.TestScenario.Offline,
            mode=lg.TestMode.AccuracyOnly,
        )
        assert report.settings.scenario == lg.TestScenario.Offline
        report = lg.run(complete, range(3), scenario="OFFLINE", mode="accuracyonly")
        assert report.scenario == lg.TestScenario.Offline

    def test_all_problems_at_once_before_the_sut_is_touched(self) -> None:
        touched: list[lg.Samples] = []
        with pytest.raises(lg.SettingsError) as raised:
            run(
                touched.append,
                "Server",
                target_qps=float("nan"),
                target_latency_percentile=99,
                accuracy_log_probability=-1,
            )
        assert touched == []
        lines = str(raised.value).splitlines()
        assert len(lines) == 3
        assert [line.split()[0] for line in lines] == [
            "server_target_qps",
            "server_target_latency_percentile",
            "accuracy_log_probability",
        ]
        assert isinstance(raised.value, ValueError)
        assert not hasattr(raised.value, "report")

    def test_given_settings_are_the_start_and_are_not_changed(self) -> None:
        settings = lg.TestSettings()
        settings.scenario = lg.TestScenario.MultiStream
        settings.multi_stream_samples_per_query = 2
        settings.multi_stream_expected_latency_ns = 1000
        settings.min_duration_ms = 0
        settings.min_query_count = 33
        report = lg.run(complete, range(5), settings=settings, min_query_count=44)
        assert report.settings.samples_per_query == 2
        assert report.settings.min_query_count == 44
        assert settings.min_query_count == 33

    def test_copies_of_settings_are_apart(self) -> None:
        logs = lg.LogSettings()
        for twin in (copy.copy(logs), copy.deepcopy(logs)):
            twin.log_output.outdir = "elsewhere"
            assert logs.log_output.outdir == "."
        settings = lg.TestSettings()
        twin_settings = copy.deepcopy(settings)
        twin_settings.min_query_count = 3
        assert settings.min_query_count == 100

    def test_a_user_conf_stands_between_the_settings_and_the_fields(self, tmp_path: Path) -> None:
        conf = tmp_path / "user.conf"
        conf.write_text(
            "*.Server.target_qps = 3000\n"
            "*.Server.min_duration = 0\n"
            "mine.Server.min_query_count = 30\n"
            "other.Server.min_query_count = 99\n"
        )
        settings = lg.TestSettings()
        settings.server_target_qps = 1
        report = lg.run(
            complete,
            range(5),
            scenario="Server",
            settings=settings,
            user_conf=conf,
            model="mine",
            target_latency_ns=7_000_000,
        )
        assert report.settings.target_qps == 3000
        assert report.settings.min_query_count == 30
        assert report.settings.target_latency_ns == 7_000_000
        assert report.settings.qsl_rng_seed == 2085463073848966840  # of the built-in rules

    def test_the_rules_for_a_model(self) -> None:
        report = run(complete, "Server", model="resnet50", target_qps=3000, min_duration_ms=0)
        assert report.settings.target_latency_ns == 15_000_000
        assert report.settings.qsl_rng_seed == 2085463073848966840
        assert run(complete, "Server", target_qps=3000).settings.qsl_rng_seed == 0

    def test_an_output_folder_that_is_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "afile"
        file.touch()
        with pytest.raises(lg.OutputError, match=r"^output: .*afile is a file; a folder is needed"):
            run(complete, output=file)
        with pytest.raises(lg.OutputError, match=r"^output: cannot make the folder .*afile/logs: "):
            run(complete, output=file / "logs")
        assert file.read_bytes() == b""

    def test_a_wrong_user_conf(self, tmp_path: Path) -> None:
        conf = tmp_path / "user.conf"
        with pytest.raises(lg.SettingsError, match=r"user\.conf"):
            run(complete, user_conf=conf)
        conf.write_text("*.*.min_query_count = 5\n*.*.min_duration = long\n")
        with pytest.raises(lg.SettingsError, match=r"user\.conf.*line.*2"):
            run(complete, user_conf=conf)
        conf.write_text("*.*.min_query_cuont = 5\n")
        with pytest.warns(UserWarning, match="min_query_count"):
            run(complete, user_conf=conf)

    def test_an_audit_config_comes_last(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        audit = Path("another.config")  # short: a long path is cut where it is shown
        with pytest.raises(lg.SettingsError, match="audit_config: there is no file"):
            run(complete, audit_config=audit)
        audit.write_text(
            "*.*.mode = 2\n*.*.accuracy_log_sampling_target = 1000\n*.*.min_query_count = 25\n"
        )
        report = run(
            lambda samples: samples.indices, "Offline", audit_config=audit, output=tmp_path
        )
        assert report.settings.accuracy_log_sampling_target == 1000
        changed = "min_query_count, accuracy_log_sampling_target"
        assert report.audited.startswith(f"settings of {audit} applied: {changed}; ")
        assert "  audit             settings of" in str(report)
        assert len(logged(report)) > 0

    def test_an_audit_config_in_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("audit.config").write_text("*.*.mode = 1\n*.*.min_query_count = 25\n")
        report = run(lambda samples: samples.indices, "Offline")
        assert report.settings.mode == lg.TestMode.AccuracyOnly
        assert report.audited.startswith("settings of audit.config applied: mode, ")
        assert f"mlperf_loadgen: {report.audited}\n" in capfd.readouterr().err
        assert (
            str(report).splitlines()[1].startswith("  audit             settings of audit.config")
        )

        Path("other.config").write_text("*.*.max_query_count = 25\n")
        chosen = run(complete, audit_config="other.config")
        assert chosen.settings.mode == lg.TestMode.PerformanceOnly
        assert "other.config applied: max_query_count" in chosen.audited
        assert run(complete, audit_config="").audited == ""
        Path("audit.config").unlink()
        assert run(complete).audited == ""
        os.mkfifo("audit.config")
        with pytest.raises(lg.SettingsError, match=r"audit\.config: it is a named pipe"):
            run(complete)

    def test_a_model_that_is_misspelt(self, tmp_path: Path) -> None:
        for model in ("resnet5O", "Resnet50", "resnet50-99"):
            with pytest.warns(
                UserWarning, match="^unknown model.*; the nearest known is 'resnet50'"
            ):
                run(complete, "Server", model=model, target_qps=3000, min_duration_ms=0)
        with pytest.raises(lg.SettingsError, match="model: 5 given"):
            run(complete, model=5)  # type: ignore[arg-type]
        conf = tmp_path / "user.conf"
        conf.write_text("llama2-70b.Server.target_qps = 3000\n")
        with pytest.warns(
            UserWarning, match=r"no line is for the model 'mine'.*llama2-70b\.Server"
        ):
            run(
                complete, "Server", model="mine", user_conf=conf, target_qps=3000, min_duration_ms=0
            )

    def test_the_folder_of_the_logs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        report = run(complete)
        assert list(tmp_path.iterdir()) == []
        assert report.summary_path == report.trace_path == ""
        logs = lg.LogSettings()
        logs.log_output.prefix = "x_"
        report = run(complete, output=tmp_path / "a" / "b", log_settings=logs)
        assert report.summary_path == str(tmp_path / "a" / "b" / "x_summary.txt")
        assert sorted(file.name for file in (tmp_path / "a" / "b").iterdir()) == [
            "x_accuracy.json",
            "x_detail.txt",
            "x_summary.txt",
            "x_trace.json",
        ]
        assert logs.log_output.outdir == "."  # given settings are not changed
        with pytest.raises(lg.OutputError, match=r"x_summary\.txt"):
            run(complete, output=report.summary_path)
