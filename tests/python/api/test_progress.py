"""The live view of a running test."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import mlperf_loadgen as lg
import pytest
from mlperf_loadgen.progress import _Watch, clock, done_fraction, status, title


def made_up(**given: Any) -> lg.Progress:
    fields: dict[str, Any] = {
        "scenario": lg.TestScenario.Server,
        "accuracy": False,
        "series": 0,
        "series_count": 1,
        "elapsed_seconds": 12.34,
        "expected_seconds": 60.0,
        "queries_issued": 1234,
        "queries_planned": 6000,
        "samples_issued": 1234,
        "samples_completed": 1200,
        "samples_planned": 6000,
        "percentile": 0.99,
        "latency_ns": 4_560_000,
    }
    return cast(lg.Progress, SimpleNamespace(**{**fields, **given}))


def test_figures() -> None:
    progress = made_up()
    assert title(progress) == "Server performance"
    assert clock(progress) == "12.3 s of 60.0 s"
    assert status(progress, 98.7) == (
        "1,234 queries issued · 1,200 samples done · 98.7/s · p99 4.56 ms"
    )


def test_figures_before_anything_has_completed() -> None:
    progress = made_up(samples_completed=0, latency_ns=0, queries_issued=1, percentile=0.999)
    assert status(progress, 0) == "1 queries issued · 0 samples done · 0/s"


def test_no_end_is_known() -> None:
    assert clock(made_up(expected_seconds=0.0)) == "12.3 s"
    assert clock(made_up(accuracy=True)) == "12.3 s"


def test_accuracy_of_several_sets() -> None:
    offline = lg.TestScenario.Offline
    progress = made_up(scenario=offline, accuracy=True, series=1, series_count=12)
    assert title(progress) == "Offline accuracy 2/12"


def test_both_lines_fit_80_columns_in_a_big_test() -> None:
    progress = made_up(
        scenario=lg.TestScenario.SingleStream,
        queries_issued=12_345_678,
        samples_completed=12_345_677,
        elapsed_seconds=599.9,
        expected_seconds=600,
        percentile=0.9,
    )
    assert len(status(progress, 123_456)) <= 80
    bar_and_percentage = 27
    assert len(title(progress)) + bar_and_percentage + len(clock(progress)) <= 80


@pytest.mark.parametrize(
    ("given", "fraction"),
    [
        ({"elapsed_seconds": 15.0, "samples_completed": 0}, 0.25),  # by time
        ({"elapsed_seconds": 15.0, "samples_completed": 3000}, 0.5),  # ahead of time
        ({"elapsed_seconds": 90.0}, 1.0),  # late
        ({"elapsed_seconds": 15.0, "accuracy": True, "samples_completed": 600}, 0.1),
        ({"expected_seconds": 0.0, "samples_completed": 1500}, 0.25),
        ({"expected_seconds": 0.0, "samples_completed": 9000}, 1.0),
        ({"expected_seconds": 0.0, "samples_completed": 0, "samples_planned": 0}, 0.0),
    ],
)
def test_how_much_is_done(given: dict[str, Any], fraction: float) -> None:
    assert done_fraction(made_up(**given)) == fraction


def test_progress_counts_a_running_test() -> None:
    seen: list[lg.Progress] = []

    def sut(samples: lg.Samples) -> None:
        progress = lg.current_progress()
        assert progress is not None
        seen.append(progress)
        samples.complete()

    report = lg.run(
        sut,
        range(8),
        scenario="MultiStream",
        samples_per_query=4,
        expected_latency_ns=1000,
        min_duration_ms=0,
        min_query_count=10,
    )
    assert [progress.queries_issued for progress in seen] == list(range(1, report.query_count + 1))
    assert [progress.samples_completed for progress in seen] == [
        4 * i for i in range(report.query_count)
    ]
    last = seen[-1]
    assert last.scenario == lg.TestScenario.MultiStream
    assert not last.accuracy
    assert (last.series, last.series_count) == (0, 1)
    assert last.percentile == 0.99
    assert 0 < last.latency_ns <= report.latency_ns.max
    assert last.samples_issued == 4 * last.queries_issued <= last.samples_planned
    assert 0 < last.elapsed_seconds < 10
    assert lg.current_progress() is None


SLOW_TEST = """
import sys, threading, time
import mlperf_loadgen as lg

def sut(samples):
    time.sleep(0.002)
    samples.complete()

