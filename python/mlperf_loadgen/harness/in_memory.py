"""Keeps the loaded samples of a library in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Batch = Array | list[Array]  # one array with the samples along axis 0, or one array a sample


class InMemoryLibrary:
    """Loads samples 0..total-1 through a function and hands them out as batches.

    read(index) gives one sample as an array; it is called on the thread that calls load. When
    all samples of a loaded set agree in shape and dtype they are kept in one contiguous array, so
    that a batch is a single copy out of it; else they are kept one by one.

    load and unload are called by LoadGen, one set at a time; batch may be called on any thread,
    also while a set is being loaded or unloaded.
    """

    def __init__(
        self,
        total: int,
        read: Callable[[int], Array],
        *,
        performance_sample_count: int | None = None,
        name: str = "InMemoryLibrary",
    ) -> None:
        """performance_sample_count: how many samples fit into memory; None: all of them."""
        if total < 1:
            raise ValueError(f"{name} has no samples")
        if performance_sample_count is not None and not 1 <= performance_sample_count <= total:
            raise ValueError(
                f"performance_sample_count must be from 1 to {total}, the number of samples of "
                f"{name}, not {performance_sample_count}"
            )
        self.name = name
        self.performance_sample_count = performance_sample_count or total
        self._total = total
        self._read = read
        self._loaded = self._nothing()
        self._places = _Places()

    def __len__(self) -> int:
        return self._total

    def load(self, indices: NDArray[np.int64]) -> None:
        """Replaces the loaded set. An index may occur more than once; it is read once."""
        distinct = np.unique(indices)
        if len(distinct) and not 0 <= distinct[0] <= distinct[-1] < self._total:
            raise IndexError(f"{self.name} has samples 0 to {self._total - 1}, not {distinct}")
        loaded = self._nothing()
        loaded.row_of[distinct] = np.arange(len(distinct))
        self._loaded = _LoadedSet(loaded.row_of, _gather(self._read, distinct.tolist()))

    def unload(self, indices: NDArray[np.int64]) -> None:
        """Forgets the loaded set, whose indices these are."""
        del indices
        self._loaded = self._nothing()

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Returns the samples at `indices`, in that order: an array of shape (len(indices), ...),
        or a list of arrays where the samples of the loaded set differ in shape or dtype.

        It is the caller's until the same thread asks for its next batch, which may take its memory:
        fresh memory for each would cost more than the copy.

        Raises LookupError for an index that is not loaded.
        """
        loaded = self._loaded
        rows = loaded.row_of[indices]
        if len(rows) and rows.min() < 0:
            raise LookupError(f"sample {indices[rows < 0][0]} of {self.name} is not loaded")
        if isinstance(loaded.rows, np.ndarray):
            place = self._places.of(len(rows), loaded.rows)
            # Nothing is clipped; but numpy copies twice where it has to look for itself.
            return loaded.rows.take(rows, axis=0, out=place, mode="clip")
        return [loaded.rows[row] for row in rows]

    def _nothing(self) -> _LoadedSet:
        return _LoadedSet(np.full(self._total, -1, np.int64), [])


@dataclass(frozen=True)
class _LoadedSet:
    """Replaced as a whole and never changed once it is in place, so that readers need no lock."""

    row_of: NDArray[np.int64]  # for each sample of the library, where it is in rows; -1: nowhere
    rows: Batch


class _Places(threading.local):
    """Memory for the batches of a thread, which grows to the largest of them."""

    whole: Array | None = None

    def of(self, count: int, like: Array) -> Array:
        """Returns an array of `count` rows like `like`."""
        whole = self.whole
        fits = whole is not None and (whole.shape[1:], whole.dtype) == (like.shape[1:], like.dtype)
        if whole is None or not fits or len(whole) < count:
            whole = self.whole = np.empty((count, *like.shape[1:]), like.dtype)
        return whole[:count]


def _gather(read: Callable[[int], Array], indices: list[int]) -> Batch:
    """Returns the samples at `indices`, in one array while they agree in shape and dtype."""
    if not indices:
        return []
    first = np.asarray(read(indices[0]))
    together = np.empty((len(indices), *first.shape), first.dtype)
    together[0] = first
    apart: list[Array] = []
    for row, index in enumerate(indices[1:], start=1):
        sample = np.asarray(read(index))
        if not apart and (sample.shape, sample.dtype) == (first.shape, first.dtype):
            together[row] = sample
            continue
        if not apart:
            apart = [np.array(earlier) for earlier in together[:row]]
        apart.append(sample)
    return apart or together
