"""Ends a test on SIGTERM as on Ctrl-C: with complete logs and a report of what was measured."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from mlperf_loadgen import _core

__all__ = ["Terminated", "ended_by_sigterm"]


class Terminated(BaseException):
    """Raised when SIGTERM arrives during a test."""


@contextlib.contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Raise :class:`Terminated` on the main thread on SIGTERM while the block runs.

    When that leaves the block, its report goes to standard error and the process ends as without a
    handler. If a callback keeps the main thread busy, the process ends after ten seconds anyway.
    Nothing changes if the program handles SIGTERM itself, or on other threads than the main one.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not ours:
        yield
        return
    try:
        signal.signal(signal.SIGTERM, _handle)
        _core.await_sigterm(True)
        yield
    except Terminated as terminated:
        report = getattr(terminated, "report", None)
        if report is not None:
            with contextlib.suppress(OSError, ValueError, UnicodeError):
                print(report, file=sys.stderr, flush=True)
        _restore()
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        _restore()


def _handle(number: int, frame: FrameType | None) -> None:
    _core.await_sigterm(False)
    raise Terminated


def _restore() -> None:
    """Restore the default handler, unless the program has installed one meanwhile."""
    _core.await_sigterm(False)
    if signal.getsignal(signal.SIGTERM) is _handle:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


if hasattr(os, "register_at_fork"):  # a forked child runs no test
    os.register_at_fork(after_in_child=_restore)
