"""What a case works with: tests of one scenario, written one way, and their outcome."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
from faults import logs

Answer = Callable[["Query"], object]


def complete(query: Query) -> None:
    """What a healthy SUT does."""
    query.complete()


def nothing(*_: object) -> None:
    pass


class Query:
    """The samples that one call of the issue callback brought."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.arrays = not isinstance(given, list) and hasattr(given, "ids")

    @property
    def ids(self) -> list[int]:
        if self.arrays:
            return [int(number) for number in self.given.ids]
        return [sample.id for sample in self.given]

    def __len__(self) -> int:
        return len(self.given)

    def __getitem__(self, part: slice) -> Query:
        return Query(self.given[part])

    def complete(self, data: Any = None) -> None:
        """``data``: a numpy array, whose bytes answer every sample."""
        if self.arrays:
            self.given.complete(None if data is None else [data] * len(self))
        else:
            address, size = (data.ctypes.data, data.nbytes) if data is not None else (0, 0)
            respond(self.ids, address, size)


def respond(ids: list[Any], address: int = 0, size: int = 0) -> None:
    lg.QuerySamplesComplete([lg.QuerySampleResponse(number, address, size) for number in ids])


class Workers:
    """The threads of a SUT: they answer what is put into a queue. One whose answer raises dies."""

    def __init__(self, answer: Answer, count: int = 2) -> None:
        self.answer = answer
        self.inbox: queue.SimpleQueue[Query | None] = queue.SimpleQueue()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        while (query := self.inbox.get()) is not None:
            try:
                self.answer(query)
            except BaseException:
                traceback.print_exc()
                return

    def end(self) -> None:
        for _ in self.threads:
            self.inbox.put(None)
        for thread in self.threads:
            thread.join(5)


class Bench:
    def __init__(self, scenario: str, way: str, peer: bool = False) -> None:
        self.scenario = scenario
        self.face, _, threads = way.partition(", ")
        self.threads = bool(threads)
        self.peer = peer
        self.folders: list[Path] = []  # of the tests so far
        self.outcome = ""
        self.error: BaseException | None = None  # that came out of the last test
        self.moment = time.monotonic()  # of the fault, or the start of the last test
        self.seconds = 0.0
        self.running = threading.Event()  # a test has been started

    # What is run.

    def settings(self, **fields: Any) -> lg.TestSettings:
        settings = lg.TestSettings()
        quick: dict[str, Any] = {
            "scenario": getattr(lg.TestScenario, self.scenario),
            "min_duration_ms": 0,
            "min_query_count": 20,
            "single_stream_expected_latency_ns": 1000,
            "multi_stream_expected_latency_ns": 1000,
            "multi_stream_samples_per_query": 4,
            "server_target_qps": 2000,
            "server_target_latency_ns": 10**9,
            "offline_expected_qps": 50,
        }
        for name, value in {**quick, **fields}.items():
            if name == "mode":
                value = getattr(lg.TestMode, value)
            if hasattr(settings, name) or not self.peer:
                setattr(settings, name, value)
        return settings

    def folder(self) -> Path:
        folder = Path(f"test{len(self.folders)}")
        folder.mkdir()
        return folder

    @staticmethod
    def log_settings(folder: Path) -> lg.LogSettings:
        logs = lg.LogSettings()
        logs.log_output.outdir = str(folder)
        logs.log_output.copy_summary_to_stdout = False
        logs.enable_trace = True
        return logs

    def run(
        self,
        answer: Answer = complete,
        *,
        issue: Callable[[], object] = nothing,
        flush: Callable[[], object] = nothing,
        load: Callable[[Any], object] = nothing,
        unload: Callable[[Any], object] = nothing,
        folder: Path | None = None,
        settings: lg.TestSettings | None = None,
        library_size: Any = 32,
        then: Callable[[], object] = nothing,
        **fields: Any,
    ) -> str:
        """Runs a test and returns what the user sees of it.

        ``issue`` is called on LoadGen's thread with each query before it is answered there, or
        handed to the SUT's threads. ``then`` is called when the test is over.
        """
        folder = self.folder() if folder is None else folder
        self.folders.append(folder)
        if settings is None:
            settings = self.settings(**fields)
        workers = Workers(answer) if self.threads else None

        def take(given: Any) -> None:
            issue()
            query = Query(given)
            if workers is not None:
                workers.inbox.put(query)
            else:
                answer(query)

        try:
            with self.watched(folder):
                start = self.start_names if self.face == "names" else self.start_run
                start(take, flush, load, unload, folder, settings, library_size)
        finally:
            then()
            if workers is not None:
                workers.end()
        return self.outcome

    def start_names(self, take: Any, flush: Any, load: Any, unload: Any, folder: Path,
                    settings: lg.TestSettings, size: Any) -> None:  # fmt: skip
        sut = lg.ConstructSUT(take, flush)
        qsl = lg.ConstructQSL(size, size, load, unload)
        lg.StartTestWithLogSettings(sut, qsl, settings, self.log_settings(folder), "audit.config")
        lg.DestroyQSL(qsl)
        lg.DestroySUT(sut)

    def start_run(self, take: Any, flush: Any, load: Any, unload: Any, folder: Path,
                  settings: lg.TestSettings, size: Any) -> None:  # fmt: skip
        class Sut(lg.SystemUnderTest):
            def issue(self, samples: lg.Samples) -> None:
                take(samples)

            def flush(self) -> None:
                flush()

        class Library:
            def __len__(self) -> int:
                return size  # type: ignore[no-any-return]

            def load(self, indices: Any) -> None:
                load(indices)

            def unload(self, indices: Any) -> None:
                unload(indices)

        lg.run(Sut(), Library(), settings=settings, log_settings=self.log_settings(folder))

    # What is seen.

    @contextlib.contextmanager
    def watched(self, folder: Path) -> Iterator[None]:
        """Around the call that runs a test: takes down how it ends, and when."""
        self.outcome, self.error = "", None
        self.happens()
        self.running.set()
        try:
            yield
        except BaseException as error:
            self.error = error
            self.outcome = shown(error)
        self.seconds = time.monotonic() - self.moment
        if self.error is None:
            self.outcome = logs.verdict(folder)

    def happens(self) -> None:
        """Now is the fault; without a call, it is the start of the test."""
        self.moment = time.monotonic()

    # What happens.

    def later(
        self, action: Callable[[], object], after_s: float = 0.1, *, in_test: bool = False
    ) -> threading.Thread:
        """Calls ``action`` on a thread of its own; then is the fault. ``in_test``: the time counts
        from the start of the test that runs or comes next."""

        def act() -> None:
            if in_test:
                self.running.wait(10)
            time.sleep(after_s)
            self.happens()
            action()

        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        return thread

    def press(self, after_s: float = 0.1) -> threading.Thread:
        """Ctrl-C."""
        return self.later(lambda: os.kill(os.getpid(), signal.SIGINT), after_s, in_test=True)

    @staticmethod
    def send(name: str, after_s: float) -> subprocess.Popen[bytes]:
        """A signal from another process."""
        return subprocess.Popen(
            ["sh", "-c", f"sleep {after_s}; kill -{name} {os.getpid()}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr,
        )  # fmt: skip


def shown(error: BaseException) -> str:
    """The last lines of a traceback, without the module."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}: <exception str() failed>"


def raises(call: Callable[[], object]) -> str:
    """What ``call`` raises, as the user sees it."""
    try:
        given = call()
    except BaseException as error:
        return shown(error)
    return f"nothing was raised, {given!r} returned"
