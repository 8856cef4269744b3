"""DICE from an accuracy log: python -m reference_apps.unet3d.accuracy --help"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError, iterate_accuracy_log
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import DTypeLike, NDArray

from reference_apps.unet3d import nifti, task043
from reference_apps.unet3d.dataset import Preprocessed, read_preprocessed
from reference_apps.unet3d.nifti import Volume
from reference_apps.unet3d.processing import CLASSES, labels_of, place_of

DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64")


class Answer(NamedTuple):
    """What a response says of a case: the label of every voxel of the raw volume."""

    case: str
    labels: Volume


def answers(log: Path, data: Preprocessed, dtype: DTypeLike = np.float16) -> Iterator[Answer]:
    """From the first response to each sample, one at a time: they do not fit into memory together.

    dtype: of the responses. Raises AccuracyLogError for a response of another size, one whose
    sample the data set does not have, and at the end for a sample that has none; and as
    Preprocessed.case.
    """
    kind = np.dtype(dtype)
    seen: set[int] = set()
    for record in iterate_accuracy_log(log):
        if record.index >= len(data):
            raise AccuracyLogError(
                f"{log}: sample {record.index} is not in the list of {len(data)} cases"
            )
        if record.index in seen:  # MultiStream runs issue a few twice
            continue
        seen.add(record.index)
        array, properties = data.case(record.index)
        shape = (CLASSES, *array.shape[1:])
        size = kind.itemsize * int(np.prod(shape))
        if len(record.data) != size:
            raise AccuracyLogError(
                f"{log}: the response for sample {record.index} has {len(record.data)} bytes, "
                f"expected {size}, {kind} {shape}"
            )
        logits = np.frombuffer(record.data, kind).reshape(shape).astype(np.float16, copy=False)
        labels = labels_of(logits, properties)
        yield Answer(data.cases[record.index], place_of(labels, properties))
    missing = sorted(set(range(len(data))) - seen)
    if missing:
        raise AccuracyLogError(
            f"{log} has no response for {len(missing)} of {len(data)} samples, first {missing[0]}"
        )


def read_truth(folder: Path, case: str, shape: Sequence[int]) -> NDArray[np.uint8]:
    """The labels of a case in the folder labelsTr. shape: of its raw volume (z, y, x).

    Raises ValueError naming the file when it has another shape or other labels, and as nifti.read.
    """
    path = folder / f"{case}.nii.gz"
    labels = nifti.read(path).voxels
    if labels.shape != tuple(shape):
        raise ValueError(f"{path} has {labels.shape} voxels, its volume {tuple(shape)}")
    if not np.isin(labels, range(CLASSES)).all():
        raise ValueError(f"{path} has the label {labels.max()}; they go from 0 to {CLASSES - 1}")
    return labels.astype(np.uint8)


def check_truth(folder: Path, data: Preprocessed) -> None:
    """Raises FileNotFoundError naming the first file of labels that is not there."""
    for case in data.cases:
        if not (folder / f"{case}.nii.gz").is_file():
            raise FileNotFoundError(f"there is no {folder / f'{case}.nii.gz'}")


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the labels as NIfTI files, a table of the cases beside them, and prints the line that
    checkers read.
    """
    build = Path("build")
    made = argparse.ArgumentParser(description="DICE from an accuracy log.")
    made.add_argument(
        "--log_file",
        type=Path,
        default=build / "logs" / "mlperf_log_accuracy.json",
        metavar="FILE",
        help="%(default)s",
    )
    made.add_argument(
        "--output_dtype", choices=DTYPES, default="float16", help="of the responses (%(default)s)"
    )
    for name, default in (
        ("preprocessed_data_dir", build / "preprocessed_data"),
        ("postprocessed_data_dir", build / "postprocessed_data"),
        ("label_data_dir", task043.LABELS_FOLDER),
    ):
        made.add_argument(
            f"--{name}", type=Path, default=default, metavar="DIR", help="%(default)s"
        )
    made.add_argument(
        "--num_threads_nifti_save", type=int, default=12, metavar="N", help="%(default)s"
    )
    args = made.parse_args(argv)
    data = read_preprocessed(args.preprocessed_data_dir)
    check_truth(args.label_data_dir, data)
    folder: Path = args.postprocessed_data_dir
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with ThreadPoolExecutor(args.num_threads_nifti_save) as pool:
        writing = []
        found = answers(args.log_file, data, args.output_dtype)
        for case, labels in track(found, "judging", total=len(data)):
            writing.append(pool.submit(nifti.write, folder / f"{case}.nii.gz", labels))
            truth = read_truth(args.label_data_dir, case, labels.voxels.shape)
            tally.add(case, labels.voxels, truth)
        for written in writing:
            written.result()
    tally.write(folder / "summary.csv")
    print(tally.line())


if __name__ == "__main__":
    main()


# Labels that make up a region of a tumour, by the name on the screen.
REGIONS = {"whole tumor": (1, 2, 3), "tumor core": (2, 3), "enhancing tumor": (3,)}
_COLUMNS = ("whole", "core", "enhancing")


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """2|A and B| / (|A| + |B|); not a number when both are empty."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else math.nan


@dataclass
class Tally:
    """The DICE of each case and region, in the order of REGIONS."""

    cases: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def add(self, case: str, found: NDArray[Any], truth: NDArray[Any]) -> None:
        """Both (z, y, x), labels 0 to 3."""
        self.cases[case] = tuple(
            dice(np.isin(found, labels), np.isin(truth, labels)) for labels in REGIONS.values()
        )

    def means(self) -> tuple[float, ...]:
        """Of each region, over the cases in which it is defined, rounded to four decimals as the
        official summary has them; not a number for a region that is in no case.
        """
        return tuple(
            round(sum(known) / len(known), 4) if known else math.nan
            for known in (
                [value for value in values if not math.isnan(value)]
                for values in zip(*self.cases.values(), strict=True)
            )
        )

    def line(self) -> str:
        """As the submission checker reads it; the mean is that of the rounded ones."""
        means = self.means()
        regions = ", ".join(
            f"{name} = {mean:.4f}" for name, mean in zip(REGIONS, means, strict=True)
        )
        return f"Accuracy: mean = {sum(means) / len(means):.5f}, {regions}"

    def write(self, path: Path) -> None:
        """A table of all cases, and their mean in the last row."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("case", *_COLUMNS))
            for case, values in (*self.cases.items(), ("mean", self.means())):
                table.writerow((case, *(f"{value:.4f}" for value in values)))
