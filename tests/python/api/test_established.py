"""The established names, used as scripts of submitters use them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

SAMPLES = 32
Issue = Callable[[list[lg.QuerySample]], None]
unchecked: Any = lg  # for arguments that are wrong on purpose


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(scenario: str = "SingleStream", mode: str = "PerformanceOnly") -> lg.TestSettings:
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.__members__[scenario]
    settings.mode = lg.TestMode.__members__[mode]
    settings.min_duration_ms = 0
    settings.min_query_count = 20
    settings.single_stream_expected_latency_ns = 1000
    settings.multi_stream_expected_latency_ns = 1000
    settings.multi_stream_samples_per_query = 4
    settings.server_target_qps = 5000
    settings.offline_expected_qps = 1000
    return settings


def nothing(*_: object) -> None:
    """A callback that has nothing to do."""


def library() -> lg.QslHandle:
    return lg.ConstructQSL(SAMPLES, SAMPLES, nothing, nothing)


def start(sut: lg.SutHandle, what: lg.TestSettings) -> None:
    lg.StartTest(sut, library(), what)


def records() -> list[dict[str, Any]]:
    text = Path("mlperf_log_accuracy.json").read_text(encoding="ascii")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def answer(sample: lg.QuerySample, data: np.ndarray[Any, Any]) -> lg.QuerySampleResponse:
    """The bytes of the row of `data` that stands at the sample's index."""
    row = data[sample.index]
    return lg.QuerySampleResponse(sample.id, row.ctypes.data, row.nbytes)


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_a_script_of_a_submitter(scenario: str, working_folder: Path) -> None:
    answers = np.arange(SAMPLES, dtype=np.int32)[:, np.newaxis]
    loaded: list[int] = []
    flushed = []

    def issue_queries(query_samples: list[lg.QuerySample]) -> None:
        responses = []
        for sample in query_samples:
            assert sample.index in loaded
            responses.append(answer(sample, answers))
        lg.QuerySamplesComplete(responses)

    def flush_queries() -> None:
        flushed.append(True)

    def load_samples(indices: list[int]) -> None:
        assert isinstance(indices, list)
        loaded.extend(indices)

    def unload_samples(indices: list[int]) -> None:
        for index in indices:
            loaded.remove(index)

    log_settings = lg.LogSettings()
    log_settings.log_output.outdir = str(working_folder)
    log_settings.log_output.prefix = "my_"
    log_settings.log_output.suffix = "_log"
    log_settings.log_output.copy_summary_to_stdout = False
    log_settings.enable_trace = True
    sut = lg.ConstructSUT(issue_cb=issue_queries, flush_cb=flush_queries)
    qsl = lg.ConstructQSL(
        total_sample_count=SAMPLES,
        performance_sample_count=16,
        load_cb=load_samples,
        unload_cb=unload_samples,
    )
    lg.StartTestWithLogSettings(
        sut=sut,
        qsl=qsl,
        test_settings=settings(scenario, "SubmissionRun"),
        log_settings=log_settings,
        audit_config_filename="no such file",
    )
    lg.DestroyQSL(qsl)
    lg.DestroySUT(sut)

    assert loaded == []
    assert len(flushed) == 3  # two loadable sets of the accuracy run, and the performance run
    detail = (working_folder / "my_detail_log.txt").read_text(encoding="ascii")
    assert '"sut_name", "value": "PySUT"' in detail
    assert '"qsl_name", "value": "PyQSL"' in detail
    assert "MLPerf Results Summary" in (working_folder / "my_summary_log.txt").read_text()
    logged = json.loads((working_folder / "my_accuracy_log.json").read_text())
    assert {record["qsl_idx"] for record in logged} == set(range(SAMPLES))
    for record in logged:
        assert record["data"] == answers[record["qsl_idx"]].tobytes().hex().upper()
    assert json.loads((working_folder / "my_trace_log.json").read_text())["traceEvents"]


def test_the_sut_of_plain_numbers(working_folder: Path) -> None:
    seen: list[int] = []

    def issue(response_ids: list[int], sample_indices: list[int]) -> None:
        assert len(response_ids) == len(sample_indices) == 4
        assert {type(number) for number in response_ids + sample_indices} == {int}
        seen.extend(sample_indices)
        lg.QuerySamplesComplete([lg.QuerySampleResponse(id, 0, 0) for id in response_ids])

    sut = lg.ConstructFastSUT(issue, nothing)
    start(sut, settings("MultiStream"))
    lg.DestroyFastSUT(sut)
    assert len(seen) == 80
    assert set(seen) <= set(range(SAMPLES))
    assert "PyFastSUT" in (working_folder / "mlperf_log_summary.txt").read_text()


