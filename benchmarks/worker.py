"""One measurement in a process of its own, with whichever ``mlperf_loadgen`` the path leads to.

    python benchmarks/worker.py '{"measure": "closed_loop", "scenario": "SingleStream", ...}'

Prints a JSON object of figures as its last line; log files go to the current folder. Needs nothing
but the standard library, and names of the module that scripts for mlcommons-loadgen use; only where
a module has arrays (``run``) are they measured instead. Times end in _ns, _us, _ms or _s. Those of
a query: ``wall_ns`` from the first issue_query to flush_queries, ``generate_ns`` from the start to
the first issue_query, ``cpu_ns`` the CPU time of the whole test. ``drain_s`` is from flush_queries
to the return.
"""

from __future__ import annotations

import array
import gc
import json
import math
import os
import random
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter_ns
from typing import Any

import mlperf_loadgen as lg  # ours or the peer's

Figures = dict[str, float]
Options = dict[str, Any]

LIBRARY_SIZE = 1024
SCHEDULE_SEED = 12345


class Marks:
    """When a test passed through its stages, and its memory at two of them."""

    start_ns = 0
    start_bytes = 0
    first_ns = 0  # entry of the first issue_query
    first_bytes = 0
    begun_ns = 0  # the same, after the look at the memory
    flush_ns = 0
    end_ns = 0
    start_cpu_s = 0.0
    cpu_s = 0.0

    def start(self) -> None:
        self.start_bytes = resident_bytes()
        self.start_cpu_s = time.process_time()
        self.start_ns = perf_counter_ns()

    def first(self) -> None:
        self.first_ns = perf_counter_ns()
        self.first_bytes = resident_bytes()
        self.begun_ns = perf_counter_ns()

    def flush(self) -> None:
        self.flush_ns = perf_counter_ns()

    def end(self) -> None:
        self.end_ns = perf_counter_ns()
        self.cpu_s = time.process_time() - self.start_cpu_s

    def figures(self, queries: int) -> Figures:
        return {
            "wall_ns": (self.flush_ns - self.begun_ns) / queries,
            "cpu_ns": self.cpu_s * 1e9 / queries,
            "generate_ns": (self.first_ns - self.start_ns) / queries,
            "generate_bytes": (self.first_bytes - self.start_bytes) / queries,
            "drain_s": (self.end_ns - self.flush_ns) / 1e9,
            "total_s": (self.end_ns - self.start_ns) / 1e9,
            "peak_mib": peak_mib(),
        }


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def peak_mib() -> float:
    """Not getrusage's figure, which begins with that of the program that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kib,) = re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(kib) / 1024


def switches() -> int:
    """How often a thread of this process has gone to sleep."""
    total = 0
    for thread in Path("/proc/self/task").iterdir():
        status = (thread / "status").read_text(encoding="ascii")
        total += int(re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[0])
    return total


def percentile(values: list[int], fraction: float) -> float:
    return sorted(values)[min(int(len(values) * fraction), len(values) - 1)]


def settings(scenario: str, count: int, **fields: Any) -> Any:
    """A test of `count` queries (Offline: samples), however long they take."""
    settings = lg.TestSettings()
    settings.scenario = getattr(lg.TestScenario, scenario)
    settings.min_duration_ms = 0
    settings.min_query_count = count
    settings.schedule_rng_seed = SCHEDULE_SEED
    for name, value in fields.items():
        setattr(settings, name, value)
    return settings


def log_settings(trace: bool) -> Any:
    logs = lg.LogSettings()
    logs.enable_trace = trace
    return logs


def run_test(
    marks: Marks,
    issue: Callable[..., None],
    requested: Any,
    *,
    trace: bool = False,
    library_size: int = LIBRARY_SIZE,
    construct: str = "SUT",
) -> None:
    sut = getattr(lg, f"Construct{construct}")(issue, marks.flush)
    library = lg.ConstructQSL(library_size, library_size, lambda _: None, lambda _: None)
    marks.start()
    lg.StartTestWithLogSettings(sut, library, requested, log_settings(trace), "audit.config")
    marks.end()
    getattr(lg, f"Destroy{construct}")(sut)
    lg.DestroyQSL(library)


def reported_latency() -> Figures:
    """What the summary says of the latencies, ns."""
    text = Path("mlperf_log_summary.txt").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\d\d)\.00 percentile latency \(ns\)\s*: (\d+)", text, re.MULTILINE))
    return {f"latency_p{name}_ns": int(found[name]) for name in ("50", "99")}


# The SUTs. Each is written as scripts for this interface are.


def answering(marks: Marks) -> Callable[[Any], None]:
    """Answers with one object a sample, inline."""
    begun: list[bool] = []

    def issue(query_samples: Any) -> None:
        if not begun:
            begun.append(True)
            marks.first()
        responses = []
        for sample in query_samples:
            responses.append(lg.QuerySampleResponse(sample.id, 0, 0))
        lg.QuerySamplesComplete(responses)

    return issue


def answering_tokens(marks: Marks) -> Callable[[Any], None]:
    """The same, with a first token before each answer."""
    begun: list[bool] = []

    def issue(query_samples: Any) -> None:
        if not begun:
            begun.append(True)
            marks.first()
        responses = []
        for sample in query_samples:
            responses.append(lg.QuerySampleResponse(sample.id, 0, 0, 5))
        lg.FirstTokenComplete(responses)
        lg.QuerySamplesComplete(responses)

    return issue


# The measurements.


def closed_loop(options: Options) -> Figures:
    """A SUT that does nothing, as fast as it goes."""
    scenario, count, tokens = options["scenario"], options["count"], options.get("tokens", False)
    marks = Marks()
    requested = settings(scenario, count, server_target_qps=1e7, use_token_latencies=tokens)
    requested.server_coalesce_queries = options.get("coalesce", False)
    sut = answering_tokens(marks) if tokens else answering(marks)
    run_test(marks, sut, requested, trace=options.get("trace", False))
    return marks.figures(count) | reported_latency()


def fast_sut(options: Options) -> Figures:
    """Offline, samples as lists of numbers, answers as objects."""
    count = options["count"]
    marks = Marks()

    def issue(ids: Any, _: Any) -> None:
        marks.first()
        lg.QuerySamplesComplete([lg.QuerySampleResponse(number, 0, 0) for number in ids])

    trace = options.get("trace", False)
    run_test(marks, issue, settings("Offline", count), trace=trace, construct="FastSUT")
    return marks.figures(count)


def arrays(options: Options) -> Figures:
    """Offline, samples and answers in the fastest form that the module has."""
    if not hasattr(lg, "run"):
        return fast_sut(options)
    count, trace = options["count"], options.get("trace", False)
    marks = Marks()
    marks.start()
    lg.run(
        lambda samples: samples.complete(),
        range(LIBRARY_SIZE),
        settings=settings("Offline", count),
        output=".",
        log_settings=log_settings(trace),
    )
    marks.end()
    return {
        "total_s": (marks.end_ns - marks.start_ns) / 1e9,
        "cpu_ns": marks.cpu_s * 1e9 / count,
        "peak_mib": peak_mib(),
    }


def accuracy_log(options: Options) -> Figures:
    """AccuracyOnly, Offline: responses of `bytes` bytes."""
    count, size = options["count"], options["bytes"]
    answer = array.array("B", os.urandom(size))
    address, _ = answer.buffer_info()
    marks = Marks()
    requested = settings("Offline", count, mode=lg.TestMode.AccuracyOnly)

    def issue(query_samples: Any) -> None:
        marks.first()
        responses = []
        for sample in query_samples:
            responses.append(lg.QuerySampleResponse(sample.id, address, size))
        lg.QuerySamplesComplete(responses)

    run_test(marks, issue, requested, library_size=count)
    figures = marks.figures(count)
    return figures | {"mb_per_s": count * size / 1e6 / figures["total_s"]}


def pacing(options: Options) -> Figures:
    """Server at a rate that the SUT keeps: how much later than scheduled issue_query is entered."""
    qps, seconds = options["qps"], options["seconds"]
    entries: list[int] = []

    def issue(query_samples: Any) -> None:
        entries.append(perf_counter_ns())
        responses = []
        for sample in query_samples:
            responses.append(lg.QuerySampleResponse(sample.id, 0, 0))
        lg.QuerySamplesComplete(responses)

    marks = Marks()
    requested = settings("Server", 1, server_target_qps=qps, min_duration_ms=int(seconds * 1000))
    run_test(marks, issue, requested)
    return (
        lags(entries, arrivals(len(entries), qps))
        | reported_lags()
        | {"cpu_share": marks.cpu_s * 1e9 / (marks.end_ns - marks.start_ns)}
    )


def reported_lags() -> Figures:
    """What the detail log says of it: nothing in mlcommons-loadgen."""
    text = Path("mlperf_log_detail.txt").read_text(encoding="utf-8")
    found = re.findall(r'"schedule_lag_(50|99)\.00_percentile_ns", "value": (\d+)', text)
    return {f"reported_lag_p{name}_us": int(value) / 1e3 for name, value in found}


def lags(entries: list[int], scheduled: list[int]) -> Figures:
    """Against the query that was least late, since scripts do not learn when the series began."""
    late = [entry - due for entry, due in zip(entries, scheduled, strict=True)]
    least = min(late)
    late = [value - least for value in late]
    return {"lag_p50_us": percentile(late, 0.5) / 1e3, "lag_p99_us": percentile(late, 0.99) / 1e3}


def arrivals(count: int, qps: float, seed: int = SCHEDULE_SEED) -> list[int]:
    """When the queries of a Server test are due, ns: the rules' exponential gaps, from the seed."""
    engine = mersenne_twister(seed)
    due, offsets = 0, []
    for _ in range(count):
        offsets.append(due)
        low, high = engine.getrandbits(32), engine.getrandbits(32)
        due += int(-math.log(1 - (low + high * 2.0**32) / 2.0**64) / qps * 1e9)
    return offsets


