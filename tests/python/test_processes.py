"""Tests across processes: forks, spawned workers, and an interpreter that exits in the middle.

Each case is a script of its own under a time limit, for what would take the tests down with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

PRELUDE = """
import atexit, gc, multiprocessing, os, sys, threading, time, weakref
import mlperf_loadgen as lg

def nothing(*_):
    pass

def settings(scenario="Server", mode="PerformanceOnly", seconds=0):
    made = lg.TestSettings()
    made.scenario = lg.TestScenario.__members__[scenario]
    made.mode = lg.TestMode.__members__[mode]
    made.min_duration_ms = int(seconds * 1000)
    made.min_query_count = 20
    made.single_stream_expected_latency_ns = 100000
    made.server_target_qps = 2000
    made.offline_expected_qps = 1000
    return made

def complete(samples):
    lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

def library(load=nothing):
    return lg.ConstructQSL(32, 32, load, nothing)

def logs(folder):
    os.makedirs(folder, exist_ok=True)
    made = lg.LogSettings()
    made.log_output.outdir = folder
    return made

def test(folder, issue=complete, wanted=None, flush=nothing, load=nothing):
    lg.StartTestWithLogSettings(lg.ConstructSUT(issue, flush), library(load),
                                wanted or settings(), logs(folder))

def summary(folder):
    return open(f"{folder}/mlperf_log_summary.txt").read()

def valid(folder):
    assert "No errors encountered" in summary(folder), summary(folder)
    pids = {line.split('"pid": ')[1].split(",")[0]
            for line in open(f"{folder}/mlperf_log_detail.txt")}
    assert len(pids) == 1, f"{folder} was written by {pids}"
    return pids.pop()

def own_test(folder):
    # What a forked child does: a test of its own, in a folder of its own.
    test(folder)
    assert valid(folder) == str(os.getpid())

def forked(work):
    # Runs work() in a child that then ends at once.
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return child

def ended(child):
    status = os.waitpid(child, 0)[1]
    assert os.WIFEXITED(status), f"the child was killed by signal {os.WTERMSIG(status)}"
    return os.WEXITSTATUS(status)

def refused(call, *arguments):
    try:
        call(*arguments)
    except lg.StateError as error:
        return str(error)
    raise AssertionError("no StateError")
"""


@dataclass
class Ended:
    """What a script left behind."""

    code: int
    out: str
    err: str
    seconds: float


def execute(folder: Path, body: str, limit_s: float = 20) -> Ended:
    """Runs the script in a process of its own, in `folder`. It must end in time, and not crash."""
    path = folder / "script.py"
    path.write_text(PRELUDE + textwrap.dedent(body), encoding="utf-8")
    begin = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(path)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    seconds = time.monotonic() - begin
    assert process.returncode >= 0, f"killed by a signal: {process.stderr}"
    for crash in ("FATAL", "terminate called", "Fatal Python error"):
        assert crash not in process.stderr, process.stderr
    return Ended(process.returncode, process.stdout, process.stderr, seconds)


def succeed(folder: Path, body: str, limit_s: float = 20) -> Ended:
    """As `execute`; the script must end well."""
    ended = execute(folder, body, limit_s)
    assert ended.code == 0, ended.err
    return ended


def summary(folder: Path) -> str:
    return (folder / "mlperf_log_summary.txt").read_text(encoding="utf-8")


def detail_is_whole(folder: Path) -> None:
    for line in (folder / "mlperf_log_detail.txt").read_text(encoding="utf-8").splitlines():
        json.loads(line.removeprefix(":::MLLOG "))


# Forks


def test_a_child_forked_before_and_after_a_test_runs_its_own(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        assert ended(forked(lambda: own_test("before"))) == 0
        test("parent")
        assert ended(forked(lambda: own_test("after"))) == 0
        test("parent")
        assert valid("parent") == str(os.getpid())
        """,
    )


@pytest.mark.parametrize("scenario", ["SingleStream", "Server", "Offline"])
def test_a_child_forked_in_a_callback_runs_its_own(tmp_path: Path, scenario: str) -> None:
    succeed(
        tmp_path,
        f"""
        codes = []
        def issue(samples):
            def child():
                refused(complete, samples)  # the parent's samples are not the child's
                assert lg.current_progress() is None
                lg.abort()  # there is nothing to abort
                own_test("child")
                refused(complete, samples)
            if not codes:
                codes.append(ended(forked(child)))
            complete(samples)
        test("parent", issue, settings("{scenario}", "SubmissionRun"))
        assert codes == [0], codes
        assert valid("parent") == str(os.getpid())
        """,
    )


