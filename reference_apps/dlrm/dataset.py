"""The files of a Criteo data set, the test pairs in them, and the samples made of these."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError
from numpy.typing import NDArray

from reference_apps.dlrm import npz_file
from reference_apps.dlrm.variants import DENSE, SPARSE, Variant

BINARY_COLUMNS = 40  # int32: label, 13 dense, 26 sparse


@dataclass(frozen=True)
class Files:
    """Of one data set in one folder."""

    folder: Path
    dataset: str  # "terabyte" or "kaggle"

    @property
    def days(self) -> int:
        """The last one is the test set, first half, and the validation set."""
        return 24 if self.dataset == "terabyte" else 7

    @property
    def last_day(self) -> int:
        """Its number."""
        return self.days - 1

    def raw(self, day: int) -> Path:
        """The text; one file for all days of the kaggle set."""
        return self.folder / (f"day_{day}" if self.dataset == "terabyte" else "train.txt")

    def parsed(self, day: int) -> Path:
        """X_int int32 (n, 13), X_cat_t int32 (26, n), y."""
        return self._day(day, "")

    def processed(self, day: int) -> Path:
        """X_cat (n, 26) numbered by first appearance, X_int (n, 13) from 0 on, y."""
        return self._day(day, "_processed")

    def reordered(self, day: int) -> Path:
        """The same; training days are shuffled among each other, the last day is as it was."""
        return self._day(day, "_reordered")

    def rows_of_days(self) -> Path:
        """total_per_file: rows of each day."""
        return self.folder / f"{self._prefix}_day_count.npz"

    def values(self, feature: int) -> Path:
        """unique: values of a categorical feature in the order of their numbers."""
        return self.folder / f"{self._prefix}_fea_dict_{feature}.npz"

    def table_sizes(self) -> Path:
        """counts: how many values each categorical feature has."""
        return self.folder / f"{self._prefix}_fea_count.npz"

    def settings(self) -> Path:
        """With what the others were made."""
        return self.folder / f"{self._prefix}_preprocessing.json"

    def binary(self) -> Path:
        """The test pairs as int32 records."""
        return self.folder / f"{self.dataset}_processed_test.bin"

    @property
    def _prefix(self) -> str:
        return "day" if self.dataset == "terabyte" else "train"

    def _day(self, day: int, suffix: str) -> Path:
        name = f"day_{day}" if self.dataset == "terabyte" else f"train_day_{day}"
        return self.folder / f"{name}{suffix}.npz"


def rows_of_test_set(rows_of_last_day: int) -> int:
    """How many rows of the last day are the test set: the first half."""
    return (rows_of_last_day + 1) // 2


@dataclass(frozen=True)
class Pairs:
    """User-item pairs, as a network takes them."""

    dense: NDArray[np.float32]  # (n, 13): ln(x + 1)
    sparse: NDArray[np.int32]  # (n, 26): rows of the tables
    labels: NDArray[np.float32]  # (n)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class StoredPairs:
    """Pairs as they lie in a file, of any number type, which is read where it is touched."""

    path: Path
    labels: NDArray[Any]  # (n)
    dense: NDArray[Any]  # (n, 13)
    sparse: NDArray[Any]  # (n, 26)

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, rows: NDArray[np.int64] | slice, variant: Variant) -> Pairs:
        """Those of some rows. Raises FileError for a category that the variant has no row for."""
        sparse = np.asarray(self.sparse[rows]).astype(np.int32)
        if variant.max_ind_range:
            sparse %= np.int32(variant.max_ind_range)
        self._check(sparse, variant)
        dense = np.maximum(self.dense[rows], 0).astype(np.float32)
        return Pairs(np.log1p(dense), sparse, np.asarray(self.labels[rows]).astype(np.float32))

    def _check(self, sparse: NDArray[np.int32], variant: Variant) -> None:
        if not len(sparse):
            return
        least, most = sparse.min(axis=0), sparse.max(axis=0)
        wrong = np.flatnonzero((least < 0) | (most >= variant.tables))
        if len(wrong):
            feature = int(wrong[0])
            found = least[feature] if least[feature] < 0 else most[feature]
            raise FileError(
                f"{self.path}: category {found} of feature {feature}, of which {variant.name} has "
                f"{variant.tables[feature]} (see --dataset and --max-ind-range)"
            )


def read_test_pairs(folder: Path, dataset: str, *, binary: bool = False) -> StoredPairs:
    """The test set: the first half of the last day, or the binary file.

    Raises FileNotFoundError naming the file and the command that makes it, and FileError for one
    that is damaged.
    """
    files = Files(folder, dataset)
    path = files.binary() if binary else files.reordered(files.last_day)
    if not path.is_file():
        option = " --mlperf-bin-loader" if binary else ""
        raise FileNotFoundError(
            f"no {path}; make it with: python -m reference_apps.dlrm.preprocess "
            f"--dataset {dataset} --dataset-path {folder}{option}"
        )
    return _binary(path) if binary else _reordered(path)


def _binary(path: Path) -> StoredPairs:
    size, record = path.stat().st_size, 4 * BINARY_COLUMNS
    if not size or size % record:
        raise FileError(f"{path} has {size} bytes, which is no number of records of {record}")
    records = np.memmap(path, "<i4", "r", shape=(size // record, BINARY_COLUMNS))
    return StoredPairs(path, records[:, 0], records[:, 1 : 1 + DENSE], records[:, 1 + DENSE :])


def _reordered(path: Path) -> StoredPairs:
    rows = rows_of_test_set(len(npz_file.first_rows(path, "y")))
    labels, dense, sparse = (
        npz_file.first_rows(path, name, rows) for name in ("y", "X_int", "X_cat")
    )
    for name, array, shape in (
        ("y", labels, (rows,)),
        ("X_int", dense, (rows, DENSE)),
        ("X_cat", sparse, (rows, SPARSE)),
    ):
        if array.shape != shape:
            raise FileError(f"{path}: {name} has the shape {array.shape}, not {shape}")
    return StoredPairs(path, labels, dense, sparse)


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
