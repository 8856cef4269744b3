"""What the callbacks of a SUT and of a library raise, and what they do besides."""

from __future__ import annotations

import logging
import time
from typing import Any

import mlperf_loadgen as lg
from faults.bench import Bench, Query, complete, nothing, raises
from faults.registry import ALL_WAYS, ANY, CLEAN, NAMES, REFUSED, RUN, RUN_THREADS, fault


class Broken(Exception):
    """What a callback raises."""


def broken(*_: object) -> None:
    raise Broken("the accelerator is on fire")


FIRE = r"^Broken: the accelerator is on fire"


@fault("issue raises at once", sees=FIRE, ways=ALL_WAYS)
def issue_raises(bench: Bench) -> None:
    bench.run(issue=broken)


@fault(
    "issue raises at the third query",
    sees=FIRE,
    ways=ALL_WAYS,
    scenarios=("SingleStream", "MultiStream", "Server"),
)
def issue_raises_later(bench: Bench) -> None:
    calls: list[None] = []

    def issue() -> None:
        calls.append(None)
        if len(calls) == 3:
            bench.happens()
            broken()

    bench.run(issue=issue)


@fault("issue raises, accuracy mode", sees=FIRE)
def issue_raises_in_accuracy(bench: Bench) -> None:
    bench.run(issue=broken, mode="AccuracyOnly")


@fault("issue raises, submission run", sees=FIRE)
def issue_raises_in_submission(bench: Bench) -> None:
    bench.run(issue=broken, mode="SubmissionRun")


@fault("flush raises", sees=FIRE, ways=ALL_WAYS)
def flush_raises(bench: Bench) -> None:
    bench.run(flush=broken)


@fault("load raises", sees=FIRE, ways=ALL_WAYS)
def load_raises(bench: Bench) -> None:
    bench.run(load=broken)


@fault("unload raises", sees=FIRE, ways=ALL_WAYS)
def unload_raises(bench: Bench) -> None:
    bench.run(unload=broken)


@fault("load raises, accuracy mode", sees=FIRE)
def load_raises_in_accuracy(bench: Bench) -> None:
    bench.run(load=broken, mode="AccuracyOnly")


@fault("the SUT's name callback raises", sees=FIRE, ways=(NAMES,))
def name_raises(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)
    sut = lg.ConstructQDL(nothing, nothing, broken)  # type: ignore[arg-type]
    qsl = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(folder):
        lg.StartTestWithLogSettings(
            sut, qsl, bench.settings(), bench.log_settings(folder), "audit.config"
        )


for kind in (SystemExit, KeyboardInterrupt, StopIteration, GeneratorExit, MemoryError):

    def raise_kind(bench: Bench, kind: type[BaseException] = kind) -> None:
        def issue() -> None:
            raise kind("from the SUT")

        bench.run(issue=issue)

    fault(f"issue raises {kind.__name__}", sees=f"^{kind.__name__}: from the SUT")(raise_kind)


@fault("issue recurses for ever", sees="^RecursionError: maximum recursion depth")
def recursion(bench: Bench) -> None:
    def again() -> None:
        again()

    bench.run(issue=again)


@fault("an exception whose text cannot be made", sees="Mute: <exception str")
def mute(bench: Bench) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("in __str__")

    def issue() -> None:
        raise Mute

    bench.run(issue=issue)


@fault("an exception with a NUL, quotes and lone surrogates", sees="^ValueError: a.b")
def odd_text(bench: Bench) -> str:
    def issue() -> None:
        raise ValueError('a\0b "quoted" \\ \ud800 \n\t\x01')

    bench.run(issue=issue)
    return bench.outcome.replace("\0", ".").encode("ascii", "replace").decode()


@fault("an exception with a text of 1 MB", sees="^ValueError: xxx")
def long_text(bench: Bench) -> None:
    def issue() -> None:
        raise ValueError("x" * 1_000_000)

    bench.run(issue=issue)


@fault(
    "issue and flush of a generator SUT",
    sees="INVALID|TypeError|never completed",
    ends=ANY,
    established=False,
)
def generator(bench: Bench) -> None:
    def answer(query: Query):  # type: ignore[no-untyped-def]
        query.complete()
        yield  # never runs: nobody iterates

    bench.run(answer, drain_timeout_ms=100)


