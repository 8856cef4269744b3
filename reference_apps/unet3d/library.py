"""The sample library: volumes are handed out where they lie."""

from __future__ import annotations

import numpy as np
from mlperf_loadgen.harness.library import Array, Batch, InMemoryLibrary
from numpy.typing import NDArray

from reference_apps.unet3d.preprocessed import Preprocessed


class VolumeLibrary(InMemoryLibrary):
    """The arrays of preprocessed cases, 128 MB each: a batch of one is a view, not a copy."""

    def __init__(self, data: Preprocessed, performance_sample_count: int) -> None:
        super().__init__(
            len(data),
            data.array,
            performance_sample_count=min(len(data), performance_sample_count),
            name="3d-unet",
        )
        self._data = data
        self._arrays: dict[int, Array] = {}  # replaced as a whole: readers need no lock

    def load(self, indices: NDArray[np.int64]) -> None:
        """See InMemoryLibrary.load."""
        self._arrays = {index: self._data.array(index) for index in set(indices.tolist())}

    def unload(self, indices: NDArray[np.int64]) -> None:
        """See InMemoryLibrary.unload."""
        del indices
        self._arrays = {}

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """As InMemoryLibrary.batch; not to be written to."""
        arrays = self._arrays
        missing = [index for index in indices.tolist() if index not in arrays]
        if missing:
            raise LookupError(f"sample {missing[0]} of {self.name} is not loaded")
        volumes = [arrays[index] for index in indices.tolist()]
        if len(volumes) == 1:
            return volumes[0][None]
        return np.stack(volumes)