def mersenne_twister(seed: int) -> random.Random:
    """Seeded as C++ does it; seed() of Python does it in another way."""
    state = [seed]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + i) & 0xFFFFFFFF)
    engine = random.Random()
    engine.setstate((3, (*state, 624), None))
    return engine


def hand_over(options: Options) -> Figures:
    """SingleStream, another thread completes: from its call to the next issue_query."""
    inbox: SimpleQueue[int] = SimpleQueue()
    entries: list[int] = []
    completed: list[int] = []

    def work() -> None:
        while number := inbox.get():
            responses = [lg.QuerySampleResponse(number, 0, 0)]
            completed.append(perf_counter_ns())
            lg.QuerySamplesComplete(responses)

    def issue(query_samples: Any) -> None:
        entries.append(perf_counter_ns())
        inbox.put(query_samples[0].id)

    worker = threading.Thread(target=work)
    worker.start()
    marks = Marks()
    run_test(marks, issue, settings("SingleStream", options["count"]))
    inbox.put(0)
    worker.join()
    gaps = [entry - done for done, entry in zip(completed, entries[1:], strict=False)]
    return {
        "hand_over_p50_us": percentile(gaps, 0.5) / 1e3,
        "hand_over_p99_us": percentile(gaps, 0.99) / 1e3,
        "cpu_ns": marks.cpu_s * 1e9 / options["count"],
    }


