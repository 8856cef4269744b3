"""A system under test that runs a model over batches on worker threads."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import mlperf_loadgen as lg
from mlperf_loadgen.harness.library import Array, Batch

Rows = Array | Sequence[Any]  # row i answers sample i; a sequence holds one buffer a sample


class BatchSource(Protocol):
    """Where the inputs come from; InMemoryLibrary is one."""

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """The inputs of the samples at `indices`. Called on worker threads."""


class BatchingSUT(lg.SystemUnderTest):
    """Answers queries with predict(source.batch(indices)), at most max_batch_size at a time.

    predict is called on the worker threads, several at once when there are several, and returns
    one row or buffer a sample. Queries wait in one queue, first come first served: a large query
    is cut into batches, and small queries that are waiting together share a batch, which is never
    more than one worker's share of what waits. issue never waits for inference.

    With threads=0 there is no queue and no thread: issue runs the batches itself and returns when
    they are answered, which is the least overhead when queries come one at a time.

    An exception in predict or in the source ends the run. The first one is kept and comes out of
    the next issue or flush, and so out of lg.run; from then on every sample is answered with an
    empty response and without inference.

    close ends the threads when the queue is worked off; leaving a `with` block does so too, and
    drops the queue if an exception is the reason.
    """

    def __init__(
        self,
        source: BatchSource,
        predict: Callable[[Any], Rows],
        *,
        name: str = "BatchingSUT",
        max_batch_size: int = 32,
        threads: int = 1,
    ) -> None:
        if max_batch_size < 1:
            raise ValueError(f"max_batch_size must be at least 1, not {max_batch_size}")
        if threads < 0:
            raise ValueError(f"threads must be at least 0, not {threads}")
        self.name = name
        self._source = source
        self._predict = predict
        self._max_batch_size = max_batch_size
        self._waiting: deque[lg.Samples] = deque()
        self._waiting_samples = 0
        self._at_work = 0  # batches taken from the queue and not yet answered
        self._closing = False
        self._failure: BaseException | None = None
        self._changed = threading.Condition()  # guards the five above
        self._workers = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True)
            for i in range(threads)
        ]
        for worker in self._workers:
            worker.start()

    def issue(self, samples: lg.Samples) -> None:
        if not self._workers:
            for begin in range(0, len(samples), self._max_batch_size):
                self._answer([samples[begin : begin + self._max_batch_size]])
            self._raise_failure()
            return
        with self._changed:
            self._waiting.append(samples)
            self._waiting_samples += len(samples)
            self._changed.notify(len(samples))
        self._raise_failure()

    def flush(self) -> None:
        """Returns when everything issued so far is answered."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._at_work)
        self._raise_failure()

    def close(self) -> None:
        """Ends the worker threads, after they have answered what is queued. Can be repeated."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
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
        if error is not None:
            with self._changed:
                self._waiting.clear()
                self._waiting_samples = 0
        self.close()

    def _work(self) -> None:
        """The life of a worker thread."""
        while parts := self._take():
            self._answer(parts)
            with self._changed:
                self._at_work -= 1
                if not self._waiting and not self._at_work:
                    self._changed.notify_all()

    def _take(self) -> list[lg.Samples]:
        """Waits for samples and takes a batch of them off the queue, as parts of one or more
        queries. Empty: the queue is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            share = -(-self._waiting_samples // len(self._workers))  # rounded up
            room = min(self._max_batch_size, share)
            self._waiting_samples -= room
            parts: list[lg.Samples] = []
            while room:
                query = self._waiting.popleft()
                if len(query) > room:
                    self._waiting.appendleft(query[room:])
                    query = query[:room]
                parts.append(query)
                room -= len(query)
            self._at_work += bool(parts)
            return parts

    def _answer(self, parts: list[lg.Samples]) -> None:
        """Runs one batch and completes its samples, with empty responses if anything fails."""
        ids = np.concatenate([part.ids for part in parts])
        if self._failure is None:
            try:
                indices = np.concatenate([part.indices for part in parts])
                lg.complete(ids, self._predict(self._source.batch(indices)))
                return
            except lg.StateError:
                return  # the run ended without these samples; it has told why
            except BaseException as error:  # whatever it is, it has to come out of the run
                with self._changed:
                    if self._failure is None:
                        self._failure = error
        with contextlib.suppress(lg.StateError):
            lg.complete(ids)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