def test_children_forked_by_another_thread_during_a_test(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        codes = []
        def forks():
            for number in range(6):
                codes.append(ended(forked(lambda: own_test(f"child{number}"))))
            lg.abort()
        def issue(samples):
            # Completed by many threads, so that forks catch some of them inside the core.
            threading.Thread(target=complete, args=(samples,)).start()
        forker = threading.Thread(target=forks)
        forker.start()
        test("parent", issue, settings("Server", seconds=60))
        forker.join()
        assert codes == [0] * 6, codes
        assert "aborted" in summary("parent")
        test("parent")
        assert valid("parent") == str(os.getpid())
        """,
    )


@pytest.mark.parametrize("leave", ["sys.exit(0)", "raise SystemExit(0)", "os._exit(0)", "return"])
@pytest.mark.parametrize("scenario", ["SingleStream", "Server", "Offline"])
@pytest.mark.parametrize("mode", ["AccuracyOnly", "PerformanceOnly"])
def test_a_copy_of_a_test_that_was_forked_in_a_callback_ends(
    tmp_path: Path, leave: str, scenario: str, mode: str
) -> None:
    """The child leaves the callback, by an exception or into the copy of the issue loop."""
    succeed(
        tmp_path,
        f"""
        main = os.getpid()
        children = []
        def answer(samples):
            # The accuracy log has a thread of its own, with bytes that it still has to write.
            data = b"answer"
            import ctypes
            buffer = ctypes.create_string_buffer(data, len(data))
            lg.QuerySamplesComplete([
                lg.QuerySampleResponse(s.id, ctypes.addressof(buffer), len(data)) for s in samples])
        def issue(samples):
            answer(samples)
            if not children:
                child = os.fork()
                if child == 0:
                    {leave}
                children.append(child)
        try:
            test("parent", issue, settings("{scenario}", "{mode}"))
        except lg.StateError as error:
            assert os.getpid() != main
            assert "forked" in str(error) and "parent" in str(error), error
            own_test("child")
            sys.exit(7)
        assert os.getpid() == main
        assert ended(children[0]) == (7 if "{leave}" == "return" else 0)
        if "{mode}" == "AccuracyOnly":
            import json
            entries = json.load(open("parent/mlperf_log_accuracy.json"))
            assert sorted(entry["qsl_idx"] for entry in entries) == list(range(32))
        assert len(set(line.split('"pid": ')[1].split(",")[0]
                       for line in open("parent/mlperf_log_detail.txt"))) == 1
        assert os.path.getsize("parent/mlperf_log_summary.txt") > 0
        """,
    )


@pytest.mark.parametrize("callback", ["load", "flush", "response"])
def test_a_copy_ends_wherever_it_was_forked(tmp_path: Path, callback: str) -> None:
    succeed(
        tmp_path,
        f"""
        main = os.getpid()
        children = []
        def fork(*_):
            if not children:
                child = os.fork()
                if child == 0:
                    children.append(0)
                else:
                    children.append(child)
        def issue(samples):
            lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples],
                                    fork if "{callback}" == "response" else None)
        try:
            test("parent", issue, settings("Offline", "AccuracyOnly"),
                 fork if "{callback}" == "flush" else nothing,
                 fork if "{callback}" == "load" else nothing)
        except lg.StateError as error:
            assert os.getpid() != main and "forked" in str(error), error
            own_test("child")
            sys.exit(7)
        assert os.getpid() == main
        assert ended(children[0]) == 7
        assert len(set(line.split('"pid": ')[1].split(",")[0]
                       for line in open("parent/mlperf_log_detail.txt"))) == 1
        assert summary("parent")
        """,
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_run_tests_at_the_same_time(tmp_path: Path, method: str) -> None:
    succeed(
        tmp_path,
        f"""
        import concurrent.futures
        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            children = [context.Process(target=own_test, args=(f"child{{i}}",)) for i in range(2)]
            for child in children:
                child.start()
            test("parent")
            for child in children:
                child.join()
            assert [child.exitcode for child in children] == [0, 0]
            with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
                list(pool.map(own_test, ["pool0", "pool1", "pool2"]))
            assert valid("parent") == str(os.getpid())
        """,
        limit_s=40,
    )


# The interpreter exits


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError('mine')"])
@pytest.mark.parametrize("worker", ["issue", "thread"])
def test_main_ends_while_a_daemon_thread_runs_a_test(
    tmp_path: Path, end: str, worker: str
) -> None:
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
    (tmp_path / "main.py").write_text(
        "import early\n"
        + PRELUDE
        + textwrap.dedent(
            """
            def before():
                own_test("early")
                print("worked")
            atexit.register(before)
            """
        ),
        encoding="utf-8",
    )
    ended = subprocess.run(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    worked, refused = ended.stdout.splitlines()
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


# The objects of a test


def test_objects_live_as_long_as_the_test_and_no_longer(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        class Thing:
            def __init__(self, fails=False):
                self.fails = fails
                self.dropped = False
            def issue(self, samples):
                gc.collect()
                if self.fails:
                    raise KeyError("mine")
                complete(samples)
            def flush(self): pass
            def load(self, _): pass

        def once(fails):
            thing, lib = Thing(fails), Thing()
            refs = [weakref.ref(thing), weakref.ref(lib)]
            handles = [lg.ConstructSUT(thing.issue, thing.flush),
                       lg.ConstructQSL(32, 32, lib.load, lib.load)]
            wanted, where = settings(), logs("out")
            destroyed = []
            def start(sut, qsl):
                # The only references left are those of the test.
                real = thing_issue
                try:
                    lg.StartTestWithLogSettings(sut, qsl, wanted, where)
                except KeyError:
                    assert fails
                else:
                    assert not fails
            thing_issue = None
            del thing, lib
            sut, qsl = handles
            def destroyer():
                while lg.current_progress() is None and not stop.is_set():
                    pass
                lg.DestroySUT(sut)
                lg.DestroyQSL(qsl)
                gc.collect()
            stop = threading.Event()
            other = threading.Thread(target=destroyer)
            other.start()
            start(*handles)
            stop.set()
            other.join()
            handles.clear()
            del sut, qsl, start, destroyer
            gc.collect()
            assert [ref() for ref in refs] == [None, None], [gc.get_referrers(r()) for r in refs]

        for fails in (False, True, False):
            once(fails)
        """,
    )


