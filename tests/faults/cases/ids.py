"""Completions with ids that are wrong, and at times that are."""

from __future__ import annotations

import threading
import time
from typing import Any

import mlperf_loadgen as lg
import numpy as np
from faults import logs
from faults.bench import Bench, Query, complete, raises, respond
from faults.registry import ALL_WAYS, ANY, CLEAN, NAMES, REFUSED, RUN, fault

OF_SEVERAL = ("MultiStream", "Offline")


def say(bench: Bench, number: int) -> None:
    """Completes the sample with this id in the words of the face."""
    if bench.face == "names":
        respond([number])
    else:
        lg.complete(np.array([number], np.uint64))


for wrong in (0, 1, 4242, 2**63, 2**64 - 1):

    def wrong_id(bench: Bench, wrong: int = wrong) -> None:
        def answer(query: Query) -> None:
            say(bench, wrong)
            query.complete()

        bench.run(answer)

    fault(f"id {wrong}", sees=rf"^INVALID: .*never issued. Response id: {wrong}\b", ways=ALL_WAYS)(
        wrong_id
    )

for no_id in (-1, None, "7", 1.5, 2**64, np.uint64(3)):

    def no_id_at_all(bench: Bench, no_id: Any = no_id) -> str:
        said: list[str] = []

        def answer(query: Query) -> None:
            said.append(raises(lambda: respond([no_id])))
            query.complete()

        bench.run(answer)
        return said[0]

    accepted = isinstance(no_id, np.uint64)
    fault(
        f"id {no_id!r}",
        sees="nothing was raised" if accepted else "^(TypeError|ValueError|OverflowError): ",
        ends=ANY if accepted else CLEAN,
        scenarios=("Server", "Offline"),
        ways=(NAMES, "names, threads"),
    )(no_id_at_all)


@fault("first token with a wrong id", sees="^INVALID: .*Response id: 77")
def first_token(bench: Bench) -> None:
    def answer(query: Query) -> None:
        lg.FirstTokenComplete([lg.QuerySampleResponse(77, 0, 0)])
        query.complete()

    bench.run(answer)


@fault("an id of the test before", sees="^INVALID: .*old sample", ways=ALL_WAYS)
def stale(bench: Bench) -> None:
    ids: list[int] = []

    def remember(query: Query) -> None:
        ids.extend(query.ids)
        query.complete()

    bench.run(remember)
    bench.folders.clear()

    def answer(query: Query) -> None:
        say(bench, ids[0])
        query.complete()

    bench.run(answer, folder=_other())


def _other() -> Any:
    from pathlib import Path

    folder = Path("other")
    folder.mkdir()
    return folder


@fault("an id of the accuracy half in the performance half", sees="^INVALID: .*old sample")
def other_half(bench: Bench) -> None:
    ids: list[int] = []

    def answer(query: Query) -> None:
        ids.extend(query.ids)
        if len(ids) > 40:
            say(bench, ids[0])
        query.complete()

    bench.run(answer, mode="SubmissionRun")


@fault(
    "an id yet to be issued",
    sees="^INVALID: .*not issued yet",
    scenarios=("SingleStream", "MultiStream", "Server"),
    ways=(NAMES, RUN),
)
def not_issued(bench: Bench) -> None:
    def answer(query: Query) -> None:
        say(bench, query.ids[-1] + 1)
        query.complete()

    bench.run(answer)


@fault("a sample completed twice", sees="^INVALID: .*twice", ways=ALL_WAYS)
def twice(bench: Bench) -> None:
    def answer(query: Query) -> None:
        query[:1].complete()
        query[:1].complete()
        query[1:].complete()

    bench.run(answer)


@fault(
    "a sample completed twice, the second time by a late thread",
    sees="^INVALID: .*(twice|old)",
    scenarios=("SingleStream", "MultiStream", "Server"),
)
def twice_late(bench: Bench) -> None:
    before: list[Query] = []

    def answer(query: Query) -> None:
        if before:
            before[-1].complete()
        before.append(query)
        query.complete()

    bench.run(answer)


