"""Runs cases, each in a process of its own, and makes the table of what users see."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from faults.registry import SCENARIOS, Case

TESTS = str(Path(__file__).resolve().parent.parent)
PEER_LIMIT_S = 5.0
SEEN_WIDTH = 96

HANDLED, CRASH, HANG, SILENT, FAILED = "handled", "crash", "hang", "silent", "failed"


@dataclass
class Result:
    case: Case
    verdict: str
    seen: str
    seconds: float
    problems: list[str] = field(default_factory=list)


class Runner:
    def __init__(self, folder: Path, peer: str | None) -> None:
        self.folder = folder
        self.peer = peer
        self.pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self.futures: dict[str, Future[Result]] = {}
        self.local = threading.local()
        self.servers: list[subprocess.Popen[str]] = []

    def start(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self.futures[case.id] = self.pool.submit(self.run, case)

    def result(self, case: Case) -> Result:
        return self.futures[case.id].result()

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)
        for server in self.servers:
            server.communicate()

    def run(self, case: Case) -> Result:
        """Late cases run again: the machine may have been busy with something else."""
        result = self.run_once(case)
        for _ in range(2):
            if self.peer or result.seconds <= case.fault.within_s:
                return result
            result = self.run_once(case)
        if result.seconds > case.fault.within_s:
            result.problems.append(f"it took {result.seconds:.2f} s three times")
            result.verdict = FAILED
        return result

    def run_once(self, case: Case) -> Result:
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        limit_s = PEER_LIMIT_S if self.peer else case.fault.limit_s
        order = {"id": case.id, "folder": str(folder), "limit_s": limit_s, "peer": bool(self.peer)}
        server = self.server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code: int | None = json.loads(server.stdout.readline())
        printed = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")[-3000:]
        return self.judge(case, folder / "result.json", code, printed)

    def server(self) -> subprocess.Popen[str]:
        """The process that forks for the cases of this thread of the pool."""
        if not hasattr(self.local, "server"):
            path = [self.peer] if self.peer else []
            path += [TESTS, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
            threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            self.local.server = subprocess.Popen(
                [sys.executable, "-m", "faults.child"],
                env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(path)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self.servers.append(self.local.server)
        server: subprocess.Popen[str] = self.local.server
        return server

    def judge(self, case: Case, path: Path, code: int | None, printed: str) -> Result:
        seen, seconds, problems = "", 0.0, []
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            seen, seconds, problems = result["seen"], result["seconds"], result["problems"]
        if code is None:
            problems.append(f"the process had not ended after {case.fault.limit_s} s")
            return Result(case, HANG, seen, seconds, [*problems, printed])
        if code < 0:
            problems.append(f"the process ended by {signal.Signals(-code).name}")
            return Result(case, CRASH, seen, seconds, [*problems, printed])
        if code != 0 or not path.exists():
            problems.append(f"the process ended with code {code}")
        if self.peer:
            # An exception of whatever kind, or a report that says that something was wrong.
            spoke = code != 0 or not seen.startswith(("VALID", "INVALID, no", "no verdict, no"))
            spoke = spoke and not seen.startswith("nothing was raised")
            return Result(case, HANDLED if spoke else SILENT, seen or printed[-200:], seconds)
        if problems:
            return Result(case, FAILED, seen, seconds, [*problems, printed])
        return Result(case, HANDLED, seen, seconds)


def clipped(text: str) -> str:
    line = text.replace("\n", " | ")
    return line if len(line) <= SEEN_WIDTH else line[: SEEN_WIDTH - 3] + "..."


def table(results: list[Result]) -> Iterable[str]:
    """A line a fault: its name, where it ran, what was seen, and the longest time."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.case.fault.name, []).append(result)
    width = max(len(name) for name in groups)
    yield f"{'case':{width}}  {'scenarios':24}  {'what the user sees':{SEEN_WIDTH}}  seconds"
    for name, group in groups.items():
        scenarios = [s for s in SCENARIOS if any(r.case.scenario == s for r in group)]
        short = [name.replace("Stream", "") for name in scenarios]
        where = "all" if len(scenarios) == len(SCENARIOS) else ", ".join(short)
        where += f" x {len(group) // len(scenarios)}" if len(group) > len(scenarios) else ""
        worst = next((r for r in group if r.verdict != HANDLED), group[0])
        mark = "" if worst.verdict == HANDLED else f"{worst.verdict.upper()}: "
        seen = f"{clipped(mark + worst.seen):{SEEN_WIDTH}}"
        yield f"{name:{width}}  {where:24}  {seen}  {max(r.seconds for r in group):7.2f}"


def count(results: list[Result]) -> str:
    """The last line of the table."""
    kinds = Counter(result.verdict for result in results)
    faults = len({result.case.fault.name for result in results})
    ends = (
        "all handled"
        if set(kinds) == {HANDLED}
        else ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    )
    slowest = max(results, key=lambda result: result.seconds)
    return (
        f"{faults} cases in {len(results)} processes: {ends}; "
        f"slowest {slowest.seconds:.2f} s ({slowest.case.id})"
    )
