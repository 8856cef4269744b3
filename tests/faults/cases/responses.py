"""What a SUT hands to a completion call, and what it does meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import mlperf_loadgen as lg
import numpy as np
from faults.bench import Bench, Query, nothing, raises, respond
from faults.registry import ALL_WAYS, ANY, CLEAN, NAMES, RUN, fault

NAMED = (NAMES, "names, threads")


def once(bench: Bench, call: Any, **fields: Any) -> str:
    """Runs a test; returns what ``call(query)`` raises in the first callback. Then the query is
    completed as it should be."""
    said: list[str] = []

    def answer(query: Query) -> None:
        if not said:
            said.append(raises(lambda: call(query)))
        query.complete()

    bench.run(answer, **fields)
    return said[0]


@fault("data address 0 with a size", sees="no errors$", ends=ANY, ways=NAMED)
def null(bench: Bench) -> None:
    bench.run(lambda query: respond(query.ids, 0, 4))


@fault(
    "data address 0 with a size, accuracy mode",
    sees="of some size but without data",
    ends=ANY,
    ways=NAMED,
)
def null_accuracy(bench: Bench) -> None:
    bench.run(lambda query: respond(query.ids, 0, 4), mode="AccuracyOnly")


for name, address, size in (
    ("an address that is not mapped", 0x1000, 64),
    ("an address outside user space", 2**63, 64),
    ("a size beyond the end of the memory", -1, 2**40),
    ("a size of 2**63", -1, 2**63 - 1),
):

    def unreadable(bench: Bench, address: int = address, size: int = size) -> str:
        data = np.zeros(16, np.uint8)
        place = data.ctypes.data if address < 0 else address
        sent: list[str] = []

        def answer(query: Query) -> None:
            if not sent:
                sent.append(raises(lambda: respond(query.ids[:1], place, size)))
                query[1 if sent[0].startswith("nothing") else 0 :].complete()
            else:
                query.complete()

        bench.run(answer, mode="AccuracyOnly")
        return f"{sent[0]} / {bench.outcome}"

    fault(f"response: {name}", sees="Error|INVALID", ends=ANY, ways=(NAMES,))(unreadable)

for value in (None, 7, "text", [None], [7], ["id"], [[1, 2]], {1: 2}.items()):

    def wrong(bench: Bench, value: Any = value) -> str:
        return once(bench, lambda query: lg.QuerySamplesComplete(value))

    fault(
        f"QuerySamplesComplete({value!r})",
        sees="^(TypeError|AttributeError|ValueError): ",
        ends=CLEAN,
        scenarios=("Server", "Offline"),
        ways=NAMED,
    )(wrong)


def made(query: Query) -> list[lg.QuerySampleResponse]:
    return [lg.QuerySampleResponse(number, 0, 0) for number in query.ids]


for name, wrap in (
    ("a tuple", tuple),
    ("an own list class", lg.VectorQuerySampleResponse),
):

    def wrapped(bench: Bench, wrap: Any = wrap) -> None:
        bench.run(lambda query: lg.QuerySamplesComplete(wrap(made(query))))

    fault(f"QuerySamplesComplete with {name}", sees="VALID, no errors", ends=CLEAN, ways=NAMED)(
        wrapped
    )


@fault("QuerySamplesComplete with a generator", sees="^TypeError|^nothing", ends=ANY, ways=NAMED)
def generator(bench: Bench) -> str:
    return once(bench, lambda query: lg.QuerySamplesComplete(r for r in made(query)))  # type: ignore[arg-type]


@fault("QuerySamplesComplete with an empty list", sees="^nothing", ends=CLEAN, ways=NAMED)
def empty(bench: Bench) -> str:
    return once(bench, lambda query: lg.QuerySamplesComplete([]))


@fault(
    "a list with something wrong at its end completes none of it",
    sees="^TypeError",
    ends=CLEAN,
    ways=NAMED,
)
def wrong_end(bench: Bench) -> str:
    return once(bench, lambda query: lg.QuerySamplesComplete([*made(query), None]))  # type: ignore[list-item]


@fault("another thread changes the list meanwhile", sees="^ran", ends=ANY, ways=NAMED, within_s=5)
def changing(bench: Bench) -> str:
    done = threading.Event()
    shared: list[Any] = []

    def change() -> None:
        while not done.is_set():
            shared.clear()
            shared.extend([None] * 50)

    thread = threading.Thread(target=change)
    thread.start()

    def answer(query: Query) -> None:
        shared.extend(made(query))
        raises(lambda: lg.QuerySamplesComplete(shared))
        raises(query.complete)

    bench.run(answer)
    done.set()
    thread.join()
    return "ran" if bench.error is None else bench.outcome


@fault("response_cb raises", sees="^KeyError: 'in response_cb'", ways=(NAMES,))
def callback_raises(bench: Bench) -> None:
    def broken(response: object) -> None:
        raise KeyError("in response_cb")

    bench.run(lambda query: lg.QuerySamplesComplete(made(query), broken), mode="AccuracyOnly")


@fault(
    "response_cb raises on a thread of the SUT that goes on",
    sees="INVALID|callback threw",
    ends=ANY,
    ways=("names, threads",),
)
def callback_raises_on_a_thread(bench: Bench) -> None:
    def broken(response: object) -> None:
        raise KeyError("in response_cb")

    bench.run(
        lambda query: raises(lambda: lg.QuerySamplesComplete(made(query), broken)),
        mode="AccuracyOnly",
    )


@fault(
    "response_cb replaces the data",
    sees="no verdict, no errors|VALID, no errors",
    ends=CLEAN,
    ways=NAMED,
)
def callback_replaces(bench: Bench) -> None:
    data = np.arange(4, dtype=np.uint8)

    def replace(response: lg.QuerySampleResponse) -> None:
        response.data, response.size = data.ctypes.data, data.nbytes

    bench.run(lambda query: lg.QuerySamplesComplete(made(query), replace), mode="AccuracyOnly")
    text = (bench.folders[-1] / "mlperf_log_accuracy.json").read_text()
    assert text.count('"00010203"') == 32, text[:300]


@fault("response_cb completes again, and aborts", sees="^INVALID: ", ways=NAMED, established=False)
def callback_reenters(bench: Bench) -> None:
    def again(response: lg.QuerySampleResponse) -> None:
        respond([response.id, 12345])
        lg.abort()

    bench.run(lambda query: lg.QuerySamplesComplete(made(query), again), mode="AccuracyOnly")


@fault(
    "response_cb is not a function",
    sees="^TypeError: response_cb must be callable",
    ends=CLEAN,
    ways=NAMED,
)
def callback_wrong(bench: Bench) -> str:
    return once(bench, lambda query: lg.QuerySamplesComplete(made(query), 7))  # type: ignore[arg-type]


@fault("response_cb never returns, and Ctrl-C comes", sees="^KeyboardInterrupt", ways=NAMED)
def stuck(bench: Bench) -> None:
    ended = threading.Event()

    def never(response: object) -> None:
        ended.wait(60)

    def answer(query: Query) -> None:
        # Off LoadGen's thread nothing interrupts it: the test has to end without it.
        lg.QuerySamplesComplete(made(query), never)

    bench.press()
    bench.run(answer, mode="AccuracyOnly", then=ended.set)


for name, rows in (
    ("too few rows", [b"a"] * 3),
    ("too many rows", [b"a"] * 1000),
    ("rows that are no bytes", [object()]),
    ("an array of objects", np.array([None, "a"], object)),
    ("structures that hold objects", np.zeros(5, [("a", "i4"), ("b", "O")])),
    ("a masked array", np.ma.array([1, 2, 3, 4, 5], mask=True)),
    ("a number", 7),
    ("a text", "text"),
):

    def bad_rows(bench: Bench, rows: Any = rows) -> None:
        def sut(samples: lg.Samples) -> Any:
            return rows

        folder = bench.folder()
        bench.folders.append(folder)
        with bench.watched(folder):
            lg.run(
                sut,
                range(32),
                settings=bench.settings(multi_stream_samples_per_query=5),
                log_settings=bench.log_settings(folder),
            )

    fault(f"a SUT returns {name}", sees="^(TypeError|ValueError): ", ways=(RUN,))(bad_rows)


@fault(
    "token counts of the wrong kind and number",
    sees="^(TypeError|ValueError): n_tokens",
    ends=CLEAN,
    ways=(RUN,),
)
def bad_tokens(bench: Bench) -> str:
    first = once(bench, lambda query: query.given.complete(None, [1.5] * len(query)))
    if not first.startswith("TypeError"):
        return first
    bench.folders.clear()
    return once(
        bench, lambda query: query.given.complete(None, [2] * (len(query) + 1)), folder=_made()
    )


def _made() -> Any:
    from pathlib import Path

    folder = Path("tokens")
    folder.mkdir()
    return folder


@fault("token metrics, but no tokens are told of", sees="^INVALID: .*n_tokens", ways=ALL_WAYS)
def no_tokens(bench: Bench) -> None:
    bench.run(use_token_latencies=True)


@fault(
    "names with NaN, quotes, newlines, control characters, 1 MB",
    sees="VALID, no errors",
    ends=CLEAN,
    ways=(NAMES, RUN),
)
def names(bench: Bench) -> None:
    name = 'NaN "quoted" \\ \n\t\x01 é ' + "x" * 1_000_000
    folder = bench.folder()
    bench.folders.append(folder)
    if bench.face == "names":
        sut = lg.ConstructQDL(lambda samples: Query(samples).complete(), lambda: None, lambda: name)
        qsl = lg.ConstructQSL(32, 32, nothing, nothing)
        with bench.watched(folder):
            lg.StartTestWithLogSettings(
                sut, qsl, bench.settings(), bench.log_settings(folder), "audit.config"
            )
        return

    class Sut(lg.SystemUnderTest):
        def issue(self, samples: lg.Samples) -> None:
            samples.complete()

    Sut.name = name
    with bench.watched(folder):
        lg.run(Sut(), range(32), settings=bench.settings(), log_settings=bench.log_settings(folder))


@fault(
    "a name that is not Unicode",
    sees="VALID, no errors",
    ends=ANY,
    ways=(NAMES,),
)
def surrogate(bench: Bench) -> None:
    folder = bench.folder()
    bench.folders.append(folder)
    sut = lg.ConstructQDL(
        lambda samples: Query(samples).complete(), lambda: None, lambda: "a\ud800b"
    )
    qsl = lg.ConstructQSL(32, 32, nothing, nothing)
    with bench.watched(folder):
        lg.StartTestWithLogSettings(
            sut, qsl, bench.settings(), bench.log_settings(folder), "audit.config"
        )
