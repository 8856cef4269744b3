"""Starts the threads that issue the queries of a Server test."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from mlperf_loadgen import _core
from mlperf_loadgen._core import TestSettings

__all__ = ["issue_threads"]

_JOIN_TIMEOUT_S = 1.0


@contextlib.contextmanager
def issue_threads(settings: TestSettings) -> Iterator[None]:
    """Run the issuing threads that the test asks for while the block runs.

    A thread that never returns from a callback is abandoned.
    """
    poisson = _core.scenario_traits(settings.scenario).poisson
    wanted = settings.server_num_issue_query_threads if poisson else 0
    registered = _core.IssueThreads()
    count = wanted if wanted <= registered.most else 0  # else the test refuses the number
    threads = [
        threading.Thread(target=registered.serve, name=f"issue-{k}", daemon=True)
        for k in range(count)
    ]
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        registered.release()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_JOIN_TIMEOUT_S)
