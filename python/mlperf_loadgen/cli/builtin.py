"""SUTs that need no file: ``builtin:null`` and ``builtin:delay?mean=5ms&servers=4``."""

from __future__ import annotations

import random
import threading
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from urllib.parse import parse_qsl

from mlperf_loadgen import _core
from mlperf_loadgen.cli.parser import UsageError, did_you_mean
from mlperf_loadgen.cli.quantities import duration_ns, whole_number
from mlperf_loadgen.sample_queue import SampleQueue
from mlperf_loadgen.sut import SystemUnderTest

__all__ = ["SPREADS", "DelaySut", "NullSut", "builtin_sut"]

SPREADS: dict[str, Callable[[random.Random], float]] = {
    "constant": lambda draw: 1.0,
    "uniform": lambda draw: 2 * draw.random(),
    "exponential": lambda draw: draw.expovariate(1.0),
}
_SEED = 1  # the same delays in every run, so that two runs can be compared


class NullSut(SystemUnderTest):
    """Completes every query at once, without Python."""

    def handle(self) -> _core.SutHandle:
        return _core.construct_null_sut()


class DelaySut(SampleQueue):
    """Completes each sample after a delay: a queue with ``servers``, each of which does one.

    A server that is never idle keeps its rate, however late its thread wakes.
    """

    def __init__(self, mean_s: float, servers: int = 1, spread: str = "constant") -> None:
        super().__init__("delay")
        self._mean_s = mean_s
        self._servers = servers
        self._factor = SPREADS[spread]
        for number in range(servers):
            draw = random.Random(_SEED + number)
            threading.Thread(target=self._serve, args=(draw,), daemon=True).start()

    def _serve(self, draw: random.Random) -> None:
        done_s = 0.0
        waiting = None  # a sample that this server begins with as soon as it is done
        while not self.closed:
            sample = waiting or self.take(1, None, None, self._servers)
            if not sample:  # the end of a test; there may be another
                continue
            began_s = done_s if waiting else time.perf_counter()
            done_s = began_s + self._mean_s * self._factor(draw)
            time.sleep(max(done_s - time.perf_counter(), 0))
            waiting = self.take(1, 0.0, None, self._servers)
            sample.complete()


def builtin_sut(text: str) -> SystemUnderTest | SampleQueue:
    """Return the SUT that ``text`` describes, as ``builtin:NAME?KEY=VALUE&...``."""
    name, _, query = text.removeprefix("builtin:").partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    if name == "null":
        _only_known(text, name, given, ())
        return NullSut()
    if name != "delay":
        raise UsageError(f'{text}: no "{name}". There are builtin:null and builtin:delay.')
    _only_known(text, name, given, ("mean", "servers", "spread"))
    spread = given.get("spread", "constant")
    if spread not in SPREADS:
        near = did_you_mean(spread, SPREADS) or f"There are {', '.join(SPREADS)}."
        raise UsageError(f'{text}: no spread "{spread}". {near}')
    try:
        mean_s = 1e-9 * duration_ns(given.get("mean", "1ms"))
        servers = whole_number(given.get("servers", "1"))
    except ArgumentTypeError as error:
        raise UsageError(f"{text}: {error}") from None
    return DelaySut(mean_s, servers, spread)


def _only_known(text: str, name: str, given: dict[str, str], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has no parameters"
            raise UsageError(f'{text}: {name} has no "{key}"; {has}.')
