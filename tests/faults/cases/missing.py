"""Samples that are never completed, and limits on how long a test waits for them."""

from __future__ import annotations

import threading
import time

from faults import logs
from faults.bench import Bench, Query, nothing
from faults.registry import ALL_WAYS, CLEAN, NAMES, RUN_THREADS, fault

STALLED = r"^IncompleteError: No sample was completed for 100 ms \(stall_timeout_ms\)"
NEVER = r"^IncompleteError: \d+ of \d+ issued samples were never completed: .*library index"


@fault("no sample is ever completed; drain limit", sees=NEVER, ways=ALL_WAYS, established=False)
def never(bench: Bench) -> None:
    bench.run(nothing, drain_timeout_ms=100)


@fault("no sample is ever completed; accuracy mode", sees=NEVER, established=False)
def never_in_accuracy(bench: Bench) -> None:
    bench.run(nothing, drain_timeout_ms=100, mode="AccuracyOnly")


@fault(
    "one sample of each query is never completed; drain limit",
    sees=NEVER,
    ways=ALL_WAYS,
    established=False,
)
def partly(bench: Bench) -> None:
    bench.run(lambda query: query[1:].complete(), drain_timeout_ms=100)


@fault(
    "one query of all is never completed; drain limit",
    sees=NEVER,
    established=False,
    scenarios=("SingleStream", "MultiStream", "Server"),
)
def one(bench: Bench) -> None:
    calls: list[None] = []

    def answer(query: Query) -> None:
        calls.append(None)
        if len(calls) != 7:
            query.complete()

    bench.run(answer, drain_timeout_ms=100)


@fault(
    "samples come after the drain limit, while and after the test ends",
    sees=NEVER,
    established=False,
)
def late(bench: Bench) -> None:
    kept: list[Query] = []
    bench.run(kept.append, drain_timeout_ms=100)
    for query in kept:
        try:
            query.complete()
        except RuntimeError:
            return
    raise AssertionError("a completion after the test was taken")


@fault(
    "no sample is ever completed; no limit, then Ctrl-C", sees="^KeyboardInterrupt", ways=ALL_WAYS
)
def never_interrupted(bench: Bench) -> None:
    bench.press()
    bench.run(nothing)


@fault(
    "no completion for long while queries go on; stall limit",
    established=False,
    sees="^IncompleteError: ",
    scenarios=("Server",),
)
def stall_server(bench: Bench) -> None:
    bench.run(nothing, stall_timeout_ms=100, server_target_qps=100, min_query_count=10**5)


@fault(
    "no sample is ever completed; stall limit",
    established=False,
    sees=STALLED,
    ways=ALL_WAYS,
)
def stall(bench: Bench) -> None:
    bench.run(nothing, stall_timeout_ms=100)


@fault(
    "the SUT stops completing in the middle; stall limit",
    established=False,
    sees=STALLED,
)
def stall_in_the_middle(bench: Bench) -> None:
    done: list[None] = []

    def answer(query: Query) -> None:
        for start in range(len(query)):
            if len(done) < 10:
                query[start : start + 1].complete()
                done.append(None)

    bench.run(answer, stall_timeout_ms=100)


@fault(
    "issue never returns; stall limit",
    established=False,
    within_s=2,
    sees="^IncompleteError: ",
    ways=(NAMES, "run"),
)
def stuck_in_issue(bench: Bench) -> None:
    def answer(query: Query) -> None:
        while True:
            time.sleep(0.01)

    bench.run(answer, stall_timeout_ms=200)


@fault(
    "slow but steady completions do not trip the stall limit",
    established=False,
    ends=CLEAN,
    sees="VALID, no errors",
    scenarios=("SingleStream", "Offline"),
)
def steady(bench: Bench) -> None:
    def answer(query: Query) -> None:
        for start in range(len(query)):
            time.sleep(0.005)
            query[start : start + 1].complete()

    bench.run(answer, stall_timeout_ms=150)


@fault("the SUT waits in flush for its own threads", sees="VALID, no errors", ends=CLEAN)
def waits_in_flush(bench: Bench) -> None:
    threads: list[threading.Thread] = []

    def answer(query: Query) -> None:
        thread = threading.Thread(target=query.complete)
        thread.start()
        threads.append(thread)

    def flush() -> None:
        for thread in threads:
            thread.join()

    bench.run(answer, flush=flush)


@fault(
    "what was measured before the end is reported",
    sees=r"^IncompleteError.*, 6 of 7 in the report",
    scenarios=("SingleStream",),
    ways=("run", RUN_THREADS),
    established=False,
)
def measured(bench: Bench) -> str:
    calls: list[None] = []

    def answer(query: Query) -> None:
        calls.append(None)
        if len(calls) != 7:
            query.complete()

    bench.run(answer, drain_timeout_ms=100)
    report = bench.error.report  # type: ignore[union-attr]
    assert len(logs.errors(bench.folders[-1])) == 1
    return f"{bench.outcome}, {report.sample_count} of {report.query_count} in the report"
