"""Turns the raw days of Criteo into the files that the app reads:
python -m reference_apps.dlrm.preprocess --help
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.progress_bar import track
from mlperf_loadgen.untrusted import read_json
from numpy.typing import NDArray

from reference_apps.dlrm import criteo_text, npz_file
from reference_apps.dlrm.criteo_text import Extent
from reference_apps.dlrm.dataset import BINARY_COLUMNS, Files, rows_of_test_set
from reference_apps.dlrm.variants import DATASETS, NUM_DENSE, NUM_SPARSE, Variant, variant_of


class FirstAppearance:
    """Numbers the distinct values of int32 arrays 0, 1, 2, ... in order of appearance."""

    def __init__(self, unique: NDArray[np.int32] | None = None) -> None:
        """unique: values numbered already, in the order of their numbers."""
        known = np.zeros(0, np.int32) if unique is None else unique
        order = np.argsort(known)
        self._values = known[order]  # sorted
        self._numbers = order.astype(np.int32)

    def add(self, values: NDArray[np.int32]) -> None:
        """Numbers the values that are new."""
        distinct, first = np.unique(values, return_index=True)
        place = np.searchsorted(self._values, distinct)
        known = np.zeros(len(distinct), np.bool_)
        inside = place < len(self._values)
        known[inside] = self._values[place[inside]] == distinct[inside]
        new, first, place = distinct[~known], first[~known], place[~known]
        numbers = np.empty(len(new), np.int32)
        numbers[np.argsort(first)] = len(self._values) + np.arange(len(new))
        self._values = np.insert(self._values, place, new)
        self._numbers = np.insert(self._numbers, place, numbers)

    def unique(self) -> NDArray[np.int32]:
        """Returns the values in the order of their numbers."""
        return self._values[np.argsort(self._numbers)]

    def numbers(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Looks up the numbers of values that were added."""
        distinct, inverse = np.unique(values, return_inverse=True)
        return self._numbers[np.searchsorted(self._values, distinct)][inverse]


_SEED = 123
_BLOCK_ROWS = 1 << 22  # in memory at once


