"""Samples that are runs of pairs, in flat arrays: nothing is done sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reference_apps.dlrm.criteo import Pairs, StoredPairs
from reference_apps.dlrm.variants import DENSE, SPARSE, Variant


@dataclass(frozen=True)
class Batch:
    """The pairs of some samples, one sample behind the other."""

    pairs: Pairs
    lengths: NDArray[np.int64]  # pairs of each sample

    def answers(
        self, probabilities: NDArray[np.float32]
    ) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """The response to each sample: rows of probability and label, float32.

        One array (samples, pairs of each, 2) where all are as long, which costs nothing a sample;
        else views of one array.
        """
        rows = np.stack((probabilities, self.pairs.labels), axis=1)
        if len(self.lengths) and (self.lengths == self.lengths[0]).all():
            return rows.reshape(len(self.lengths), -1, 2)
        ends = np.cumsum(self.lengths).tolist()
        return [rows[begin:end] for begin, end in pairwise((0, *ends))]


class AggregatedLibrary:
    """Loads samples into flat arrays and gathers a batch out of them at once.

    load and unload are called by LoadGen, one set at a time; batch may be called on any thread,
    also while a set is being loaded or unloaded.
    """

    def __init__(
        self,
        stored: StoredPairs,
        variant: Variant,
        bounds: NDArray[np.int64],
        *,
        performance_sample_count: int,
    ) -> None:
        """bounds: of the samples in the stored pairs, see Aggregation.bounds."""
        if len(bounds) < 2:
            raise ValueError(f"{stored.path} has no pairs")
        self.name = "dlrm"
        self.path = stored.path
        self.bounds = bounds
        self.performance_sample_count = min(performance_sample_count, len(bounds) - 1)
        self._stored = stored
        self._variant = variant
        self._loaded = _nothing()

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def load(self, indices: NDArray[np.int64]) -> None:
        """Replaces the loaded set. An index may occur more than once; it is read once.

        Raises IndexError for a sample that is not there, ValueError as StoredPairs.read.
        """
        distinct = np.unique(indices)
        if len(distinct) and not 0 <= distinct[0] <= distinct[-1] < len(self):
            raise IndexError(f"{self.name} has samples 0 to {len(self) - 1}, not {distinct}")
        self._loaded = _nothing()
        begins, lengths = self.bounds[distinct], np.diff(self.bounds)[distinct]
        pairs = self._stored.read(rows_of(begins, lengths), self._variant)
        self._loaded = _LoadedSet(distinct, np.cumsum(lengths) - lengths, lengths, pairs)

    def unload(self, indices: NDArray[np.int64]) -> None:
        """Forgets the loaded set, whose indices these are."""
        del indices
        self._loaded = _nothing()

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """The samples at `indices`, in that order. Raises LookupError if one is not loaded."""
        loaded = self._loaded
        place = np.searchsorted(loaded.indices, indices)
        inside = place < len(loaded.indices)
        if not inside.all() or (loaded.indices[place] != indices).any():
            raise LookupError(f"not all of the samples {indices} of {self.name} are loaded")
        lengths = loaded.lengths[place]
        rows = rows_of(loaded.begins[place], lengths)
        dense, sparse, labels = loaded.pairs.dense, loaded.pairs.sparse, loaded.pairs.labels
        return Batch(Pairs(dense.take(rows, 0), sparse.take(rows, 0), labels.take(rows)), lengths)


@dataclass(frozen=True)
class _LoadedSet:
    """Replaced as a whole and never changed once it is in place, so that readers need no lock."""

    indices: NDArray[np.int64]  # of the samples, in order
    begins: NDArray[np.int64]  # of each in the pairs
    lengths: NDArray[np.int64]
    pairs: Pairs


def _nothing() -> _LoadedSet:
    none = np.zeros(0, np.int64)
    pairs = Pairs(
        np.zeros((0, DENSE), np.float32), np.zeros((0, SPARSE), np.int32), np.zeros(0, np.float32)
    )
    return _LoadedSet(none, none, none, pairs)


def rows_of(begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers begin..begin + length - 1 of all runs, one behind the other."""
    shifts = begins - (np.cumsum(lengths) - lengths)
    made: NDArray[np.int64] = np.repeat(shifts, lengths) + np.arange(lengths.sum())
    return made
