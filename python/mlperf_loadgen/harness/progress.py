"""What tells that a long step goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from mlperf_loadgen import current_progress
from mlperf_loadgen.progress import clock, status, title

T = TypeVar("T")

_INTERVAL_S = 10.0  # between two lines


def track(iterable: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Yields the items of `iterable` while standard error shows how many have passed: a bar on a
    terminal, which goes away at the end and needs rich, or a line every ten seconds.

    `total` is the number of items, for an iterable that has no length.
    """
    if sys.stderr.isatty():
        try:
            from rich.console import Console
            from rich.progress import track as rich_track
        except ModuleNotFoundError:
            pass
        else:
            console = Console(stderr=True)
            yield from rich_track(iterable, description, total, console=console, transient=True)
            return
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    said = time.monotonic()
    for done, item in enumerate(iterable):
        if time.monotonic() >= said + _INTERVAL_S:
            said = time.monotonic()
            _say(f"{description}: {done:,}" + (f" of {total:,}" if total else ""))
        yield item


@contextlib.contextmanager
def running_lines(wanted: bool) -> Iterator[None]:
    """Where standard error is no terminal, a line on it every ten seconds on the test that runs
    while the block does.
    """
    if not wanted or sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    speaker = threading.Thread(target=_speak, args=(over,), name="running lines", daemon=True)
    speaker.start()
    try:
        yield
    finally:
        over.set()
        speaker.join()


def _speak(over: threading.Event) -> None:
    seen = 0
    while not over.wait(_INTERVAL_S):
        progress = current_progress()
        if progress is None:
            continue
        rate = max(progress.samples_completed - seen, 0) / _INTERVAL_S
        seen = progress.samples_completed
        _say(f"{title(progress)}: {clock(progress)}, {status(progress, rate)}")


def _say(line: str) -> None:
    stream = sys.stderr
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = line.encode(encoding, "replace").decode(encoding)
    print(text, file=stream, flush=True)