@fault(
    "issue has the wrong number of arguments",
    sees="^TypeError: .*positional argument",
    ways=(NAMES,),
)
def wrong_arguments(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)

    def issue() -> None:
        pass

    sut = lg.ConstructSUT(issue, nothing)  # type: ignore[arg-type]
    qsl = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(folder):
        lg.StartTestWithLogSettings(
            sut, qsl, bench.settings(), bench.log_settings(folder), "audit.config"
        )


@fault("callbacks that cannot be called", sees="^TypeError", ends=REFUSED, ways=(NAMES,))
def not_callable(bench: Bench) -> str:
    return raises(lambda: lg.ConstructSUT(None, 7))  # type: ignore[arg-type]


@fault("issue is a coroutine function", sees="^TypeError", ends=REFUSED, ways=(NAMES,))
def coroutine(bench: Bench) -> str:
    async def issue(samples: object) -> None:
        pass

    return raises(lambda: lg.ConstructSUT(issue, lambda: None))


@fault("a SUT class without issue", sees="^NotImplementedError: .*must override issue", ways=(RUN,))
def no_issue(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)

    class Sut(lg.SystemUnderTest):
        pass

    with bench.watched(folder):
        lg.run(Sut(), range(32), settings=bench.settings(), log_settings=bench.log_settings(folder))


@fault("a logging handler prints from the callbacks", sees="VALID, no errors", ends=CLEAN)
def prints(bench: Bench) -> None:
    logging.basicConfig(level=logging.INFO)

    def issue() -> None:
        logging.getLogger("sut").info("a query")
        print("a query")

    bench.run(issue=issue, flush=lambda: print("flush"), load=lambda _: print("load"))


@fault("load takes long", sees="VALID, no errors", ends=CLEAN, ways=(NAMES, RUN))
def slow_load(bench: Bench) -> None:
    bench.run(load=lambda _: time.sleep(0.3))


@fault(
    "load takes long, with the live view",
    sees="INVALID|VALID",
    ends=CLEAN,
    ways=(RUN,),
    scenarios=("Server", "Offline"),
)
def slow_load_view(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)

    class Library:
        def __len__(self) -> int:
            return 32

        def load(self, indices: object) -> None:
            time.sleep(0.5)

        def unload(self, indices: object) -> None:
            pass

    def sut(samples: lg.Samples) -> None:
        samples.complete()

    with bench.watched(folder):
        lg.run(
            sut,
            Library(),
            settings=bench.settings(),
            log_settings=bench.log_settings(folder),
            progress=True,
        )


@fault(
    "the live view is closed mid-test by an exception",
    sees=FIRE,
    ways=(RUN,),
    scenarios=("Server", "Offline"),
)
def view_exception(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)

    def sut(samples: lg.Samples) -> None:
        time.sleep(0.2)
        bench.happens()
        broken()

    with bench.watched(folder):
        lg.run(
            sut,
            range(32),
            settings=bench.settings(),
            log_settings=bench.log_settings(folder),
            progress=True,
        )


@fault(
    "a thread of the SUT dies",
    sees="^IncompleteError: .*never completed",
    ways=(RUN_THREADS, "names, threads"),
    established=False,
)
def thread_dies(bench: Bench) -> None:
    bench.run(broken, drain_timeout_ms=100)


@fault(
    "the SUT object is deleted during the run",
    sees="VALID, no errors",
    ends=CLEAN,
    ways=(NAMES, RUN),
)
def deleted(bench: Bench) -> None:
    import gc

    folder = bench.folder()
    bench.folders.append(folder)
    kept: dict[str, Any] = {}

    def issue() -> None:
        kept.clear()
        gc.collect()

    if bench.face == "run":

        class Sut(lg.SystemUnderTest):
            def issue(self, samples: lg.Samples) -> None:
                issue()
                samples.complete()

        with bench.watched(folder):
            kept["sut"] = Sut()
            lg.run(
                kept["sut"],
                range(32),
                settings=bench.settings(),
                log_settings=bench.log_settings(folder),
            )
        return

    def take(samples: list[lg.QuerySample]) -> None:
        issue()
        complete(Query(samples))

    kept["sut"] = lg.ConstructSUT(take, nothing)
    kept["qsl"] = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(folder):
        lg.StartTestWithLogSettings(
            kept["sut"], kept["qsl"], bench.settings(), bench.log_settings(folder), "audit.config"
        )
