"""Pull mode: worker threads that take batches from a SampleQueue."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
import quick
from child_process import succeed
from mlperf_loadgen.harness.accuracy_log import read_accuracy_log
from quick import SCENARIOS


def run(sut: Any, scenario: str = "Server", **more: Any) -> lg.Report:
    return quick.run(sut, scenario, progress=False, **more)


class Workers:
    """Threads that answer the batches of the next test."""

    def __init__(
        self,
        queue: lg.SampleQueue,
        answer: Callable[[lg.Samples], object] = lg.Samples.complete,
        count: int = 3,
        **wish: Any,
    ) -> None:
        batches = queue.batches(**{"max_batch": 8, **wish})

        def work() -> None:
            for batch in batches:
                answer(batch)

        self.threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_sample_gets_its_own_answer(scenario: str, tmp_path: Path) -> None:
    queue = lg.SampleQueue("pulled")
    workers = Workers(queue, lambda batch: batch.complete(batch.indices**2))
    report = run(queue, scenario, mode="AccuracyOnly", output=tmp_path)
    workers.join()
    assert report.sut_name == "pulled"
    assert report.errors == []
    log = read_accuracy_log(report.accuracy_path).unique()
    assert log.indices.tolist() == list(range(32))
    assert log.arrays("<i8").tolist() == [index**2 for index in range(32)]


def test_two_tests_in_a_row() -> None:
    queue = lg.SampleQueue()
    for number in (1, 2):
        assert queue.test == number
        workers = Workers(queue)
        assert run(queue).complete
        workers.join()


def test_batches_of_joined_and_cut_queries() -> None:
    """The worker begins when all queries are there."""
    taken: list[lg.Samples] = []
    begin = threading.Event()
    queue = lg.SampleQueue()

    class Held(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            queue.issue(samples)

        def flush(self) -> None:
            begin.set()

        def over(self) -> None:
            queue.over()

    def answer(batch: lg.Samples) -> None:
        begin.wait()
        taken.append(batch)
        half = len(batch) // 2
        batch[:half].complete()
        batch[half:].complete()

    workers = Workers(queue, answer, count=1, max_batch=8)
    report = run(Held(), min_query_count=50, max_query_count=50)
    workers.join()
    assert report.complete
    first, *full, _ = [len(batch) for batch in taken]
    assert first <= 8
    assert full == [8] * len(full)
    ids = [int(number) for batch in taken for number in batch.ids]
    assert ids == list(range(ids[0], ids[0] + 50))


def test_established_calls_take_its_handle(tmp_path: Path) -> None:
    queue = lg.SampleQueue()
    workers = Workers(queue)
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Offline
    settings.min_duration_ms = 0
    logs = lg.LogSettings()
    logs.log_output.outdir = str(tmp_path)
    library = lg.ConstructQSL(32, 32, lambda _: None, lambda _: None)
    lg.StartTestWithLogSettings(queue.handle(), library, settings, logs)
    workers.join()
    assert "VALID" in (tmp_path / "mlperf_log_summary.txt").read_text()


class Broken(Exception):
    pass


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_worker_fails(scenario: str) -> None:
    queue = lg.SampleQueue()

    def answer(_: lg.Samples) -> None:
        try:
            raise Broken("no room")
        except Broken as error:
            queue.fail(error)

    workers = Workers(queue, answer)
    with pytest.raises(Broken, match="no room") as raised:
        run(queue, scenario)
    workers.join()
    report: lg.Report = raised.value.report  # type: ignore[attr-defined]
    assert "no room" in report.end_reason
    workers = Workers(queue)
    assert run(queue, scenario).complete
    workers.join()


def test_abort_with_and_without_a_reason() -> None:
    queue = lg.SampleQueue()
    workers = Workers(queue, lambda _: lg.abort(Broken("mine")))
    with pytest.raises(Broken, match="mine"):
        run(queue)
    workers.join()
    workers = Workers(queue, lambda _: lg.abort())
    assert not run(queue).complete
    workers.join()
    with pytest.raises(TypeError, match="must be an exception, not int"):
        lg.abort(5)  # type: ignore[arg-type]
    lg.abort(Broken("nothing runs"))
    queue.fail(Broken("nothing runs"))


def test_workers_that_die_or_never_come() -> None:
    queue = lg.SampleQueue()
    workers = Workers(queue, lambda batch: None, count=1)
    for _ in range(2):
        with pytest.raises(lg.IncompleteError, match="200 ms"):
            run(queue, "Offline", stall_timeout_ms=200)
    workers.join()
    assert queue.take(timeout=0.0) is not None  # nothing, but not over


def test_timeouts() -> None:
    queue = lg.SampleQueue()
    begin = time.monotonic()
    for timeout in (0.0, 0.01, 0.15):
        batch = queue.take(8, timeout=timeout)
        assert batch is not None
        assert len(batch) == 0
        assert batch.ids.tolist() == batch.indices.tolist() == []
    assert 0.16 <= time.monotonic() - begin < 5
    for wrong in ({"timeout": -1.0}, {"linger": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            queue.take(**wrong)


def test_batches_are_taken_as_asked_for() -> None:
    asked: list[tuple[object, ...]] = []

    class Asked(lg.SampleQueue):
        def take(self, *wish: object) -> None:  # type: ignore[override]
            asked.append(wish)

    assert list(Asked().batches(8, 0.5, workers=3, linger=0.25)) == []
    assert asked == [(8, 0.5, 1, 3, 0.25)]
    assert len(next(lg.SampleQueue().batches(timeout=0.0))) == 0


@pytest.mark.parametrize("name", ["max_batch", "workers"])
@pytest.mark.parametrize("count", [0, -1, 2**33, 2**64 - 1, 2**64])
def test_counts_that_cannot_be(name: str, count: int) -> None:
    with pytest.raises(lg.SettingsError, match=rf"{name} must be from 1 to \d+, not {count}"):
        lg.SampleQueue().take(**{name: count}, timeout=0.0)  # type: ignore[arg-type]


def test_as_many_workers_as_there_may_be() -> None:
    queue = lg.SampleQueue()
    sizes: list[int] = []

    def answer(batch: lg.Samples) -> None:
        sizes.append(len(batch))
        batch.complete()

    workers = Workers(queue, answer, max_batch=2**32, workers=65536)
    assert run(queue, "Offline").complete
    workers.join()
    assert set(sizes) == {1}


def test_closed() -> None:
    with lg.SampleQueue() as queue:
        workers = Workers(queue)
    workers.join()
    assert queue.closed
    assert queue.take() is None


def test_a_test_on_a_closed_queue_is_refused() -> None:
    queue = lg.SampleQueue("mine")
    queue.close()
    with pytest.raises(lg.StateError, match="SampleQueue 'mine' is closed"):
        run(queue)


def test_a_queue_that_is_closed_while_queries_come() -> None:
    queue = lg.SampleQueue()

    def answer(batch: lg.Samples) -> None:
        queue.close()
        with contextlib.suppress(lg.StateError):  # the test may be over
            batch.complete()

    workers = Workers(queue, answer)
    with pytest.raises(lg.StateError, match="is closed: nobody would take its samples"):
        run(queue, min_query_count=10**6)
    workers.join()


def test_workers_are_called_while_others_hold_their_batch() -> None:
    """Each goes on only when all of them have a batch at the same time."""
    count = 4
    queue = lg.SampleQueue()
    all_have_one = threading.Barrier(count)
    begun = set()

    def answer(batch: lg.Samples) -> None:
        worker = threading.get_ident()
        if worker not in begun:
            begun.add(worker)
            try:
                all_have_one.wait(10)
            except threading.BrokenBarrierError as error:
                queue.fail(error)
        batch.complete()

    workers = Workers(queue, answer, count, max_batch=2)
    # Python's take looks for signals once after 0.1 s; only then does a worker sleep until it is
    # called.
    time.sleep(0.3)
    assert run(queue, "Offline", min_query_count=200).complete
    workers.join()
    assert len(begun) == count


def test_ctrl_c_where_the_main_thread_takes(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        import signal
        # Where the tests run in the background of a shell, Ctrl-C is ignored from the start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        queue = lg.SampleQueue()
        other = threading.Thread(target=queue.take, daemon=True)  # stands before it
        other.start()
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            queue.take()
        except KeyboardInterrupt:
            queue.close()
            other.join()
        else:
            raise AssertionError
        """,
    )


def test_the_interpreter_exits_while_daemons_wait(tmp_path: Path) -> None:
    ended = succeed(
        tmp_path,
        """
        queue = lg.SampleQueue()
        batches = queue.batches(8)
        def work():
            for batch in batches:
                batch.complete()
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        threading.Thread(target=lambda: lg.run(queue, range(32), scenario="Server",
                                               target_qps=500, min_duration_ms=60000),
                         daemon=True).start()
        while not (lg.current_progress() and lg.current_progress().samples_completed > 20):
            time.sleep(0.01)
        """,
    )
    assert ended.seconds < 9


def test_a_forked_child_uses_the_queue(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        queue = lg.SampleQueue()
        def answer_one_test():
            for batch in queue.batches(8):
                batch.complete()
        def child():
            worker = threading.Thread(target=answer_one_test)
            worker.start()
            assert lg.run(queue, range(32), scenario="Offline", min_duration_ms=0).complete
            worker.join()
        parents = [threading.Thread(target=answer_one_test) for _ in range(3)]
        for thread in parents:
            thread.start()
        time.sleep(0.05)
        assert [ended(forked(child)) for _ in range(3)] == [0, 0, 0]
        queue.close()
        for thread in parents:
            thread.join()
        """,
    )
