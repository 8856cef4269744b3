"""Shows a live view while a test runs: on a terminal two lines of at most 80 columns.

A thread of its own draws it from counters that the test keeps anyway
(:func:`mlperf_loadgen.current_progress`), so nothing is added to issuing and completing.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

from mlperf_loadgen import _core
from mlperf_loadgen._core import Progress
from mlperf_loadgen.units import duration, quantity

__all__ = ["clock", "done_fraction", "live_progress", "status", "title", "write_lines"]

_INTERVAL_S = 0.25
_JOIN_TIMEOUT_S = 0.5  # with a drawing thread at the end of a test
_FIRST_LINE_S = 2.0
_LINE_INTERVAL_S = 10.0
_SILENCE_S = 5.0  # without a completion before the view says so


@contextlib.contextmanager
def live_progress(enabled: bool | None) -> Iterator[None]:
    """Show a live view while the block runs; None: if standard error is a terminal or a notebook.

    Without a terminal or the package rich, it is a line of text now and then. The view never delays
    the end of the block: while a terminal accepts no output, nothing is drawn.
    """
    terminal = _terminal()
    installed = importlib.util.find_spec("rich") is not None
    if enabled is None:
        enabled = (installed and terminal is not None) or "ipykernel" in sys.modules
    if not enabled:
        if terminal is not None:
            terminal.close()
        yield
        return
    stop = threading.Event()
    if installed and terminal is not None:
        draw = functools.partial(_draw, stop, terminal)
    else:
        draw = functools.partial(write_lines, stop)
    drawer = threading.Thread(target=draw, name="mlperf-progress", daemon=True)
    drawer.start()
    try:
        yield
    finally:
        stop.set()
        drawer.join(_JOIN_TIMEOUT_S)


def _terminal() -> TextIO | None:
    """Return a file of its own for standard error, if that is a terminal.

    A thread that is stuck in writing to it then holds no lock that others need.
    """
    try:
        descriptor = sys.stderr.fileno()
        if not os.isatty(descriptor):
            return None
        return open(os.dup(descriptor), "w", encoding=sys.stderr.encoding, errors="replace")
    except (AttributeError, OSError, ValueError):  # replaced by a program, or closed
        return None


def _takes_output(terminal: TextIO) -> bool:
    """Return False while Ctrl-S has stopped it."""
    if sys.platform == "win32":
        return True
    return bool(select.select([], [terminal], [], 0)[1])


def done_fraction(progress: Progress) -> float:
    """Return how much of the present series is done, from 0 to 1."""
    by_samples = progress.samples_completed / max(progress.samples_planned, 1)
    if progress.accuracy or progress.expected_seconds == 0:
        return min(by_samples, 1.0)
    return min(max(progress.elapsed_seconds / progress.expected_seconds, by_samples), 1.0)


def clock(progress: Progress) -> str:
    """Return the elapsed and, if it is known, the expected time: "12.3 s of 600 s"."""
    elapsed = duration(progress.elapsed_seconds)
    if progress.expected_seconds > 0 and not progress.accuracy:
        elapsed += f" of {duration(progress.expected_seconds)}"
    return elapsed


def status(progress: Progress, samples_per_second: float, silent_s: float = 0) -> str:
    """Return the figures below the bar, or for how long no sample has been completed."""
    figures = [
        f"{quantity(progress.queries_issued)} queries issued",
        f"{quantity(progress.samples_completed)} samples done",
        f"{quantity(samples_per_second)}/s",
    ]
    if silent_s >= _SILENCE_S:
        figures[-1:] = [f"no completion for {silent_s:.0f} s"]
    elif progress.samples_completed:
        figures.append(f"p{100 * progress.percentile:g} {duration(progress.latency_ns * 1e-9)}")
    return " · ".join(figures)


def title(progress: Progress) -> str:
    """Return what is running: "Server performance", "Offline accuracy 2/3"."""
    text = f"{progress.scenario.name} {'accuracy' if progress.accuracy else 'performance'}"
    if progress.series_count > 1:
        text += f" {progress.series + 1}/{progress.series_count}"
    return text


class _Watch:
    """Keeps what is compared from one update to the next."""

    def __init__(self) -> None:
        self._seen_at = self._completed_at = time.monotonic()
        self._seen = 0

    def figures(self, progress: Progress) -> str:
        now = time.monotonic()
        if progress.samples_completed < self._seen:  # another series has begun
            self._seen = 0
        rate = (progress.samples_completed - self._seen) / max(now - self._seen_at, 1e-9)
        if progress.samples_completed != self._seen:
            self._completed_at = now
        if progress.samples_completed >= progress.samples_issued:  # nothing to wait for
            self._completed_at = now
        self._seen_at, self._seen = now, progress.samples_completed
        return status(progress, rate, now - self._completed_at)


def write_lines(stop: threading.Event) -> None:
    """Write a line of text now and then to standard error until ``stop`` is set."""
    watch = _Watch()
    wait_s = _FIRST_LINE_S
    while not stop.wait(wait_s):
        wait_s = _LINE_INTERVAL_S
        progress = _core.current_progress()
        if progress is not None:
            line = f"{title(progress)}, {clock(progress)}: {watch.figures(progress)}"
            print(line, file=sys.stderr, flush=True)


def _draw(stop: threading.Event, terminal: TextIO) -> None:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    bar = Bar(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[clock]}"),
    )
    task = bar.add_task("", total=1.0, clock="")
    watch = _Watch()
    with (
        terminal,
        Live(console=Console(file=terminal), transient=True, auto_refresh=False) as live,
    ):
        while not stop.wait(_INTERVAL_S):
            progress = _core.current_progress()
            if progress is None:
                continue
            bar.update(
                task,
                description=title(progress),
                completed=done_fraction(progress),
                clock=clock(progress),
            )
            figures = Text(watch.figures(progress), no_wrap=True, overflow="ellipsis")
            if _takes_output(terminal):
                live.update(Group(bar, figures), refresh=True)
