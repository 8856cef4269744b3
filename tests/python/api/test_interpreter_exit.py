"""An interpreter that exits while a test runs: no crash, no hang, logs that say what happened."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from child_process import detail_is_whole, execute, succeed, summary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError('mine')"])
@pytest.mark.parametrize("worker", ["issue", "thread"])
def test_main_ends_while_a_daemon_thread_runs_a_test(tmp_path: Path, end: str, worker: str) -> None:
    ended = execute(
        tmp_path,
        f"""
        import queue
        work = queue.Queue()
        def serve():
            while True:
                complete(work.get())
        if "{worker}" == "thread":
            for _ in range(3):
                threading.Thread(target=serve, daemon=True).start()
        issue = work.put if "{worker}" == "thread" else complete
        threading.Thread(target=test, args=("out", issue, settings(seconds=60)),
                         daemon=True).start()
        while not (lg.current_progress() and lg.current_progress().samples_completed > 20):
            time.sleep(0.01)
        {end}
        """,
    )
    assert ended.code == {"": 0, "sys.exit(3)": 3}.get(end, 1), ended.err
    assert ended.seconds < 6
    assert "INVALID" in summary(tmp_path / "out")
    assert "process is ending" in summary(tmp_path / "out")
    detail_is_whole(tmp_path / "out")


def test_main_ends_while_a_thread_runs_a_test(tmp_path: Path) -> None:
    """The interpreter waits for threads that are no daemons, as it always does."""
    succeed(
        tmp_path,
        """
        threading.Thread(target=test, args=("out", complete, settings(seconds=1))).start()
        """,
    )
    assert "No errors encountered" in summary(tmp_path / "out")


def test_main_ends_while_a_callback_never_returns(tmp_path: Path) -> None:
    ended = succeed(
        tmp_path,
        """
        inside = threading.Event()
        def issue(samples):
            inside.set()
            threading.Event().wait()
        threading.Thread(target=test, args=("out", issue), daemon=True).start()
        inside.wait()
        """,
    )
    assert ended.seconds < 9
    assert "did not end" in ended.err


def test_main_ends_while_a_callback_computes(tmp_path: Path) -> None:
    """A thread that takes the interpreter lock while that goes away."""
    ended = succeed(
        tmp_path,
        """
        inside = threading.Event()
        def issue(samples):
            inside.set()
            while True:
                sum(range(1000))
        threading.Thread(target=test, args=("out", issue), daemon=True).start()
        inside.wait()
        """,
    )
    assert ended.seconds < 9


def test_daemons_complete_while_the_interpreter_goes(tmp_path: Path) -> None:
    for _ in range(3):
        succeed(
            tmp_path,
            """
            class Late:
                # Gone only when modules are, with daemons at work all the while.
                def __del__(self):
                    time.sleep(0.05)
            late = Late()
            def stale():
                while True:
                    for call in (complete, lg.complete, lg.first_token):
                        try:
                            call([lg.QuerySample(5, 0)] if call is complete else [5, 6])
                        except lg.StateError:
                            pass
                    lg.current_progress()
                    lg.abort()
            for _ in range(4):
                threading.Thread(target=stale, daemon=True).start()
            threading.Thread(target=test, args=("out", complete, settings(seconds=60)),
                             daemon=True).start()
            time.sleep(0.2)
            """,
        )


def test_daemons_make_their_first_arrays_while_the_interpreter_goes(tmp_path: Path) -> None:
    """NumPy's functions are looked up with the interpreter lock given up for a moment."""
    for _ in range(8):
        succeed(
            tmp_path,
            """
            import numpy
            go = threading.Event()
            def stale():
                go.wait()
                while True:
                    for call in (lg.complete, lg.first_token):
                        try:
                            call([5, 6])
                        except (lg.StateError, RuntimeError):
                            pass
            for _ in range(4):
                threading.Thread(target=stale, daemon=True).start()
            sys.setswitchinterval(1e-6)
            go.set()
            """,
        )


def test_daemons_fail_tests_while_the_interpreter_goes(tmp_path: Path) -> None:
    """Exceptions that come to nothing are dropped by whoever gave them."""
    for _ in range(4):
        succeed(
            tmp_path,
            """
            queue = lg.SampleQueue()
            def stale():
                while True:
                    lg.abort(ValueError("mine"))
                    queue.fail(ValueError("mine"))
            for _ in range(4):
                threading.Thread(target=stale, daemon=True).start()
            sys.setswitchinterval(1e-6)
            time.sleep(0.05)
            """,
        )


def test_handlers_at_exit(tmp_path: Path) -> None:
    """Those registered after the import run before the module closes, the others after it."""
    path = tmp_path / "early.py"
    path.write_text(
        textwrap.dedent(
            """
            import atexit, sys
            def late():
                import mlperf_loadgen as lg
                import __main__
                lg.abort()
                assert lg.current_progress() is None
                print("refused:", __main__.refused(__main__.test, "late"))
            atexit.register(late)
            """
        ),
        encoding="utf-8",
    )
    ended = succeed(
        tmp_path,
        """
        def before():
            own_test("early")
            print("worked")
        atexit.register(before)
        """,
        before="import early\n",
    )
    assert ended.err == ""
    worked, refused = ended.out.splitlines()
    assert worked == "worked"
    assert "process is ending" in refused


@pytest.mark.parametrize("end", ["sys.exit(5)", "os._exit(5)"])
@pytest.mark.parametrize("where", ["issue", "flush", "load"])
def test_exits_inside_callbacks(tmp_path: Path, end: str, where: str) -> None:
    ended = execute(
        tmp_path,
        f"""
        def end(*_):
            {end}
        issue, flush, load = complete, nothing, nothing
        {where} = end
        test("out", issue, None, flush, load)
        """,
    )
    assert ended.code == 5, ended.err
    detail_is_whole(tmp_path / "out")
    if "os._exit" not in end:
        assert "INVALID" in summary(tmp_path / "out")
