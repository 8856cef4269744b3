"""Reads and writes the folder of preprocessed cases, a pickle for each and a list of their names,
and holds them in memory for LoadGen.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.in_memory import Array, Batch, InMemoryLibrary
from mlperf_loadgen.untrusted import FileError, Folder
from numpy.typing import NDArray

from reference_apps.common.array_pickle import read_array_pickle
from reference_apps.unet3d.arguments import APP
from reference_apps.unet3d.processing import DIVISOR, MODALITIES, Prepared

LIST_NAME = "preprocessed_files.pkl"
REQUIRED_PROPERTIES = (
    "original_size_of_raw_data",
    "crop_bbox",
    "size_after_cropping",
    "size_after_resampling",
    "itk_origin",
    "itk_spacing",
    "itk_direction",
)


@dataclass(frozen=True)
class Preprocessed:
    """Holds the names of the cases, in the order of the samples. May be used on any thread."""

    folder: Path
    cases: Sequence[str]

    def __len__(self) -> int:
        return len(self.cases)

    def head(self, count: int | None) -> Preprocessed:
        """Returns the data set with the first `count` cases; None: all of them."""
        return replace(self, cases=self.cases[:count])

    def file(self, index: int) -> Path:
        """Returns the path of a case."""
        return self.folder / f"{self.cases[index]}.pkl"

    def array(self, index: int) -> NDArray[np.float32]:
        """Reads the volume of a case, float32 (4, *grid). Raises as `case` does."""
        return self.case(index).array

    def case(self, index: int) -> Prepared:
        """Reads a case. Raises FileError for a file that is not one, and OSError."""
        path = self.file(index)
        loaded = read_array_pickle(path)
        if not isinstance(loaded, list | tuple) or len(loaded) != 2:
            raise FileError(f"{path} must be a list of an array and its properties")
        array, properties = loaded
        if not isinstance(array, np.ndarray) or array.ndim != 4 or array.dtype != np.float32:
            raise FileError(f"{path}: its array must be float32 with 4 axes")
        if array.shape[0] != MODALITIES or any(side % DIVISOR for side in array.shape[1:]):
            raise FileError(
                f"{path}: its array has shape {array.shape}; it must have {MODALITIES} modalities "
                f"with sides that are multiples of {DIVISOR}"
            )
        missing = [
            name
            for name in REQUIRED_PROPERTIES
            if not isinstance(properties, dict) or name not in properties
        ]
        if missing:
            raise FileError(f"{path}: property {missing[0]} is missing")
        return Prepared(array, properties)


def read_preprocessed(folder: Path) -> Preprocessed:
    """Reads the list of cases. Raises FileNotFoundError naming the missing list or case, and
    FileError for an invalid list.
    """
    path = folder / LIST_NAME
    if not path.is_file():
        raise FileNotFoundError(
            f"no such file: {path}; make it with: python -m reference_apps.unet3d.preprocess"
        )
    cases = read_array_pickle(path)
    if not isinstance(cases, list) or not all(isinstance(case, str) for case in cases):
        raise FileError(f"{path} must be a list of names")
    if not cases:
        raise FileError(f"{path} must name at least one case")
    duplicates = {case for case in cases if cases.count(case) > 1}
    if duplicates:
        raise FileError(f"{path}: duplicate case {sorted(duplicates)[0]}")
    data = Preprocessed(folder, cases)
    pickles = Folder(folder)
    for index in range(len(data)):
        if Path(cases[index]).name != cases[index]:
            raise FileError(f"{path}: {cases[index]!r:.200} is not in {folder}")
        if not pickles.file(f"{cases[index]}.pkl", str(path)).is_file():
            raise FileNotFoundError(f"{path}: no such file: {data.file(index)}")
    return data


def write_case(folder: Path, case: str, prepared: Prepared) -> None:
    """Writes the pickle of a case."""
    with open(folder / f"{case}.pkl", "wb") as file:
        pickle.dump([prepared.array, prepared.properties], file, protocol=4)


def write_list(folder: Path, cases: Sequence[str]) -> None:
    """Writes the list of cases."""
    (folder / LIST_NAME).write_bytes(pickle.dumps(list(cases), protocol=4))


class VolumeLibrary(InMemoryLibrary):
    """Holds the volumes of the cases, 128 MB each, and hands out a batch of one as a view, not a
    copy.
    """

    def __init__(self, data: Preprocessed, performance_sample_count: int) -> None:
        super().__init__(
            len(data),
            data.array,
            performance_sample_count=min(len(data), performance_sample_count),
            name=APP.model,
        )
        self._data = data
        self._arrays: dict[int, Array] = {}  # replaced as a whole, so that readers need no lock

    def load(self, indices: NDArray[np.int64]) -> None:
        """See InMemoryLibrary.load."""
        self._arrays = {index: self._data.array(index) for index in set(indices.tolist())}

    def unload(self, indices: NDArray[np.int64]) -> None:
        """See InMemoryLibrary.unload."""
        del indices
        self._arrays = {}

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """See InMemoryLibrary.batch; the result must not be written to."""
        arrays = self._arrays
        missing = [index for index in indices.tolist() if index not in arrays]
        if missing:
            raise LookupError(f"sample {missing[0]} of {self.name} is not loaded")
        volumes = [arrays[index] for index in indices.tolist()]
        if len(volumes) == 1:
            return volumes[0][None]
        return np.stack(volumes)
