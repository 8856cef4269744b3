"""Functions that do nothing when they are called are refused, if need be by what they return."""

from __future__ import annotations

import _thread
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
import numpy as np
import pytest
from child_process import succeed


async def coroutine(*_: object) -> None:
    pass


def generator(*_: object) -> Iterator[int]:
    yield 1


async def asynchronous_generator(*_: object) -> AsyncIterator[int]:
    yield 1


class Calls:
    async def __call__(self, *_: object) -> None:
        pass

    async def method(self, *_: object) -> None:
        pass


IDLE = [
    (coroutine, "a coroutine function"),
    (generator, "a generator function"),
    (asynchronous_generator, "an asynchronous generator function"),
    (functools.partial(coroutine, 1), "a coroutine function"),
    (functools.partial(functools.partial(Calls().method), 1), "a coroutine function"),
    (Calls(), "a coroutine function"),
    (Calls().method, "a coroutine function"),
]


def nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize(("idle", "says"), IDLE)
class TestRefusedAtOnce:
    def test_established(self, idle: Any, says: str) -> None:
        for name, construct in (
            ("issue_cb", lambda: lg.ConstructSUT(idle, nothing)),
            ("flush_cb", lambda: lg.ConstructSUT(nothing, idle)),
            ("issue_cb", lambda: lg.ConstructFastSUT(idle, nothing)),
            ("flush_cb", lambda: lg.ConstructFastSUT(nothing, idle)),
            ("issue_cb", lambda: lg.ConstructQDL(idle, nothing, nothing)),
            ("name_cb", lambda: lg.ConstructQDL(nothing, nothing, idle)),
            ("load_cb", lambda: lg.ConstructQSL(8, 8, idle, nothing)),
            ("unload_cb", lambda: lg.ConstructQSL(8, 8, nothing, idle)),
            ("response_cb", lambda: lg.QuerySamplesComplete([], idle)),
            ("response_cb", lambda: lg.FirstTokenComplete([], idle)),
        ):
            with pytest.raises(TypeError, match=f"{name} is {says}: .*give an ordinary function"):
                construct()

    def test_modern(self, idle: Any, says: str) -> None:
        with pytest.raises(TypeError, match=f"sut is {says}"):
            lg.run(idle, range(8))
        for name in ("issue", "flush", "over"):
            sut = type("Mine", (lg.SystemUnderTest,), {"issue": nothing, name: staticmethod(idle)})
            with pytest.raises(TypeError, match=f"{name} is {says}"):
                lg.run(sut(), range(8))
        for name in ("load", "unload"):
            members = {"__len__": lambda _: 8, "load": nothing, "unload": nothing}
            library = type("Mine", (), {**members, name: staticmethod(idle)})
            with pytest.raises(TypeError, match=f"{name} is {says}"):
                lg.run(nothing, library())


@pytest.mark.parametrize(("idle", "says"), IDLE[:3])
@pytest.mark.parametrize("where", ["sut", "issue", "flush", "load", "unload"])
def test_what_a_function_around_one_returns(where: str, idle: Any, says: str) -> None:
    """Nothing tells that such a function is one; its first call ends the test."""
    hidden = lambda *_: idle()  # noqa: E731
    members = {"issue": lambda _, samples: samples.complete(), where: hidden}
    sut = hidden if where == "sut" else type("Mine", (lg.SystemUnderTest,), members)()
    members = {"__len__": lambda _: 8, "load": nothing, "unload": nothing, where: hidden}
    library = type("Mine", (), members)()
    what = says.removesuffix(" function")
    with pytest.raises(TypeError, match=f"returned {what}, which nobody would run"):
        lg.run(sut, library, min_duration_ms=0, min_query_count=5, expected_latency_ns=1e6)


def test_ordinary_functions_of_every_form(tmp_path: object) -> None:
    class Ordinary:
        def __call__(self, samples: lg.Samples) -> None:
            samples.complete()

        method = __call__

    assert not inspect.iscoroutinefunction(Ordinary())
    for sut in (Ordinary(), Ordinary().method, functools.partial(Ordinary.method, Ordinary())):
        assert lg.run(sut, range(8), min_duration_ms=0, min_query_count=5).complete


def test_a_class_in_place_of_an_object() -> None:
    class Mine(lg.SystemUnderTest):
        pass

    with pytest.raises(TypeError, match=r"the class Mine given; give an object: Mine\(\)"):
        lg.run(Mine, range(8))


def test_an_event_loop_of_the_caller(tmp_path: Any) -> None:
    """What the error advises."""
    succeed(
        tmp_path,
        """
        import asyncio
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        async def answer(samples):
            await asyncio.sleep(0)
            samples.complete()
        def issue(samples):
            asyncio.run_coroutine_threadsafe(answer(samples), loop)
        assert lg.run(issue, range(8), min_duration_ms=0, min_query_count=5,
                      scenario="Server", target_qps=500).complete
        """,
    )


@pytest.mark.parametrize("leave", [sys.exit, _thread.exit])
@pytest.mark.parametrize("place", ["issue", "flush", "load", "unload", "response"])
def test_a_callback_that_leaves_ends_the_test(
    place: str, leave: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SystemExit is an exception like any other, on whichever thread."""
    monkeypatch.chdir(tmp_path)

    def leaving(*_: object) -> None:
        leave()

    def complete(samples: list[lg.QuerySample]) -> None:
        data = np.zeros(1)
        responses = [
            lg.QuerySampleResponse(sample.id, data.ctypes.data, data.nbytes) for sample in samples
        ]
        lg.QuerySamplesComplete(responses, leaving if place == "response" else None)

    calls = {"issue": complete, "flush": nothing, "load": nothing, "unload": nothing}
    if place != "response":
        calls[place] = leaving
    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Offline
    settings.mode = lg.TestMode.AccuracyOnly
    with pytest.raises(SystemExit):
        lg.StartTest(
            lg.ConstructSUT(calls["issue"], calls["flush"]),
            lg.ConstructQSL(8, 8, calls["load"], calls["unload"]),
            settings,
        )
    for name in ("mlperf_log_summary.txt", "mlperf_log_detail.txt"):
        assert "SystemExit" in Path(name).read_text(encoding="utf-8")
