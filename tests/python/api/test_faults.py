"""What goes wrong in a test, as far as no case of tests/faults shows it: what the report holds that
comes with an exception, and what a whole process survives."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import mlperf_loadgen as lg
import numpy as np
import pytest
from child_process import succeed
from quick import complete, run


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


@pytest.mark.parametrize("where", ["issue", "flush", "load", "unload"])
def test_an_exception_of_a_callback_comes_out_with_the_report(where: str, tmp_path: Path) -> None:
    with pytest.raises(Broken, match=f"in {where}") as raised:
        run(Sut(where), library=Library(where), output=tmp_path)
    assert raised.traceback[-1].name == where
    report: lg.Report = raised.value.report  # type: ignore[attr-defined]
    assert not report.complete
    assert not report.valid
    assert f"Broken: in {where}" in report.end_reason
    assert f"Broken: in {where}" in errors_in(report.detail_path)[-1]
    assert "Result is : INVALID" in Path(report.summary_path).read_text()
    assert Path(report.accuracy_path).read_text() == "[\n]\n"
    assert run(complete, output=tmp_path).errors == []


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


def test_an_id_that_never_was() -> None:
    wrong = 7_000_000_007

    def sut(samples: lg.Samples) -> None:
        lg.complete(np.array([wrong], np.uint64))
        samples.complete()

    report = run(sut)
    calls = report.query_count
    assert not report.valid
    assert report.complete
    assert report.error_count >= calls
    example = next(line for line in report.errors if str(wrong) in line)
    assert f"the first of {calls}" in example
    assert any(str(wrong) in line for line in report.recommendations)


class TestMissing:
    def test_samples_that_never_come(self, tmp_path: Path) -> None:
        def sut(samples: lg.Samples) -> None:
            samples[1:].complete()

        with pytest.raises(lg.IncompleteError, match="never completed") as raised:
            run(sut, "Server", drain_timeout_ms=50, output=tmp_path)
        report: lg.Report = raised.value.report  # type: ignore[attr-defined]
        queries = report.query_count
        assert report.missing_samples == queries
        assert str(raised.value).startswith(f"{queries} of ")
        assert "library index" in str(raised.value)
        assert not report.complete
        assert not report.valid
        assert "never completed" in errors_in(report.detail_path)[-1]
        assert run(complete).errors == []

    def test_a_limit_on_the_duration_limits_this_wait_too(self) -> None:
        assert run(complete).settings.drain_timeout_ms == 0
        assert run(complete, max_duration_ms=90_000).settings.drain_timeout_ms == 90_000


class TestState:
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


class TestDangers:
    """What crashes or hangs where ids are pointers and locks are held."""

    def test_garbage_from_every_side(self, tmp_path: Path) -> None:
        succeed(
            tmp_path,
            """
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
    assert "Result is : INVALID" in summary(".")
test("after")
valid("after")
""",
        )

    def test_completions_race_with_the_end_of_the_test(self, tmp_path: Path) -> None:
        succeed(
            tmp_path,
            """
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
test("after")
valid("after")
""",
        )

    def test_a_process_may_end_with_handles_threads_and_a_failed_test(self, tmp_path: Path) -> None:
        ended = succeed(
            tmp_path,
            """
def issue(samples):
    raise ValueError("broken")

sut, qsl = lg.ConstructSUT(issue, nothing), library()
try:
    lg.StartTest(sut, qsl, settings("Offline"))
except ValueError as error:
    kept = error
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ends")
""",
        )
        assert ended.out.split() == ["ends"]
