"""Ctrl-C, other signals and abort(), whenever they come."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import mlperf_loadgen as lg
from faults.bench import Bench, Query, complete, nothing
from faults.registry import ALL_WAYS, ANY, CLEAN, NAMES, RUN, fault

INTERRUPTED = "^KeyboardInterrupt"
# Samples that are out may still come, before the line that says so.
ABORTED = "^INVALID: (The test was aborted|Received completion for an old sample)"
LONG: dict[str, Any] = {
    "min_duration_ms": 60_000,
    "single_stream_expected_latency_ns": 10**6,
    "multi_stream_expected_latency_ns": 10**6,
}
OWN_THREAD = (NAMES, RUN)
STREAMS = ("SingleStream", "MultiStream", "Server")


@fault("Ctrl-C from another process", sees=INTERRUPTED, within_s=2)
def from_a_process(bench: Bench) -> None:
    with bench.send("INT", 0.2):
        bench.run(nothing)


@fault("Ctrl-C in accuracy mode", sees=INTERRUPTED)
def in_accuracy(bench: Bench) -> None:
    bench.press()
    bench.run(nothing, mode="AccuracyOnly")


@fault("Ctrl-C while queries run", sees=INTERRUPTED, ways=ALL_WAYS, scenarios=STREAMS)
def while_running(bench: Bench) -> None:
    bench.press()
    bench.run(complete, **LONG)


@fault(
    "Ctrl-C while Server waits for an arrival",
    sees=INTERRUPTED,
    ways=ALL_WAYS,
    scenarios=("Server",),
)
def pacing(bench: Bench) -> None:
    bench.press()
    bench.run(complete, server_target_qps=0.001)


@fault(
    "Ctrl-C while 60 million queries are planned",
    sees=INTERRUPTED,
    scenarios=("SingleStream",),
)
def planning(bench: Bench) -> None:
    bench.press()
    bench.run(complete, min_duration_ms=60_000)


@fault("Ctrl-C while issue computes", sees=INTERRUPTED, ways=OWN_THREAD)
def in_python(bench: Bench) -> None:
    def answer(query: Query) -> None:
        bench.press()
        while True:
            sum(range(100))

    bench.run(answer)


@fault("Ctrl-C while issue sleeps", sees=INTERRUPTED, ways=OWN_THREAD)
def in_sleep(bench: Bench) -> None:
    def answer(query: Query) -> None:
        bench.press()
        time.sleep(60)

    bench.run(answer)


@fault("Ctrl-C while issue waits for a lock", sees=INTERRUPTED, ways=OWN_THREAD)
def in_lock(bench: Bench) -> None:
    def answer(query: Query) -> None:
        bench.press()
        threading.Event().wait(60)

    bench.run(answer)


@fault("Ctrl-C in load", sees=INTERRUPTED)
def in_load(bench: Bench) -> None:
    def load(_: object) -> None:
        bench.press()
        time.sleep(60)

    bench.run(load=load)


@fault("Ctrl-C in flush", sees=INTERRUPTED)
def in_flush(bench: Bench) -> None:
    def flush() -> None:
        bench.press()
        time.sleep(60)

    bench.run(flush=flush)


@fault("Ctrl-C in unload", sees=INTERRUPTED)
def in_unload(bench: Bench) -> None:
    def unload(_: object) -> None:
        bench.press()
        time.sleep(60)

    bench.run(unload=unload)


@fault("Ctrl-C at the first moment", sees=INTERRUPTED)
def first_moment(bench: Bench) -> None:
    bench.run(load=lambda _: signal.raise_signal(signal.SIGINT))


@fault("Ctrl-C at the last moment", sees=INTERRUPTED)
def last_moment(bench: Bench) -> None:
    bench.run(unload=lambda _: signal.raise_signal(signal.SIGINT))


@fault("Ctrl-C in a completion", sees=INTERRUPTED, ways=OWN_THREAD)
def in_completion(bench: Bench) -> None:
    def answer(query: Query) -> None:
        signal.raise_signal(signal.SIGINT)
        query.complete()

    bench.run(answer)


@fault(
    "Ctrl-C at any moment of many short tests",
    sees="^each ended",
    ends=ANY,
    within_s=8,
    ways=(NAMES,),
)
def any_moment(bench: Bench) -> str:
    import os

    for number in range(12):
        # Between the two lines, or after the test: the interrupt is the harness's own then.
        try:
            timer = threading.Timer(number * 0.0015, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            bench.run(complete, min_query_count=50)
            timer.join()
            time.sleep(0.001)
        except KeyboardInterrupt:
            pass
        if bench.error is not None and not isinstance(bench.error, KeyboardInterrupt):
            return bench.outcome
        timer.join()
    return "each ended"


@fault("Ctrl-C twice in a row", sees=INTERRUPTED, ends=ANY)
def twice(bench: Bench) -> str:
    def press() -> None:
        import os

        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    thread = bench.later(press)
    try:
        bench.run(nothing)
        thread.join()
        time.sleep(0.01)
    except KeyboardInterrupt:
        return f"KeyboardInterrupt, after {bench.outcome}"
    return bench.outcome


@fault(
    "Ctrl-C while the test runs off the main thread",
    sees="^INVALID: The test was aborted",
    ways=ALL_WAYS,
)
def off_main(bench: Bench) -> None:
    ended = threading.Event()

    def act() -> None:
        bench.run(nothing)
        ended.set()

    thread = threading.Thread(target=act)
    thread.start()
    bench.press()
    try:
        ended.wait(5)
    except KeyboardInterrupt:
        bench.happens()
        lg.abort()  # what a program does that runs its test so
    ended.wait()


@fault(
    "Ctrl-C with a handler that does nothing",
    sees="VALID, no errors",
    ends=CLEAN,
    scenarios=STREAMS,
)
def ignored(bench: Bench) -> None:
    signal.signal(signal.SIGINT, lambda *_: None)
    thread = bench.press(0.05)
    bench.run(complete, min_duration_ms=150)
    thread.join()


@fault(
    "Ctrl-C is not missed after the SUT's own handler was called",
    sees=INTERRUPTED,
    scenarios=("Server",),
)
def own_handler(bench: Bench) -> None:
    signal.signal(
        signal.SIGINT, lambda *_: signal.signal(signal.SIGINT, signal.default_int_handler)
    )
    bench.press(0.05)
    bench.press(0.15)
    bench.run(nothing)


@fault("SIGTERM with a handler that raises", sees="^SystemExit: 143", ways=ALL_WAYS)
def sigterm(bench: Bench) -> None:
    def handle(*_: object) -> None:
        raise SystemExit(143)

    import os

    signal.signal(signal.SIGTERM, handle)
    bench.later(lambda: os.kill(os.getpid(), signal.SIGTERM))
    bench.run(nothing)


@fault("a timer's signal every millisecond", sees="VALID, no errors", ends=CLEAN, within_s=3)
def alarms(bench: Bench) -> None:
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    bench.run(complete, min_query_count=100)
    signal.setitimer(signal.ITIMER_REAL, 0)


@fault("abort from another thread", sees=ABORTED, ways=ALL_WAYS, established=False)
def abort(bench: Bench) -> None:
    bench.later(lg.abort)
    bench.run(nothing)


@fault(
    "abort from another thread while queries run",
    sees=ABORTED,
    established=False,
    scenarios=STREAMS,
)
def abort_running(bench: Bench) -> None:
    bench.later(lg.abort)
    bench.run(complete, **LONG)


@fault("abort in issue", sees=ABORTED, ways=ALL_WAYS, established=False)
def abort_in_issue(bench: Bench) -> None:
    bench.run(issue=lg.abort)


@fault("abort in load", sees=ABORTED, established=False)
def abort_in_load(bench: Bench) -> None:
    bench.run(load=lambda _: lg.abort())


@fault("abort in flush", sees=ABORTED, established=False, scenarios=("Server", "Offline"))
def abort_in_flush(bench: Bench) -> None:
    bench.run(nothing, flush=lg.abort)


@fault("abort in unload", sees=ABORTED + "|^VALID", established=False, ends=ANY)
def abort_in_unload(bench: Bench) -> None:
    bench.run(unload=lambda _: lg.abort())


@fault("abort in accuracy mode", sees=ABORTED, established=False)
def abort_in_accuracy(bench: Bench) -> None:
    bench.later(lg.abort)
    bench.run(nothing, mode="AccuracyOnly")


@fault("abort before a test", sees="VALID, no errors", ends=CLEAN, established=False)
def abort_before(bench: Bench) -> None:
    lg.abort()
    bench.run(complete)


@fault("abort twice", sees=ABORTED, established=False)
def abort_twice(bench: Bench) -> None:
    def both() -> None:
        lg.abort()
        lg.abort()

    bench.run(issue=both)


@fault(
    "abort with slices outstanding, which go on completing",
    sees=ABORTED,
    established=False,
    scenarios=("Offline", "MultiStream"),
    ways=ALL_WAYS,
)
def abort_with_slices(bench: Bench) -> None:
    threads: list[threading.Thread] = []

    def act(part: Query) -> None:
        for start in range(len(part)):
            try:
                part[start : start + 1].complete()
            except lg.StateError:
                return
            time.sleep(0.001)

    def answer(query: Query) -> None:
        for start in range(0, len(query), 16):
            threads.append(threading.Thread(target=act, args=(query[start : start + 16],)))
            threads[-1].start()
        lg.abort()

    bench.run(answer)
    for thread in threads:
        thread.join()


@fault("abort and Ctrl-C at once", sees=ABORTED + "|" + INTERRUPTED, established=False)
def abort_and_interrupt(bench: Bench) -> str:
    def both() -> None:
        lg.abort()
        signal.raise_signal(signal.SIGINT)

    try:
        bench.run(nothing, load=lambda _: both())
    except KeyboardInterrupt:
        return f"KeyboardInterrupt, after {bench.outcome}"
    return bench.outcome


@fault(
    "an abort that comes with an exception of issue",
    sees="^OSError: the device is gone",
    established=False,
)
def abort_and_exception(bench: Bench) -> None:
    def both() -> None:
        lg.abort()
        raise OSError("the device is gone")

    bench.run(issue=both)
