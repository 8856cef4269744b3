"""The module without the GIL: what it declares, and many threads at once on everything it has.

On an interpreter with a GIL the same threads run; there they only take turns.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from child_process import succeed

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


@pytest.mark.skipif(not FREE_THREADED, reason="an interpreter that has a GIL")
def test_the_gil_stays_off(tmp_path: Path) -> None:
    ended = succeed(
        tmp_path,
        """
        assert not sys._is_gil_enabled()
        test("out")
        assert not sys._is_gil_enabled()
        """,
    )
    assert "GIL" not in ended.err


# hammer(work) calls it on a thread until the test is over; an error that is not expected ends it.
HAMMER = """
import copy
import numpy as np
over = threading.Event()
sys.setswitchinterval(1e-4)
failures = []

def hammer(work):
    def loop():
        while not over.is_set():
            try:
                work()
            except lg.StateError:
                pass
            except BaseException:
                import traceback
                failures.append(traceback.format_exc())
                over.set()
    thread = threading.Thread(target=loop)
    thread.start()
    return thread
"""


def test_everything_is_called_at_once(tmp_path: Path) -> None:
    """Completions with garbage, settings, handles, progress and aborts, beside tests."""
    succeed(
        tmp_path,
        HAMMER
        + """
shared = [lg.QuerySampleResponse(1, 0, 0)] * 50
def grow_and_shrink():
    # The list that other threads complete at this moment.
    shared.extend(lg.QuerySampleResponse(i, 0, 0) for i in range(100))
    del shared[20:]
def complete_shared():
    lg.QuerySamplesComplete(shared)
rows = [b"row"] * 3
def change_rows():
    rows[1] = bytes(100)
    rows[:] = [bytes(3) for _ in range(3)]
def complete_rows():
    lg.complete(np.array([1, 2, 3], np.uint64), rows)
base = lg.TestSettings()
def configure():
    mine = copy.copy(base)
    mine.server_target_qps = 5
    mine.FromConfig("", "resnet50", "Server", 0)
    copy.deepcopy(mine)
handles = [lg.ConstructSUT(complete, nothing)]
def exchange():
    del handles[1:]
    handles.append(lg.ConstructSUT(lambda samples: None, nothing))
    lg.DestroySUT(handles[-1])
    lg.DestroySUT(handles[-1])
def refuse():
    lg.StartTest(handles[0], library(), settings())
def look():
    lg.current_progress()
def types():
    lg.QuerySample(1, 2).id, lg.QuerySampleResponse(1, 2, 3, 4).n_tokens
works = [grow_and_shrink, complete_shared, change_rows, complete_rows, configure, exchange, refuse,
         look, types]
threads = [hammer(work) for work in works]
for number in range(4):
    try:
        test("out", lambda samples: threading.Thread(target=complete, args=(samples,)).start(),
             settings("Offline"))
    except lg.StateError:  # another thread's test was there first
        time.sleep(0.01)
def abort():
    lg.abort()
    time.sleep(0.001)
threads.append(hammer(abort))
time.sleep(0.5)
over.set()
for thread in threads:
    thread.join()
assert not failures, failures[0]
own_test("after")
""",
        limit_s=60,
    )


def test_one_handle_is_destroyed_once(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        for _ in range(200):
            handle = lg.ConstructSUT(complete, nothing)
            start = threading.Barrier(4)
            ended = []
            def destroy():
                start.wait()
                try:
                    lg.DestroySUT(handle)
                    ended.append("destroyed")
                except lg.StateError:
                    ended.append("refused")
            threads = [threading.Thread(target=destroy) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(ended) == ["destroyed"] + ["refused"] * 3, ended
        """,
    )


def test_samples_are_completed_once_by_many_threads(tmp_path: Path) -> None:
    """One batch in parts, by threads that start together."""
    succeed(
        tmp_path,
        """
        def issue(samples):
            start = threading.Barrier(4)
            def part(number):
                start.wait()
                complete(samples[number::4])
            for number in range(4):
                threading.Thread(target=part, args=(number,)).start()
        for mode in ("PerformanceOnly", "AccuracyOnly"):
            test("out", issue, settings("Offline", mode))
            valid("out") if mode == "PerformanceOnly" else None
        """,
    )
