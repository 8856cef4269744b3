"""Converts BraTS 2019 to the layout of nnU-Net: python -m reference_apps.unet3d.task043 --help"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlperf_loadgen.harness.progress_bar import track
from numpy.typing import NDArray

from reference_apps.unet3d import nifti

NAME = "Task043_BraTS2019"
RAW_FOLDER = Path("build/raw_data/nnUNet_raw_data")
IMAGES_FOLDER = RAW_FOLDER / NAME / "imagesTr"
LABELS_FOLDER = RAW_FOLDER / NAME / "labelsTr"
GRADES = ("HGG", "LGG")
MODALITIES = ("t1", "t1ce", "t2", "flair")  # in the order of the channels
LABELS = ("background", "edema", "non-enhancing", "enhancing")
_LABEL_OF = {0: 0, 2: 1, 1: 2, 4: 3}  # place in LABELS of each label of BraTS


@dataclass(frozen=True)
class Patient:
    """Names the folder of a patient in BraTS 2019."""

    folder: Path

    @property
    def case(self) -> str:
        """Returns the name of the case, such as HGG__BraTS19_2013_2_1."""
        return f"{self.folder.parent.name}__{self.folder.name}"

    def file(self, kind: str) -> Path:
        """Returns a file of the patient. kind: one of MODALITIES, or "seg"."""
        return self.folder / f"{self.folder.name}_{kind}.nii.gz"


def image_file(folder: Path, case: str, channel: int) -> Path:
    """Returns the file of one modality. folder: imagesTr."""
    return folder / f"{case}_{channel:04}.nii.gz"


def find_patients(brats: Path) -> list[Patient]:
    """Returns the patients under HGG and LGG, by name. Raises FileNotFoundError naming the missing
    folder or file.
    """
    found = []
    for grade in GRADES:
        folder = brats / grade
        if not folder.is_dir():
            raise FileNotFoundError(f"no such folder: {folder}; BraTS 2019 has HGG and LGG")
        found += [Patient(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    if not found:
        raise FileNotFoundError(f"no patient in {brats}")
    for patient in found:
        for kind in (*MODALITIES, "seg"):
            if not patient.file(kind).is_file():
                raise FileNotFoundError(f"no such file: {patient.file(kind)}")
    return found


def relabel(labels: NDArray[Any], source: object) -> NDArray[np.uint8]:
    """Turns the labels of BraTS into places in LABELS. source: names their origin in errors.

    Raises ValueError naming a label that BraTS does not have.
    """
    unknown = sorted(set(np.unique(labels).tolist()) - set(_LABEL_OF))
    if unknown:
        raise ValueError(
            f"{source} has label {unknown[0]}; must be 0, 1, 2 or 4, the labels of BraTS"
        )
    table = np.zeros(max(_LABEL_OF) + 1, np.uint8)
    table[list(_LABEL_OF)] = list(_LABEL_OF.values())
    return table[labels.astype(np.int64)]


def convert(brats: Path, task: Path) -> list[str]:
    """Fills imagesTr and labelsTr of the folder `task` and writes its dataset.json. Returns the
    names of the cases. Raises as find_patients and relabel do.
    """
    found = find_patients(brats)
    images, labels = task / "imagesTr", task / "labelsTr"
    for folder in (images, labels, task / "imagesTs"):
        folder.mkdir(parents=True, exist_ok=True)
    for patient in track(found, "converting BraTS"):
        for channel, modality in enumerate(MODALITIES):
            shutil.copyfile(patient.file(modality), image_file(images, patient.case, channel))
        source = patient.file("seg")
        truth = nifti.read(source)
        nifti.write(
            labels / f"{patient.case}.nii.gz", truth.with_voxels(relabel(truth.voxels, source))
        )
    cases = [patient.case for patient in found]
    (task / "dataset.json").write_text(json.dumps(_dataset_json(cases), indent=4), encoding="utf-8")
    return cases


def _dataset_json(cases: Sequence[str]) -> dict[str, Any]:
    return {
        "name": "BraTS2019",
        "description": "",
        "tensorImageSize": "4D",
        "reference": "https://www.med.upenn.edu/cbica/brats2019/data.html",
        "licence": "",
        "release": "0.0",
        "modality": dict(zip("0123", ("T1", "T1ce", "T2", "FLAIR"), strict=True)),
        "labels": {str(number): name for number, name in enumerate(LABELS)},
        "numTraining": len(cases),
        "numTest": 0,
        "training": [
            {"image": f"./imagesTr/{case}.nii.gz", "label": f"./labelsTr/{case}.nii.gz"}
            for case in cases
        ],
        "test": [],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Converts what the command line names."""
    parser = argparse.ArgumentParser(description="Convert BraTS 2019 to task 43 of nnU-Net.")
    parser.add_argument(
        "--downloaded_data_dir",
        type=Path,
        required=True,
        metavar="DIR",
        help="MICCAI_BraTS_2019_Data_Training, with HGG and LGG",
    )
    parser.add_argument(
        "--raw_data_dir",
        type=Path,
        default=RAW_FOLDER,
        metavar="DIR",
        help=f"folder in which to make {NAME} (default %(default)s)",
    )
    args = parser.parse_args(argv)
    task = args.raw_data_dir / NAME
    print(f"{len(convert(args.downloaded_data_dir, task))} cases in {task}")


if __name__ == "__main__":
    main()