lg.run(
    sut, range(100), scenario="SingleStream", expected_latency_ns=1_000_000,
    min_duration_ms=2000, min_query_count=1, progress={progress},
)
"""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def shown_on_a_terminal(progress: str) -> str:
    """What the slow test writes on a pseudo-terminal of 80 columns."""
    pty = pytest.importorskip("pty")
    pytest.importorskip("rich")
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_TEST.format(progress=progress)],
        stderr=follower,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
    written = b""
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:
        ended = process.poll() is not None
        if select.select([leader], [], [], 0.05)[0]:
            written += os.read(leader, 65536)
        elif ended:
            break
    os.close(leader)
    os.close(follower)
    assert process.wait(timeout=1) == 0, written.decode()
    return written.decode()


@pytest.mark.parametrize("progress", ["None", "True"])
def test_a_terminal_shows_it_all(progress: str) -> None:
    written = shown_on_a_terminal(progress)
    lines = re.split(r"[\r\n]+", ESCAPES.sub("", written))
    first = [line for line in lines if line.startswith("SingleStream performance ")]
    second = [line for line in lines if "queries issued" in line]
    assert re.search(r" \d+% [\d.]+ m?s of 2\.00 s\s*$", first[0])
    assert re.fullmatch(
        r"[\d,]+ queries issued · [\d,]+ samples done · [\d,.]+/s · p90 [\d.]+ ms\s*", second[0]
    )
    assert max(len(line) for line in lines) <= 80
    assert written.rstrip().endswith("\x1b[2K")  # wiped at the end


def test_a_terminal_shows_nothing_when_told_so() -> None:
    assert shown_on_a_terminal("False") == ""


def test_output_that_is_stopped_holds_nothing_up() -> None:
    """Ctrl-S on the terminal: the report of the test is there in time all the same."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    pytest.importorskip("rich")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_TEST.format(progress=True) + "print('over', flush=True)"],
        stderr=follower,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
    )
    try:
        termios.tcflow(follower, termios.TCOOFF)
        out, _ = process.communicate(timeout=20)
        assert out == b"over\n"
        assert process.returncode == 0
    finally:
        process.kill()
        os.close(leader)
        os.close(follower)


def test_a_terminal_that_stops_while_it_is_drawn_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is stuck in a write is left behind."""
    stuck = threading.Event()
    monkeypatch.setattr("mlperf_loadgen.progress.write_lines", lambda stop: stuck.wait())
    begin = time.monotonic()
    try:
        assert lg.run(lambda samples: samples.complete(), range(3), min_duration_ms=0).valid
        assert lg.run(
            lambda samples: samples.complete(), range(3), min_duration_ms=0, progress=True
        ).valid
        assert time.monotonic() - begin < 10
    finally:
        stuck.set()


def test_silence_is_said() -> None:
    assert status(made_up(), 0.0, 12.3) == (
        "1,234 queries issued · 1,200 samples done · no completion for 12 s"
    )
    assert "no completion" not in status(made_up(), 0.0, 3.0)


def test_silence_is_counted_while_samples_are_out(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    watch = _Watch()
    for done, issued, at, silent in [
        (10, 20, 101.0, False),
        (10, 20, 120.0, True),
        (11, 20, 121.0, False),
        (20, 20, 140.0, False),  # nothing is out
        (20, 21, 141.0, False),
        (0, 1, 142.0, False),  # another series
        (0, 1, 150.0, True),
    ]:
        now = at
        figures = watch.figures(made_up(samples_completed=done, samples_issued=issued))
        assert ("no completion for" in figures) == silent, at


def test_the_rate_is_that_since_the_update_before(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    watch = _Watch()
    for done, at, rate in [
        (10, 101.0, "10/s"),
        (40, 103.0, "15/s"),
        (40, 104.0, "0/s"),
        (8, 105.0, "8/s"),  # another series
    ]:
        now = at
        figures = watch.figures(made_up(samples_completed=done, samples_issued=done))
        assert f" · {rate} · " in figures


def test_where_there_is_no_terminal_it_is_lines() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SLOW_TEST.format(progress=True).replace("2000", "3000")],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    lines = ended.stderr.splitlines()
    assert re.fullmatch(
        r"SingleStream performance, [\d.]+ m?s of 3\.00 s: [\d,]+ queries issued · .*", lines[0]
    )
    assert len(lines) == 1


def test_a_file_gets_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SLOW_TEST.format(progress=None)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert ended.stderr == ended.stdout == ""


def test_the_drawing_thread_ends_with_the_test() -> None:
    pytest.importorskip("rich")

    def sut(samples: lg.Samples) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        lg.run(sut, range(3), progress=True)
    assert "mlperf-progress" not in {thread.name for thread in threading.enumerate()}
