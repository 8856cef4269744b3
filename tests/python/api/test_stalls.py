"""A SUT that stops: the test ends, says what is missing, and the next one works."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from quick import SCENARIOS, complete, run

pytestmark = pytest.mark.alone


def check_next_test_works() -> None:
    assert run(complete, "Server").errors == []


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Lets go of the threads of a test at its end."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_workers_die(scenario: str, tmp_path: Path) -> None:
    answered: list[int] = []

    def sut(samples: lg.Samples) -> None:
        if len(answered) < 3:
            samples[:1].complete()
            answered.append(int(samples.ids[0]))
            if len(samples) == 1:
                return
            answered.append(0)

    begin = time.monotonic()
    with pytest.raises(lg.IncompleteError, match=r"for 300 ms \(stall_timeout_ms\)") as raised:
        run(sut, scenario, stall_timeout_ms=300, output=tmp_path)
    assert 0.3 < time.monotonic() - begin < 1.5
    assert "library index" in str(raised.value)
    report: lg.Report = raised.value.report  # type: ignore[attr-defined]
    assert report.missing_samples > 0
    assert report.sample_count > 0
    assert not report.complete
    summary = Path(report.summary_path).read_text()
    assert "Result is : INVALID" in summary
    assert "stall_timeout_ms" in summary
    check_next_test_works()


def test_a_slow_sut_is_not_stalled() -> None:
    """Each completion begins the wait anew, and so does a time without queries."""

    def sut(samples: lg.Samples) -> None:
        time.sleep(0.15)
        samples.complete()

    report = run(sut, stall_timeout_ms=400, min_query_count=5)
    assert report.complete
    assert report.settings.stall_timeout_ms == 400
    report = run(complete, "Server", target_qps=2, min_query_count=2, stall_timeout_ms=100)
    assert report.complete


class TestACallbackThatNeverReturns:
    """Somebody must interrupt it."""

    @staticmethod
    def check(sut: Callable[[lg.Samples], object], capfd: Any, tmp_path: Path) -> BaseException:
        begin = time.monotonic()
        with pytest.raises(lg.IncompleteError, match="stall_timeout_ms") as raised:
            run(sut, stall_timeout_ms=100, output=tmp_path)
        assert time.monotonic() - begin < 3
        assert "callback of the system under test has not returned" in capfd.readouterr().err
        check_next_test_works()
        cause = raised.value.__cause__
        assert cause is not None
        return cause

    def test_sleeping_on_the_main_thread(self, capfd: Any, tmp_path: Path) -> None:
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            cause = self.check(lambda _: time.sleep(60), capfd, tmp_path)
            assert isinstance(cause, KeyboardInterrupt)
            cause = self.check(lambda _: queue.Queue[int]().get(), capfd, tmp_path)
            assert isinstance(cause, KeyboardInterrupt)
        finally:
            signal.signal(signal.SIGINT, previous)

    def test_running_round_in_python(self, capfd: Any, tmp_path: Path) -> None:
        def sut(_: lg.Samples) -> None:
            while True:
                pass

        causes: list[BaseException] = []
        thread = threading.Thread(target=lambda: causes.append(self.check(sut, capfd, tmp_path)))
        thread.start()
        thread.join()
        assert isinstance(causes[0], lg.IncompleteError)

    def test_the_summary_is_there_before_it_returns(
        self, release: threading.Event, tmp_path: Path
    ) -> None:
        raised: list[BaseException] = []

        def test() -> None:
            with pytest.raises(lg.IncompleteError) as caught:
                run(lambda _: release.wait(), stall_timeout_ms=100, output=tmp_path)
            raised.append(caught.value)

        thread = threading.Thread(target=test)
        thread.start()
        summary = tmp_path / "mlperf_log_summary.txt"
        deadline = time.monotonic() + 10
        while not summary.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        text = summary.read_text()
        assert thread.is_alive()
        release.set()
        thread.join()
        assert "Result is : INVALID" in text
        assert "has not returned" in text
        assert raised
        check_next_test_works()


class TestACompletionThatNeverReturns:
    """The test ends without it, and keeps what it works on alive."""

    @pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
    def test_ends_at_the_limit(
        self, scenario: str, release: threading.Event, tmp_path: Path
    ) -> None:
        threads: list[threading.Thread] = []

        def stay(_: lg.QuerySampleResponse) -> None:
            release.wait()

        def sut(samples: lg.Samples) -> None:
            responses = [lg.QuerySampleResponse(int(i), 0, 0) for i in samples.ids]
            if threads:
                lg.QuerySamplesComplete(responses)
                return
            threads.append(threading.Thread(target=lg.QuerySamplesComplete, args=(responses, stay)))
            threads[0].start()

        with pytest.raises(lg.IncompleteError) as raised:
            run(sut, scenario, mode="AccuracyOnly", stall_timeout_ms=200, output=tmp_path)
        report: lg.Report = raised.value.report  # type: ignore[attr-defined]
        assert "A completion call does not return; the test ended without it." in "".join(
            report.errors
        )
        check_next_test_works()
        release.set()
        threads[0].join()
        check_next_test_works()

    def test_ctrl_c(self, release: threading.Event, tmp_path: Path) -> None:
        inside = threading.Event()

        def stay(_: lg.QuerySampleResponse) -> None:
            inside.set()
            release.wait()

        def sut(samples: lg.Samples) -> None:
            responses = [lg.QuerySampleResponse(int(i), 0, 0) for i in samples.ids]
            worker = threading.Thread(target=lg.QuerySamplesComplete, args=(responses, stay))
            worker.start()

        def interrupt() -> None:
            inside.wait()
            times.append(time.monotonic())
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        times: list[float] = []
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            threading.Thread(target=interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                run(sut, mode="AccuracyOnly", output=tmp_path)
            assert time.monotonic() - times[0] < 1
        finally:
            signal.signal(signal.SIGINT, previous)
        check_next_test_works()