@dataclass(frozen=True)
class Preprocessing:
    """Preprocesses one data set.

    Each file is written under a temporary name and renamed when complete. Files that exist are
    kept, so an interrupted run continues where it stopped.
    """

    raw: Files
    target: Files  # in the same or another folder
    max_ind_range: int  # categories are taken modulo this; 0: unchanged
    data_sub_sample_rate: float = 0.0

    def run(self, *, binary: bool = False) -> None:
        """Makes all files, the binary one only if asked for.

        Raises FileNotFoundError for a missing raw file, FileError for a line that is not a pair,
        and ValueError for a folder with files that were made with other settings.
        """
        for day in range(self.raw.days):
            if not self.raw.raw(day).is_file():
                raise FileNotFoundError(
                    f"no such file: {self.raw.raw(day)}; the raw text of all days is needed"
                )
        self.target.folder.mkdir(parents=True, exist_ok=True)
        self._check_settings()
        days = range(self.target.days)
        missing = [day for day in days if not self.target.parsed(day).exists()]
        if missing:
            extents = self._extents()
            for day in track(missing, "parsing days"):
                self._parse(day, extents[day])
        self._count_rows()
        for feature in track(range(NUM_SPARSE), "numbering categories"):
            self._number_values(feature)
        self._count_values()
        for day in track(days, "replacing categories by their numbers"):
            _once(self.target.processed(day), partial(self._process, day))
        for day in track(days, "shuffling training days"):
            _once(self.target.reordered(day), partial(self._reorder, day))
        if binary:
            _once(self.target.binary(), self._write_binary)

    def _check_settings(self) -> None:
        settings = {
            "max_ind_range": self.max_ind_range,
            "data_sub_sample_rate": self.data_sub_sample_rate,
        }
        path = self.target.settings()
        if path.exists() and read_json(path) != settings:
            raise ValueError(
                f"the files in {path.parent} were made with other settings than {settings}, see "
                f"{path}; choose another --output"
            )
        path.write_text(json.dumps(settings), encoding="utf-8")

    def _extents(self) -> list[Extent]:
        if self.raw.dataset == "kaggle":
            return criteo_text.split(self.raw.raw(0), self.raw.days)
        return [criteo_text.whole_file(self.raw.raw(day)) for day in range(self.raw.days)]

    def _parse(self, day: int, extent: Extent) -> None:
        random = np.random.default_rng([_SEED, day])
        with _ScratchArrays(self.target.folder) as new:
            labels = new("y", extent.rows)
            dense = new("X_int", extent.rows, NUM_DENSE)
            sparse = new("X_cat_t", NUM_SPARSE, extent.rows)
            row = 0
            for pairs in criteo_text.read(extent):
                kept = pairs.labels == 1
                kept |= random.random(len(kept)) >= self.data_sub_sample_rate
                place = slice(row, row + int(kept.sum()))
                labels[place], dense[place] = pairs.labels[kept], pairs.dense[kept]
                categories = pairs.sparse[kept]
                if self.max_ind_range:
                    categories %= np.uint32(self.max_ind_range)
                sparse[:, place] = categories.view(np.int32).T
                row = place.stop
            arrays = {"X_int": dense[:row], "X_cat_t": sparse[:, :row], "y": labels[:row]}
            npz_file.write(self.target.parsed(day), arrays)

    def _count_rows(self) -> None:
        rows = [
            len(npz_file.first_rows(self.target.parsed(day), "y"))
            for day in range(self.target.days)
        ]
        npz_file.write(self.target.rows_of_days(), {"total_per_file": np.array(rows)})

    def _number_values(self, feature: int) -> None:
        if self.target.values(feature).exists():
            return
        seen = FirstAppearance()
        for day in range(self.target.days):
            values = npz_file.first_rows(self.target.parsed(day), "X_cat_t")[feature]
            for row in range(0, len(values), _BLOCK_ROWS):
                seen.add(values[row : row + _BLOCK_ROWS])
        npz_file.write(self.target.values(feature), {"unique": seen.unique()})

    def _count_values(self) -> None:
        counts = [
            len(npz_file.first_rows(self.target.values(feature), "unique"))
            for feature in range(NUM_SPARSE)
        ]
        npz_file.write(self.target.table_sizes(), {"counts": np.array(counts, np.int32)})

    def _process(self, day: int, path: Path) -> None:
        parsed = self.target.parsed(day)
        categories = npz_file.first_rows(parsed, "X_cat_t")
        numbers = npz_file.first_rows(parsed, "X_int")
        rows = len(numbers)
        with _ScratchArrays(self.target.folder) as new:
            sparse, dense = new("X_cat", rows, NUM_SPARSE), new("X_int", rows, NUM_DENSE)
            for feature in range(NUM_SPARSE):
                unique = npz_file.first_rows(self.target.values(feature), "unique")
                known = FirstAppearance(np.asarray(unique))
                for row in range(0, rows, _BLOCK_ROWS):
                    block = slice(row, row + _BLOCK_ROWS)
                    sparse[block, feature] = known.numbers(categories[feature, block])
            for row in range(0, rows, _BLOCK_ROWS):
                block = slice(row, row + _BLOCK_ROWS)
                np.maximum(numbers[block], 0, out=dense[block])
            labels = npz_file.first_rows(parsed, "y")
            npz_file.write(path, {"X_cat": sparse, "X_int": dense, "y": labels})

    def _reorder(self, day: int, path: Path) -> None:
        """Moves each row of the training days to a random place in a random training day."""
        if day == self.target.last_day:
            shutil.copyfile(self.target.processed(day), path)
            return
        training = range(self.target.last_day)
        chosen = []
        for source in training:
            rows = len(npz_file.first_rows(self.target.processed(source), "y"))
            random = np.random.default_rng([_SEED, source])
            chosen.append(np.flatnonzero(random.integers(0, len(training), rows) == day))
        total = sum(map(len, chosen))
        places = np.random.default_rng([_SEED, len(training), day]).permutation(total)
        with _ScratchArrays(self.target.folder) as new:
            arrays = {
                "X_cat": new("X_cat", total, NUM_SPARSE),
                "X_int": new("X_int", total, NUM_DENSE),
                "y": new("y", total),
            }
            begin = 0
            for source, rows_from_source in zip(training, chosen, strict=True):
                targets = places[begin : begin + len(rows_from_source)]
                for name, array in arrays.items():
                    stored = npz_file.first_rows(self.target.processed(source), name)
                    array[targets] = stored[rows_from_source]
                begin += len(rows_from_source)
            npz_file.write(path, arrays)

    def _write_binary(self, path: Path) -> None:
        last = self.target.processed(self.target.last_day)
        parts = [npz_file.first_rows(last, name) for name in ("y", "X_int", "X_cat")]
        rows = rows_of_test_set(len(parts[0]))
        with open(path, "wb") as file:
            for row in range(0, rows, _BLOCK_ROWS):
                block = slice(row, min(row + _BLOCK_ROWS, rows))
                write_records(file, *(part[block] for part in parts))


