"""Shows the progress of a long step: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

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


def _say(line: str) -> None:
    stream = sys.stderr
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = line.encode(encoding, "replace").decode(encoding)
    print(text, file=stream, flush=True)
