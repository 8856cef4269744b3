"""The folder of preprocessed cases: a pickle for each, and the list of their names."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlperf_loadgen.harness.in_memory import Array, Batch, InMemoryLibrary
from mlperf_loadgen.harness.untrusted import FileError, Folder
from numpy.typing import NDArray

from reference_apps.common.array_pickle import read_array_pickle
from reference_apps.unet3d.arguments import MODEL
from reference_apps.unet3d.processing import DIVISOR, MODALITIES, Prepared

LIST_NAME = "preprocessed_files.pkl"
NEEDED = (
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
    """Cases in the order of the list, which is that of the samples. Any thread."""

    folder: Path
    cases: Sequence[str]

    def __len__(self) -> int:
        return len(self.cases)

    def first(self, count: int | None) -> Preprocessed:
        """The first `count` cases, or all."""
        return replace(self, cases=self.cases[:count])

    def file(self, index: int) -> Path:
        """Of a case."""
        return self.folder / f"{self.cases[index]}.pkl"

    def array(self, index: int) -> NDArray[np.float32]:
        """Float32 (4, *grid). Raises as case."""
        return self.case(index).array

    def case(self, index: int) -> Prepared:
        """Raises FileError for a file that holds something else, and OSError."""
        path = self.file(index)
        loaded = read_array_pickle(path)
        if not isinstance(loaded, list | tuple) or len(loaded) != 2:
            raise FileError(f"{path} holds no list of an array and its properties")
        array, properties = loaded
        if not isinstance(array, np.ndarray) or array.ndim != 4 or array.dtype != np.float32:
            raise FileError(f"{path}: its array is not float32 with 4 axes")
        if array.shape[0] != MODALITIES or any(side % DIVISOR for side in array.shape[1:]):
            raise FileError(
                f"{path}: its array has the shape {array.shape}; it must be {MODALITIES} "
                f"modalities of sides that {DIVISOR} divides"
            )
        missing = [
            name for name in NEEDED if not isinstance(properties, dict) or name not in properties
        ]
        if missing:
            raise FileError(f"{path}: its properties have no {missing[0]}")
        return Prepared(array, properties)


def read_preprocessed(folder: Path) -> Preprocessed:
    """Raises FileNotFoundError naming the list or the case that is not there, and FileError for a
    list that is none.
    """
    path = folder / LIST_NAME
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}; reference_apps.unet3d.preprocess makes it")
    cases = read_array_pickle(path)
    if not isinstance(cases, list) or not all(isinstance(case, str) for case in cases):
        raise FileError(f"{path} holds no list of names")
    if not cases:
        raise FileError(f"{path} names no case")
    twice = {case for case in cases if cases.count(case) > 1}
    if twice:
        raise FileError(f"{path} names {sorted(twice)[0]} twice")
    data = Preprocessed(folder, cases)
    there = Folder(folder)
    for index in range(len(data)):
        if Path(cases[index]).name != cases[index]:
            raise FileError(f"{path}: {cases[index]!r:.200} is not in {folder}")
        if not there.file(f"{cases[index]}.pkl", str(path)).is_file():
            raise FileNotFoundError(f"{path}: there is no {data.file(index)}")
    return data


def write_case(folder: Path, case: str, made: Prepared) -> None:
    """Writes its pickle."""
    with open(folder / f"{case}.pkl", "wb") as file:
        pickle.dump([made.array, made.properties], file, protocol=4)


def write_list(folder: Path, cases: Sequence[str]) -> None:
    """Writes the list of names."""
    (folder / LIST_NAME).write_bytes(pickle.dumps(list(cases), protocol=4))


class VolumeLibrary(InMemoryLibrary):
    """The arrays of preprocessed cases, 128 MB each: a batch of one is a view, not a copy."""

    def __init__(self, data: Preprocessed, performance_sample_count: int) -> None:
        super().__init__(
            len(data),
            data.array,
            performance_sample_count=min(len(data), performance_sample_count),
            name=MODEL,
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
