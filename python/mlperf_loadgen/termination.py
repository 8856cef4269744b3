"""SIGTERM during a test ends it as Ctrl-C does: logs and report of what was measured are there."""

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
    """SIGTERM came while a test was running."""


@contextlib.contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """While the block runs, SIGTERM raises :class:`Terminated` on the main thread.

    A process that a callback keeps from hearing of it ends after ten seconds all the same. When
    that comes out of the block, the report it carries goes to standard error and the process
    ends as it does without a handler. Nothing changes where the program handles SIGTERM itself, and
    on other threads than the main one.
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
        _put_back()
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        _put_back()


def _handle(number: int, frame: FrameType | None) -> None:
    _core.await_sigterm(False)
    raise Terminated


def _put_back() -> None:
    """Leave alone what the program has set up meanwhile."""
    _core.await_sigterm(False)
    if signal.getsignal(signal.SIGTERM) is _handle:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


if hasattr(os, "register_at_fork"):  # a forked child runs no test
    os.register_at_fork(after_in_child=_put_back)
