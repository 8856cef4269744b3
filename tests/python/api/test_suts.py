"""What run() takes as a SUT, and how it is called."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
import numpy.typing as npt
import pytest
from quick import SAMPLES, SCENARIOS, complete, logged, run


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly", "SubmissionRun"])
def test_a_function_of_samples(scenario: str, mode: str, tmp_path: Path) -> None:
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


def test_peak_performance() -> None:
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


def test_a_class_keeps_samples_and_completes_them_on_a_thread() -> None:
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


def test_names() -> None:
    class Unnamed(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            samples.complete()

    class Callable:
        def __call__(self, samples: lg.Samples) -> None:
            samples.complete()

    assert run(Unnamed()).sut_name == "Unnamed"
    assert run(Callable()).sut_name == "Callable"


def test_issue_must_be_overridden() -> None:
    with pytest.raises(NotImplementedError, match="SystemUnderTest must override issue"):
        run(lg.SystemUnderTest())


def test_something_else_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a SystemUnderTest, a SampleQueue or .* not 5"):
        run(5)  # type: ignore[arg-type]


def test_parts_of_a_query_are_completed_one_by_one(tmp_path: Path) -> None:
    def sut(samples: lg.Samples) -> None:
        for i in range(0, len(samples), 5):
            part = samples[i : i + 5]
            part.complete(part.indices.astype(np.uint8))

    report = run(sut, "Offline", mode="AccuracyOnly", output=tmp_path)
    assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}


def test_ids_of_several_queries_are_completed_in_one_call(tmp_path: Path) -> None:
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


def test_the_established_completion_takes_ids_of_samples(tmp_path: Path) -> None:
    answers = np.arange(SAMPLES, dtype=np.uint8)

    def sut(samples: lg.Samples) -> None:
        pairs = zip(samples.ids.tolist(), samples.indices.tolist(), strict=True)
        lg.QuerySamplesComplete(
            [lg.QuerySampleResponse(id, answers.ctypes.data + index, 1) for id, index in pairs]
        )

    report = run(sut, "MultiStream", mode="AccuracyOnly", output=tmp_path)
    assert logged(report) == {i: bytes([i]) for i in range(SAMPLES)}


def test_the_established_handles_take_arrays_back(tmp_path: Path) -> None:
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
