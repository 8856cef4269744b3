"""Real runs of 3D-UNet: the synthetic model on generated patients that it labelled itself, so that
only what a run loses scores below 1.
"""

from __future__ import annotations

import json
import re
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from apps.running import NEEDS_TENSORFLOW, backends_of, score_line
from mlperf_loadgen.harness.accuracy_log import AccuracyLogError, iterate_accuracy_log
from mlperf_loadgen.harness.backends import ONNX, Backend

pytest.importorskip("SimpleITK")
pytest.importorskip("nilearn")

from reference_apps.common.arguments import ModelOptions
from reference_apps.common.frozen_graph import write_graph
from reference_apps.common.model import open_model
from reference_apps.unet3d import accuracy, app, formats, nifti, synthetic, task043
from reference_apps.unet3d.accuracy import DiceScores, dice
from reference_apps.unet3d.dataset import (
    Preprocessed,
    VolumeLibrary,
    read_preprocessed,
    write_case,
    write_list,
)
from reference_apps.unet3d.model import UNet3d
from reference_apps.unet3d.processing import Plan, prepare, to_responses
from reference_apps.unet3d.synthetic import Generated, generated_brats

LOSSLESS = 0.995  # packages differ in the last bit: a voxel or two of a small region
BACKENDS = backends_of("unet3d")


def run(*arguments: str) -> Any:
    return app.main([*arguments, "--no-progress", "--threads", "1", "--output", "out"])


