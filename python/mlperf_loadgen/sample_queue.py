"""Provides a queue from which worker threads take samples when they are ready to run them."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from mlperf_loadgen import _core
from mlperf_loadgen._core import Samples
from mlperf_loadgen.text import utf8

__all__ = ["Batches", "SampleQueue"]


class SampleQueue(_core.SampleQueue):
    """A system under test for :func:`run`: queries wait in it until threads take their samples.

    Issuing a query runs no Python and never waits for the workers. The queue serves one test after
    another. Leaving a ``with`` block closes it, which ends the loops of the workers.
    """

    def __init__(self, name: str = "SampleQueue") -> None:
        super().__init__(utf8(name))

    def batches(
        self,
        max_batch: int = 1,
        timeout: float | None = None,
        *,
        workers: int = 1,
        linger: float = 0.0,
    ) -> Batches:
        """Return the batches of one test: the running one or, between tests, the next.

        The arguments are those of :meth:`take`. Threads may share the result. Call this before the
        test begins, for a worker that comes late would wait for the next one.
        """
        return Batches(self, max_batch, timeout, workers, linger)

    def __enter__(self) -> SampleQueue:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Batches(Iterator[Samples]):
    """Takes from a queue until a test is over; see :meth:`SampleQueue.batches`."""

    def __init__(
        self,
        queue: _core.SampleQueue,
        max_batch: int,
        timeout: float | None,
        workers: int,
        linger: float,
    ) -> None:
        self._take = queue.take
        self._wish = (max_batch, timeout, queue.test, workers, linger)

    def __next__(self) -> Samples:
        batch = self._take(*self._wish)
        if batch is None:
            raise StopIteration
        return batch
