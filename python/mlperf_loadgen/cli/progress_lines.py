"""Writes how far a test is as lines on standard error: for people, or as JSON for programs."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mlperf_loadgen._core import Progress, current_progress
from mlperf_loadgen.progress import write_lines

__all__ = ["KINDS", "progress_lines"]

_JSON_INTERVAL_S = 1.0
_JOIN_TIMEOUT_S = 0.5


@contextmanager
def progress_lines(kind: str) -> Iterator[None]:
    """Write lines of a kind of ``KINDS`` while the block runs.

    A thread of its own reads counters that the test keeps anyway.
    """
    stop = threading.Event()
    writer = threading.Thread(target=KINDS[kind], args=(stop,), name="mlperf-lines", daemon=True)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join(_JOIN_TIMEOUT_S)


def _write_json(stop: threading.Event) -> None:
    while not stop.wait(_JSON_INTERVAL_S):
        progress = current_progress()
        if progress is not None:
            print(json.dumps(_plain(progress)), file=sys.stderr, flush=True)


def _plain(progress: Progress) -> dict[str, str | int | float | bool]:
    return {
        "scenario": progress.scenario.name,
        **{
            name: getattr(progress, name)
            for name, member in vars(Progress).items()
            if isinstance(member, property) and name != "scenario"
        },
    }


KINDS = {"lines": write_lines, "json": _write_json}
