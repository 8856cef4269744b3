"""Runs a model briefly before the test: the first inferences are slow, and the speed of the next
ones is an estimate of the rate.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def warm_up(infer: Callable[[], object], times: int = 5, seconds: float = 5.0) -> None:
    """Calls infer() a few times, so that what it sets up once is set up; a model that takes long is
    not called again after `seconds`.
    """
    begin = time.monotonic()
    for _ in range(times):
        infer()
        if time.monotonic() >= begin + seconds:
            break


def samples_per_second(
    infer: Callable[[], object], batch_size: int, workers: int, seconds: float = 1.0
) -> float:
    """Returns how many samples `workers` threads do in a second when each calls infer(), which does
    batch_size samples, over and over for `seconds`.

    An exception in infer comes out.
    """
    calls = [0] * workers
    failures: list[BaseException] = []
    begin = time.monotonic()

    def repeat(worker: int) -> None:
        try:
            while time.monotonic() < begin + seconds:
                infer()
                calls[worker] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=repeat, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return batch_size * sum(calls) / (time.monotonic() - begin)
