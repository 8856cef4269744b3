"""Handles, tests at once, and tests one after another."""

from __future__ import annotations

import threading
from typing import Any

import mlperf_loadgen as lg
from faults.bench import Bench, Query, complete, nothing, raises
from faults.registry import ANY, CLEAN, NAMES, REFUSED, RUN, fault


def sut_handle() -> Any:
    return lg.ConstructSUT(lambda samples: complete(Query(samples)), nothing)


def qsl_handle() -> Any:
    return lg.ConstructQSL(32, 32, nothing, nothing)


def start(bench: Bench, sut: Any, qsl: Any) -> str:
    folder = bench.folder()
    with bench.watched(folder):
        lg.StartTestWithLogSettings(
            sut, qsl, bench.settings(), bench.log_settings(folder), "audit.config"
        )
    return bench.outcome


for handle in (lg.SutHandle, lg.QslHandle):

    def half_made(bench: Bench, handle: Any = handle) -> str:
        incomplete = handle.__new__(handle)
        if handle is lg.SutHandle:
            return start(bench, incomplete, qsl_handle())
        return start(bench, lg.ConstructSUT(nothing, nothing), incomplete)

    fault(
        f"a {handle.__name__} made without __init__",
        sees="^TypeError",
        ends=REFUSED,
        scenarios=("Server",),
        ways=(NAMES,),
    )(half_made)

for garbage in (0, 1, 140_000_000_000_000, -1, 2**64, None, "sut", 1.5, object):

    def garbage_handles(bench: Bench, garbage: Any = garbage) -> str:
        said = [
            start(bench, garbage, qsl_handle()),
            *(
                raises(lambda call=call: call(garbage))  # type: ignore[misc]
                for call in (lg.DestroySUT, lg.DestroyQSL)
            ),
        ]
        if not all(line.startswith("TypeError") for line in said):
            return str(said)
        return said[0]

    fault(
        f"a handle that is {garbage!r}",
        sees="^TypeError",
        ends=REFUSED,
        scenarios=("Server",),
        ways=(NAMES,),
    )(garbage_handles)


@fault("a SUT handle in the place of a QSL handle", sees="^TypeError", ends=REFUSED, ways=(NAMES,))
def swapped(bench: Bench) -> str:
    return start(bench, qsl_handle(), sut_handle())


@fault(
    "a handle is destroyed twice",
    sees="^StateError: .*already been destroyed",
    ends=REFUSED,
    ways=(NAMES,),
)
def destroyed_twice(bench: Bench) -> str:
    sut = sut_handle()
    lg.DestroySUT(sut)
    return raises(lambda: lg.DestroySUT(sut))


@fault(
    "a SUT is used after it was destroyed",
    sees="^StateError: .*already been destroyed",
    ends=REFUSED,
    ways=(NAMES,),
)
def destroyed_sut(bench: Bench) -> str:
    sut = sut_handle()
    lg.DestroySUT(sut)
    return start(bench, sut, qsl_handle())


@fault(
    "a QSL is used after it was destroyed",
    sees="^StateError: .*already been destroyed",
    ends=REFUSED,
    ways=(NAMES,),
)
def destroyed_qsl(bench: Bench) -> str:
    qsl = qsl_handle()
    lg.DestroyQSL(qsl)
    return start(bench, sut_handle(), qsl)


@fault(
    "handles are destroyed while their test runs",
    sees="VALID, no errors",
    ends=CLEAN,
    ways=(NAMES,),
)
def destroyed_inside(bench: Bench) -> None:
    def take(samples: list[lg.QuerySample]) -> None:
        if handles:
            lg.DestroySUT(handles.pop())
            lg.DestroyQSL(handles.pop())
        complete(Query(samples))

    handles: list[Any] = [qsl_handle()]
    handles.append(lg.ConstructSUT(take, nothing))
    start(bench, handles[1], handles[0])


