"""From the raw days of Criteo to the files that the app reads:
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
from mlperf_loadgen.harness.untrusted import read_json
from numpy.typing import NDArray

from reference_apps.dlrm import criteo_text, npz_file
from reference_apps.dlrm.criteo_text import Extent
from reference_apps.dlrm.dataset import BINARY_COLUMNS, Files, rows_of_test_set
from reference_apps.dlrm.variants import DATASETS, DENSE, SPARSE, Variant, variant_of


class FirstAppearance:
    """Numbers the distinct values of int32 arrays 0, 1, 2, ..."""

    def __init__(self, unique: NDArray[np.int32] | None = None) -> None:
        """unique: values that have their numbers already, in that order."""
        given = np.zeros(0, np.int32) if unique is None else unique
        order = np.argsort(given)
        self._values = given[order]  # sorted
        self._numbers = order.astype(np.int32)

    def add(self, values: NDArray[np.int32]) -> None:
        """Numbers those that are new."""
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
        """The values in the order of their numbers."""
        return self._values[np.argsort(self._numbers)]

    def numbers(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """The numbers of values that were added."""
        distinct, inverse = np.unique(values, return_inverse=True)
        return self._numbers[np.searchsorted(self._values, distinct)][inverse]


_SEED = 123
_BLOCK = 1 << 22  # rows in memory at once


@dataclass(frozen=True)
class Preprocessing:
    """One data set on its way. Each file is made under another name and renamed when it is whole;
    what is there already is kept, so that an interrupted run goes on where it was.
    """

    raw: Files
    made: Files  # the same or another folder
    max_ind_range: int  # 0: categories as they are
    data_sub_sample_rate: float = 0.0

    def run(self, *, binary: bool = False) -> None:
        """Makes all files, with the binary one of the terabyte set if asked for.

        Raises FileNotFoundError for a raw file that is missing, and ValueError for a line that is
        no pair, or a folder with files that were made with other settings.
        """
        for day in range(self.raw.days):
            if not self.raw.raw(day).is_file():
                raise FileNotFoundError(
                    f"no {self.raw.raw(day)}: preprocessing takes the raw text of all days"
                )
        self.made.folder.mkdir(parents=True, exist_ok=True)
        self._check_settings()
        days = range(self.made.days)
        missing = [day for day in days if not self.made.parsed(day).exists()]
        if missing:
            extents = self._extents()
            for day in track(missing, "parsing days"):
                self._parse(day, extents[day])
        self._count_rows()
        for feature in track(range(SPARSE), "numbering categories"):
            self._number(feature)
        self._count_values()
        for day in track(days, "replacing categories by their numbers"):
            _once(self.made.processed(day), partial(self._process, day))
        for day in track(days, "shuffling training days"):
            _once(self.made.reordered(day), partial(self._reorder, day))
        if binary:
            _once(self.made.binary(), self._write_binary)

    def _check_settings(self) -> None:
        settings = {
            "max_ind_range": self.max_ind_range,
            "data_sub_sample_rate": self.data_sub_sample_rate,
        }
        path = self.made.settings()
        if path.exists() and read_json(path) != settings:
            raise ValueError(
                f"{path}: the files in {path.parent} were made with other settings than "
                f"{settings}; choose another --output"
            )
        path.write_text(json.dumps(settings), encoding="utf-8")

    def _extents(self) -> list[Extent]:
        if self.raw.dataset == "kaggle":
            return criteo_text.split(self.raw.raw(0), self.raw.days)
        return [criteo_text.whole_file(self.raw.raw(day)) for day in range(self.raw.days)]

    def _parse(self, day: int, extent: Extent) -> None:
        draw = np.random.default_rng([_SEED, day])
        with _Scratch(self.made.folder) as new:
            labels = new("y", extent.rows)
            dense = new("X_int", extent.rows, DENSE)
            sparse = new("X_cat_t", SPARSE, extent.rows)
            row = 0
            for pairs in criteo_text.read(extent):
                kept = pairs.labels == 1
                kept |= draw.random(len(kept)) >= self.data_sub_sample_rate
                place = slice(row, row + int(kept.sum()))
                labels[place], dense[place] = pairs.labels[kept], pairs.dense[kept]
                categories = pairs.sparse[kept]
                if self.max_ind_range:
                    categories %= np.uint32(self.max_ind_range)
                sparse[:, place] = categories.view(np.int32).T
                row = place.stop
            arrays = {"X_int": dense[:row], "X_cat_t": sparse[:, :row], "y": labels[:row]}
            npz_file.write(self.made.parsed(day), arrays)

    def _count_rows(self) -> None:
        rows = [
            len(npz_file.first_rows(self.made.parsed(day), "y")) for day in range(self.made.days)
        ]
        npz_file.write(self.made.rows_of_days(), {"total_per_file": np.array(rows)})

    def _number(self, feature: int) -> None:
        if self.made.values(feature).exists():
            return
        seen = FirstAppearance()
        for day in range(self.made.days):
            values = npz_file.first_rows(self.made.parsed(day), "X_cat_t")[feature]
            for row in range(0, len(values), _BLOCK):
                seen.add(values[row : row + _BLOCK])
        npz_file.write(self.made.values(feature), {"unique": seen.unique()})

    def _count_values(self) -> None:
        counts = [
            len(npz_file.first_rows(self.made.values(feature), "unique"))
            for feature in range(SPARSE)
        ]
        npz_file.write(self.made.table_sizes(), {"counts": np.array(counts, np.int32)})

    def _process(self, day: int, path: Path) -> None:
        parsed = self.made.parsed(day)
        categories = npz_file.first_rows(parsed, "X_cat_t")
        numbers = npz_file.first_rows(parsed, "X_int")
        rows = len(numbers)
        with _Scratch(self.made.folder) as new:
            sparse, dense = new("X_cat", rows, SPARSE), new("X_int", rows, DENSE)
            for feature in range(SPARSE):
                unique = npz_file.first_rows(self.made.values(feature), "unique")
                known = FirstAppearance(np.asarray(unique))
                for row in range(0, rows, _BLOCK):
                    block = slice(row, row + _BLOCK)
                    sparse[block, feature] = known.numbers(categories[feature, block])
            for row in range(0, rows, _BLOCK):
                block = slice(row, row + _BLOCK)
                np.maximum(numbers[block], 0, out=dense[block])
            labels = npz_file.first_rows(parsed, "y")
            npz_file.write(path, {"X_cat": sparse, "X_int": dense, "y": labels})

    def _reorder(self, day: int, path: Path) -> None:
        """Each row of the training days has a day drawn for it, and there a place."""
        if day == self.made.last_day:
            shutil.copyfile(self.made.processed(day), path)
            return
        training = range(self.made.last_day)
        chosen = []
        for source in training:
            rows = len(npz_file.first_rows(self.made.processed(source), "y"))
            draw = np.random.default_rng([_SEED, source])
            chosen.append(np.flatnonzero(draw.integers(0, len(training), rows) == day))
        total = sum(map(len, chosen))
        places = np.random.default_rng([_SEED, len(training), day]).permutation(total)
        with _Scratch(self.made.folder) as new:
            made = {"X_cat": new("X_cat", total, SPARSE), "X_int": new("X_int", total, DENSE)}
            made["y"] = new("y", total)
            begin = 0
            for source, rows_here in zip(training, chosen, strict=True):
                here = places[begin : begin + len(rows_here)]
                for name, array in made.items():
                    found = npz_file.first_rows(self.made.processed(source), name)
                    array[here] = found[rows_here]
                begin += len(rows_here)
            npz_file.write(path, made)

    def _write_binary(self, path: Path) -> None:
        last = self.made.processed(self.made.last_day)
        parts = [npz_file.first_rows(last, name) for name in ("y", "X_int", "X_cat")]
        rows = rows_of_test_set(len(parts[0]))
        with open(path, "wb") as file:
            for row in range(0, rows, _BLOCK):
                block = slice(row, min(row + _BLOCK, rows))
                write_records(file, *(part[block] for part in parts))


def write_records(
    file: Any, labels: NDArray[Any], dense: NDArray[Any], sparse: NDArray[Any]
) -> None:
    """Appends pairs to a binary file."""
    records = np.empty((len(labels), BINARY_COLUMNS), "<i4")
    records[:, 0], records[:, 1 : 1 + DENSE], records[:, 1 + DENSE :] = labels, dense, sparse
    file.write(records.tobytes())


def _once(path: Path, make: Callable[[Path], None]) -> None:
    """Makes the file under another name, unless it is there."""
    if path.exists():
        return
    part = path.with_name(f".{path.name}.part")
    try:
        make(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class _Scratch:
    """A folder for arrays that are larger than memory, gone at the end of a `with` block."""

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
    """Makes the files of a variant from the raw ones in `folder`, in `output` or beside them. See
    Preprocessing.run.
    """
    made = Files(output or folder, variant.dataset)
    Preprocessing(
        Files(folder, variant.dataset), made, variant.max_ind_range, variant.data_sub_sample_rate
    ).run(binary=binary)
    return made


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        description="Criteo's raw text to the files of --dataset-path, once for all runs. It can "
        "be interrupted, and started again."
    )
    made.add_argument("--dataset", choices=DATASETS, default=DATASETS[0])
    made.add_argument("--dataset-path", type=Path, required=True, metavar="DIR")
    made.add_argument(
        "--output", type=Path, metavar="DIR", help="(without it: beside the raw files)"
    )
    made.add_argument(
        "--max-ind-range",
        type=int,
        default=-1,
        metavar="N",
        help="modulus of the categories: 40000000 (default) or 10000000 for terabyte",
    )
    made.add_argument(
        "--mlperf-bin-loader", action="store_true", help="make terabyte_processed_test.bin, too"
    )
    return made


def main(argv: Sequence[str] | None = None) -> None:
    """Runs it."""
    args = arguments().parse_args(argv)
    variant = variant_of(args.dataset, args.max_ind_range)
    made = preprocess(variant, args.dataset_path, args.output, binary=args.mlperf_bin_loader)
    print(f"{variant.name}: {made.folder}")


if __name__ == "__main__":
    main()
