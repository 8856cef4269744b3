"""Threads that issue the queries of a Server test."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from mlperf_loadgen import _core
from mlperf_loadgen._core import TestScenario, TestSettings

__all__ = ["issue_threads"]

_PATIENCE_S = 1.0


@contextlib.contextmanager
def issue_threads(settings: TestSettings) -> Iterator[None]:
    """Lend as many threads as the test wants while the block runs it.

    One that a callback never lets go of is left behind.
    """
    wanted = settings.scenario == TestScenario.Server
    lent = _core.IssueThreads()
    threads = [
        threading.Thread(target=lent.lend, name=f"issue-{k}", daemon=True)
        for k in range(settings.server_num_issue_query_threads if wanted else 0)
    ]
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        lent.release()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_PATIENCE_S)