@fault(
    "a SUT handle that was made by the wrong Destroy",
    sees="^TypeError|^nothing was raised",
    ends=REFUSED,
    ways=(NAMES,),
)
def wrong_destroy(bench: Bench) -> str:
    return raises(lambda: lg.DestroyQSL(sut_handle()))


SECOND = "^StateError: .*already running"


@fault("a second test at once, from a thread", sees=SECOND, ends=CLEAN)
def second(bench: Bench) -> str:
    said: list[str] = []
    other = Bench(bench.scenario, "names")

    def act() -> None:
        said.append(start(other, sut_handle(), qsl_handle()))

    other.folder = lambda: _made("second")  # type: ignore[method-assign]

    def load(_: object) -> None:
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()

    bench.run(load=load)
    return said[0] if "VALID, no errors" in bench.outcome else bench.outcome


def _made(name: str) -> Any:
    from pathlib import Path

    folder = Path(name)
    folder.mkdir()
    return folder


for place in ("issue", "load", "flush", "unload"):

    def nested(bench: Bench, place: str = place) -> str:
        said: list[str] = []

        def inside(*_: object) -> None:
            if not said:
                said.append(
                    raises(lambda: lg.run(lambda s: s.complete(), range(9), min_duration_ms=0))
                )

        bench.run(**{place: inside})  # type: ignore[arg-type]
        return said[0] if "VALID, no errors" in bench.outcome else bench.outcome

    fault(f"run inside {place}", sees=SECOND, ends=CLEAN, established=False)(nested)


@fault("a nested run that is not caught ends the outer one", sees=SECOND, established=False)
def nested_uncaught(bench: Bench) -> None:
    def issue() -> None:
        lg.run(lambda s: s.complete(), range(9), min_duration_ms=0)

    bench.run(issue=issue)


@fault(
    "two threads start tests at the same moment",
    sees="^one ran, one was refused|^both ran",
    ends=CLEAN,
    ways=(RUN,),
)
def race(bench: Bench) -> str:
    barrier = threading.Barrier(2)
    said: list[str] = []

    def act() -> None:
        barrier.wait()
        said.append(
            raises(
                lambda: (
                    lg.run(
                        lambda s: s.complete(),
                        range(9),
                        scenario=bench.scenario,
                        min_duration_ms=100,
                        server_target_qps=1000,
                        target_latency_percentile=0.5,
                    )
                    if bench.scenario != "Offline"
                    else lg.run(
                        lambda s: s.complete(), range(9), scenario="Offline", min_duration_ms=100
                    )
                )
            )
        )

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = sum("already running" in line for line in said)
    ran = sum(line.startswith("nothing was raised") for line in said)
    if (ran, refused) == (1, 1):
        return "one ran, one was refused"
    return "both ran" if ran == 2 else str(said)


@fault(
    "30 tests in one process, good and bad in turn", sees="VALID, no errors", ends=ANY, within_s=5
)
def many(bench: Bench) -> str:
    def broken() -> None:
        raise ValueError("broken")

    for number in range(30):
        said = bench.run(issue=nothing if number % 2 else broken)
        expected = "VALID, no errors" if number % 2 else "ValueError: broken"
        if expected not in said:
            return said
    return bench.outcome


@fault(
    "a test in an atexit handler",
    sees="registered",
    ends=ANY,
    scenarios=("Server",),
    ways=(RUN,),
    aftermath=False,
)
def at_exit(bench: Bench) -> str:
    import atexit

    def late() -> None:
        lg.run(lambda s: s.complete(), range(9), min_duration_ms=0)

    atexit.register(late)
    return "registered"


@fault(
    "the process ends with a daemon thread in a completion loop",
    sees="left running",
    ends=CLEAN,
    aftermath=False,
)
def daemon(bench: Bench) -> str:
    def go_on() -> None:
        while True:
            raises(lambda: lg.QuerySamplesComplete([lg.QuerySampleResponse(5, 0, 0)]))

    bench.run()
    threading.Thread(target=go_on, daemon=True).start()
    return "left running"
