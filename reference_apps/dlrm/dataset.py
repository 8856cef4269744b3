"""Reads the test pairs of Criteo's data sets, and gathers them into batches of samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.untrusted import FileError
from numpy.typing import NDArray

from reference_apps.dlrm import npz_file
from reference_apps.dlrm.variants import NUM_DENSE, NUM_SPARSE, Variant

BINARY_COLUMNS = 1 + NUM_DENSE + NUM_SPARSE  # int32: label, dense, sparse


@dataclass(frozen=True)
class Files:
    """Names the files, raw and preprocessed, of one data set in one folder."""

    folder: Path
    dataset: str  # "terabyte" or "kaggle"

    @property
    def days(self) -> int:
        """The number of days; the first half of the last one is the test set."""
        return 24 if self.dataset == "terabyte" else 7

    @property
    def last_day(self) -> int:
        """The index of the last day."""
        return self.days - 1

    def raw(self, day: int) -> Path:
        """The text; for kaggle, one file for all days."""
        return self.folder / (f"day_{day}" if self.dataset == "terabyte" else "train.txt")

    def parsed(self, day: int) -> Path:
        """X_int int32 (n, 13), X_cat_t int32 (26, n), y."""
        return self._day(day, "")

    def processed(self, day: int) -> Path:
        """X_cat (n, 26), numbered in order of appearance, X_int (n, 13), not negative, y."""
        return self._day(day, "_processed")

    def reordered(self, day: int) -> Path:
        """As processed, with the rows of all training days shuffled; the last day is unchanged."""
        return self._day(day, "_reordered")

    def rows_of_days(self) -> Path:
        """total_per_file: the number of rows of each day."""
        return self.folder / f"{self._prefix}_day_count.npz"

    def values(self, feature: int) -> Path:
        """unique: the values of a categorical feature in the order of their numbers."""
        return self.folder / f"{self._prefix}_fea_dict_{feature}.npz"

    def table_sizes(self) -> Path:
        """counts: the number of values of each categorical feature."""
        return self.folder / f"{self._prefix}_fea_count.npz"

    def settings(self) -> Path:
        """The settings that the files were made with."""
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
    """Returns how many rows of the last day are the test set: the first half, rounded up."""
    return (rows_of_last_day + 1) // 2


@dataclass(frozen=True)
class Pairs:
    """User-item pairs as the network takes them."""

    dense: NDArray[np.float32]  # (n, 13): ln(x + 1)
    sparse: NDArray[np.int32]  # (n, 26): rows of the tables
    labels: NDArray[np.float32]  # (n)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class StoredPairs:
    """Pairs as a file stores them, in any numeric type; memory-mapped if the file allows it."""

    path: Path
    labels: NDArray[Any]  # (n)
    dense: NDArray[Any]  # (n, 13)
    sparse: NDArray[Any]  # (n, 26)

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, rows: NDArray[np.int64] | slice, variant: Variant) -> Pairs:
        """Reads some rows. Raises FileError for a category outside the tables of the variant."""
        sparse = np.asarray(self.sparse[rows]).astype(np.int32)
        if variant.max_ind_range:
            sparse %= np.int32(variant.max_ind_range)
        self._check(sparse, variant)
        dense = np.maximum(self.dense[rows], 0).astype(np.float32)
        return Pairs(np.log1p(dense), sparse, np.asarray(self.labels[rows]).astype(np.float32))

    def _check(self, sparse: NDArray[np.int32], variant: Variant) -> None:
        if not len(sparse):
            return
        low, high = sparse.min(axis=0), sparse.max(axis=0)
        wrong = np.flatnonzero((low < 0) | (high >= variant.table_rows))
        if len(wrong):
            feature = int(wrong[0])
            category = low[feature] if low[feature] < 0 else high[feature]
            raise FileError(
                f"{self.path}: feature {feature} must be from 0 to "
                f"{variant.table_rows[feature] - 1} in {variant.name}, not {category} (see "
                "--dataset and --max-ind-range)"
            )


def read_test_pairs(folder: Path, dataset: str, *, binary: bool = False) -> StoredPairs:
    """Opens the test set: the first half of the last day, or the binary file.

    Raises FileNotFoundError naming the file and the command that makes it, and FileError for one
    that is damaged.
    """
    files = Files(folder, dataset)
    path = files.binary() if binary else files.reordered(files.last_day)
    if not path.is_file():
        option = " --mlperf-bin-loader" if binary else ""
        raise FileNotFoundError(
            f"no such file: {path}; make it with python -m reference_apps.dlrm.preprocess "
            f"--dataset {dataset} --dataset-path {folder}{option}"
        )
    return _open_binary(path) if binary else _open_reordered(path)


def _open_binary(path: Path) -> StoredPairs:
    size, record = path.stat().st_size, 4 * BINARY_COLUMNS
    if not size or size % record:
        raise FileError(f"{path} must be one or more records of {record} bytes, not {size} bytes")
    records = np.memmap(path, "<i4", "r", shape=(size // record, BINARY_COLUMNS))
    sparse = 1 + NUM_DENSE
    return StoredPairs(path, records[:, 0], records[:, 1:sparse], records[:, sparse:])


def _open_reordered(path: Path) -> StoredPairs:
    rows = rows_of_test_set(len(npz_file.first_rows(path, "y")))
    labels, dense, sparse = (
        npz_file.first_rows(path, name, rows) for name in ("y", "X_int", "X_cat")
    )
    for name, array, shape in (
        ("y", labels, (rows,)),
        ("X_int", dense, (rows, NUM_DENSE)),
        ("X_cat", sparse, (rows, NUM_SPARSE)),
    ):
        if array.shape != shape:
            raise FileError(f"{path}: {name} must have the shape {shape}, not {array.shape}")
    return StoredPairs(path, labels, dense, sparse)


@dataclass(frozen=True)
class Batch:
    """The pairs of some samples, one sample after the other."""

    pairs: Pairs
    lengths: NDArray[np.int64]  # of each sample, in pairs


class AggregatedLibrary:
    """Holds samples, which are runs of pairs, in flat arrays. Nothing loops over samples.

    LoadGen calls load and unload, one set at a time; any thread may call batch, also while a set
    is being loaded or unloaded.
    """

    def __init__(
        self,
        stored: StoredPairs,
        variant: Variant,
        bounds: NDArray[np.int64],
        *,
        performance_sample_count: int,
    ) -> None:
        """bounds: where each sample begins in the stored pairs, see Aggregation.bounds."""
        if len(bounds) < 2:
            raise ValueError(f"{stored.path} must have at least 1 pair")
        self.name = "dlrm"
        self.path = stored.path
        self.bounds = bounds
        self.performance_sample_count = min(performance_sample_count, len(bounds) - 1)
        self._stored = stored
        self._variant = variant
        self._loaded = _empty_set()

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def load(self, indices: NDArray[np.int64]) -> None:
        """Replaces the loaded set. An index may occur more than once, and is read once.

        Raises IndexError for an unknown sample, and FileError as StoredPairs.read does.
        """
        distinct = np.unique(indices)
        if len(distinct) and not 0 <= distinct[0] <= distinct[-1] < len(self):
            raise IndexError(f"{self.name} has samples 0 to {len(self) - 1}, not {distinct}")
        self._loaded = _empty_set()
        begins, lengths = self.bounds[distinct], np.diff(self.bounds)[distinct]
        pairs = self._stored.read(rows_of_runs(begins, lengths), self._variant)
        self._loaded = _LoadedSet(distinct, np.cumsum(lengths) - lengths, lengths, pairs)

    def unload(self, indices: NDArray[np.int64]) -> None:
        """Drops the loaded set, whose indices these are."""
        del indices
        self._loaded = _empty_set()

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Gathers loaded samples in the order of `indices`. Raises LookupError for any other."""
        loaded = self._loaded
        place = np.searchsorted(loaded.indices, indices)
        inside = place < len(loaded.indices)
        if not inside.all() or (loaded.indices[place] != indices).any():
            raise LookupError(f"not all of the samples {indices} of {self.name} are loaded")
        lengths = loaded.lengths[place]
        rows = rows_of_runs(loaded.begins[place], lengths)
        dense, sparse, labels = loaded.pairs.dense, loaded.pairs.sparse, loaded.pairs.labels
        return Batch(Pairs(dense.take(rows, 0), sparse.take(rows, 0), labels.take(rows)), lengths)


@dataclass(frozen=True)
class _LoadedSet:
    """The samples in memory. It is replaced as a whole and never changed: readers need no lock."""

    indices: NDArray[np.int64]  # of the samples, ascending
    begins: NDArray[np.int64]  # of each sample in `pairs`
    lengths: NDArray[np.int64]
    pairs: Pairs


def _empty_set() -> _LoadedSet:
    none = np.zeros(0, np.int64)
    dense, sparse = np.zeros((0, NUM_DENSE), np.float32), np.zeros((0, NUM_SPARSE), np.int32)
    return _LoadedSet(none, none, none, Pairs(dense, sparse, np.zeros(0, np.float32)))


def rows_of_runs(begins: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lists the rows begin..begin + length - 1 of all runs, one run after the other."""
    shifts = begins - (np.cumsum(lengths) - lengths)
    rows: NDArray[np.int64] = np.repeat(shifts, lengths) + np.arange(lengths.sum())
    return rows
