"""A live line on the terminal while a test runs.

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
from typing import TYPE_CHECKING

from mlperf_loadgen import _core
from mlperf_loadgen._core import Progress
from mlperf_loadgen.errors import SettingsError
from mlperf_loadgen.units import duration, quantity

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["done_fraction", "live_progress", "status"]

_INTERVAL_S = 0.25


@contextlib.contextmanager
def live_progress(enabled: bool | None) -> Iterator[None]:
    """Show a live line while the block runs. None: if standard error is a terminal."""
    installed = importlib.util.find_spec("rich") is not None
    if enabled and not installed:
        raise SettingsError("progress: needs the package rich (pip install mlperf-loadgen[progress])")
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


def status(progress: Progress, samples_per_second: float) -> str:
    """The figures beside the bar."""
    elapsed = duration(progress.elapsed_seconds)
    if progress.expected_seconds > 0 and not progress.accuracy:
        elapsed += f" of {duration(progress.expected_seconds)}"
    figures = [
        elapsed,
        f"{quantity(progress.queries_issued)} queries issued",
        f"{quantity(progress.samples_completed)} samples done",
        f"{quantity(samples_per_second)}/s",
    ]
    if progress.samples_completed:
        figures.append(f"p{100 * progress.percentile:g} {duration(progress.latency_ns * 1e-9)}")
    return " · ".join(figures)


def _title(progress: Progress) -> str:
    title = f"{progress.scenario.name} {'accuracy' if progress.accuracy else 'performance'}"
    if progress.series_count > 1:
        title += f" {progress.series + 1}/{progress.series_count}"
    return title


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    return Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[status]}"),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
    )


def _draw(stop: threading.Event) -> None:
    with _bar() as bar:
        task = bar.add_task("starting", total=1.0, status="")
        seen_at, seen = time.monotonic(), 0
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
                description=_title(progress),
                completed=done_fraction(progress),
                status=status(progress, rate),
            )
            bar.refresh()
