"""What LoadGen itself costs, as users see it."""

from __future__ import annotations

import os
from itertools import cycle
from types import SimpleNamespace

import mlperf_loadgen as lg
import pytest

pytestmark = pytest.mark.alone

OVERHEAD = lg.Overhead(
    single_stream_ns=108.4,
    multi_stream_ns=196,
    server_ns=160,
    lag_p50_ns=1_680,
    lag_p99_ns=1_385_000,
)

REPEATED_S = {
    "SingleStream": (0.004, 0.001, 0.002),
    "MultiStream": (0.002, 0.003, 0.004),
    "Server": (0.008, 0.005, 0.004, 0.003),  # the first is the paced one
}


def test_real_tests_are_measured() -> None:
    measured = lg.calibrate()
    assert 0 < measured.clock_read_ns < 1e6
    for overhead in (measured.native, measured.python):
        # A query takes at least one read of the clock.
        assert overhead.single_stream_ns > 1
        assert overhead.multi_stream_ns > 1
        assert overhead.server_ns > 1
        assert 0 <= overhead.lag_p50_ns <= overhead.lag_p99_ns
    assert max(map(len, str(measured).splitlines())) <= 62


def test_the_rate_follows_from_the_time() -> None:
    assert OVERHEAD.server_max_qps == 6_250_000


def test_the_table() -> None:
    table = str(lg.Calibration(clock_read_ns=25.2, native=OVERHEAD, python=OVERHEAD))
    assert table.splitlines() == [
        "── calibration ───────────────────────────────────────────────",
        "  SUTs that do nothing                  native          Python",
        "  SingleStream, a query                 108 ns          108 ns",
        "  MultiStream of 8, a query             196 ns          196 ns",
        "  Server, a query                       160 ns          160 ns",
        "  Server, queries/s at most          6,250,000       6,250,000",
        "  1,000 queries/s, late, p50           1.68 µs         1.68 µs",
        "  1,000 queries/s, late, p99           1.39 ms         1.39 ms",
        "  clock read                           25.2 ns",
        "──────────────────────────────────────────────────────────────",
    ]


def test_a_busy_machine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    processors = os.cpu_count() or 1
    monkeypatch.setattr(os, "getloadavg", lambda: (7.0 * processors, 0.0, 0.0))
    busy = lg.calibrate()
    assert busy.note.startswith(f"note: this machine was busy before ({7 * processors:.1f} threads")
    assert "figures larger" in " ".join(str(busy).split())
    assert max(map(len, str(busy).splitlines())) <= 62
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert lg.calibrate().note == ""


def test_the_fastest_of_repeated_tests_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {name: cycle(times) for name, times in REPEATED_S.items()}

    def run(sut: object, library: object, *, scenario: str, **fields: object) -> SimpleNamespace:
        lag = SimpleNamespace(p50=1, p99=2)
        duration_s = next(seconds[scenario])
        return SimpleNamespace(duration_seconds=duration_s, query_count=1000, schedule_lag_ns=lag)

    monkeypatch.setattr("mlperf_loadgen.calibration.run", run)
    native = lg.calibrate().native
    assert native.single_stream_ns == pytest.approx(1000)
    assert native.multi_stream_ns == pytest.approx(2000)
    assert native.server_ns == pytest.approx(3000)
