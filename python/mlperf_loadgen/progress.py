"""A live view on the terminal while a test runs, two lines of at most 80 columns.

It is drawn by a thread of its own from counters that the test keeps anyway
(:func:`mlperf_loadgen.current_progress`), so nothing is added to issuing and completing.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
import time
from collections.abc import Iterator

from mlperf_loadgen import _core
from mlperf_loadgen._core import Progress
from mlperf_loadgen.errors import SettingsError
from mlperf_loadgen.units import duration, quantity

__all__ = ["clock", "done_fraction", "live_progress", "status", "title"]

_INTERVAL_S = 0.25


@contextlib.contextmanager
def live_progress(enabled: bool | None) -> Iterator[None]:
    """Show a live view while the block runs. None: if standard error is a terminal."""
    installed = importlib.util.find_spec("rich") is not None
    if enabled and not installed:
        raise SettingsError(
            "progress: needs the package rich (pip install mlperf-loadgen[progress])"
        )
    if enabled is None:
        enabled = installed and sys.stderr.isatty()
    if not enabled:
        yield
        return
    stop = threading.Event()
    drawer = threading.Thread(target=_draw, args=(stop,), name="mlperf-progress", daemon=True)
    drawer.start()
    try:
        yield
    finally:
        stop.set()
        drawer.join()


def done_fraction(progress: Progress) -> float:
    """How much of the present series is done, from 0 to 1."""
    by_samples = progress.samples_completed / max(progress.samples_planned, 1)
    if progress.accuracy or progress.expected_seconds == 0:
        return min(by_samples, 1.0)
    return min(max(progress.elapsed_seconds / progress.expected_seconds, by_samples), 1.0)


def clock(progress: Progress) -> str:
    """How long the present series has run, of how long if that is known: "12.3 s of 600 s"."""
    elapsed = duration(progress.elapsed_seconds)
    if progress.expected_seconds > 0 and not progress.accuracy:
        elapsed += f" of {duration(progress.expected_seconds)}"
    return elapsed


def status(progress: Progress, samples_per_second: float) -> str:
    """The figures below the bar."""
    figures = [
        f"{quantity(progress.queries_issued)} queries issued",
        f"{quantity(progress.samples_completed)} samples done",
        f"{quantity(samples_per_second)}/s",
    ]
    if progress.samples_completed:
        figures.append(f"p{100 * progress.percentile:g} {duration(progress.latency_ns * 1e-9)}")
    return " · ".join(figures)


def title(progress: Progress) -> str:
    """What is running: "Server performance", "Offline accuracy 2/3"."""
    text = f"{progress.scenario.name} {'accuracy' if progress.accuracy else 'performance'}"
    if progress.series_count > 1:
        text += f" {progress.series + 1}/{progress.series_count}"
    return text


def _draw(stop: threading.Event) -> None:
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
    seen_at, seen = time.monotonic(), 0
    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
        while not stop.wait(_INTERVAL_S):
            progress = _core.current_progress()
            if progress is None:
                continue
            now = time.monotonic()
            if progress.samples_completed < seen:  # another series has begun
                seen = 0
            rate = (progress.samples_completed - seen) / (now - seen_at)
            seen_at, seen = now, progress.samples_completed
            bar.update(
                task,
                description=title(progress),
                completed=done_fraction(progress),
                clock=clock(progress),
            )
            figures = Text(status(progress, rate), no_wrap=True, overflow="ellipsis")
            live.update(Group(bar, figures), refresh=True)