@fault("two threads complete a sample at the same moment", sees="^INVALID: .*twice", ways=ALL_WAYS)
def twice_at_once(bench: Bench) -> None:
    def answer(query: Query) -> None:
        barrier = threading.Barrier(2)

        def act() -> None:
            barrier.wait()
            query[:1].complete()

        threads = [threading.Thread(target=act) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        query[1:].complete()

    bench.run(answer)


@fault(
    "10000 garbage ids",
    sees=r"^INVALID: .*\(2 lines of errors\); said once, counted 10000",
    ways=ALL_WAYS,
)
def many(bench: Bench) -> str:
    sent: list[None] = []

    def answer(query: Query) -> None:
        if not sent:
            sent.append(None)
            numbers = range(10**7, 10**7 + 10_000)
            if bench.face == "names":
                respond(list(numbers))
            else:
                lg.complete(np.array(numbers, np.uint64))
        query.complete()

    bench.run(answer)
    counts = [line for line in logs.errors(bench.folders[-1]) if "10000" in line]
    return f"{bench.outcome}; said once, counted {'10000' if counts else 'not'}"


@fault("an object's address as id", sees="^INVALID: .*never issued", ways=(NAMES,))
def address(bench: Bench) -> None:
    def answer(query: Query) -> None:
        respond([id(query), id(query.given[0])])
        query.complete()

    bench.run(answer)


@fault(
    "a completion before the first test",
    sees="^StateError: .*no test is running",
    ends=REFUSED,
    ways=(NAMES, RUN),
)
def before(bench: Bench) -> str:
    return raises(lambda: say(bench, 1))


@fault(
    "a completion after the test",
    sees="^StateError: .*no test is running",
    ends=CLEAN,
    ways=(NAMES, RUN),
)
def after(bench: Bench) -> str:
    ids: list[int] = []

    def answer(query: Query) -> None:
        ids.extend(query.ids)
        query.complete()

    bench.run(answer)
    return raises(lambda: say(bench, ids[0]))


@fault(
    "a thread of the SUT outlives the test and goes on completing",
    ends=CLEAN,
    sees="^StateError: .*no test is running",
    ways=ALL_WAYS,
)
def outlives(bench: Bench) -> str:
    said: list[str] = []
    ended = threading.Event()

    def go_on(query: Query) -> None:
        ended.wait()
        said.append(raises(query.complete))

    threads: list[threading.Thread] = []

    def answer(query: Query) -> None:
        if not threads:
            threads.append(threading.Thread(target=go_on, args=(query,)))
            threads[0].start()
        query.complete()

    bench.run(answer)
    ended.set()
    threads[0].join()
    return said[0]


@fault(
    "threads complete garbage before, during and after tests",
    sees="tests ran",
    ends=ANY,
    limit_s=20,
    within_s=5,
)
def storm(bench: Bench) -> str:
    done = threading.Event()

    def blow() -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                respond([number % 7, number, 2**64 - number])
            except lg.StateError:
                time.sleep(0)

    threads = [threading.Thread(target=blow) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        bench.run(complete)
    done.set()
    for thread in threads:
        thread.join()
    return "tests ran" if bench.error is None else bench.outcome


@fault(
    "the lists of samples are kept and used after the test",
    sees="VALID, no errors",
    ends=CLEAN,
    ways=ALL_WAYS,
)
def kept(bench: Bench) -> None:
    queries: list[Query] = []

    def answer(query: Query) -> None:
        queries.append(query)
        query.complete()

    bench.run(answer)
    assert sum(len(query.ids) for query in queries) >= 20
    bench.folders = bench.folders[-1:]


@fault(
    "slices are completed by other threads, long after issue returned",
    ends=CLEAN,
    sees="VALID, no errors",
    ways=ALL_WAYS,
)
def slices(bench: Bench) -> None:
    threads: list[threading.Thread] = []

    def act(part: Query) -> None:
        time.sleep(0.01)
        part.complete()

    def answer(query: Query) -> None:
        for start in range(0, len(query), 8):
            threads.append(threading.Thread(target=act, args=(query[start : start + 8],)))
            threads[-1].start()

    bench.run(answer)
    for thread in threads:
        thread.join()


@fault(
    "VectorQuerySample: len, indexing, list, slices",
    sees="VALID, no errors",
    ends=CLEAN,
    ways=(NAMES,),
)
def vector(bench: Bench) -> None:
    def answer(query: Query) -> None:
        samples = query.given
        own = lg.VectorQuerySample(samples[:])
        assert len(own) == len(list(own)) == len(samples)
        assert own[0].id == samples[0].id == own[-len(own)].id
        responses = lg.VectorQuerySampleResponse(
            [lg.QuerySampleResponse(sample.id, 0, 0) for sample in own]
        )
        lg.QuerySamplesComplete(responses)

    bench.run(answer)


@fault(
    "completions while another thread keeps the interpreter busy",
    sees="VALID, no errors",
    ends=CLEAN,
    within_s=5,
)
def busy(bench: Bench) -> None:
    done = threading.Event()

    def spin() -> None:
        while not done.is_set():
            sum(range(1000))

    thread = threading.Thread(target=spin)
    thread.start()
    bench.run(complete)
    done.set()
    thread.join()