def test_indices_of_a_large_library_are_given_as_they_are() -> None:
    size = 10_000  # more than the ints that equal indices share
    seen: list[int] = []

    def issue(response_ids: list[int], sample_indices: list[int]) -> None:
        seen.extend(sample_indices)
        lg.QuerySamplesComplete([lg.QuerySampleResponse(id, 0, 0) for id in response_ids])

    what = settings("Offline")
    what.min_query_count = 3 * size
    what.performance_issue_unique = False
    qsl = lg.ConstructQSL(size, size, nothing, nothing)
    lg.StartTest(lg.ConstructFastSUT(issue, nothing), qsl, what)
    expected: list[int] = []

    def note(samples: list[lg.QuerySample]) -> None:
        expected.extend(sample.index for sample in samples)
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

    lg.StartTest(lg.ConstructSUT(note, nothing), qsl, what)
    assert seen == expected
    assert len(set(seen)) > 4096


class TestLongLists:
    """Completed part by part."""

    SIZE = 150_000

    def run(self, issue: Issue) -> None:
        what = settings("Offline")
        what.min_query_count = self.SIZE
        what.use_token_latencies = True
        start(lg.ConstructSUT(issue, nothing), what)

    def test_each_response_is_taken(self) -> None:
        def issue(samples: list[lg.QuerySample]) -> None:
            lg.QuerySamplesComplete(
                [lg.QuerySampleResponse(s.id, 0, 0, 2 + i % 7) for i, s in enumerate(samples)]
            )

        self.run(issue)
        assert "Result is : VALID" in Path("mlperf_log_summary.txt").read_text()
        detail = Path("mlperf_log_detail.txt").read_text()
        assert '"key": "num_errors", "value": 0' in detail

    def test_what_is_no_response_is_an_error(self) -> None:
        def issue(samples: list[lg.QuerySample]) -> None:
            responses = [lg.QuerySampleResponse(s.id, 0, 0, 2) for s in samples]
            unchecked.QuerySamplesComplete([*responses[:-1], 7])

        with pytest.raises(TypeError, match="must be QuerySampleResponse objects, not int"):
            self.run(issue)


