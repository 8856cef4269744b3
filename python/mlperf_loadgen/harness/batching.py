"""Runs a model over batches on worker threads, as a system under test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import mlperf_loadgen as lg
from mlperf_loadgen.harness.in_memory import Array
from mlperf_loadgen.harness.longest_first import LongestFirst

Rows = Array | Sequence[Any]  # row i answers sample i; a sequence holds one buffer a sample


class BatchSource(Protocol):
    """Where the inputs come from; InMemoryLibrary is one."""

    def batch(self, indices: NDArray[np.int64]) -> Any:
        """Returns the inputs of the samples at `indices`, for predict. Called on worker threads."""


class BatchingSUT(lg.SystemUnderTest):
    """Answers queries with predict(source.batch(indices)), at most max_batch_size at a time.

    predict is called on the worker threads, several at once when there are several, and returns
    one row or buffer a sample. Queries wait in one queue, first come first served: a large query
    is cut into batches, and small queries that are waiting together share a batch, which is never
    more than one worker's share of what waits. Issuing never waits for inference; unless a subclass
    overrides issue or flush, it does not even run Python.

    With lengths, a query of more than max_batch_size samples is ordered before it is cut, the
    longest first, so that a batch holds samples of about the same length; what is joined of small
    queries keeps its order. Issuing a query then runs Python: one sort of a large query.

    With fixed_batch_size, predict always gets max_batch_size samples: a smaller batch is filled up
    with its first sample, and what that adds to the answers is cut off. The last bits of an answer
    depend on the size of the batch in many packages, and then on what else was waiting; this way
    they do not.

    With threads=0 there is no queue and no thread: issue runs the batches itself and returns when
    they are answered, which is the least overhead when queries come one at a time.

    An exception in predict or in the source ends the run, and comes out of lg.run; no inference
    begins after it.

    close ends the threads when the queue is worked off; leaving a `with` block does so too.
    """

    def __init__(
        self,
        source: BatchSource,
        predict: Callable[[Any], Rows],
        *,
        name: str = "BatchingSUT",
        max_batch_size: int = 32,
        threads: int = 1,
        lengths: NDArray[Any] | None = None,
        fixed_batch_size: bool = False,
    ) -> None:
        """lengths: a number for each sample of the source that grows with the time it takes."""
        if max_batch_size < 1:
            raise ValueError(f"max_batch_size must be at least 1, not {max_batch_size}")
        if threads < 0:
            raise ValueError(f"threads must be at least 0, not {threads}")
        self.name = name
        self._source = source
        self._predict = predict
        self._max_batch_size = max_batch_size
        self._fixed_batch_size = fixed_batch_size
        self._order = None if lengths is None else LongestFirst(lengths, more_than=max_batch_size)
        self._queue = lg.SampleQueue(name)
        self._workers = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True)
            for i in range(threads)
        ]
        for worker in self._workers:
            worker.start()

    def issue(self, samples: lg.Samples) -> None:
        if self._order:
            self._order.note(samples)
        if self._workers:
            self._queue.issue(samples)
            return
        for begin in range(0, len(samples), self._max_batch_size):
            self._answer(samples[begin : begin + self._max_batch_size])

    def flush(self) -> None:
        self._queue.flush()

    def over(self) -> None:
        self._queue.over()
        if self._order:
            self._order.forget()

    def handle(self) -> lg.SutHandle:
        mine = type(self)
        overridden = mine.issue is not BatchingSUT.issue or mine.flush is not BatchingSUT.flush
        if overridden or self._order or not self._workers:
            return super().handle()
        return self._queue.handle()

    def close(self) -> None:
        """Ends the worker threads, after they have answered what is queued. Can be repeated."""
        self._queue.close()
        for worker in self._workers:
            worker.join()

    def __enter__(self) -> BatchingSUT:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _work(self) -> None:
        """Answers batches on a worker thread, one test after another."""
        workers = len(self._workers)
        while True:
            for batch in self._queue.batches(self._max_batch_size, workers=workers):
                try:
                    self._answer(batch)
                except lg.StateError:
                    pass  # the run ended without these samples and said why
                except BaseException as error:  # whatever it is, it has to come out of the run
                    self._queue.fail(error)
            if self._queue.closed:
                return

    def _answer(self, samples: lg.Samples) -> None:
        if self._order:
            ids, indices = self._order.exchange(samples)
            lg.complete(ids, self._infer(indices))
        else:
            samples.complete(self._infer(samples.indices))

    def _infer(self, indices: NDArray[np.int64]) -> Rows:
        if not self._fixed_batch_size:
            return self._predict(self._source.batch(indices))
        rows = self._predict(self._source.batch(filled_up(indices, self._max_batch_size)))
        return rows[: len(indices)]


def filled_up(indices: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Returns these and the first of them again, `size` in all."""
    return np.concatenate([indices, np.repeat(indices[:1], size - len(indices))])
