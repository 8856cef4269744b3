"""What goes wrong in a test: it ends, says what happened, and the next one works."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest

SCENARIOS = ["SingleStream", "MultiStream", "Server", "Offline", "MultiStreamFixedInterval"]
Script = Callable[[str], str]

QUICK: dict[str, dict[str, Any]] = {
    "SingleStream": {"expected_latency_ns": 1000},
    "MultiStream": {"expected_latency_ns": 1000, "samples_per_query": 4},
    "Server": {"target_qps": 5000},
    "Offline": {"target_qps": 1000},
    "MultiStreamFixedInterval": {"target_qps": 5000, "samples_per_query": 4},
}

# The start of scripts that run in a process of their own.
PRELUDE = """
import json, os, signal, sys, threading, time
import mlperf_loadgen as lg

# Where the tests run in the background of a shell, Ctrl-C is ignored from the start.
signal.signal(signal.SIGINT, signal.default_int_handler)

def settings(scenario, mode="PerformanceOnly"):
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.__members__[scenario]
    settings.mode = lg.TestMode.__members__[mode]
    settings.min_duration_ms = 0
    settings.min_query_count = 20
    settings.single_stream_expected_latency_ns = 1000
    settings.multi_stream_expected_latency_ns = 1000
    settings.server_target_qps = 5000
    settings.multi_stream_interval_target_qps = 5000
    settings.offline_expected_qps = 1000
    return settings

def nothing(*_):
    pass

def complete(samples):
    lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

def library():
    return lg.ConstructQSL(32, 32, nothing, nothing)

def works():
    lg.StartTest(lg.ConstructSUT(complete, nothing), library(), settings("Server"))
    assert "No errors" in open("mlperf_log_summary.txt").read()
    print("works")
"""


def complete(samples: lg.Samples) -> None:
    samples.complete()


def run(sut: Any, scenario: str = "SingleStream", **more: Any) -> lg.Report:
    library = more.pop("library", range(32))
    quick: dict[str, Any] = {"min_duration_ms": 0, "min_query_count": 20, **QUICK[scenario]}
    return lg.run(sut, library, scenario=scenario, **{**quick, **more})


def errors_in(detail_path: str) -> list[str]:
    """The error entries of a detail log."""
    entries = [
        json.loads(line.removeprefix(":::MLLOG "))
        for line in Path(detail_path).read_text(encoding="utf-8").splitlines()
    ]
    return [str(entry["value"]) for entry in entries if entry["metadata"]["is_error"]]


class Broken(Exception):
    """What a callback raises."""


class Sut(lg.SystemUnderTest):
    """Raises in one of its callbacks."""

    def __init__(self, where: str) -> None:
        self.where = where

    def issue(self, samples: lg.Samples) -> None:
        if self.where == "issue":
            raise Broken("in issue")
        samples.complete()

    def flush(self) -> None:
        if self.where == "flush":
            raise Broken("in flush")


class Library:
    """Raises in one of its callbacks."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __len__(self) -> int:
        return 32

    def load(self, indices: object) -> None:
        if self.where == "load":
            raise Broken("in load")

    def unload(self, indices: object) -> None:
        if self.where == "unload":
            raise Broken("in unload")


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("where", ["issue", "flush", "load", "unload"])
def test_an_exception_of_a_callback_comes_out_with_the_report(
    where: str, scenario: str, tmp_path: Path
) -> None:
    with pytest.raises(Broken, match=f"in {where}") as raised:
        run(Sut(where), scenario, library=Library(where), output=tmp_path)
    assert raised.traceback[-1].name == where
    report: lg.Report = raised.value.report  # type: ignore[attr-defined]
    assert not report.complete
    assert not report.valid
    assert f"Broken: in {where}" in report.end_reason
    assert f"Broken: in {where}" in errors_in(report.detail_path)[-1]
    assert "Result is : INVALID" in Path(report.summary_path).read_text()
    assert Path(report.accuracy_path).read_text() == "[\n]\n"
    assert run(complete, scenario, output=tmp_path).errors == []


