"""Runs cases, each in a forked process and in a folder of its own: ``python -m faults.child``.

The module under test is loaded before the fork, which saves most of the time that a process takes;
nothing of it is used there. A fork writes result.json, the last thing before its interpreter ends.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from faults import logs
from faults.bench import Bench
from faults.registry import Case, cases


def thread_count() -> int:
    return len(os.listdir("/proc/self/task")) if Path("/proc/self/task").exists() else 1


def aftermath(case: Case, bench: Bench, threads_before: int) -> Iterator[str]:
    """What the case left behind that it should not have."""
    for folder in bench.folders:
        yield from logs.problems(folder, case.fault.ends)
    if not case.fault.aftermath:
        return
    # The next test of the process, written the same way.
    healthy = Bench(case.scenario, case.way)
    healthy.folder = lambda: _made("healthy")  # type: ignore[method-assign]
    healthy.run()
    if healthy.error is not None:
        yield f"the next test: {healthy.outcome}"
    else:
        yield from logs.problems(Path("healthy"), "clean")
    until = time.monotonic() + 2
    while thread_count() > threads_before and time.monotonic() < until:
        time.sleep(0.01)
    if thread_count() > threads_before:
        yield f"threads are left: {thread_count()} of {threads_before}: {threading.enumerate()}"


def _made(name: str) -> Path:
    folder = Path(name)
    folder.mkdir()
    return folder


def run(case: Case, peer: bool) -> None:
    faulthandler.enable()
    # Where the tests run in the background of a shell, Ctrl-C is ignored from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bench = Bench(case.scenario, case.way, peer)
    threads_before = thread_count()
    found: list[str] = []
    said = case.fault.function(bench)
    seen = bench.outcome if said is None else said
    if not peer:
        if not re.search(case.fault.sees, seen, re.DOTALL):
            found.append(f"the user sees {seen!r}, not /{case.fault.sees}/")
        found += aftermath(case, bench, threads_before)
    result = {"seen": seen, "seconds": bench.seconds, "problems": found}
    Path("result.part").write_text(json.dumps(result), encoding="utf-8")
    Path("result.part").rename("result.json")


def wait(child: int, limit_s: float) -> int | None:
    """The exit code, negative for a signal, or None: it had to be killed."""
    until = time.monotonic() + limit_s
    code = None
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(0.003)
    with contextlib.suppress(ProcessLookupError):  # and whatever it started
        os.killpg(child, signal.SIGKILL)
    if code is None:
        os.waitpid(child, 0)
    return code


def main() -> None:
    """Forks for each case that comes on standard input; returns in the forks, too, so that the
    interpreter ends there as it does in any process."""
    known = {case.id: case for case in cases()}
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()
            os.chdir(order["folder"])
            output = os.open("output.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            null = os.open(os.devnull, os.O_RDONLY)
            for target, source in ((0, null), (1, output), (2, output)):
                os.dup2(source, target)
            os.close(output)
            os.close(null)
            run(known[order["id"]], order["peer"])
            return
        print(json.dumps(wait(child, order["limit_s"])), flush=True)


if __name__ == "__main__":
    main()