def scores(line: str | None = None) -> list[float]:
    """Returns mean, whole tumour, core and enhancing part."""
    line = line or score_line()
    found = re.fullmatch(
        r"Accuracy: mean = (\d\.\d{5}), whole tumor = (\d\.\d{4}), tumor core = (\d\.\d{4}), "
        r"enhancing tumor = (\d\.\d{4})\s*",
        line,
    )
    assert found, line
    return [float(number) for number in found.groups()]


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warms up with one call, which is enough for a test."""
    monkeypatch.setattr("mlperf_loadgen.harness.app.warm_up", lambda infer: infer())


@pytest.fixture(scope="module")
def generated() -> Generated:
    return generated_brats()


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_lost(backend: str) -> None:
    run("--accuracy", "--backend", backend, "--count", "1")
    assert min(scores()) >= LOSSLESS


def test_the_lesions_are_found(generated: Generated, capsys: pytest.CaptureFixture[str]) -> None:
    run("--accuracy")
    shown = capsys.readouterr().out
    assert scores()[0] >= LOSSLESS
    assert "NOT the trained weights" in shown
    (against,) = re.findall("Against the lesions: (.*)", shown)
    _, whole, core, enhancing = scores(f"Accuracy: {against}")
    assert whole > 0.8
    assert core > 0.6

    logs = ["--log_file", "out/mlperf_log_accuracy.json"]
    folders = ["--preprocessed_data_dir", str(generated.data.folder), "--label_data_dir"]
    accuracy.main([*logs, *folders, str(generated.predictions)])
    written = Path("out/accuracy.txt").read_text(encoding="utf-8").splitlines()
    assert capsys.readouterr().out.splitlines() == written[:1]
    accuracy.main([*logs, *folders, str(generated.lesions)])
    assert capsys.readouterr().out == f"Accuracy: {against}\n"
    rows = Path("build/postprocessed_data/summary.csv").read_text(encoding="utf-8").splitlines()
    assert rows[-1] == f"mean,{whole:.4f},{core:.4f},{enhancing:.4f}"
    assert len(rows) == 1 + len(generated.data) + 1
    case = generated.data.cases[-1]
    written = nifti.read(Path(f"build/postprocessed_data/{case}.nii.gz"))
    raw = nifti.read(generated.lesions / f"{case}.nii.gz")
    assert np.array_equal(
        written.voxels, nifti.read(generated.predictions / f"{case}.nii.gz").voxels
    )
    assert (written.spacing_mm, written.origin_mm) == (raw.spacing_mm, raw.origin_mm)


@pytest.mark.parametrize("scenario", ["SingleStream", "MultiStream", "Server", "Offline"])
def test_every_scenario(scenario: str) -> None:
    arguments = ("--scenario", scenario, "--qps", "5", "--samples-per-query", "2")
    report = run(*arguments, "--time", "0.2", "--count", "2", "--performance_count", "1")
    assert report.has_performance
    assert report.missing_samples == 0


def test_a_sample_that_is_issued_twice_counts_once() -> None:
    arguments = ("--scenario", "MultiStream", "--samples-per-query", "2", "--count", "3")
    run(*arguments, "--accuracy")
    assert len(list(iterate_accuracy_log("out/mlperf_log_accuracy.json"))) == 4
    assert scores()[0] >= LOSSLESS


@pytest.fixture(scope="module")
def given(generated: Generated) -> list[Any]:
    """Returns the responses to the first two samples."""
    network = synthetic.SYNTHETIC.network()
    with torch.inference_mode():
        volumes = [torch.from_numpy(generated.data.array(index)[None]) for index in range(2)]
        return [to_responses(network(one)[0].numpy())[0] for one in volumes]


class TestABrokenAppScoresLess:
    def score(self, generated: Generated, responses: list[Any]) -> float:
        records = [
            {"seq_id": index, "qsl_idx": index, "data": response.tobytes().hex()}
            for index, response in enumerate(responses)
        ]
        Path("log.json").write_text(as_log(records), encoding="utf-8")
        dice_scores = DiceScores()
        for case, labels in accuracy.read_segmentations(Path("log.json"), generated.data.head(2)):
            truth = accuracy.read_ground_truth(generated.predictions, case, labels.voxels.shape)
            dice_scores.add(case, labels.voxels, truth)
        return scores(dice_scores.line())[0]

    def test_nothing_broken(self, generated: Generated, given: list[Any]) -> None:
        assert self.score(generated, given) >= LOSSLESS

    def test_swapped_axes(self, generated: Generated, given: list[Any]) -> None:
        assert self.score(generated, [one.swapaxes(2, 3) for one in given]) < 0.5

    def test_a_shifted_volume(self, generated: Generated, given: list[Any]) -> None:
        assert self.score(generated, [np.roll(one, 1, axis=3) for one in given]) < 0.95

    def test_classes_in_another_order(self, generated: Generated, given: list[Any]) -> None:
        assert self.score(generated, [one[[0, 2, 1, 3]] for one in given]) < 0.8

    def test_cases_in_another_order(self, generated: Generated, given: list[Any]) -> None:
        assert self.score(generated, given[::-1]) < 0.5

    def test_modalities_in_another_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        straight = VolumeLibrary.batch
        monkeypatch.setattr(
            VolumeLibrary,
            "batch",
            lambda self, indices: np.ascontiguousarray(np.array(straight(self, indices))[:, ::-1]),
        )
        run("--accuracy", "--count", "1")
        assert scores()[0] < 0.5


def as_log(records: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n"


class TestResponses:
    def test_official_size(self) -> None:
        logits = np.zeros((1, 4, 224, 224, 160), np.float32)
        (response,) = to_responses(logits)
        assert response.nbytes == 64_225_280
        assert response.dtype == np.float16

    def test_bytes_of_a_run(self, generated: Generated) -> None:
        run("--accuracy", "--count", "1", "--scenario", "SingleStream")
        (record,) = iterate_accuracy_log("out/mlperf_log_accuracy.json")
        with torch.inference_mode():
            wanted = synthetic.SYNTHETIC.network()(torch.from_numpy(generated.data.array(0)[None]))[
                0
            ][0]
        response = np.frombuffer(record.data, "<f2").reshape(wanted.shape)
        np.testing.assert_allclose(response, wanted.numpy(), rtol=2e-3, atol=2e-3)


class TestData:
    def test_a_folder_and_labels_of_the_user(self, generated: Generated) -> None:
        data = ("--preprocessed_data_dir", str(generated.data.folder))
        run("--accuracy", "--count", "1", *data, "--label_data_dir", str(generated.predictions))
        assert scores()[0] >= LOSSLESS
        with pytest.raises(FileNotFoundError, match=r"build.raw_data.*labelsTr.*\.nii\.gz"):
            run("--accuracy", *data)

    def test_a_batch_of_one_is_not_copied(self, generated: Generated) -> None:
        library = VolumeLibrary(generated.data, 16)
        assert library.performance_sample_count == len(library) == len(generated.data)
        library.load(np.array([1, 0, 1]))
        one = library.batch(np.array([1]))
        assert np.shares_memory(one, library.batch(np.array([1])))
        two = library.batch(np.array([0, 1]))
        assert isinstance(two, np.ndarray)
        assert np.array_equal(two[1:], one)
        library.unload(np.array([0, 1]))
        with pytest.raises(LookupError, match="sample 1 of 3d-unet is not loaded"):
            library.batch(np.array([1]))


@pytest.mark.parametrize("backend", ["pytorch", "onnxruntime"])
def test_a_model_of_the_user(tmp_path: Path, backend: str) -> None:
    if backend == "pytorch":
        (tmp_path / "fold_1").mkdir()
        file = tmp_path / "fold_1" / "model_final_checkpoint.model"
        torch.save({"state_dict": synthetic.SYNTHETIC.network().state_dict()}, file)
        model = ("--model_dir", str(tmp_path))
    else:
        shutil.copyfile(synthetic.SYNTHETIC.file(ONNX), tmp_path / "224_224_160.onnx")
        model = ("--model", str(tmp_path / "224_224_160.onnx"))
    run("--accuracy", "--count", "1", "--backend", backend, *model)
    assert scores()[0] >= LOSSLESS


@NEEDS_TENSORFLOW
def test_a_graph_with_the_prefix_of_importing(tmp_path: Path) -> None:
    def imported(tf: Any) -> None:
        plain = tf.compat.v1.GraphDef.FromString((tmp_path / "plain.pb").read_bytes())
        tf.graph_util.import_graph_def(plain, name="import")

    def opened(name: str) -> Backend:
        return open_model("tensorflow", app.FORMATS, ModelOptions(tmp_path / name)).backend

    formats.write_frozen_graph(UNet3d(1), tmp_path / "plain.pb")
    write_graph(tmp_path / "imported.pb", imported)
    assert opened("imported.pb").inputs == ("import/input:0",)
    assert opened("plain.pb").outputs == ("output:0",)
    (tmp_path / "none.pb").write_bytes(b"graph")
    with pytest.raises(ValueError, match=r"none\.pb is not a frozen TensorFlow graph"):
        opened("none.pb")


def test_another_networks_weights_score_less(tmp_path: Path) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        torch.save(UNet3d(2).state_dict(), tmp_path / "weights.pt")
    run("--accuracy", "--count", "1", "--model", str(tmp_path / "weights.pt"))
    assert scores()[0] < 0.3


def test_a_model_directory_is_for_torch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--backend", "onnxruntime", "--model_dir", str(tmp_path))
    assert (
        "--model_dir has weights for PyTorch: --backend onnxruntime requires --model"
        in capsys.readouterr().err
    )


class TestDice:
    def test_regions(self) -> None:
        truth = np.array([0, 1, 2, 3, 0, 0])
        found = np.array([0, 1, 1, 3, 3, 0])
        dice_scores = DiceScores()
        dice_scores.add("a", found, truth)
        assert dice_scores.cases["a"] == (2 * 3 / 7, 2 * 1 / 4, 2 * 1 / 3)
        assert dice_scores.means() == (0.8571, 0.5, 0.6667)
        assert dice_scores.line() == (
            "Accuracy: mean = 0.67460, whole tumor = 0.8571, tumor core = 0.5000, "
            "enhancing tumor = 0.6667"
        )

    def test_a_region_that_no_case_has_is_not_a_zero(self) -> None:
        assert np.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))
        dice_scores = DiceScores()
        dice_scores.add("a", np.array([1, 3]), np.array([1, 3]))
        dice_scores.add("b", np.array([1, 2]), np.array([1, 2]))
        assert dice_scores.means() == (1, 1, 1)
        dice_scores.add("c", np.array([3, 0]), np.array([1, 2]))
        assert dice_scores.means() == (0.8889, 0.6667, 0.5)


class TestLog:
    """Tests logs of cases that are mostly padding."""

    SHAPE = (4, 64, 64, 64)

    @pytest.fixture
    def data(self, tmp_path: Path) -> Preprocessed:
        brick = nifti.Volume(np.arange(24.0).reshape(2, 3, 4) + 1)
        prepared = prepare([brick] * 4, [], Plan((64, 64, 64), (1.0, 1.0, 1.0)), "brick")
        cases = [f"case{number}" for number in range(6)]
        for case in cases:
            write_case(tmp_path, case, prepared)
        write_list(tmp_path, cases)
        return read_preprocessed(tmp_path)

    def log(self, tmp_path: Path, indices: Any, *, size: int | None = None) -> Path:
        path = tmp_path / "log.json"
        data = np.zeros(self.SHAPE, np.float16).tobytes().hex().upper()[:size]
        path.write_text(
            as_log([{"seq_id": n, "qsl_idx": i, "data": data} for n, i in enumerate(indices)])
        )
        return path

    def test_one_response_at_a_time_is_in_memory(self, data: Preprocessed, tmp_path: Path) -> None:
        assert self.peak(tmp_path, data) < 1.2 * self.peak(tmp_path, data.head(3))

    def peak(self, tmp_path: Path, data: Preprocessed) -> int:
        log = self.log(tmp_path, range(len(data)))
        tracemalloc.start()
        found = [case for case, _ in accuracy.read_segmentations(log, data)]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == list(data.cases)
        return peak

    def test_the_first_response_counts(self, data: Preprocessed, tmp_path: Path) -> None:
        log = self.log(tmp_path, [0, 1, 0, 1])
        assert len(list(accuracy.read_segmentations(log, data.head(2)))) == 2

    @pytest.mark.parametrize(
        ("indices", "size", "message"),
        [
            ([0, 6], None, "sample 6 is not in the list of 6 cases"),
            ([0, 2], None, "no response for 4 of 6 samples, first 1"),
            ([0], 8, r"sample 0 has 4 bytes, expected 2097152, float16 \(4, 64, 64, 64\)"),
        ],
    )
    def test_invalid_logs(
        self, data: Preprocessed, tmp_path: Path, indices: Any, size: int | None, message: str
    ) -> None:
        log = self.log(tmp_path, indices, size=size)
        with pytest.raises(AccuracyLogError, match=message):
            list(accuracy.read_segmentations(log, data))

    def test_labels_that_cannot_be_written_end_the_command(
        self, data: Preprocessed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        truth = tmp_path / "truth"
        truth.mkdir()
        for case in data.cases:
            nifti.write(truth / f"{case}.nii.gz", nifti.Volume(np.zeros((2, 3, 4), np.uint8)))

        def write(path: Path, volume: nifti.Volume) -> None:
            raise OSError(f"no space left for {path.name}")

        monkeypatch.setattr(nifti, "write", write)
        folders = ("preprocessed", tmp_path), ("label", truth), ("postprocessed", tmp_path / "out")
        arguments = [f"--{name}_data_dir={folder}" for name, folder in folders]
        with pytest.raises(OSError, match=r"no space left for case0\.nii\.gz"):
            accuracy.main([f"--log_file={self.log(tmp_path, range(6))}", *arguments])

    def test_invalid_labels(self, tmp_path: Path) -> None:
        nifti.write(tmp_path / "case.nii.gz", nifti.Volume(np.full((2, 3, 4), 4, np.uint8)))
        with pytest.raises(ValueError, match=r"case\.nii\.gz has label 4"):
            accuracy.read_ground_truth(tmp_path, "case", (2, 3, 4))
        with pytest.raises(ValueError, match=r"case\.nii\.gz has \(2, 3, 4\) voxels"):
            accuracy.read_ground_truth(tmp_path, "case", (3, 3, 4))


def test_generated_patients_are_laid_out_as_brats(generated: Generated) -> None:
    folder = generated.data.folder.parent
    found = task043.find_patients(folder / "MICCAI_BraTS_2019_Data_Training")
    assert [patient.case for patient in found] == list(generated.data.cases)
    labels = [np.unique(nifti.read(patient.file("seg")).voxels).tolist() for patient in found]
    assert labels == [[0, 1, 2, 4]] * 6 + [[0, 1, 2]] * 2