@pytest.mark.parametrize("where", ["issue", "flush", "load", "unload", "name"])
def test_the_same_with_the_established_names(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def callback(name: str, then: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if name == where:
                raise Broken(f"in {name}")
            return then(*args)

        return call

    def answer(samples: list[lg.QuerySample]) -> None:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

    sut = lg.ConstructQDL(
        callback("issue", answer),
        callback("flush", lambda: None),
        callback("name", lambda: "a name"),
    )
    qsl = lg.ConstructQSL(
        9, 9, callback("load", lambda _: None), callback("unload", lambda _: None)
    )
    settings = lg.TestSettings()
    settings.min_duration_ms = 0
    with pytest.raises(Broken, match=f"in {where}") as raised:
        lg.StartTest(sut, qsl, settings)
    assert not raised.value.report.complete  # type: ignore[attr-defined]
    assert f"in {where}" in errors_in("mlperf_log_detail.txt")[-1]
    where = "nowhere"
    lg.StartTest(sut, qsl, settings)


def test_an_exception_that_takes_no_report() -> None:
    class Slotted(BaseException):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    def sut(samples: lg.Samples) -> None:
        raise Slotted

    with pytest.raises(Slotted):
        run(sut)


def test_a_name_that_is_no_text() -> None:
    sut = lg.ConstructQDL(lambda _: None, lambda: None, lambda: 7)  # type: ignore[arg-type,return-value]
    qsl = lg.ConstructQSL(9, 9, lambda _: None, lambda _: None)
    logs = lg.LogSettings()
    logs.write_files = False
    with pytest.raises(TypeError, match="name_cb must return a str, not int"):
        lg.StartTestWithLogSettings(sut, qsl, lg.TestSettings(), logs)


class TestIds:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    @pytest.mark.parametrize("wrong", [0, 1, 7_000_000_007, 2**63, 2**64 - 1])
    def test_one_that_never_was(self, wrong: int, scenario: str) -> None:
        def sut(samples: lg.Samples) -> None:
            lg.complete(np.array([wrong], np.uint64))
            samples.complete()

        report = run(sut, scenario)
        calls = 1 if scenario == "Offline" else report.query_count
        assert not report.valid
        assert report.complete
        assert report.error_count >= calls
        example = next(line for line in report.errors if str(wrong) in line)
        assert calls == 1 or f"the first of {calls}" in example
        assert any(str(wrong) in line for line in report.recommendations)

    def test_one_of_an_earlier_test(self) -> None:
        ids: list[int] = []

        def sut(samples: lg.Samples) -> None:
            ids.extend(samples.ids.tolist())
            samples.complete()

        run(sut)
        stale = ids[0]

        def late(samples: lg.Samples) -> None:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(stale, 0, 0)])
            samples.complete()

        report = run(late, min_query_count=3)
        assert not report.valid
        assert "old sample" in "".join(report.errors)

    def test_one_that_is_yet_to_be_issued(self) -> None:
        def sut(samples: lg.Samples) -> None:
            lg.complete(samples.ids[-1:] + np.uint64(1))
            samples.complete()

        report = run(sut, "Server")
        assert not report.valid
        assert "not issued yet" in "".join(report.errors)

    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_one_that_comes_twice_counts_once(self, scenario: str) -> None:
        def sut(samples: lg.Samples) -> None:
            samples[:1].complete()
            samples[:1].complete()
            samples[1:].complete()

        report = run(sut, scenario)
        assert report.complete
        assert not report.valid
        planned = report.query_count * report.settings.samples_per_query
        assert report.sample_count == len(report.latencies_ns) >= planned
        assert "twice" in "".join(report.errors)

    def test_a_size_without_an_address(self) -> None:
        def sut(samples: lg.Samples) -> None:
            lg.QuerySamplesComplete([lg.QuerySampleResponse(int(i), 0, 4) for i in samples.ids])

        assert run(sut).errors == []


