"""Tests conversion and preprocessing of BraTS 2019, the pickles, and labels from logits."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("SimpleITK")

from reference_apps.unet3d import nifti, preprocess, task043
from reference_apps.unet3d.dataset import (
    LIST_NAME,
    Preprocessed,
    read_preprocessed,
    write_case,
    write_list,
)
from reference_apps.unet3d.nifti import Volume
from reference_apps.unet3d.processing import OFFICIAL, Plan, Prepared, prepare, to_labels

SMALL = Plan(grid=(32, 64, 32), spacing_mm=(1.0, 1.0, 1.0))
SHAPE = (30, 50, 40)  # raw, z, y, x
BOX = [[4, 25], [10, 47], [7, 30]]  # of what is not zero


def head(seed: int = 0) -> list[Volume]:
    """Returns four modalities. One has a hole of zeros, which no other one fills."""
    random = np.random.default_rng(seed)
    modalities = []
    for channel in range(4):
        voxels = np.zeros(SHAPE, np.int16)
        cut = tuple(slice(*side) for side in BOX)
        voxels[cut] = random.integers(1 + 100 * channel, 500, voxels[cut].shape)
        voxels[14, 28, 18] = 0
        modalities.append(Volume(voxels, (1.0, 1.0, 1.0), (0.0, -239.0, 5.0)))
    return modalities


def prepared(plan: Plan = SMALL) -> Prepared:
    return prepare(head(), ["a", "b", "c", "d"], plan, "case")


class TestPrepare:
    def test_cropping_and_padding_with_the_smaller_half_in_front(self) -> None:
        array, properties = prepared()
        assert array.shape == (4, 32, 64, 32)
        assert array.dtype == np.float32
        assert properties["crop_bbox"] == BOX
        assert properties["size_after_cropping"] == (21, 37, 23)
        there = np.argwhere(array.any(axis=0))
        assert there.min(axis=0).tolist() == [5, 13, 4]  # (32 - 21) // 2 and so on
        assert there.max(axis=0).tolist() == [25, 49, 26]

    def test_each_modality_has_mean_0_and_deviation_1_inside(self) -> None:
        for channel in prepared().array:
            inside = channel[5:26, 13:50, 4:27]
            assert inside.mean() == pytest.approx(0, abs=1e-5)
            assert inside.std() == pytest.approx(1, abs=1e-5)

    def test_what_is_outside_stays_zero_and_does_not_count(self) -> None:
        volumes = head()
        for volume in volumes:
            volume.voxels[:10, :20] = 0  # an edge of the box, open to the outside
        inside = np.ones((21, 37, 23), bool)
        inside[:6, :10] = False
        for channel in prepare(volumes, [], SMALL, "case").array:
            cropped = channel[5:26, 13:50, 4:27]
            assert not cropped[~inside].any()
            assert cropped[inside].mean() == pytest.approx(0, abs=1e-5)
            assert cropped[inside].std() == pytest.approx(1, abs=1e-5)

    def test_a_hole_counts_as_inside(self) -> None:
        array, _ = prepared()
        assert (array[:, 5 + 14 - 4, 13 + 28 - 10, 4 + 18 - 7] < -1).all()

    def test_the_official_grid(self) -> None:
        array, properties = prepared(OFFICIAL)
        assert array.shape == (4, 224, 224, 160)
        assert properties["itk_origin"] == (0.0, -239.0, 5.0)
        assert properties["original_size_of_raw_data"].tolist() == list(SHAPE)

    def test_not_a_number_is_zero(self) -> None:
        volumes = head()
        broken = volumes[0].voxels.astype(np.float32)
        broken[10, 20, 20] = np.nan
        case = prepare([volumes[0].with_voxels(broken), *volumes[1:]], [], SMALL, "case")
        assert np.isfinite(case.array).all()

    def test_another_spacing_is_resampled(self) -> None:
        array, properties = prepared(Plan((32, 32, 32), (1.0, 2.0, 1.0)))
        assert properties["size_after_cropping"] == (21, 37, 23)
        assert properties["size_after_resampling"] == (21, 18, 23)
        assert to_labels(array, properties).shape == SHAPE

    def test_three_spacings_that_differ(self) -> None:
        """A volume has them as x, y, z, a plan as z, y, x."""
        volumes = [replace(volume, spacing_mm=(1.0, 0.5, 2.0)) for volume in head()]
        array, properties = prepare(volumes, [], Plan((32, 32, 32), (3.0, 1.0, 1.5)), "case")
        assert properties["size_after_cropping"] == (21, 37, 23)
        assert properties["size_after_resampling"] == (14, 18, 15)  # 42, 18.5 and 23 mm
        assert properties["original_spacing"].tolist() == [2.0, 0.5, 1.0]
        assert to_labels(array, properties).shape == SHAPE

    @pytest.mark.parametrize(
        ("volumes", "message"),
        [
            ([head()[0], Volume(np.ones((2, 2, 2)))], "case: its modalities differ in shape"),
            ([Volume(np.zeros(SHAPE))] * 4, "case: all voxels are zero"),
            ([Volume(np.ones((33, 9, 9)))] * 4, r"case: \(33, 9, 9\) voxels do not fit"),
        ],
    )
    def test_invalid_cases(self, volumes: list[Volume], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            prepare(volumes, [], SMALL, "case")


def test_labels_are_where_the_voxels_were() -> None:
    array, properties = prepared()
    raw = head()[0].voxels
    logits = np.stack([np.zeros_like(array[0]), np.where(array[0] > 1, 1, -1), *array[2:] * 0 - 9])
    labels = to_labels(logits.astype(np.float16), properties)
    values = raw[tuple(slice(*side) for side in BOX)]
    bright = (raw - values.mean()) / values.std() > 1
    assert (labels == bright).all()


class TestPickles:
    def test_pickles_written_by_others(self, tmp_path: Path) -> None:
        for protocol in range(2, 6):
            content = list(prepared())
            (tmp_path / "case.pkl").write_bytes(pickle.dumps(content, protocol))
            (tmp_path / LIST_NAME).write_bytes(pickle.dumps(["case"], protocol))
            data = read_preprocessed(tmp_path)
            assert np.array_equal(data.array(0), content[0])
            assert data.case(0).properties["crop_bbox"] == BOX

    def test_round_trip(self, tmp_path: Path) -> None:
        for case in "ba":
            write_case(tmp_path, case, prepared())
        write_list(tmp_path, ["b", "a"])
        assert list(read_preprocessed(tmp_path).cases) == ["b", "a"]
        assert list(read_preprocessed(tmp_path).head(1).cases) == ["b"]

    def test_code_is_not_run(self, tmp_path: Path) -> None:
        class Trap:
            def __reduce__(self) -> Any:
                return os.mkdir, (str(tmp_path / "sprung"),)

        (tmp_path / "case.pkl").write_bytes(pickle.dumps([Trap(), {}]))
        with pytest.raises(ValueError, match=r"case\.pkl is not a pickle of arrays.*mkdir"):
            Preprocessed(tmp_path, ["case"]).case(0)
        assert not (tmp_path / "sprung").exists()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({}, "must be a list of an array and its properties"),
            ([np.zeros((4, 32, 32, 32)), {}], "must be float32 with 4 axes"),
            ([np.zeros((4, 32, 32, 31), np.float32), {}], r"shape \(4, 32, 32, 31\)"),
            ([np.zeros((3, 32, 32, 32), np.float32), {}], r"shape \(3, 32, 32, 32\)"),
            (
                [np.zeros((4, 32, 32, 32), np.float32), {}],
                "property original_size_of_raw_data is missing",
            ),
        ],
    )
    def test_invalid_pickles(self, tmp_path: Path, content: Any, message: str) -> None:
        (tmp_path / "case.pkl").write_bytes(pickle.dumps(content))
        with pytest.raises(ValueError, match=rf"case\.pkl.*{message}"):
            Preprocessed(tmp_path, ["case"]).case(0)

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ([], "must name at least one case"),
            ({"a": 1}, "must be a list of names"),
            (["a", "a"], "duplicate case a"),
            (["../a"], "is not in"),
        ],
    )
    def test_an_invalid_list(self, tmp_path: Path, names: Any, message: str) -> None:
        (tmp_path / "a.pkl").touch()
        (tmp_path / LIST_NAME).write_bytes(pickle.dumps(names))
        with pytest.raises(ValueError, match=message):
            read_preprocessed(tmp_path)

    def test_missing_files(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=LIST_NAME):
            read_preprocessed(tmp_path)
        write_list(tmp_path, ["a"])
        with pytest.raises(FileNotFoundError, match=r"no such file: .*a\.pkl"):
            read_preprocessed(tmp_path)


def brats(folder: Path, label: int = 4) -> Path:
    """Writes two patients."""
    for grade, name in (("HGG", "BraTS19_CBICA_AAB_1"), ("LGG", "BraTS19_TCIA09_141_1")):
        patient = task043.Patient(folder / grade / name)
        patient.folder.mkdir(parents=True)
        for kind, volume in zip(task043.MODALITIES, head(), strict=True):
            nifti.write(patient.file(kind), volume)
        labels = np.zeros(SHAPE, np.uint8)
        labels[5:8] = 1
        labels[8:12] = 2
        labels[12:14] = label
        nifti.write(patient.file("seg"), Volume(labels))
    return folder


class TestCommands:
    def test_from_brats_to_pickles(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        task043.main(["--downloaded_data_dir", str(brats(tmp_path / "brats"))])
        task = Path("build/raw_data/nnUNet_raw_data/Task043_BraTS2019")
        described = json.loads((task / "dataset.json").read_text(encoding="utf-8"))
        case = "LGG__BraTS19_TCIA09_141_1"
        assert described["numTraining"] == 2
        assert described["modality"] == {"0": "T1", "1": "T1ce", "2": "T2", "3": "FLAIR"}
        assert described["training"][1]["label"] == f"./labelsTr/{case}.nii.gz"
        for channel, volume in enumerate(head()):
            there = nifti.read(task / "imagesTr" / f"{case}_{channel:04}.nii.gz")
            assert np.array_equal(there.voxels, volume.voxels)
            assert there.origin_mm == volume.origin_mm
        labels = nifti.read(task / "labelsTr" / f"{case}.nii.gz").voxels
        assert labels[:, 0, 0].tolist() == [0] * 5 + [2] * 3 + [1] * 4 + [3] * 2 + [0] * 16

        Path("folds").mkdir()
        Path("folds/fold1_validation.txt").write_text(f"{case}\n", encoding="utf-8")
        preprocess.main(["--num_threads_preprocessing", "1"])
        assert capsys.readouterr().out.splitlines()[-1] == "1 cases in build/preprocessed_data"
        data = read_preprocessed(Path("build/preprocessed_data"))
        assert list(data.cases) == [case]
        assert np.array_equal(data.array(0), prepared(OFFICIAL).array)

    def test_a_label_that_brats_does_not_have(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"seg\.nii\.gz has label 3"):
            task043.convert(brats(tmp_path / "brats", label=3), tmp_path / "task")

    def test_a_missing_modality(self, tmp_path: Path) -> None:
        folder = brats(tmp_path / "brats")
        (folder / "HGG/BraTS19_CBICA_AAB_1/BraTS19_CBICA_AAB_1_t2.nii.gz").unlink()
        with pytest.raises(FileNotFoundError, match=r"AAB_1_t2\.nii\.gz"):
            task043.convert(folder, tmp_path / "task")
        with pytest.raises(FileNotFoundError, match=r"nobody_0000\.nii\.gz"):
            preprocess.preprocess(["nobody"], tmp_path, tmp_path / "out", SMALL, 1)

    def test_a_file_that_is_not_a_volume(self, tmp_path: Path) -> None:
        (tmp_path / "a.nii.gz").write_bytes(b"volume")
        with pytest.raises(ValueError, match=r"a\.nii\.gz is not a NIfTI file"):
            nifti.read(tmp_path / "a.nii.gz")

    @pytest.mark.parametrize(
        ("text", "message"), [("\n", "at least one case"), ("a\na\n", "duplicate case a")]
    )
    def test_an_invalid_fold(self, tmp_path: Path, text: str, message: str) -> None:
        (tmp_path / "fold.txt").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            preprocess.read_fold(tmp_path / "fold.txt")
