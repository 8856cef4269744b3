"""Computes DICE from an accuracy log: python -m reference_apps.unet3d.accuracy --help"""

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
from reference_apps.unet3d.processing import CLASSES, to_labels, to_volume

DTYPES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64")

# Labels that make up a region of a tumour, by the name on the screen.
REGIONS = {"whole tumor": (1, 2, 3), "tumor core": (2, 3), "enhancing tumor": (3,)}
_COLUMNS = ("whole", "core", "enhancing")


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Returns 2|A and B| / (|A| + |B|), and NaN if both are empty."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else math.nan


@dataclass
class DiceScores:
    """Collects the DICE of each case and region, in the order of REGIONS."""

    cases: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def add(self, case: str, found: NDArray[Any], truth: NDArray[Any]) -> None:
        """Adds a case. found, truth: labels 0 to 3, both (z, y, x)."""
        self.cases[case] = tuple(
            dice(np.isin(found, labels), np.isin(truth, labels)) for labels in REGIONS.values()
        )

    def means(self) -> tuple[float, ...]:
        """Returns the mean of each region over the cases in which it is defined, rounded to four
        decimals as in the official summary; NaN for a region that no case has.
        """
        return tuple(
            round(sum(known) / len(known), 4) if known else math.nan
            for known in (
                [value for value in values if not math.isnan(value)]
                for values in zip(*self.cases.values(), strict=True)
            )
        )

    def line(self) -> str:
        """Returns the line that the submission checker reads. Its mean is that of the rounded
        ones.
        """
        means = self.means()
        regions = ", ".join(
            f"{name} = {mean:.4f}" for name, mean in zip(REGIONS, means, strict=True)
        )
        return f"Accuracy: mean = {sum(means) / len(means):.5f}, {regions}"

    def write(self, path: Path) -> None:
        """Writes a table of all cases, with their mean in the last row."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("case", *_COLUMNS))
            for case, values in (*self.cases.items(), ("mean", self.means())):
                table.writerow((case, *(f"{value:.4f}" for value in values)))


class Segmentation(NamedTuple):
    """Holds a decoded response: the label of every voxel of a case's raw volume."""

    case: str
    labels: Volume


def read_segmentations(
    log: Path, data: Preprocessed, dtype: DTypeLike = np.float16
) -> Iterator[Segmentation]:
    """Yields the first response to each sample one at a time, since they do not fit into memory
    together. dtype: of the responses.

    Raises AccuracyLogError for a response of another size or to a sample that is not in the data
    set, and at the end for a sample without a response. Raises as Preprocessed.case does.
    """
    response_dtype = np.dtype(dtype)
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
        size = response_dtype.itemsize * int(np.prod(shape))
        if len(record.data) != size:
            raise AccuracyLogError(
                f"{log}: the response for sample {record.index} has {len(record.data)} bytes, "
                f"expected {size}, {response_dtype} {shape}"
            )
        logits = np.frombuffer(record.data, response_dtype).reshape(shape)
        labels = to_labels(logits.astype(np.float16, copy=False), properties)
        yield Segmentation(data.cases[record.index], to_volume(labels, properties))
    missing = sorted(set(range(len(data))) - seen)
    if missing:
        raise AccuracyLogError(
            f"{log} has no response for {len(missing)} of {len(data)} samples, first {missing[0]}"
        )


def read_ground_truth(folder: Path, case: str, shape: Sequence[int]) -> NDArray[np.uint8]:
    """Reads the labels of a case from the folder labelsTr. shape: of its raw volume (z, y, x).

    Raises ValueError naming a file with another shape or other labels, and as nifti.read does.
    """
    path = folder / f"{case}.nii.gz"
    labels = nifti.read(path).voxels
    if labels.shape != tuple(shape):
        raise ValueError(f"{path} has {labels.shape} voxels, its volume {tuple(shape)}")
    if not np.isin(labels, range(CLASSES)).all():
        raise ValueError(f"{path} has label {labels.max()}; must be from 0 to {CLASSES - 1}")
    return labels.astype(np.uint8)


def check_ground_truth(folder: Path, data: Preprocessed) -> None:
    """Raises FileNotFoundError naming the first missing file of labels."""
    for case in data.cases:
        if not (folder / f"{case}.nii.gz").is_file():
            raise FileNotFoundError(f"no such file: {folder / f'{case}.nii.gz'}")


@dataclass(frozen=True)
class ReferenceLabels:
    """Names a folder of labels to compare with, like labelsTr."""

    name: str
    folder: Path


def compare(
    log: Path, data: Preprocessed, references: Sequence[ReferenceLabels]
) -> list[DiceScores]:
    """Scores a log against each of the references, in one pass. Raises as read_segmentations and
    read_ground_truth do.
    """
    scores = [DiceScores() for _ in references]
    for case, labels in read_segmentations(log, data):
        for reference, score in zip(references, scores, strict=True):
            truth = read_ground_truth(reference.folder, case, labels.voxels.shape)
            score.add(case, labels.voxels, truth)
    return scores


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the labels as NIfTI files and a table of the cases, and prints the line that the
    submission checker reads.
    """
    build = Path("build")
    parser = argparse.ArgumentParser(description="Compute DICE from an accuracy log.")
    parser.add_argument(
        "--log_file",
        type=Path,
        default=build / "logs" / "mlperf_log_accuracy.json",
        metavar="FILE",
        help="(default %(default)s)",
    )
    parser.add_argument(
        "--output_dtype",
        choices=DTYPES,
        default="float16",
        help="of the responses (default %(default)s)",
    )
    for name, default in (
        ("preprocessed_data_dir", build / "preprocessed_data"),
        ("postprocessed_data_dir", build / "postprocessed_data"),
        ("label_data_dir", task043.LABELS_FOLDER),
    ):
        parser.add_argument(
            f"--{name}", type=Path, default=default, metavar="DIR", help="(default %(default)s)"
        )
    parser.add_argument(
        "--num_threads_nifti_save",
        type=int,
        default=12,
        metavar="N",
        help="(default %(default)s)",
    )
    args = parser.parse_args(argv)
    data = read_preprocessed(args.preprocessed_data_dir)
    check_ground_truth(args.label_data_dir, data)
    folder: Path = args.postprocessed_data_dir
    folder.mkdir(parents=True, exist_ok=True)
    scores = DiceScores()
    with ThreadPoolExecutor(args.num_threads_nifti_save) as pool:
        writes = []
        segmentations = read_segmentations(args.log_file, data, args.output_dtype)
        for case, labels in track(segmentations, "scoring", total=len(data)):
            writes.append(pool.submit(nifti.write, folder / f"{case}.nii.gz", labels))
            truth = read_ground_truth(args.label_data_dir, case, labels.voxels.shape)
            scores.add(case, labels.voxels, truth)
        for write in writes:
            write.result()
    scores.write(folder / "summary.csv")
    print(scores.line())


if __name__ == "__main__":
    main()