class TestMissing:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_samples_that_never_come(self, scenario: str, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            samples[1:].complete()

        with pytest.raises(lg.IncompleteError, match="never completed") as raised:
            run(sut, scenario, drain_timeout_ms=50, output=tmp_path)
        report: lg.Report = raised.value.report  # type: ignore[attr-defined]
        queries = report.query_count if scenario == "Server" else 1
        assert report.missing_samples == queries
        assert str(raised.value).startswith(f"{queries} of ")
        assert "library index" in str(raised.value)
        assert not report.complete
        assert not report.valid
        assert "never completed" in errors_in(report.detail_path)[-1]
        assert run(complete, scenario).errors == []

    def test_a_limit_on_the_duration_limits_this_wait_too(self) -> None:
        assert run(complete).settings.drain_timeout_ms == 0
        assert run(complete, max_duration_ms=90_000).settings.drain_timeout_ms == 90_000


class TestState:
    def test_completions_outside_a_test(self) -> None:
        calls: list[Callable[[], None]] = [
            lambda: lg.complete([1]),
            lambda: lg.first_token([1]),
            lambda: lg.QuerySamplesComplete([lg.QuerySampleResponse(1, 0, 0)]),
            lambda: lg.FirstTokenComplete([lg.QuerySampleResponse(1, 0, 0)]),
        ]
        for call in calls:
            with pytest.raises(lg.StateError, match="no test is running"):
                call()

    def test_a_second_test_at_once(self) -> None:
        refused: list[BaseException] = []

        def second() -> None:
            try:
                run(complete)
            except lg.StateError as error:
                refused.append(error)

        def sut(samples: lg.Samples) -> None:
            if not refused:
                thread = threading.Thread(target=second)
                thread.start()
                thread.join()
                second()
            samples.complete()

        report = run(sut)
        assert len(refused) == 2
        assert "already running" in str(refused[0])
        assert report.errors == []

    def test_a_test_off_the_main_thread(self) -> None:
        reports: list[lg.Report] = []
        thread = threading.Thread(target=lambda: reports.append(run(complete, "Server")))
        thread.start()
        thread.join()
        assert reports[0].errors == []

    def test_progress_and_abort_without_a_test(self) -> None:
        assert lg.current_progress() is None
        lg.abort()
        assert run(complete).complete

    def test_destroyed_handles(self) -> None:
        sut = lg.ConstructSUT(lambda _: None, lambda: None)
        qsl = lg.ConstructQSL(1, 1, lambda _: None, lambda _: None)
        lg.DestroySUT(sut)
        lg.DestroyQSL(qsl)
        calls: list[Callable[[], None]] = [
            lambda: lg.DestroySUT(sut),
            lambda: lg.DestroyQSL(qsl),
            lambda: lg.StartTest(sut, qsl, lg.TestSettings()),
        ]
        for call in calls:
            with pytest.raises(lg.StateError, match="already been destroyed"):
                call()

    @pytest.mark.parametrize("garbage", [0, 1, 140_000_000_000_000, None, "sut", object()])
    def test_garbage_handles(self, garbage: Any) -> None:
        with pytest.raises(TypeError):
            lg.StartTest(garbage, garbage, lg.TestSettings())
        with pytest.raises(TypeError):
            lg.DestroySUT(garbage)
        qsl = lg.ConstructQSL(1, 1, lambda _: None, lambda _: None)
        with pytest.raises(TypeError):
            lg.DestroyFastSUT(qsl)  # type: ignore[arg-type]

    def test_handles_serve_many_tests_and_may_be_destroyed_within_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        tests: list[None] = []

        def issue(samples: list[lg.QuerySample]) -> None:
            if len(tests) == 1:
                lg.DestroySUT(sut)
                lg.DestroyQSL(qsl)
                tests.append(None)
            lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

        sut = lg.ConstructSUT(issue, lambda: None)
        qsl = lg.ConstructQSL(1, 1, lambda _: None, lambda _: None)
        settings = lg.TestSettings()
        settings.min_duration_ms = 0
        lg.StartTest(sut, qsl, settings)
        tests.append(None)
        lg.StartTest(sut, qsl, settings)
        with pytest.raises(lg.StateError):
            lg.StartTest(sut, qsl, settings)

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        touched: list[object] = []
        logs = lg.LogSettings()
        logs.log_output.outdir = str(tmp_path / "missing")
        sut = lg.ConstructSUT(touched.append, lambda: touched.append(0))
        qsl = lg.ConstructQSL(1, 1, touched.append, touched.append)
        with pytest.raises(lg.OutputError, match=r"missing.*summary") as raised:
            lg.StartTestWithLogSettings(sut, qsl, lg.TestSettings(), logs)
        assert isinstance(raised.value, OSError)
        assert touched == []


class TestAbort:
    @pytest.mark.parametrize("scenario", SCENARIOS)
    def test_from_another_thread(self, scenario: str, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            thread = threading.Thread(target=lg.abort)
            threads.append(thread)
            thread.start()

        threads: list[threading.Thread] = []
        report = run(sut, scenario, output=tmp_path)
        for thread in threads:
            thread.join()
        assert not report.complete
        assert not report.valid
        assert report.end_reason.startswith("The test was aborted.")
        assert "The test was aborted." in errors_in(report.detail_path)[-1]
        assert run(complete, scenario).complete

    def test_from_a_callback_and_before_the_first_query(self) -> None:
        class Aborting(Library):
            def load(self, indices: object) -> None:
                lg.abort()

        assert not run(complete, library=Aborting("")).complete

        def sut(samples: lg.Samples) -> None:
            lg.abort()
            samples.complete()

        assert not run(sut).complete


class TestInterrupt:
    """Ctrl-C ends a test whose samples never come."""

    @pytest.mark.parametrize("scenario", SCENARIOS)
    @pytest.mark.parametrize("mode", ["PerformanceOnly", "AccuracyOnly"])
    def test_within_a_second(self, scenario: str, mode: str, script: Script) -> None:
        said = script(
            PRELUDE
            + f"""
def press():
    time.sleep(0.1)
    pressed.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

pressed = []
threading.Thread(target=press).start()
sut = lg.ConstructSUT(nothing, nothing)
try:
    lg.StartTest(sut, library(), settings("{scenario}", "{mode}"))
except KeyboardInterrupt as interrupt:
    assert time.monotonic() - pressed[0] < 1
    assert not interrupt.report.complete
    assert "ended by Ctrl-C after" in interrupt.report.end_reason, interrupt.report.end_reason
    print("interrupted")
errors = [line for line in open("mlperf_log_detail.txt") if '"is_error": true' in line]
assert "ended by Ctrl-C after" in errors[-1], errors
works()
"""
        )
        assert said.split() == ["interrupted", "works"]

    def test_while_a_callback_runs(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
def issue(samples):
    signal.raise_signal(signal.SIGINT)
    complete(samples)

try:
    lg.StartTest(lg.ConstructSUT(issue, nothing), library(), settings("SingleStream"))
except KeyboardInterrupt as interrupt:
    print("interrupted", interrupt.report.query_count)
works()
"""
        )
        assert said.split() == ["interrupted", "1", "works"]

    def test_while_waiting_for_an_arrival(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
slow = settings("Server")
slow.server_target_qps = 0.001
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.monotonic()
try:
    lg.StartTest(lg.ConstructSUT(complete, nothing), library(), slow)
except KeyboardInterrupt:
    assert time.monotonic() - began < 1.1
    print("interrupted")
works()
"""
        )
        assert said.split() == ["interrupted", "works"]


class TestDangers:
    """What crashes or hangs where ids are pointers and locks are held."""

    def test_garbage_from_every_side(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
import random
randoms = random.Random(1)

def issue(samples):
    wrong = [0, 1, 2**64 - 1, id(samples), samples[0].id + 1000, randoms.getrandbits(64)]
    for number in wrong:
        lg.QuerySamplesComplete([lg.QuerySampleResponse(number, 0, 0)])
        lg.FirstTokenComplete([lg.QuerySampleResponse(number, 0, 0)])
    complete(samples)
    complete(samples)

for scenario in lg.TestScenario.__members__:
    lg.StartTest(lg.ConstructSUT(issue, nothing), library(), settings(scenario))
    assert "Result is : INVALID" in open("mlperf_log_summary.txt").read()
works()
"""
        )
        assert said.split() == ["works"]

    def test_completions_race_with_the_end_of_the_test(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
def storm():
    while not done:
        try:
            for number in list(ids):
                lg.QuerySamplesComplete([lg.QuerySampleResponse(number, 0, 0)])
            lg.complete([1, 2, 3])
        except lg.StateError:
            pass

def issue(samples):
    ids[:] = [s.id for s in samples][:50]
    complete(samples)

ids, done = [], []
threads = [threading.Thread(target=storm) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(15):
    for scenario in ("SingleStream", "Server", "Offline"):
        lg.StartTest(lg.ConstructSUT(issue, nothing), library(), settings(scenario))
done.append(True)
for thread in threads:
    thread.join()
works()
"""
        )
        assert said.split() == ["works"]

    def test_a_process_may_end_with_handles_threads_and_a_failed_test(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
def issue(samples):
    raise ValueError("broken")

sut, qsl = lg.ConstructSUT(issue, nothing), library()
try:
    lg.StartTest(sut, qsl, settings("Offline"))
except ValueError as error:
    kept = error
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ends")
"""
        )
        assert said.split() == ["ends"]

    def test_the_wrong_folder_does_not_spoil_the_next_test(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
logs = lg.LogSettings()
logs.log_output.outdir = "missing"
for _ in range(3):
    try:
        lg.StartTestWithLogSettings(
            lg.ConstructSUT(complete, nothing), library(), settings("Server"), logs)
    except lg.OutputError:
        print("refused")
works()
"""
        )
        assert said.split() == ["refused", "refused", "refused", "works"]

    def test_a_full_disk(self, script: Script) -> None:
        said = script(
            PRELUDE
            + """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
try:
    lg.StartTest(lg.ConstructSUT(complete, nothing), library(), settings("Server"))
except lg.OutputError as error:
    assert "detail" in str(error), error
    print("full")
resource.setrlimit(resource.RLIMIT_FSIZE, before)
works()
"""
        )
        assert said.split() == ["full", "works"]