def test_the_sut_behind_a_network(working_folder: Path) -> None:
    asked = []

    def name() -> str:
        asked.append(True)
        return "Network SUT, far away"

    def issue(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

    sut = lg.ConstructQDL(issue, nothing, name)
    start(sut, settings())
    lg.DestroyQDL(sut)
    assert len(asked) == 1
    assert "SUT name : Network SUT, far away\n" in Path("mlperf_log_summary.txt").read_text()


def test_lists_of_samples_are_lists() -> None:
    seen: list[list[lg.QuerySample]] = []

    def issue(samples: list[lg.QuerySample]) -> None:
        assert isinstance(samples, list)
        assert len(samples) == len(samples[:2]) + len(samples[2:]) == len(samples.copy()) == 4
        assert samples[-1].id == [sample.id for sample in samples][3]
        samples.sort(key=lambda sample: sample.index, reverse=True)
        assert [s.index for s in samples] == sorted((s.index for s in samples), reverse=True)
        samples.reverse()
        seen.append(samples)
        first = samples.pop(0)
        lg.QuerySamplesComplete(
            lg.VectorQuerySampleResponse([lg.QuerySampleResponse(first.id, 0, 0)])
        )
        lg.QuerySamplesComplete(tuple(lg.QuerySampleResponse(s.id, 0, 0) for s in samples))

    start(lg.ConstructSUT(issue, nothing), settings("MultiStream"))
    assert len(seen) == 20
    assert all(len(samples) == 3 for samples in seen)


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_samples_are_kept_and_completed_on_other_threads(scenario: str) -> None:
    kept: list[lg.QuerySample] = []
    threads: list[threading.Thread] = []

    def complete(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

    def issue(samples: list[lg.QuerySample]) -> None:
        kept.extend(samples)
        for i in range(0, len(samples), 8):
            thread = threading.Thread(target=complete, args=(samples[i : i + 8],))
            threads.append(thread)
            thread.start()

    start(lg.ConstructSUT(issue, nothing), settings(scenario))
    for thread in threads:
        thread.join()
    assert len({sample.id for sample in kept}) == len(kept) >= 20
    assert all(0 <= sample.index < SAMPLES for sample in kept)


def test_batches_across_queries_end_with_the_flush() -> None:
    waiting: list[lg.QuerySampleResponse] = []

    def issue(samples: list[lg.QuerySample]) -> None:
        waiting.extend(lg.QuerySampleResponse(s.id, 0, 0) for s in samples)
        if len(waiting) >= 7:
            flush()

    def flush() -> None:
        batch, waiting[:] = list(waiting), []
        lg.QuerySamplesComplete(batch)

    start(lg.ConstructSUT(issue, flush), settings("Server"))
    assert waiting == []
    assert "Min queries satisfied : Yes" in Path("mlperf_log_summary.txt").read_text()


class TestResponseCallback:
    data = np.arange(SAMPLES, dtype=np.uint8)[:, np.newaxis]

    def issue(self, response_cb: Callable[[lg.QuerySampleResponse], object] | None) -> Issue:
        def issue(samples: list[lg.QuerySample]) -> None:
            responses = [lg.QuerySampleResponse(s.id, 0, 0) for s in samples]
            self.indices.update({s.id: s.index for s in samples})
            lg.QuerySamplesComplete(responses, response_cb=response_cb)
            assert [r.size for r in responses] == [0] * len(responses)  # the callback got copies

        self.indices: dict[int, int] = {}
        return issue

    def fill(self, response: lg.QuerySampleResponse) -> None:
        row = self.data[self.indices[response.id]]
        response.data = row.ctypes.data
        response.size = row.nbytes

    def test_it_brings_the_bytes_of_logged_responses(self) -> None:
        start(lg.ConstructSUT(self.issue(self.fill), nothing), settings("Offline", "AccuracyOnly"))
        assert len(records()) == SAMPLES
        assert all(int(r["data"], 16) == r["qsl_idx"] for r in records())

    def test_it_is_not_called_for_others(self) -> None:
        called: list[lg.QuerySampleResponse] = []
        start(lg.ConstructSUT(self.issue(called.append), nothing), settings())
        assert called == []
        assert records() == []

    def test_no_callback_is_fine(self) -> None:
        start(lg.ConstructSUT(self.issue(None), nothing), settings("Offline", "AccuracyOnly"))
        assert len(records()) == SAMPLES

    @pytest.mark.parametrize("where", ["inline", "thread"])
    def test_what_it_raises_comes_out_of_the_completion(self, where: str) -> None:
        def fail(response: lg.QuerySampleResponse) -> None:
            raise KeyError(response.id)

        caught: list[KeyError] = []

        def complete(samples: list[lg.QuerySample]) -> None:
            with pytest.raises(KeyError) as raised:
                self.issue(fail)(samples)
            caught.append(raised.value)

        def on_a_thread(samples: list[lg.QuerySample]) -> None:
            threading.Thread(target=complete, args=(samples,)).start()

        issue = complete if where == "inline" else on_a_thread
        start(lg.ConstructSUT(issue, nothing), settings("Offline", "AccuracyOnly"))
        assert len(caught) == 1
        assert len(records()) == SAMPLES  # all completed; none has bytes
        assert {record["data"] for record in records()} == {""}


def test_token_latencies() -> None:
    tokens = np.arange(SAMPLES, dtype=np.uint16)[:, np.newaxis]

    def issue(samples: list[lg.QuerySample]) -> None:
        for sample in samples:
            response = answer(sample, tokens)
            lg.FirstTokenComplete([response])
            response.n_tokens = 5
            lg.QuerySamplesComplete([response])

    what = settings("Server", "AccuracyOnly")
    what.use_token_latencies = True
    start(lg.ConstructSUT(issue, nothing), what)
    assert len(records()) == SAMPLES
    for record in records():
        assert bytes.fromhex(record["data"]) == tokens[record["qsl_idx"]].tobytes()
        assert record["token_data"] == record["data"]
        assert record["token_count"] == 5
    what.mode = lg.TestMode.PerformanceOnly
    start(lg.ConstructSUT(issue, nothing), what)
    assert "Completed tokens per second" in Path("mlperf_log_summary.txt").read_text()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: unchecked.QuerySamplesComplete(), "missing required argument: 'responses'"),
        (lambda: unchecked.QuerySamplesComplete([], None, None), "at most 2"),
        (
            lambda: unchecked.QuerySamplesComplete([], callback=None),
            "unexpected argument 'callback'",
        ),
        (
            lambda: unchecked.QuerySamplesComplete([], responses=[]),
            "unexpected argument 'responses'",
        ),
        (lambda: unchecked.QuerySamplesComplete(7), "must be a list of QuerySampleResponse"),
        (
            lambda: unchecked.QuerySamplesComplete([7]),
            "must be QuerySampleResponse objects, not int",
        ),
        (lambda: unchecked.QuerySamplesComplete([], 7), "response_cb must be callable, not int"),
        (lambda: unchecked.FirstTokenComplete([lg.QuerySample()]), "QuerySampleResponse objects"),
        (lambda: unchecked.ConstructSUT(nothing, 7), "flush_cb must be callable, not int"),
        (lambda: unchecked.ConstructQSL(1, 1, nothing, None), "unload_cb must be callable"),
        (
            lambda: unchecked.StartTest(nothing, None, None),
            r"sut: what ConstructSUT\(issue, flush\) returns is needed, not <function nothing",
        ),
    ],
)
def test_wrong_arguments(call: Callable[[], object], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        call()


@pytest.mark.parametrize("conf_type", [True, False, 1.0, "1", None])
def test_a_conf_type_that_is_no_number(conf_type: object) -> None:
    with pytest.raises(TypeError, match=f"^conf_type = {conf_type!r}: must be 0 "):
        lg.TestSettings().FromConfig("", "m", "Offline", conf_type)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [b"audit-\xff", os.fsdecode(b"audit-\xff"), Path("audit.txt")])
def test_paths_of_an_audit_config(working_folder: Path, name: str | bytes | Path) -> None:
    with open(name, "w", encoding="ascii") as audit:
        audit.write("*.*.min_query_count = 33\n")

    def issue(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(sample.id, 0, 0) for sample in samples])

    lg.StartTest(lg.ConstructSUT(issue, nothing), library(), settings(), name)
    detail = (working_folder / "mlperf_log_detail.txt").read_text(encoding="utf-8")
    assert '"effective_min_query_count", "value": 33' in detail
