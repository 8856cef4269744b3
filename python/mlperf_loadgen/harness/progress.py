"""A progress bar for the long steps before and after a run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def track(iterable: Iterable[T], description: str, total: int | None = None) -> Iterator[T]:
    """Yields the items of `iterable` while a bar on standard error shows how many have passed.

    Silent unless standard error is a terminal and rich is installed. The bar goes away at the end.
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
    yield from iterable