def write_records(
    file: Any, labels: NDArray[Any], dense: NDArray[Any], sparse: NDArray[Any]
) -> None:
    """Appends pairs to a binary file, as int32 records of label, dense and sparse features."""
    records = np.empty((len(labels), BINARY_COLUMNS), "<i4")
    records[:, 0], records[:, 1 : 1 + NUM_DENSE] = labels, dense
    records[:, 1 + NUM_DENSE :] = sparse
    file.write(records.tobytes())


def _once(path: Path, make: Callable[[Path], None]) -> None:
    """Makes a file under a temporary name and renames it, unless it exists."""
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.part")
    try:
        make(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class _ScratchArrays:
    """Makes arrays larger than memory, in files that are deleted at the end of a `with` block."""

    def __init__(self, beside: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=beside, prefix=".preprocessing-")

    def __enter__(self) -> Callable[..., NDArray[np.int32]]:
        return self._new

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def _new(self, name: str, *shape: int) -> NDArray[np.int32]:
        if not all(shape):
            return np.zeros(shape, np.int32)
        return np.lib.format.open_memmap(
            Path(self._folder.name, f"{name}.npy"), "w+", np.int32, shape
        )


def preprocess(
    variant: Variant, folder: Path, output: Path | None = None, *, binary: bool = False
) -> Files:
    """Preprocesses the raw files of a variant in `folder` to `output`, None for the same folder.

    Raises as Preprocessing.run does.
    """
    raw, target = Files(folder, variant.dataset), Files(output or folder, variant.dataset)
    Preprocessing(raw, target, variant.max_ind_range, variant.data_sub_sample_rate).run(
        binary=binary
    )
    return target


def arguments() -> argparse.ArgumentParser:
    """Makes the parser."""
    parser = argparse.ArgumentParser(
        description="Turns Criteo's raw text into the files that the app reads, once for all runs. "
        "It can be interrupted and started again."
    )
    parser.add_argument("--dataset", choices=DATASETS, default=DATASETS[0])
    parser.add_argument("--dataset-path", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="(default: beside the raw files)"
    )
    parser.add_argument(
        "--max-ind-range",
        type=int,
        default=-1,
        metavar="N",
        help="modulus of the categories: 40000000 (default) or 10000000 for terabyte",
    )
    parser.add_argument(
        "--mlperf-bin-loader", action="store_true", help="also make terabyte_processed_test.bin"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Preprocesses the data set that the command line names."""
    args = arguments().parse_args(argv)
    variant = variant_of(args.dataset, args.max_ind_range)
    files = preprocess(variant, args.dataset_path, args.output, binary=args.mlperf_bin_loader)
    print(f"{variant.name}: {files.folder}")


if __name__ == "__main__":
    main()