def test_the_modern_face_frees_its_objects(tmp_path: Path) -> None:
    succeed(
        tmp_path,
        """
        import numpy as np
        class Mine(lg.SystemUnderTest):
            fails = False
            def issue(self, samples):
                if self.fails:
                    raise KeyError("mine")
                samples.complete()
        class Library(lg.SampleLibrary):
            def __len__(self): return 32
            def load(self, indices): pass
            def unload(self, indices): pass
        quick = dict(min_duration_ms=0, min_query_count=20, expected_latency_ns=1000)
        for fails in (False, True):
            sut, lib = Mine(), Library()
            sut.fails = fails
            refs = [weakref.ref(sut), weakref.ref(lib)]
            try:
                report = lg.run(sut, lib, **quick)
                assert report.complete
            except KeyError as error:
                assert not error.report.complete
            del sut, lib
            gc.collect()
            assert [ref() for ref in refs] == [None, None]
        """,
    )


# Sub-interpreters

SUB_INTERPRETER = """
    try:
        import _interpreters as interpreters
        create = lambda: interpreters.create("legacy")
    except ImportError:
        import _xxsubinterpreters as interpreters
        create = lambda: interpreters.create(isolated=False)
    text = '''
import sys
sys.path[:] = PATH
try:
    import mlperf_loadgen
    result = "imported"
except ImportError as error:
    result = "ImportError"
open("result.txt", "w").write(result)
'''.replace("PATH", repr(sys.path))
    def inside():
        which = create()
        interpreters.run_string(which, text)
        interpreters.destroy(which)
        assert open("result.txt").read() == "ImportError"
"""


@pytest.mark.parametrize("first", [False, True])
def test_a_sub_interpreter_is_refused(tmp_path: Path, first: bool) -> None:
    if first:
        path = tmp_path / "main.py"
        path.write_text(
            "import sys\n" + textwrap.dedent(SUB_INTERPRETER) + "inside()\n" + PRELUDE + "test('out')\n"
            "valid('out')\n",
            encoding="utf-8",
        )
        ended = subprocess.run(
            [sys.executable, "main.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return
    succeed(
        tmp_path,
        SUB_INTERPRETER
        + """
    test("out")
    inside()
    test("out")
    valid("out")
""",
    )
