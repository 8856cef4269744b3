"""Several threads that issue a Server test, lent by the program or owned by run()."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import pytest
from child_process import execute, succeed

QUICK: dict[str, Any] = {
    "scenario": "Server",
    "target_qps": 1e6,
    "target_latency_ns": 10**10,
    "min_duration_ms": 0,
    "min_query_count": 60,
}


class Noting:
    """Notes which thread was called with which library indices, and completes them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[int]]] = []

    def __call__(self, samples: lg.Samples) -> None:
        self.calls.append((threading.current_thread().name, samples.indices.tolist()))
        samples.complete()

    def indices(self) -> list[int]:
        return sorted(index for _, indices in self.calls for index in indices)

    def threads(self) -> set[str]:
        return {name for name, _ in self.calls}


def issuing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("issue-")]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_run_owns_its_threads(count: int) -> None:
    alone, shared = Noting(), Noting()
    lg.run(alone, range(32), **QUICK)
    report = lg.run(shared, range(32), server_num_issue_query_threads=count, **QUICK)
    assert alone.threads() == {"MainThread"}
    assert shared.threads() == {f"issue-{k}" for k in range(count)}
    assert shared.indices() == alone.indices()
    assert report.complete
    assert report.errors == []
    assert report.query_count == 60
    assert issuing_threads() == []


def test_accuracy_mode() -> None:
    sut = Noting()
    lg.run(sut, range(32), **QUICK, mode="AccuracyOnly", server_num_issue_query_threads=3)
    assert sut.indices() == list(range(32))
    assert len(sut.threads()) == 3


def test_another_scenario_starts_none() -> None:
    sut = Noting()
    lg.run(sut, range(8), scenario="Offline", min_duration_ms=0, server_num_issue_query_threads=2)
    assert sut.threads() == {"MainThread"}


def test_a_sample_queue() -> None:
    queue = lg.SampleQueue()
    batches = queue.batches(max_batch=8)

    def work() -> None:
        for batch in batches:
            batch.complete()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    report = lg.run(queue, range(32), server_num_issue_query_threads=2, **QUICK)
    worker.join(20)
    assert report.errors == []
    assert report.sample_count == 60


def test_what_a_callback_raises_comes_out() -> None:
    def sut(samples: lg.Samples) -> None:
        if int(samples.ids[0]) % 10 == 7:
            raise KeyError("on an issuing thread")
        samples.complete()

    with pytest.raises(KeyError, match="on an issuing thread"):
        lg.run(sut, range(32), server_num_issue_query_threads=2, **QUICK)
    assert issuing_threads() == []
    assert lg.run(Noting(), range(32), **QUICK, server_num_issue_query_threads=2).complete


def test_refused_settings_leave_no_thread_behind() -> None:
    for _ in range(5):
        with pytest.raises(lg.SettingsError, match="server_target_qps"):
            lg.run(
                Noting(),
                range(32),
                scenario="Server",
                target_qps=0,
                server_num_issue_query_threads=2,
            )
        assert issuing_threads() == []


def test_a_callback_that_hangs_is_interrupted() -> None:
    hung = threading.Event()

    def sut(samples: lg.Samples) -> None:
        if not hung.is_set() and threading.current_thread().name == "issue-1":
            hung.set()
            while True:
                time.sleep(0.01)
        samples.complete()

    begin = time.monotonic()
    with pytest.raises(lg.IncompleteError, match="stall_timeout_ms"):
        lg.run(sut, range(32), **QUICK, server_num_issue_query_threads=2, stall_timeout_ms=100)
    assert time.monotonic() - begin < 5
    assert issuing_threads() == []
    assert lg.run(Noting(), range(32), **QUICK, server_num_issue_query_threads=2).complete


LEND = """
def lend(count):
    threads = [threading.Thread(target=lg.RegisterIssueQueryThread, daemon=True)
               for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads

def issuing(count):
    threaded = settings()
    threaded.server_num_issue_query_threads = count
    return threaded

def joined(threads):
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
"""


