"""Scripts that run in a process of their own, under a time limit.

For what would take the tests down with it: forks, and an interpreter that exits in the middle.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

# What every script starts with.
PRELUDE = """
import atexit, gc, multiprocessing, os, sys, threading, time, weakref
import mlperf_loadgen as lg

def nothing(*_):
    pass

def settings(scenario="Server", mode="PerformanceOnly", seconds=0):
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.__members__[scenario]
    settings.mode = lg.TestMode.__members__[mode]
    settings.min_duration_ms = int(seconds * 1000)
    settings.min_query_count = 20
    settings.single_stream_expected_latency_ns = 100000
    settings.multi_stream_expected_latency_ns = 100000
    settings.multi_stream_interval_target_qps = 2000
    settings.server_target_qps = 2000
    settings.offline_expected_qps = 1000
    return settings

def complete(samples):
    lg.QuerySamplesComplete([lg.QuerySampleResponse(s.id, 0, 0) for s in samples])

def library(load=nothing):
    return lg.ConstructQSL(32, 32, load, nothing)

def logs(folder):
    os.makedirs(folder, exist_ok=True)
    logs = lg.LogSettings()
    logs.log_output.outdir = folder
    return logs

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


def execute(folder: Path, body: str, limit_s: float = 20, before: str = "") -> Ended:
    """Runs the script in a process of its own, in `folder`. It must end in time, and not crash.

    `before` goes before the prelude, which imports the package.
    """
    path = folder / "script.py"
    path.write_text(before + PRELUDE + textwrap.dedent(body), encoding="utf-8")
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


def succeed(folder: Path, body: str, limit_s: float = 20, before: str = "") -> Ended:
    """As `execute`; the script must end well."""
    ended = execute(folder, body, limit_s, before)
    assert ended.code == 0, ended.err
    return ended


def summary(folder: Path) -> str:
    return (folder / "mlperf_log_summary.txt").read_text(encoding="utf-8")


def detail_is_whole(folder: Path) -> None:
    for line in (folder / "mlperf_log_detail.txt").read_text(encoding="utf-8").splitlines():
        json.loads(line.removeprefix(":::MLLOG "))
