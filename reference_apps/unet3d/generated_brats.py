"""A small data set in the layouts of the official one, for when that is not at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.cache import cached_folder
from numpy.typing import NDArray

from reference_apps.unet3d import nifti, patients, task043
from reference_apps.unet3d.preprocess import preprocess, read_fold
from reference_apps.unet3d.preprocessed import Preprocessed, read_preprocessed
from reference_apps.unet3d.preprocessing import labels_of, place_of

HIGH_GRADE = 6
LOW_GRADE = 2
_BRATS = "MICCAI_BraTS_2019_Data_Training"
_FOLD = Path("folds", "fold1_validation.txt")

Volumes = NDArray[np.float32]
Logits = NDArray[np.float16]


@dataclass(frozen=True)
class Generated:
    """The data set, and two opinions of where the tumours are: files as in labelsTr."""

    data: Preprocessed
    lesions: Path  # as they were made
    answers: Path  # what the stand-in answers


def generated_brats(key: str, network: Callable[[], Callable[[Volumes], Logits]]) -> Generated:
    """Patients as BraTS 2019 lays them out, converted and preprocessed by the commands for it.

    key: of the stand-in's code. network: opens the stand-in when its answers are to be made: from
    float32 (1, 4, d, h, w) to float16 logits of that shape, responses of the float32 network.
    """

    def fill(folder: Path) -> None:
        for grade, numbers in _numbers().items():
            for number in numbers:
                _write_patient(folder / _BRATS / grade, number, enhancing=grade == "HGG")
        cases = task043.convert(folder / _BRATS, folder / task043.NAME)
        (folder / _FOLD).parent.mkdir()
        (folder / _FOLD).write_text("".join(f"{case}\n" for case in cases), encoding="utf-8")
        images = folder / task043.NAME / "imagesTr"
        made = folder / "preprocessed_data"
        preprocess(read_fold(folder / _FOLD), images, made, patients.PLAN, threads=2)
        _write_answers(folder / "answers", read_preprocessed(made), network())

    folder = cached_folder("brats", key, fill)
    return Generated(
        read_preprocessed(folder / "preprocessed_data"),
        folder / task043.NAME / "labelsTr",
        folder / "answers",
    )


def _numbers() -> dict[str, range]:
    total = HIGH_GRADE + LOW_GRADE
    return {"HGG": range(HIGH_GRADE), "LGG": range(HIGH_GRADE, total)}


def _write_patient(folder: Path, number: int, *, enhancing: bool) -> None:
    patient = task043.Patient(folder / f"BraTS19_MNI152_{number + 1}_1")
    patient.folder.mkdir(parents=True)
    made = patients.scan(number, enhancing=enhancing)
    for kind, volume in zip(task043.MODALITIES, made.modalities, strict=True):
        nifti.write(patient.file(kind), volume)
    nifti.write(patient.file("seg"), made.labels)


def _write_answers(folder: Path, data: Preprocessed, predict: Callable[[Volumes], Logits]) -> None:
    folder.mkdir()
    for index, case in enumerate(data.cases):
        array, properties = data.case(index)
        logits: NDArray[Any] = predict(array[None])[0]
        labels = labels_of(logits, properties)
        nifti.write(folder / f"{case}.nii.gz", place_of(labels, properties))