def smallest(options: Options) -> Figures:
    """A test of one query; not the first of the process."""
    totals, cpus = [], []
    for _ in range(options["count"]):
        marks = Marks()
        run_test(marks, answering(marks), settings("SingleStream", 1))
        totals.append((marks.end_ns - marks.start_ns) / 1e6)
        cpus.append(marks.cpu_s * 1e3)
    return {"total_ms": statistics.median(totals[1:]), "cpu_ms": statistics.median(cpus[1:])}


def wake_ups(options: Options) -> Figures:
    """How often anything wakes while the SUT works."""
    rate = 0.0

    def issue(query_samples: Any) -> None:
        nonlocal rate
        before = switches()
        end = perf_counter_ns() + int(options["seconds"] * 1e9)
        while perf_counter_ns() < end:
            pass
        rate = (switches() - before) / options["seconds"]
        lg.QuerySamplesComplete([lg.QuerySampleResponse(query_samples[0].id, 0, 0)])

    run_test(Marks(), issue, settings("SingleStream", 1))
    return {"per_s": rate}


MEASURES: dict[str, Callable[[Options], Figures]] = {
    measure.__name__: measure
    for measure in (
        closed_loop,
        fast_sut,
        arrays,
        accuracy_log,
        pacing,
        hand_over,
        smallest,
        wake_ups,
    )
}


def main() -> None:
    options = json.loads(sys.argv[1])
    gc.disable()
    figures = MEASURES[options["measure"]](options)
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
