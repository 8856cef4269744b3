"""Orders the samples of large queries: the longest run first."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mlperf_loadgen as lg

Ids = NDArray[np.uint64]
Indices = NDArray[np.int64]


class LongestFirst:
    """Exchanges the samples of a large query among each other, so that they come out of a queue
    ordered by length, the longest first, and those of one length in the order of the query. Samples
    of about the same length meet in a batch, and the batches at the end are short.

    note gets each query before the queue does, exchange what comes out of the queue, in any parts:
    together they return each sample once. Any thread.
    """

    def __init__(self, lengths: NDArray[Any], *, more_than: int) -> None:
        """lengths: one number for each sample of the library. more_than: queries of up to this
        many samples keep their order.

        Raises ValueError for lengths that are not a list of numbers.
        """
        given = np.asarray(lengths)
        if given.ndim != 1 or given.dtype.kind not in "iuf":
            raise ValueError(
                f"lengths must be one number a sample, not {given.dtype} of shape {given.shape}"
            )
        self._lengths = given.astype(np.float64)
        self._more_than = more_than
        self._lock = threading.Lock()
        self._waiting: list[_Query] = []  # those of which exchange has not seen every sample

    def note(self, samples: lg.Samples) -> None:
        """Raises IndexError for a sample that has no length."""
        if len(samples) > self._more_than:
            query = _Query(samples, self._lengths[samples.indices])
            with self._lock:
                self._waiting.append(query)

    def exchange(self, samples: lg.Samples) -> tuple[Ids, Indices]:
        """Returns the samples to run in place of these: response ids and library indices."""
        ids, indices = samples.ids, samples.indices.copy()
        with self._lock:
            for query in self._waiting:
                query.exchange(ids, indices)
            self._waiting = [query for query in self._waiting if query.left]
        return ids, indices

    def forget(self) -> None:
        """Drops what waits: the test is over."""
        with self._lock:
            self._waiting = []


class _Query:
    """A query and its order."""

    def __init__(self, samples: lg.Samples, lengths: NDArray[np.float64]) -> None:
        order = np.argsort(-lengths, kind="stable")
        self.left = len(samples)
        self._ids = samples.ids  # LoadGen numbers the samples of a query upwards
        self._run_ids = self._ids[order]
        self._run_indices = samples.indices[order]

    def exchange(self, ids: Ids, indices: Indices) -> None:
        """Replaces, in place, those samples that are of this query."""
        places = np.searchsorted(self._ids[:-1], ids)
        mine = self._ids[places] == ids  # ids of other queries may lie between those of this one
        ids[mine] = self._run_ids[places[mine]]
        indices[mine] = self._run_indices[places[mine]]
        self.left -= int(mine.sum())