def test_the_established_face(tmp_path: Path) -> None:
    """Two tests in a row, the second of which needs none."""
    succeed(
        tmp_path,
        LEND
        + """
names = []
def issue(samples):
    names.append(threading.current_thread().name)
    complete(samples)

threads = lend(2)
test("log", issue, issuing(2))
valid("log")
joined(threads)
assert set(names) == {thread.name for thread in threads}, names
threads = lend(2)
test("log", issue)
joined(threads)
""",
    )


def test_ctrl_c_ends_the_wait_for_threads(tmp_path: Path) -> None:
    ended = execute(
        tmp_path,
        LEND
        + """
import signal
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    test("log", complete, issuing(2))
except KeyboardInterrupt:
    print("interrupted")
""",
    )
    assert ended.out == "interrupted\n"
    assert ended.seconds < 5


def test_ctrl_c_ends_a_test_of_several_threads(tmp_path: Path) -> None:
    ended = execute(
        tmp_path,
        LEND
        + """
import signal
threads = lend(2)
wanted = issuing(2)
wanted.server_target_qps = 10
wanted.min_query_count = 600
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    test("log", complete, wanted)
except KeyboardInterrupt:
    print("interrupted")
joined(threads)
""",
    )
    assert ended.out == "interrupted\n"
    assert ended.seconds < 5


def test_ctrl_c_ends_the_registration_of_the_main_thread(tmp_path: Path) -> None:
    ended = execute(
        tmp_path,
        """
import signal
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    lg.RegisterIssueQueryThread()
except KeyboardInterrupt:
    print("interrupted")
""",
    )
    assert ended.out == "interrupted\n"


def test_the_main_thread_issues(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        LEND
        + """
names = []
def issue(samples):
    names.append(threading.current_thread().name)
    complete(samples)

starter = threading.Thread(target=test, args=("log", issue, issuing(1)))
starter.start()
lg.RegisterIssueQueryThread()
starter.join()
assert set(names) == {"MainThread"}
valid("log")
""",
    )


def test_a_process_that_exits_while_threads_wait(tmp_path: Path) -> None:
    ended = succeed(tmp_path, LEND + "lend(3)\ntime.sleep(0.2)\n")
    assert ended.err == ""
    assert ended.seconds < 5


def test_a_forked_child_has_none(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        LEND
        + """
threads = lend(2)
time.sleep(0.2)

def work():
    mine = lend(1)
    test("child", complete, issuing(1))
    joined(mine)
    valid("child")

assert ended(forked(work)) == 0
test("log", complete, issuing(2))
joined(threads)
""",
    )


def test_a_callback_on_such_a_thread_that_forks(tmp_path: Path) -> None:
    """The child's copy of the registration ends with StateError; the parent's test goes on."""
    succeed(
        tmp_path,
        LEND
        + """
children = []
def issue(samples):
    complete(samples)
    if not children:
        children.append(os.fork())

def register():
    try:
        lg.RegisterIssueQueryThread()
    except lg.StateError:
        os._exit(33)

thread = threading.Thread(target=register)
thread.start()
test("log", issue, issuing(1))
thread.join(10)
valid("log")
assert ended(children[0]) == 33
""",
    )


def test_a_thread_that_is_called_by_a_test_cannot_be_lent_to_one() -> None:
    def issue(samples: lg.Samples) -> None:
        with pytest.raises(lg.StateError, match="RegisterIssueQueryThread: this thread already"):
            lg.RegisterIssueQueryThread()
        samples.complete()

    assert lg.run(issue, range(32), **QUICK).complete
    alone = {**QUICK, "scenario": "SingleStream"}
    del alone["target_qps"], alone["target_latency_ns"]
    assert lg.run(issue, range(32), **alone).complete
    assert lg.run(issue, range(32), server_num_issue_query_threads=1, **QUICK).complete
