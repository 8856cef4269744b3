"""Tests across processes: in forked children, in copies of the parent's test, in workers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from child_process import succeed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


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
