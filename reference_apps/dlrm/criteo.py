"""The pairs of the test set, read from preprocessed files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.untrusted import FileError
from numpy.typing import NDArray

from reference_apps.dlrm import npz_file
from reference_apps.dlrm.files import BINARY_COLUMNS, Files, rows_of_test_set
from reference_apps.dlrm.variants import DENSE, SPARSE, Variant


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
