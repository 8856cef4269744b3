"""Measures the overhead of LoadGen on this machine, with SUTs that do nothing."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from mlperf_loadgen import _core
from mlperf_loadgen._core import Report, Samples
from mlperf_loadgen.runner import run
from mlperf_loadgen.sut import SystemUnderTest
from mlperf_loadgen.units import duration, quantity

__all__ = ["Calibration", "Overhead", "calibrate"]

_WIDTH = 62
_LIBRARY = range(1024)
_SAMPLES_PER_QUERY = 8
_REPEATS = 3  # the fastest counts: other work on the machine only adds
_CLOSED_LOOP_MS = 20
_SERVER_QUERIES = 40_000
_FAR_ABOVE_CAPACITY_QPS = 1e9
_PACED_QPS = 1000.0
_PACED_QUERIES = 250
_BUSY = 0.5  # runnable threads for each processor


@dataclass(frozen=True)
class Overhead:
    """The overhead around a SUT that completes every query in its issue call.

    Times are in ns. Those of a query are from its issue to the next.
    """

    single_stream_ns: float
    multi_stream_ns: float
    """A query of 8 samples."""
    server_ns: float
    """Server, when all queries are due at once."""
    lag_p50_ns: int
    """Server at 1,000 queries a second: how long after its scheduled time a query is issued."""
    lag_p99_ns: int

    @property
    def server_max_qps(self) -> float:
        """The highest rate of queries a second in Server."""
        return 1e9 / self.server_ns


@dataclass(frozen=True)
class Calibration:
    """What :func:`calibrate` measured. Print it for a table."""

    clock_read_ns: float
    """A read of the clock that latencies are measured with."""
    native: Overhead
    """Around a SUT that runs no Python."""
    python: Overhead
    """Around a :class:`SystemUnderTest`, whose own lines are included."""
    note: str = ""
    """Says when the machine was busy."""

    def __str__(self) -> str:
        both = (self.native, self.python)
        rows = [
            ("SUTs that do nothing", ["native", "Python"]),
            ("SingleStream, a query", [_ns(one.single_stream_ns) for one in both]),
            ("MultiStream of 8, a query", [_ns(one.multi_stream_ns) for one in both]),
            ("Server, a query", [_ns(one.server_ns) for one in both]),
            ("Server, queries/s at most", [quantity(one.server_max_qps) for one in both]),
            ("1,000 queries/s, late, p50", [_ns(one.lag_p50_ns) for one in both]),
            ("1,000 queries/s, late, p99", [_ns(one.lag_p99_ns) for one in both]),
            ("clock read", [_ns(self.clock_read_ns)]),
        ]
        lines = [f"  {name:<28}" + "".join(f"{cell:>16}" for cell in row) for name, row in rows]
        lines += textwrap.wrap(self.note, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        return "\n".join(["── calibration ".ljust(_WIDTH, "─"), *lines, "─" * _WIDTH])


def calibrate() -> Calibration:
    """Measure the overhead of LoadGen on this machine, in about a second if it is idle.

    Runs short tests without log files, on this thread. Other work on the machine shows in the
    figures, as it would in those of a real test, and the note then says so.

    Raises:
        StateError: a test is running.
    """
    note = _busy_note()  # before these tests keep the machine busy
    return Calibration(
        note=note,
        clock_read_ns=_core.clock_read_ns(),
        native=_overhead(_NativeNull()),
        python=_overhead(_PythonNull()),
    )


def _busy_note() -> str:
    processors = os.cpu_count() or 1
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on this system
        return ""
    if load < _BUSY * processors:
        return ""
    return (
        f"note: this machine was busy before ({load:.1f} threads wanted to run on {processors} "
        "processors), which makes all figures larger than LoadGen's own."
    )


class _PythonNull(SystemUnderTest):
    def issue(self, samples: Samples) -> None:
        samples.complete()


class _NativeNull(SystemUnderTest):
    def handle(self) -> _core.SutHandle:
        return _core.construct_null_sut()


def _overhead(sut: SystemUnderTest) -> Overhead:
    paced = _server(sut, _PACED_QPS, _PACED_QUERIES).schedule_lag_ns
    assert paced is not None  # Server has a schedule
    return Overhead(
        single_stream_ns=_fastest_ns(lambda: _closed_loop(sut, "SingleStream")),
        multi_stream_ns=_fastest_ns(lambda: _closed_loop(sut, "MultiStream")),
        server_ns=_fastest_ns(lambda: _server(sut, _FAR_ABOVE_CAPACITY_QPS, _SERVER_QUERIES)),
        lag_p50_ns=paced.p50,
        lag_p99_ns=paced.p99,
    )


def _closed_loop(sut: SystemUnderTest, scenario: str) -> Report:
    return run(
        sut,
        _LIBRARY,
        scenario=scenario,
        progress=False,
        expected_latency_ns=50,
        min_query_count=1,
        min_duration_ms=_CLOSED_LOOP_MS,
        multi_stream_samples_per_query=_SAMPLES_PER_QUERY,
    )


def _server(sut: SystemUnderTest, qps: float, queries: int) -> Report:
    return run(
        sut,
        _LIBRARY,
        scenario="Server",
        progress=False,
        target_qps=qps,
        min_query_count=queries,
        max_query_count=queries,
        min_duration_ms=0,
    )


def _fastest_ns(test: Callable[[], Report]) -> float:
    """Return the shortest mean time from one query to the next."""
    reports = [test() for _ in range(_REPEATS)]
    return min(report.duration_seconds * 1e9 / report.query_count for report in reports)


def _ns(ns: float) -> str:
    return duration(ns * 1e-9)
